"""What must be so before money is taken: asked by the worker at its start, by the web at its first request."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask, abort, current_app, request
from flask_babel import gettext as _
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from modules.core.db import Base, db
from modules.core.files import ENDPOINTS
from modules.core.rights import nobody_comes

log = logging.getLogger(__name__)

# What is written in one transaction must be rolled back in one: MyISAM, Ubilling's own choice, can not.
WRITTEN = {"users", "payments", "paymentscorr", "phones", "emails", "ukv_users", "ukv_payments", "weblogs"}
WRITTEN |= {"cashdesk_tokens", "dreamkas_operations", "dreamkas_attempts", "dreamkas_notifications"}
WRITTEN |= {"dreamkas_inbox", "banksta2"}
OURS = ("dreamkas_", "banksta2", "cashdesk_", "panel_")  # whose columns the migrations answer for
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
READY = "startup_ready"
FORBIDDEN = "42501"  # PostgreSQL's insufficient_privilege; MariaDB's are OperationalErrors


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
    with in_one_sentence():
        said = trouble()
    if said:
        raise click.ClickException(said)


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Ends a command in one sentence when the database does not answer, or refuses."""
    try:
        yield
    except DBAPIError as error:
        if not is_refusal(error):
            raise
        raise click.ClickException(complaint(error, reason_of(error))) from None


def is_refusal(error: DBAPIError) -> bool:
    """Whether the database, not the question put to it, is what is wrong."""
    return type(error) in (OperationalError, DatabaseError) or _state(error) == FORBIDDEN


def complaint(error: DBAPIError, reason: str) -> str:
    """The sentence for it: whoever says why he refuses does answer."""
    if _is_silent(error):
        return _("The database does not answer: %(reason)s", reason=reason)
    return _("The database refuses: %(reason)s", reason=reason)


def reason_of(error: DBAPIError) -> str:
    """What the database or its driver said, in one line; no driver says the password."""
    said: Any = error.orig
    return " ".join(" ".join(map(str, said.args)).split())


def _is_silent(error: DBAPIError) -> bool:
    said: Any = error.orig
    code = next(iter(said.args), None)
    if isinstance(code, int):  # PyMySQL: 2xxx are the client's own words, the others MariaDB's
        return 2000 <= code < 3000
    refused = _state(error) or hasattr(said, "sqlite_errorcode") or "FATAL:" in str(said)
    return isinstance(error, OperationalError) and not refused


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def init_startup(app: Flask) -> None:
    """Until the database is as it must be every page says what to do (503)."""
    app.before_request(_ask_once)


def _ask_once() -> None:
    if current_app.extensions.get(READY) or request.endpoint in ENDPOINTS:
        return
    said = _trouble_on_page()
    if said:
        abort(503, said)
    current_app.extensions[READY] = True


def _trouble_on_page() -> str:
    """As trouble(); what a database said that can not be asked is for the log, not for whoever comes by."""
    try:
        return trouble()
    except DBAPIError as error:
        if not is_refusal(error):
            raise
        log.warning("the database can not be used: %s", reason_of(error))
        nobody_comes()
        return complaint(error, _("the log says why"))
