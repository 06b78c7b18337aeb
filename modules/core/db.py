"""The database: one SQLAlchemy for the house, on SQLite (default), MariaDB or PostgreSQL.

A write is a function run by `transact`: it begins a real write transaction (BEGIN IMMEDIATE on SQLite), commits once
at the end, and is run anew when the database says that somebody else was in the way. Nothing inside it may touch the
network or anything else that cannot be rolled back.
"""

import functools
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from flask import Flask, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    Integer,
    String,
    TypeDecorator,
    event,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.functions import FunctionElement

from modules.core.outage import can_not_write, spell
from modules.core.patience import set_limits
from modules.core.portable import kopecks_or_none
from modules.core.turns import turn
from modules.core.urls import with_driver

T = TypeVar("T")

BUSY_SECONDS = 15
LATELY = 30  # seconds
RUNS = 6
# MariaDB: deadlock, lock wait timeout, record changed; PostgreSQL: serialization failure, deadlock.
TRANSIENT = {1213, 1205, 1020, "40001", "40P01"}
ZERO_DATE = "0000-00-00 00:00:00"
# Signs that a text of that database can not hold, and people and machines may send anywhere: another stands in their
# place. PostgreSQL knows no NUL; Ubilling's tables are MariaDB's utf8, which has no signs of four bytes (emoji).
UNFIT = {"postgresql": re.compile("\0")} | dict.fromkeys(
    ("mysql", "mariadb"), re.compile("[\U00010000-\U0010ffff]")
)
# What follows each write that was committed by `transact`: outside of it and of its turn, for it may ask a network.
AFTERWARDS: list[Callable[[Session], None]] = []


class Base(DeclarativeBase):
    """Every table of ours and of Ubilling's."""


# What was read stays readable after a commit: pages draw after the transaction, and stale reads are settled by
# conditional UPDATEs, never by objects in memory.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

# 64 bits everywhere, yet SQLite numbers rows by itself for INTEGER only.
RowId = BigInteger().with_variant(Integer, "sqlite")
UtcTime = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class LocalTime(TypeDecorator[datetime]):
    """A datetime column of Ubilling's: local wall time, where "no date" is 0000-00-00 on MariaDB and NULL elsewhere."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        return ZERO_DATE if value is None and dialect.name in ("mysql", "mariadb") else value

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        return value if isinstance(value, datetime) else None


class Words(TypeDecorator[str]):
    """Text of Ubilling's that may be NULL there: nothing is "" here."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> str:
        return value or ""


class utc_clock(FunctionElement):
    """Now, in UTC, by the database's own clock, whatever the clocks of its many clients say."""

    type = DateTime()
    inherit_cache = True


