"""The house as it stands, but in a hurry, and mortal: it can be killed at a named point.

A file DOOMS/<who>.<point> is an order: whoever passes that point takes the file and dies by SIGKILL, right there. The
product's code knows nothing of it. Waits that last minutes in life (leases, looks, the probe of a held queue) are
made seconds here; what they protect is the same.
"""

import os
import signal
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from app import create_app
from modules.core import alone
from modules.core.current import options
from modules.core.db import db
from modules.dreamkas import apart, catalog, doubts, lease, life, line, looks, outbox, tasks, wire

WEB_POINTS = ("row.before", "row.after", "commit.before", "commit.after")
WORKER_POINTS = (*WEB_POINTS, "claimed", "connected", "sent", "answered")
DOOMS = "HOUSE_DOOMS"  # the folder of orders
COMPILED = "HOUSE_COMPILED"  # a folder for templates that were compiled already


def web() -> Flask:
    """gunicorn's app."""
    return _mortal("web")


def worker() -> Flask:
    """The app of `flask worker`."""
    return _mortal("worker")


def _mortal(who: str) -> Flask:
    orders = Path(os.environ[DOOMS])
    app = create_app()
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ.get(COMPILED) or tempfile.mkdtemp())

    def passing(point: str) -> None:
        try:
            (orders / f"{who}.{point}").unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        hurry()
        watch_commits(passing)
    if who == "worker":
        watch_the_wire(passing)
    return app


def hurry() -> None:
    """Everything that waits, waits less."""
    doubts.LOOKS = (0.3, 0.7, 1)
    catalog.RETRY = catalog.RETRY_FIRST = timedelta(seconds=0.5)
    looks.RETRY_LOOK = timedelta(seconds=1)
    line.PROBE_SECONDS, line.PROBE_AT_MOST = {"token": 1, "door": 1}, 2
    lease.LENGTH, lease.RENEW_SECONDS = timedelta(seconds=2), 0.7
    apart.PUT_OFF = timedelta(seconds=1)
    life.LATE_AFTER = timedelta(seconds=5) - timedelta(minutes=options().dreamkas_receipt_timeout)
    tasks.BEAT_SECONDS = 0.6
    line.TRY_EVERY = timedelta(seconds=0.5)


def watch_commits(passing: Callable[[str], None]) -> None:
    """The points around a row that is written, and around a commit that writes."""

    def writes(session: Any) -> bool:
        return bool(session.connection().get_execution_options().get("writes"))

    def before(session: Any) -> None:
        if writes(session):
            session.info["writes"] = True
            passing("commit.before")

    def after(session: Any) -> None:
        if session.info.pop("writes", False):
            passing("commit.after")

    event.listen(db.session, "before_commit", before)
    event.listen(db.session, "after_commit", after)
    event.listen(
        db.engine, "before_cursor_execute", lambda *said: _is_a_row(said[2]) and passing("row.before")
    )
    event.listen(db.engine, "after_cursor_execute", lambda *said: _is_a_row(said[2]) and passing("row.after"))
    # What is written without the session; by the driver itself nobody is told of the row.
    _watch_alone("_write", ("commit",), passing)
    _watch_alone("_write_by_driver", ("row", "commit"), passing)


def _watch_alone(name: str, points: tuple[str, ...], passing: Callable[[str], None]) -> None:
    write = getattr(alone, name)

    def written(*statement: Any) -> None:
        for point in points:
            passing(f"{point}.before")
        write(*statement)
        for point in points:
            passing(f"{point}.after")

    setattr(alone, name, written)


def _is_a_row(statement: str) -> bool:
    return statement.startswith("INSERT")


def watch_the_wire(passing: Callable[[str], None]) -> None:
    """The points of a receipt's one journey to Dreamkas."""
    connection: Any = wire._Watched
    open_, send, exchange, carry = connection._new_conn, connection.send, wire.exchange, outbox.carry

    def opened(self: Any) -> Any:
        made = open_(self)
        self.is_post = False
        passing("connected")
        return made

    def sent(self: Any, data: Any) -> None:
        send(self, data)
        self.is_post = self.is_post or bytes(data).startswith(b"POST")
        if self.is_post:
            passing("sent")

    def answered(request: Any, **how: Any) -> Any:
        reply = exchange(request, **how)
        if request.method == "POST":
            passing("answered")
        return reply

    def carried(*args: Any) -> None:
        passing("claimed")
        carry(*args)

    connection._new_conn, connection.send = opened, sent
    wire.exchange, outbox.carry = answered, carried
