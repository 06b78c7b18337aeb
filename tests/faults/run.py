"""One seeded run: people pay, the nemesis breaks and kills, then the faults end and three books are compared."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.doomed import DOOMS
from tests.faults.ledger import differences, open_operations, read
from tests.faults.nemesis import Nemesis
from tests.faults.people import Person, Told
from tests.story.street import Street, wait_for

QUICK = {
    "DREAMKAS_UNSURE_GRACE": "3",
    "DREAMKAS_DEADLINE": "1.2",
    "DREAMKAS_READ_TIMEOUT": "0.8",
    "DREAMKAS_CONNECT_TIMEOUT": "0.5",
    "DREAMKAS_BACKOFF": "0,0.3,0.6,1",
    "DREAMKAS_POLL": "0.3,0.5,1",
    "DREAMKAS_CACHE_LIFETIME": "60",
    "LOCALE": "en",
}
SETTLED_IN = 90  # seconds after the last fault
FIRST_KOPECK = 10_001


class MortalStreet(Street):
    """A street whose houses can be killed at a named point (doomed.py)."""

    web_app, worker_app = "tests.faults.doomed:web", "tests.faults.doomed:worker"

    def __init__(self, folder: Path, **options: str) -> None:
        self.dooms = folder / "dooms"
        self.dooms.mkdir(exist_ok=True)
        super().__init__(folder, **{**QUICK, DOOMS: str(self.dooms), **options})
        self.database = options.get("DATABASE_URL") or f"sqlite:///{folder / 'house.db'}"


@dataclass
class Outcome:
    """How a run ended. `broken`: sentences, each a broken promise; none is what it is all about."""

    seed: int
    broken: list[str]
    payments: int
    kopecks: int
    story: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Size:
    """How much happens in one run."""

    people: int = 3
    payments: int = 8  # of each
    workers: int = 1
    deeds: int = 14  # of the nemesis, at least


def run(
    seed: int, folder: Path, size: Size = Size(), prepared: Path | None = None, **options: str
) -> Outcome:
    """The whole story of one seed in an empty folder. `prepared`: a folder with migrated, filled books (SQLite)."""
    begun, dice = time.monotonic(), random.Random(seed)
    with opened(folder, size, prepared, **options) as street:
        told, nemesis = Told(), Nemesis(street, street.dooms, dice)
        first_receipt(street, told, dice)
        if dice.random() < 0.5:
            street.listen()
        nemesis.begin()
        people = [
            Person(street, told, random.Random(dice.random()), sums_of(number, size))
            for number in range(size.people)
        ]
        for person in people:
            person.start()
        while nemesis.deeds < size.deeds or any(person.is_alive() for person in people):
            nemesis.strike()
            time.sleep(dice.uniform(0.1, 0.5))
        nemesis.mend()
        settle(street, people[0], nemesis)
        broken = differences(told, read(street.database), street.printed())
    paid = sum(kopecks for _who, kopecks in told.payments)
    return Outcome(seed, broken, len(told.payments), paid, nemesis.story, time.monotonic() - begun)


def sums_of(number: int, size: Size) -> list[int]:
    """Kopecks that nobody else pays."""
    start = FIRST_KOPECK + 1 + number * size.payments
    return list(range(start, start + size.payments))


@contextmanager
def opened(folder: Path, size: Size, prepared: Path | None, **options: str) -> Iterator[MortalStreet]:
    """A street with so many workers; it is closed whatever happens."""
    if prepared:
        shutil.copytree(prepared, folder, dirs_exist_ok=True)
    street = MortalStreet(folder, **options)
    try:
        street.open(
            filled=prepared is not None, more=[f"worker{number}" for number in range(2, size.workers + 1)]
        )
        yield street
    finally:
        street.close()


def first_receipt(street: MortalStreet, told: Told, dice: random.Random) -> None:
    """The canary: an operation that Dreamkas acknowledged while all was well."""
    Person(street, told, dice, []).take("ivanov", FIRST_KOPECK, fiscal=True)
    wait_for("the first receipt", lambda: not open_operations(street.database))


def settle(street: MortalStreet, person: Person, nemesis: Nemesis) -> None:
    """Waits until every operation is final; then somebody repeats what was rejected, until nothing is."""
    end = time.monotonic() + SETTLED_IN
    while time.monotonic() < end:
        nemesis.revive()
        if not open_operations(street.database) and not person.look_after_all():
            return
        time.sleep(0.2)
    for name in street.running:
        nemesis.story.append(
            f"{name}: {(street.folder / f'{name}.log').read_text('utf-8', 'replace')[-1500:]}"
        )


def prepare(folder: Path) -> Path:
    """Migrated and filled books, made once for many runs."""
    street = MortalStreet(folder)
    street.flask("db", "upgrade")
    street.flask("demo")
    return folder
