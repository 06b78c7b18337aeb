"""One seeded run: people pay, the nemesis breaks and kills, then the faults end and three books are compared."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.accountants import Accountant, overlapping
from tests.faults.houses import MortalStreet
from tests.faults.ledger import differences, read
from tests.faults.nemesis import Nemesis
from tests.faults.people import Person, Teller, Told
from tests.faults.waiting import unsettled
from tests.story.street import wait_for

SETTLED_IN = 180  # seconds after the last fault
HIGHEST = 1_000_000  # kopecks of a payment


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

    tellers: int = 2
    payments: int = 5  # of each
    rows: int = 6  # of two files that overlap
    workers: int = 1
    deeds: int = 14  # of the nemesis, at least…
    most: int = 28  # …and then only while there are people


def run(seed: int, folder: Path, size: Size = Size(), **options: str) -> Outcome:
    """The whole story of one seed in an empty folder."""
    begun, dice = time.monotonic(), random.Random(seed)
    with opened(folder, size, **options) as street:
        told, before, nemesis = Told(), read(street.database), Nemesis(street, dice)
        first, *sums = dice.sample(range(1, HIGHEST + 1), 1 + size.tellers * size.payments + size.rows)
        rows = [sums.pop() for _row in range(size.rows)]
        people = [*tellers(street, told, dice, sums, size), *accountants(street, told, dice, rows)]
        first_receipt(street, people[0], first)
        if dice.random() < 0.5:
            street.listen()
        nemesis.begin()
        for person in people:
            person.start()
        while nemesis.deeds < size.deeds or (nemesis.deeds < size.most and alive(people)):
            nemesis.strike()
            time.sleep(dice.uniform(0.1, 0.5))
        nemesis.mend()
        wait_for("the people to go home", lambda: nemesis.revive() or not alive(people))
        settle(street, people[0], nemesis)
        broken = differences(told, before, read(street.database), street.printed())
    booked = told.booked()
    paid = sum(kopecks * times for (_who, kopecks), times in booked.items())
    return Outcome(seed, broken, booked.total(), paid, nemesis.story, time.monotonic() - begun)


def alive(people: list[Person]) -> bool:
    """Whether somebody has something to do yet."""
    return any(person.is_alive() for person in people)


def tellers(
    street: MortalStreet, told: Told, dice: random.Random, sums: list[int], size: Size
) -> list[Teller]:
    """Each with sums, in kopecks, that nobody else pays."""
    return [
        Teller(street, told, random.Random(dice.random()), sums[number :: size.tellers])
        for number in range(size.tellers)
    ]


def accountants(street: MortalStreet, told: Told, dice: random.Random, sums: list[int]) -> list[Accountant]:
    """Two, each with a file of his own, which he brings twice, and the other's."""
    one, other = overlapping(sums, dice)
    return [
        Accountant(street, told, random.Random(dice.random()), "buh", (one, one, other)),
        Accountant(street, told, random.Random(dice.random()), "admin", (other, one, other)),
    ]


@contextmanager
def opened(folder: Path, size: Size, **options: str) -> Iterator[MortalStreet]:
    """A street with so many workers; it is closed whatever happens."""
    street = MortalStreet(folder, **options)
    try:
        street.open(more=[f"worker{number}" for number in range(2, size.workers + 1)])
        yield street
    finally:
        street.close()


def first_receipt(street: MortalStreet, teller: Teller, kopecks: int) -> None:
    """The canary: an operation that Dreamkas acknowledged while all was well."""
    street.faults(print_seconds=0)
    teller.take("ivanov", kopecks, fiscal=True)
    wait_for("the first receipt", lambda: not unsettled(street.database))


def settle(street: MortalStreet, teller: Teller, nemesis: Nemesis) -> None:
    """Waits until every operation is final; then somebody repeats what was rejected, until nothing is."""
    end = time.monotonic() + SETTLED_IN
    while time.monotonic() < end:
        nemesis.revive()
        if not unsettled(street.database) and not teller.look_after_all():
            return
        time.sleep(0.2)
    nemesis.story += unsettled(street.database)
    for name in street.running:
        nemesis.story.append(
            f"{name}: {(street.folder / f'{name}.log').read_text('utf-8', 'replace')[-1500:]}"
        )
