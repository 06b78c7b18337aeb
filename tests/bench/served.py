"""The house and, beside it in the same process, the two bare things: what all share is no difference.

R0 says hello. C0 inserts one row and commits, on a SQLite file of its own with the settings of the house.
"""

import functools
import os
import sqlite3

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import create_app

HELLO, COMMIT = "/hello/", "/commit/"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")


def both() -> DispatcherMiddleware:
    """The application that gunicorn serves."""
    return DispatcherMiddleware(
        create_app(), {HELLO.rstrip("/"): _bare(lambda: "hello"), COMMIT.rstrip("/"): _bare(_commit)}
    )


def _bare(view) -> Flask:
    bare = Flask("bare")
    bare.add_url_rule("/", view_func=view, endpoint="view", methods=["GET", "POST"])
    return bare


def _commit() -> str:
    _books().execute("INSERT INTO kept (words) VALUES ('hello')")
    return "kept"


@functools.cache
def _books() -> sqlite3.Connection:
    books = sqlite3.connect(os.environ["VAR_DIR"] + "/bare.db", isolation_level=None)
    for pragma in PRAGMAS:
        books.execute(f"PRAGMA {pragma}")
    books.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, words TEXT)")
    return books
