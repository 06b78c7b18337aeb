"""Webhooks: each is committed before it is answered, and a burst of a thousand is a handful of questions."""

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count

from modules.dreamkas.hooks import EVENTS, door
from tests.bench.gauge import AT_ONCE, Figure, Question, at_most, rates, ratio
from tests.bench.stage import Stage, stage
from tests.story.street import BIN, ROOT, wait_for

BURST = 1000
LATENCY = {"latency": {"probability": 1, "seconds": 0.1}}


def measure() -> Iterator[Figure]:
    """Beside C0, at two latencies; then the burst."""
    with stage("sandbox", "worker") as house:
        address = door(EVENTS, serial(house))
        for latency, switches in (("0", {}), ("100 ms", LATENCY)):
            house.faults(**switches)
            for at_once in (1, AT_ONCE):
                hooks, commits = rates(hook_to(house, address), house.commit, at_once=at_once)
                what = f"webhook kept durably, {at_once} at once, latency {latency}"
                yield ratio(what, hooks, commits, 0.6, "C0")
            wait_for("the inbox to be empty", lambda: unseen(house) == 0, 120)
        yield _burst(house, address)


def _burst(house: Stage, address: str) -> Figure:
    before, question = asked(house), hook_to(house, address)
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda _number: question.ask(), range(BURST)))
    seconds = time.monotonic() - began
    wait_for("the inbox to be empty", lambda: unseen(house) == 0, 120)
    calls = asked(house) - before
    said = f"{calls} calls for {BURST} webhooks in {seconds:.1f} s"
    return at_most("webhooks: calls to the service in a burst", calls / BURST, 0.05, "calls each", said)


def hook_to(house: Stage, address: str) -> Question:
    """Each tells something new of another operation of ours."""
    return house.asks(address, headers={"Content-Type": "application/json"}, bodies=_bodies(house))


def _bodies(house: Stage) -> Callable[[], bytes]:
    with closing(sqlite3.connect(house.folder / "house.db")) as db:
        ids = [name for (name,) in db.execute("SELECT operation_id FROM dreamkas_operations LIMIT 50000")]
    numbers = count()

    def body() -> bytes:
        number = next(numbers)
        data = {"id": ids[number % len(ids)], "status": "SUCCESS", "receiptId": f"told{time.time_ns()}"}
        return json.dumps({"action": "UPDATE", "type": "OPERATION", "data": data}).encode()

    return body


def serial(house: Stage) -> str:
    """The key of RemoteAPI."""
    command = [BIN / "flask", "--app", "app", "serial"]
    return subprocess.check_output(command, cwd=ROOT, env=house.env, text=True, timeout=60).strip()


def unseen(house: Stage) -> int:
    """Webhooks that the worker has not looked into."""
    return house.ask("SELECT count(*) FROM dreamkas_inbox WHERE fate = 'new'")


def asked(house: Stage) -> int:
    """Calls to the service, all of them."""
    return sum(house.told()["asked"].values())
