"""One statement that is a transaction of its own, on every database."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from modules.core import db as books
from modules.core.alone import read_alone, write_alone, write_straight
from modules.core.db import db
from modules.core.journal import WEBLOGS, Weblog
from modules.core.outage import can_not_write

SAID = insert(WEBLOGS).values(admin=bindparam("admin"), ip="", event=bindparam("event"))
ADMIN = select(Weblog.admin).where(Weblog.event == bindparam("event"))
BOTH = pytest.mark.parametrize("write", [write_alone, write_straight])


@BOTH
def test_what_is_written_is_kept_when_it_returns(any_books, write):
    with any_books.app_context():
        for admin in ("one", "Ким"):
            write(SAID, {"admin": admin, "event": f"said by {admin}"})
        assert read_alone(ADMIN, {"event": "said by one"}) == "one"
        assert read_alone(ADMIN, {"event": "said by Ким"}) == "Ким"
        assert read_alone(ADMIN, {"event": "never said"}) is None


@BOTH
def test_a_value_that_was_forgotten_is_not_written_as_nothing(any_books, write):
    with any_books.app_context():
        with pytest.raises(StatementError, match=r"value (is required )?for bind"):
            write(SAID, {"admin": "one"})
        assert read_alone(select(Weblog.id), {}) is None


def pragma(words: str) -> None:
    """Says it on the one connection that this process has."""
    with db.engine.execution_options(alone=True).connect() as mine:
        mine.exec_driver_sql(f"PRAGMA {words}")


@BOTH
def test_whoever_finds_the_file_busy_tries_again(inside, monkeypatch, write):
    pragma("busy_timeout=0")
    with closing(sqlite3.connect(db.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waited = []
        monkeypatch.setattr(books.time, "sleep", lambda _s: waited.append(other.execute("ROLLBACK")))
        write(SAID, {"admin": "one", "event": "in the end"})
    assert len(waited) == 1 and read_alone(ADMIN, {"event": "in the end"}) == "one"


@BOTH
def test_a_file_that_can_not_be_written_is_an_outage_and_no_value_is_told(inside, write):
    pragma("query_only=1")
    with pytest.raises(DBAPIError) as failed:
        write(SAID, {"admin": "one", "event": "what nobody may know"})
    pragma("query_only=0")
    assert can_not_write(failed.value)
    assert "nobody may know" not in str(failed.value)
