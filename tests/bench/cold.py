"""The same page while the cache is empty and Dreamkas is slow, down or silent: it never waits for Dreamkas."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from tests.bench.gauge import Figure, at_most, rates, ratio
from tests.bench.stage import PROFILE, Stage, stage
from tests.story.street import wait_for

CATALOG = ("GET /api/devices", "GET /api/cashiers", "GET /api/v2/products")
MOODS = {
    "latency 100 ms": {"latency": {"probability": 1, "seconds": 0.1}},
    "down": {"answer_503": True},
    "hanging": {"hang": True},
}


def measure() -> Iterator[Figure]:
    """Each mood beside warm, on the same house; calls are counted by the sandbox."""
    with stage("sandbox", "worker") as house:
        page = house.asks(PROFILE, headers=house.signed_in())
        bare = house.asks(PROFILE.replace("addcash", "login"))
        for mood, switches in MOODS.items():
            warm, _beside = rates(page, bare)
            house.faults(**switches)
            before = calls(house)
            forget(house)
            cold, _beside = rates(page, bare)
            if mood == "latency 100 ms":
                wait_for("the catalog", lambda: fetched(house))
                yield at_most(
                    "cold cache, 8 at once: calls to the service", calls(house) - before, 3, "calls"
                )
            yield ratio(f"profile page, cold, service {mood}", cold, warm, 0.8, "warm")
            house.faults(**dict.fromkeys(switches, False))


def forget(house: Stage) -> None:
    """Nothing is in the cache, and what the database knows is old."""
    for place in (house.folder / "cache").iterdir():
        place.unlink(missing_ok=True)
    with closing(sqlite3.connect(house.folder / "house.db", timeout=30)) as db, db:
        db.execute(
            "UPDATE dreamkas_catalog_state SET fetched_utc = '2020-01-01 00:00:00.000000', tried_utc = NULL"
        )


def fetched(house: Stage) -> bool:
    """Whether every kind was fetched since."""
    return house.ask("SELECT count(*) FROM dreamkas_catalog_state WHERE fetched_utc > '2021'") == 3


def calls(house: Stage) -> int:
    """How often the sandbox was asked for parts of the catalog."""
    asked = house.told()["asked"]
    return sum(asked.get(name, 0) for name in CATALOG)
