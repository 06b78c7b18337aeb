"""What must be so before money is taken: asked by the worker at its start, by the web at its first request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask, abort, current_app, request
from flask_babel import gettext as _
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from modules.core.db import Base, db
from modules.core.files import ENDPOINTS
from modules.core.outage import RETRY_SECONDS, complaint, is_outage, reason_of, spell
from modules.core.patience import take_time
from modules.core.rights import nobody_comes, somebody_may_come

# What is written in one transaction must be rolled back in one: MyISAM, Ubilling's own choice, can not.
WRITTEN = {"users", "payments", "paymentscorr", "phones", "emails", "ukv_users", "ukv_payments", "weblogs"}
WRITTEN |= {"cashdesk_tokens", "dreamkas_operations", "dreamkas_attempts", "dreamkas_notifications"}
WRITTEN |= {"dreamkas_inbox", "banksta2"}
OURS = ("dreamkas_", "banksta2", "cashdesk_", "panel_")  # whose columns the migrations answer for
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
READY = "startup_ready"
WAIT_AT_MOST = 15  # seconds


def trouble() -> str:
    """Why this database can not be trusted with money, as a sentence for the admin; '' when it can."""
    if not inspect(db.engine).has_table("dreamkas_hold"):
        meant = db.engine.url.render_as_string(hide_password=True)
        return _(
            "The database %(database)s has no tables yet. Run: .venv/bin/flask --app app db upgrade",
            database=meant,
        )
    if _is_older():
        return _("The database is older than the program. Run: .venv/bin/flask --app app db upgrade")
    with db.engine.connect() as connection:
        # One may know of a table and not be allowed to read it.
        connection.execute(text("SELECT COUNT(*) FROM dreamkas_hold"))
    if db.engine.dialect.name == "sqlite":
        return _sqlite_trouble()
    return _mariadb_trouble() if db.engine.dialect.name in ("mysql", "mariadb") else ""


def _is_older() -> bool:
    """Whether a table or a column of ours is missing: the program was updated and the migrations did not run."""
    mine = {name: table for name, table in Base.metadata.tables.items() if name.startswith(OURS)}
    told = inspect(db.engine).get_multi_columns(filter_names=list(mine)).items()
    there = {name: {column["name"] for column in columns} for (_schema, name), columns in told}
    return any(not there.get(name, set()).issuperset(table.columns.keys()) for name, table in mine.items())


def _sqlite_trouble() -> str:
    with db.engine.connect() as connection:
        kept = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    broken = [name for name, wanted in PRAGMAS.items() if kept[name] != wanted]
    if broken:
        return _(
            "This SQLite can not keep what it is told (%(what)s): move it to a local disk.",
            what=", ".join(broken),
        )
    return ""


def _mariadb_trouble() -> str:
    query = text(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND engine <> 'InnoDB' AND table_type = 'BASE TABLE'"
    )
    with db.engine.connect() as connection:
        loose = sorted(set(connection.scalars(query)) & WRITTEN)
    alters = " ".join(f"ALTER TABLE `{name}` ENGINE=InnoDB;" for name in loose)
    return (
        _("These tables can not be written together safely. Run: %(alters)s", alters=alters) if loose else ""
    )


def need_database() -> None:
    """First line of a command: ends it in one sentence when the database can not be used as it is."""
    take_time(db.engine)
    with in_one_sentence():
        said = trouble()
    if said:
        raise click.ClickException(said)


def await_database() -> None:
    """As need_database, for a process that stays: it waits for a database that is away, instead of ending."""
    wait = 1
    while (said := _trouble_or_away()) is None:
        time.sleep(wait)
        wait = min(2 * wait, WAIT_AT_MOST)
    if said:
        raise click.ClickException(said)
    spell.ends()


def _trouble_or_away() -> str | None:
    """As trouble(); None while the database is away."""
    try:
        return trouble()
    except SQLAlchemyError as error:
        if not spell.tells(error):
            raise
        return None


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Ends a command in one sentence when the database does not answer, or refuses."""
    try:
        yield
    except SQLAlchemyError as error:
        if not is_outage(error):
            raise
        raise click.ClickException(complaint(error, reason_of(error))) from None


def init_startup(app: Flask) -> None:
    """Until the database is as it must be every page says what to do (503)."""
    app.before_request(_ask_once)


def _ask_once() -> None:
    if current_app.extensions.get(READY) or request.endpoint in ENDPOINTS:
        return
    nobody_comes()  # or the language of a sentence would be asked of that very database
    said = trouble()
    if said:
        abort(503, said, retry_after=RETRY_SECONDS)
    somebody_may_come()
    current_app.extensions[READY] = True
