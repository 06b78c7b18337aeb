"""Four workers of four threads beside one of four, on a database server and Redis, Dreamkas answering in 0.3 s."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack

from flask import Flask
from sqlalchemy import func, select

from app import create_app
from modules.banksta2 import process
from modules.core.db import db
from modules.dreamkas.models import Operation
from tests.bench.gauge import Figure, at_least, at_most
from tests.bench.paper import imported
from tests.bench.processing import posts
from tests.bench.stage import Stage, stage
from tests.books import scratch_database
from tests.story.street import wait_for

ROWS, LATENCY, MOST, THREADS = 400, 0.3, 16, 4
SERVERS = {"MariaDB": "TEST_MARIADB_URL", "PostgreSQL": "TEST_POSTGRES_URL"}


class Crowd(Stage):
    """Workers with as many threads as asked for."""

    def command(self, name: str) -> list:
        """As every stage's."""
        more = ["--threads", str(THREADS)] if name.startswith("worker") else []
        return [*super().command(name), *more]


def measure() -> Iterator[Figure]:
    """On each server that the environment names."""
    redis = os.environ.get("TEST_REDIS_URL", "")
    for name, variable in SERVERS.items():
        url = os.environ.get(variable, "")
        if not (url and redis):
            print(f"SKIPPED: many workers on {name} and Redis ({variable} and TEST_REDIS_URL name none)")
            continue
        one, _most = _delivered(url, redis, 1)
        four, most = _delivered(url, redis, 4)
        said = f"{four:.1f}/s beside {one:.1f}/s"
        yield at_least(f"{name} + Redis: 4 workers of 4 threads", four / one, 3, "× one", said)
        yield at_most(f"{name} + Redis: POSTs at once, as the sandbox saw it", most, MOST, "POSTs")


def _delivered(url: str, redis: str, workers: int) -> tuple[float, int]:
    """Receipts a second, and the most POSTs at once."""
    with ExitStack() as opened:
        scratch = opened.enter_context(scratch_database(url))
        options = {"DATABASE_URL": scratch, "QUEUE_URL": redis, "DREAMKAS_CONCURRENCY": str(MOST)}
        house = opened.enter_context(stage("sandbox", web=False, kind=Crowd, **options))
        house.flask("db", "upgrade")
        house.flask("demo", "--subscribers", "1000")
        house.flask("dreamkas", "sweep")  # the catalog
        app = create_app(house.env)
        opened.callback(_let_go, app)
        _queue(app)
        house.faults(latency={"probability": 1, "seconds": LATENCY})
        for number in range(workers):
            house.start(f"worker{number}")
        wait_for("the first answer", lambda: posts(house) > 0)
        began, before = time.monotonic(), posts(house)
        wait_for("three quarters", lambda: posts(house) >= before + ROWS * 3 // 4)
        rate = (posts(house) - before) / (time.monotonic() - began)
        wait_for("all", lambda: posts(house) >= ROWS)
        most = house.told()["most_at_once"]
        return rate, most


def _queue(app: Flask) -> None:
    """So many operations wait before any worker starts."""
    statement = imported(app, ROWS)
    with app.app_context():
        process.press(statement, "admin")
        process.work_through()
        waiting = db.session.scalar(
            select(func.count()).select_from(Operation).where(Operation.state == "queued")
        )
        db.session.remove()
    if waiting != ROWS:
        raise RuntimeError(f"{waiting} of {ROWS} operations are queued")


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
