"""Beginnings are found by an index on each database, whatever language its texts are sorted as."""

import pytest
from sqlalchemy import select, text

from modules.core.db import db
from modules.core.search import begins
from modules.dreamkas.models import Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.operations import BEGINS

PLACES = [*BEGINS.values(), InboxRow.object_id]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_beginning_is_found_by_an_index(any_books, place):
    with any_books.app_context(), db.engine.connect() as connection:
        key = InboxRow.id if place is InboxRow.object_id else Operation.id
        asked = select(key).where(begins(place, "9e37"))
        sql = str(asked.compile(connection, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        plan = _PLANS[connection.dialect.name](connection, sql)
        assert plan, sql


def _on_sqlite(connection, sql):
    return all("SEARCH" in row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}")))


def _on_mariadb(connection, sql):
    return connection.execute(text(f"EXPLAIN {sql}")).mappings().one()["possible_keys"]


def _on_postgresql(connection, sql):
    connection.execute(text("SET enable_seqscan = off"))
    return "~>=~" in str(connection.execute(text(f"EXPLAIN {sql}")).all())


_PLANS = {"sqlite": _on_sqlite, "mysql": _on_mariadb, "mariadb": _on_mariadb, "postgresql": _on_postgresql}
