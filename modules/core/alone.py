"""One statement that is a transaction of its own; without a session, which takes more time than the statement does."""

import sqlite3
from contextlib import closing
from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from modules.core.db import again, db, writers_turn


def read_alone(statement: Executable, values: dict[str, Any]) -> Any:
    """The first value that the statement finds with these values, None when there is none."""
    with db.engine.connect() as connection:
        return connection.scalar(statement, values)


def write_alone(statement: Executable, values: dict[str, Any]) -> None:
    """Writes and commits; run anew as in `transact`."""
    again(lambda: _write(statement, values))


def write_straight(statement: Executable, values: dict[str, str | bytes | int]) -> None:
    """As write_alone, for what comes by the thousand: the same `statement` object each time, which is put into words
    once, and values, within it too, that a driver takes as they are.
    """
    write = _write_by_driver if db.engine.dialect.name == "sqlite" else _write
    again(lambda: write(statement, values))


def _write(statement: Executable, values: dict[str, Any]) -> None:
    with writers_turn(), db.engine.connect() as connection, connection.execution_options(alone=True).begin():
        connection.execute(statement, values)


def _write_by_driver(statement: Executable, values: dict[str, Any]) -> None:
    # SQLAlchemy's walk through a connection takes as long as SQLite's writing; beside a server's way it is nothing.
    words, constants = _in_words(statement)
    try:
        with writers_turn(), closing(db.engine.raw_connection()) as connection:
            connection.cursor().execute(words, constants | values)
    except sqlite3.Error as error:
        raise DBAPIError.instance(words, None, error, sqlite3.Error, hide_parameters=True) from error


@cache
def _in_words(statement: Any) -> tuple[str, dict[str, Any]]:
    spelt = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    # What waits for a value is left out: SQLite refuses whoever forgets it.
    return str(spelt), {name: value for name, value in spelt.params.items() if value is not None}
