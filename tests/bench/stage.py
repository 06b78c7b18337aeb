"""Where lines are measured: the processes of a house with README's settings, or the house inside this very process."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app import create_app
from modules.core.admins import Admin
from modules.core.db import db, transact
from modules.core.sessions import open_session
from tests.bench import data
from tests.bench.gauge import Question
from tests.bench.served import COMMIT, HELLO
from tests.story.street import Cashier, Street, wait_for

OPTIONS = {
    "BANKSTA2_ENABLED": "1",
    "DREAMKAS_SINCE": "2020-01-01",
    "DREAMKAS_NOTIFICATIONS_ENABLED": "1",
    "DREAMKAS_CACHE_LIFETIME": "86400",
}
PROFILE = "/?module=addcash&username=u00001"


class Stage(Street):
    """A street whose web is gunicorn as README starts it, with the two bare things beside the house."""

    web_app = "tests.bench.served:both"

    def command(self, name: str) -> list:
        """As every street's; three web workers."""
        return (
            [*super().command(name), "--workers", "3", "--timeout", "120"]
            if name == "web"
            else super().command(name)
        )

    def asks(self, path: str, status: int = 200, **more: Any) -> Question:
        """A question to the web."""
        return Question(self.web_port, path, status, **more)

    @property
    def hello(self) -> Question:
        """R0."""
        return self.asks(HELLO)

    @property
    def commit(self) -> Question:
        """C0."""
        return self.asks(COMMIT, headers={"Content-Type": "application/json"}, bodies=lambda: b"{}")

    def signed_in(self, login: str = "admin", **headers: str) -> dict[str, str]:
        """The headers of a browser whose session is that admin's."""
        cookies = Cashier(self, login).browser.cookies.items()
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies), **headers}

    def ask(self, query: str) -> Any:
        """One value of the house's SQLite file."""
        with closing(sqlite3.connect(self.folder / "house.db", timeout=60)) as books:
            return books.execute(query).fetchone()[0]

    def told(self) -> dict[str, Any]:
        """The sandbox's own books."""
        return requests.get(f"{self.sandbox_url}/sandbox/state", timeout=30).json()


@contextmanager
def stage(
    *others: str, products: int = data.PRODUCTS, web: bool = True, kind: type[Stage] = Stage, **options: str
) -> Iterator[Any]:
    """A house whose web answers; `others`: "sandbox", "worker", "worker2"…"""
    with tempfile.TemporaryDirectory() as folder:
        made = kind(Path(folder), **{**OPTIONS, **options})
        if "DATABASE_URL" not in options:
            data.books(Path(folder), products=products)
        try:
            for name in (*others, *(["web"] if web else [])):
                made.start(name)
            if "sandbox" in others:
                wait_for("the sandbox", lambda: made.answers(f"{made.sandbox_url}/sandbox/state"))
            if web:
                wait_for("the web", lambda: made.answers(f"{made.web_url}/?module=login"))
            yield made
        finally:
            made.close()


class Inside:
    """The house in this process: counts SQL, and is what a profiler looks at."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        self.sql: list[tuple[str, Any]] = []

    def get(self, address: str, status: int = 200, **headers: str) -> tuple[bytes, float]:
        """The answer's body and how many seconds of a processor it took; `sql` holds its statements."""
        self.sql.clear()
        began = time.process_time()
        answer = self.client.get(address, headers=headers)
        body, seconds = answer.data, time.process_time() - began
        if answer.status_code != status:
            raise RuntimeError(f"{address}: {answer.status_code}\n{answer.text[:500]}")
        return body, seconds

    def answer(self, address: str, **headers: str) -> tuple[int, str]:
        """Whatever the status -> status, body."""
        answer = self.client.get(address, headers=headers)
        return answer.status_code, answer.text

    def seconds(self, address: str, times: int = 5) -> float:
        """The best of some, the first left out: nothing but the work itself."""
        self.get(address)
        return min(self.get(address)[1] for _ in range(times))

    @property
    def statements(self) -> int:
        """How many statements the last page made, beginnings and ends of transactions aside."""
        return sum(not sql.startswith("BEGIN") for sql, _values in self.sql)


@contextmanager
def inside(
    operations: int = data.OPERATIONS, products: int = data.PRODUCTS, **options: str
) -> Iterator[Inside]:
    """The house on such books, somebody with every right signed in."""
    with tempfile.TemporaryDirectory() as folder:
        data.books(Path(folder), operations, products)
        app = create_app(Street(Path(folder), **{**OPTIONS, **options}).env)
        with app.app_context():
            admin = db.session.scalar(select(Admin.id).where(Admin.login == "admin"))
            token = transact(lambda session: open_session(session, admin, "127.0.0.1"))
            db.session.remove()
        made = Inside(app, app.test_client())
        with made.client.session_transaction() as cookie:
            cookie["_user_id"] = token
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *said: made.sql.append((said[2], said[3])))
        yield made
        with app.app_context():
            engine.dispose()
