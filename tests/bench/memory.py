"""Resident memory of each process before and after ten thousand requests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from modules.dreamkas.hooks import EVENTS, door
from tests.bench.gauge import AT_ONCE, Figure, Question, at_most
from tests.bench.lists import OPERATIONS
from tests.bench.stage import PROFILE, Stage, stage
from tests.bench.webhook import hook_to, serial

REQUESTS, FIRST = 10_000, 2_000


def measure() -> Iterator[Figure]:
    """Pages of the profile and of operations, and webhooks for the worker."""
    with stage("sandbox", "worker") as house:
        cookie = house.signed_in()
        asked = [house.asks(path, headers=cookie) for path in (PROFILE, OPERATIONS)]
        asked += [hook_to(house, door(EVENTS, serial(house)))] * 2
        _ask(asked, FIRST)
        early = {name: largest(house, name) for name in ("web", "worker")}
        _ask(asked, REQUESTS - FIRST)
        for name, before in early.items():
            after = largest(house, name)
            said = f"{before:.0f} MB after {FIRST}, {after:.0f} MB after {REQUESTS}"
            yield at_most(f"memory of the largest {name} process", after, 120, "MB", said)
            yield at_most(f"memory of {name}: growth", after - before, 5, "MB", said)


def _ask(questions: list[Question], many: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda number: questions[number % len(questions)].ask(), range(many)))


def largest(house: Stage, name: str) -> float:
    """MB of the largest process of that name: gunicorn's workers are its children."""
    return max(map(_resident, of_group(house.running[name].pid)))


def of_group(group: int) -> list[Path]:
    """What /proc says of each process of that group."""
    return [place for place in Path("/proc").glob("[0-9]*") if _group(place) == group]


def share(place: Path) -> float:
    """MB of a process, what it shares with others in parts; 0 of one that has ended."""
    try:
        return _kilobytes(place / "smaps_rollup", "Pss:") / 1000
    except (OSError, StopIteration):
        return 0


def _group(place: Path) -> int:
    try:
        return int(place.joinpath("stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0


def _resident(place: Path) -> float:
    return _kilobytes(place / "status", "VmRSS:") / 1000


def _kilobytes(place: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in place.read_text().splitlines() if line.startswith(name))
