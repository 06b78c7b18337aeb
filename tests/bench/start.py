"""From the command to the first answer (web) and to the first task taken (worker)."""

import time
from collections.abc import Iterator

from tests.bench.gauge import Figure, at_most
from tests.bench.stage import Stage, stage
from tests.story.street import wait_for

TIMES = 3


def measure() -> Iterator[Figure]:
    """The median of some starts each."""
    with stage(web=False) as house:
        web = sorted(_web(house) for _time in range(TIMES))[TIMES // 2]
        worker = sorted(_worker(house) for _time in range(TIMES))[TIMES // 2]
    yield at_most("start: web until it answers", web, 2.5, "s")
    yield at_most("start: worker until it takes work", worker, 2.5, "s")


def _web(house: Stage) -> float:
    began = time.monotonic()
    house.start("web")
    wait_for("the web", lambda: house.answers(f"{house.web_url}/?module=login"))
    seconds = time.monotonic() - began
    house.kill("web")
    return seconds


def _worker(house: Stage) -> float:
    """Its heartbeat is a task that it took from the queue."""
    before = beats(house)
    began = time.monotonic()
    house.start("worker")
    wait_for("the worker", lambda: beats(house) != before)
    seconds = time.monotonic() - began
    house.kill("worker")
    time.sleep(2)  # the next one beats at once
    return seconds


def beats(house: Stage) -> object:
    """When the worker's heart beat last."""
    return house.ask("SELECT ran_utc FROM dreamkas_duties WHERE name = 'beat'")