@compiles(utc_clock, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(utc_clock, "mysql")
@compiles(utc_clock, "mariadb")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return "UTC_TIMESTAMP(6)"


@compiles(utc_clock, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return "(clock_timestamp() AT TIME ZONE 'UTC')"


CLOCK = select(utc_clock())


def clock() -> datetime:
    """Now by the database's clock, naive UTC. Every lease and due time is measured by it."""
    return db.session.connection().execute(CLOCK).scalar_one()


def connect_to(url: str) -> tuple[str, dict[str, Any]]:
    """DATABASE_URL as people write it -> (URL with our driver, engine options for that kind of database)."""
    parsed = with_driver(url)
    kind = parsed.get_backend_name()
    # Names, sums and notes do not belong into a log, whatever goes wrong with a statement.
    options: dict[str, Any] = {"hide_parameters": True}
    if kind == "sqlite":
        options["connect_args"] = {"timeout": BUSY_SECONDS}
        return parsed.render_as_string(hide_password=False), options
    options |= {
        "isolation_level": "READ COMMITTED",
        "pool_pre_ping": True,
        "pool_recycle": 1800,
    }
    if kind in ("mysql", "mariadb"):
        # Strict, yet Ubilling's "no date" (0000-00-00) may be written.
        mode = "SET SESSION sql_mode='STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
        options["connect_args"] = {"charset": "utf8mb4", "connect_timeout": 10, "init_command": mode}
    else:
        options["connect_args"] = {"connect_timeout": 10}
    return parsed.render_as_string(hide_password=False), options


def init_db(app: Flask, url: str) -> None:
    """Binds the database of DATABASE_URL to the app and teaches SQLite the manners that money needs."""
    app.config["SQLALCHEMY_DATABASE_URI"], app.config["SQLALCHEMY_ENGINE_OPTIONS"] = connect_to(url)
    db.init_app(app)
    with app.app_context():
        set_limits(db.engine)
        if db.engine.dialect.name == "sqlite":
            _teach_sqlite(db.engine)
        if unfit := UNFIT.get(db.engine.dialect.name):
            event.listen(db.engine, "before_cursor_execute", partial(_fit, unfit), retval=True)


def _fit(
    unfit: re.Pattern[str],
    _connection: Any,
    _cursor: Any,
    statement: str,
    parameters: Any,
    _context: Any,
    _executemany: bool,
) -> tuple[str, Any]:
    if isinstance(parameters, list):
        return statement, [_fitting(unfit, row) for row in parameters]
    return statement, _fitting(unfit, parameters)


def _fitting(unfit: re.Pattern[str], row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    return {
        name: unfit.sub("\ufffd", value) if isinstance(value, str) else value for name, value in row.items()
    }


def _teach_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours to say, see _on_sqlite_begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("fold", -1, _fold, deterministic=True)
    connection.create_function("kopecks", 1, kopecks_or_none, deterministic=True)


def _fold(*texts: Any) -> str:
    # Of a row all at once, a line each: to be called for every column took longer than all else of a search.
    return "\n".join([str(text) for text in texts if text]).casefold()


def _on_sqlite_begin(connection: Any) -> None:
    # A transaction that reads first and writes later would be refused (SQLITE_BUSY) when somebody wrote in between:
    # whoever means to write says so at once.
    # What is alone in its transaction needs no beginning: the file's one lock is held while it runs, and no longer.
    how = connection.get_execution_options()
    if not how.get("alone"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if how.get("writes") else "BEGIN")


def is_transient(error: Exception) -> bool:
    """Whether the database refused only because somebody else was in the way, so that the same work may be run anew."""
    original = getattr(error, "orig", None)
    code = getattr(original, "sqlstate", None) or next(iter(getattr(original, "args", ())), None)
    return code in TRANSIENT or "database is locked" in str(original)


def transact(work: Callable[[Session], T]) -> T:
    """Runs work(session) in one write transaction and commits it; what it returns is returned.

    Run anew, from the start, up to six times when the database says "deadlock" or "locked": work must have no effect
    outside the database. Any error rolls everything back and is raised.
    """
    result = again(lambda: _transact_once(work))
    spell.ends()
    for follow in AFTERWARDS:
        follow(db.session())
    return result


def may_be_saved() -> bool:
    """Whether anything of this request may stand in the database: a commit was begun, and was not refused for sure."""
    return g.get("may_be_saved", False)


def lately(look: Callable[[], T]) -> Callable[[], T]:
    """look(), as this process last saw it in this database, up to LATELY seconds ago: for what hardly ever changes."""
    found = functools.lru_cache(maxsize=4)(lambda _database, _moment: look())
    return lambda: found(db.engine.url, int(time.monotonic() / LATELY))


def again(work: Callable[[], T]) -> T:
    """work(), anew up to six times when the database says that somebody else was in the way."""
    for run in range(1, RUNS + 1):
        try:
            return work()
        except (OperationalError, DBAPIError) as error:
            if run == RUNS or not is_transient(error):
                raise
            time.sleep(0.02 * 2**run)
    raise AssertionError("unreachable")


def _transact_once(work: Callable[[Session], T]) -> T:
    ours, session = writers_turn(), db.session()
    session.rollback() if session.new or session.dirty else session.commit()  # ends what was only being read
    with ours:
        try:
            session.connection(execution_options={"writes": True})
            result = work(session)
            _commit(session)
            return result
        except BaseException:
            session.rollback()
            raise


def _commit(session: Session) -> None:
    before, g.may_be_saved = may_be_saved(), True
    try:
        session.commit()
    except DBAPIError as error:
        g.may_be_saved = before or not can_not_write(error)
        raise


def writers_turn() -> AbstractContextManager[None]:
    """A turn at SQLite's one writer, to be entered; the servers have queues of their own."""
    url = db.engine.url
    return turn(url.database) if url.database and url.get_backend_name() == "sqlite" else nullcontext()


def new_id(result: Any) -> int:
    """The number that the database gave to the row of one INSERT."""
    return int(result.inserted_primary_key[0])


def rows_changed(result: Any) -> int:
    """How many rows a conditional UPDATE changed (matched: PyMySQL is told to count found rows by SQLAlchemy)."""
    return int(result.rowcount)
