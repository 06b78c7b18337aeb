"""A statement of 5000 rows is credited and queued beside a bare loop of the same statements and commits."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from app import create_app
from modules.banksta2 import process
from modules.core.db import db
from tests.bench import data
from tests.bench.gauge import Figure, at_least, at_most
from tests.bench.paper import CREDITED, SHOWN, imported
from tests.bench.processing import button
from tests.bench.served import PRAGMAS
from tests.bench.stage import PROFILE, inside, stage

ROWS, SAMPLE = 5000, 200


def measure() -> Iterator[Figure]:
    """The worker's rows a second beside the loop's; what pages and progress do meanwhile."""
    script = recorded()
    with stage("worker") as house:
        imported(create_app(house.env), ROWS)
        page = house.asks(PROFILE, headers=house.signed_in())
        idle = page.seconds(20)
        bare = replayed(house.folder, script)
        button(house).ask()
        began, steps, pages = time.monotonic(), [], []
        seen = 0
        while (now := house.ask(CREDITED)) < ROWS:
            if now != seen:
                steps.append(time.monotonic())
                seen = now
            begun = time.monotonic()
            page.ask()
            pages.append(time.monotonic() - begun)
            time.sleep(0.1)
        seconds = time.monotonic() - began
        house.asks(SHOWN, headers=house.signed_in()).ask()
    rate = ROWS / seconds
    said = f"{rate:.0f} rows/s beside {bare:.0f} rows/s"
    yield at_least(f"crediting and queueing {ROWS} rows", rate / bare, 0.5, "of a bare loop", said)
    pause = max(later - earlier for earlier, later in pairwise(steps))
    yield at_most("crediting: progress moves every", pause, 2, "s")
    usual = sorted(pages)[len(pages) // 2]
    said = f"{usual * 1000:.0f} ms beside {idle * 1000:.0f} ms idle"
    yield at_most("crediting: pages meanwhile (median)", usual / idle, 2, "×", said)


def recorded() -> list[list[tuple[str, tuple]]]:
    """What the database is asked and told for each of some rows, one list for each transaction."""
    with inside() as here:
        statement = imported(here.app, SAMPLE)
        with here.app.app_context():
            process.press(statement, "admin")
            here.sql.clear()
            process.work_through()
            db.session.remove()
        said, script = list(here.sql), []
    for sql, values in said:
        if sql == "BEGIN IMMEDIATE":
            script.append([])
        elif script and not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            script[-1].append((sql, values))
    return script


def replayed(folder: Path, script: list[list[tuple[str, tuple]]]) -> float:
    """Transactions a second of the same statements by a bare loop, on a copy of the same books."""
    place = data.books(_made(folder / "bare"))
    with closing(sqlite3.connect(place, isolation_level=None)) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        db.execute("PRAGMA foreign_keys=OFF")
        began = time.monotonic()
        for statements in script:
            db.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                db.execute(sql, values).fetchall()
            db.execute("COMMIT")
        return len(script) / (time.monotonic() - began)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
