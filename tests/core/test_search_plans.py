"""Beginnings, and what ended since a moment, are found by an index on each database, however its texts are sorted."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from modules.core.db import db
from modules.core.search import begins
from modules.dreamkas.models import Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.operations import BEGINS, Filter, found_by, rejected_today
from modules.dreamkas.speaking import printed_between
from modules.dreamkas.views_operations import GROUPS

MIDNIGHT = datetime.fromisoformat("2026-11-23 21:00")
PLACES = [*BEGINS.values(), InboxRow.object_id]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_beginning_is_found_by_an_index(any_books, place):
    with any_books.app_context(), db.engine.connect() as connection:
        key = InboxRow.id if place is InboxRow.object_id else Operation.id
        asked = select(key).where(begins(place, "9e37"))
        sql = str(asked.compile(connection, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        plan = _PLANS[connection.dialect.name](connection, sql)
        assert plan, sql


@pytest.mark.parametrize(
    "asked",
    [
        lambda: select(func.count()).where(rejected_today()),
        lambda: printed_between("payment", MIDNIGHT, MIDNIGHT + timedelta(days=1)),
    ],
    ids=["rejected today", "printed on a day"],
)
def test_what_ended_since_a_moment_is_found_by_an_index(any_books, asked):
    with any_books.app_context(), db.engine.connect() as connection:
        words = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        sql = str(asked().compile(connection, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
        plan = connection.execute(text(f"{words} {sql}")).all()
        assert "ix_dreamkas_operations_state_finished" in str(plan)


@pytest.mark.parametrize("state", [*GROUPS, "rejected", "unsure"])
def test_operations_of_a_state_are_not_looked_for_among_all_there_are(inside, state):
    newest = (
        found_by(Filter(state=state)).order_by(Operation.date_create.desc(), Operation.id.desc()).limit(51)
    )
    with db.engine.connect() as connection:
        sql = newest.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert plan and not [step for step in plan if step.startswith("SCAN dreamkas_operations")], plan


def _on_sqlite(connection, sql):
    return all("SEARCH" in row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}")))


def _on_mariadb(connection, sql):
    return connection.execute(text(f"EXPLAIN {sql}")).mappings().one()["possible_keys"]


def _on_postgresql(connection, sql):
    connection.execute(text("SET enable_seqscan = off"))
    return "~>=~" in str(connection.execute(text(f"EXPLAIN {sql}")).all())


_PLANS = {"sqlite": _on_sqlite, "mysql": _on_mariadb, "mariadb": _on_mariadb, "postgresql": _on_postgresql}
