"""The compliance board: every row of the books of some days in exactly one bucket, and the sum held against the books.

Counted by the database in one snapshot: what is paid meanwhile is on the board and in the total, or in neither.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from modules.billing.service import LEDGERS, Ledger
from modules.cashdesk.standing import BUCKETS, PLACES
from modules.cashdesk.standing_sql import age, counts
from modules.core.db import db
from modules.core.portable import exact, kopecks
from modules.core.times import local_now


@dataclass(frozen=True)
class Figure:
    """So many payments, and their sum in kopecks; a sum that is no number counts as nothing."""

    count: int = 0
    kopecks: int = 0

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.count + other.count, self.kopecks + other.kopecks)

    def __sub__(self, other: "Figure") -> "Figure":
        return Figure(self.count - other.count, self.kopecks - other.kopecks)

    def __bool__(self) -> bool:
        return bool(self.count)


@dataclass(frozen=True)
class Group:
    """What the database counted: payments alike in all of this."""

    service: str
    place: str
    cashier: str
    cash_type: int
    age: str
    figure: Figure

    @property
    def bucket(self) -> str:
        """The bucket of its place."""
        return PLACES[self.place][0]


@dataclass(frozen=True)
class Board:
    """All groups of a period, and what the billing's own tables add up to."""

    groups: list[Group]
    billing: Figure
    now: datetime  # local: what ages are told from

    @property
    def total(self) -> Figure:
        """Of all buckets."""
        return total(group.figure for group in self.groups)

    @property
    def agrees(self) -> bool:
        """Whether the buckets add up to the billing's total."""
        return self.total == self.billing

    def by(self, *names: str) -> dict[tuple[Any, ...], Figure]:
        """Figures by these attributes of a group: by("cashier", "bucket")."""
        found: dict[tuple[Any, ...], Figure] = {}
        for group in self.groups:
            key = tuple(getattr(group, name) for name in names)
            found[key] = found.get(key, Figure()) + group.figure
        return found

    def values(self, name: str) -> list[Any]:
        """What occurs there, sorted: cashiers, cash types, services."""
        return sorted({getattr(group, name) for group in self.groups})

    def places(self) -> list[str]:
        """The places that occur, in their order."""
        return [place for place in PLACES if any(group.place == place for group in self.groups)]


def total(figures: Iterable[Figure]) -> Figure:
    """The sum of figures."""
    return sum(figures, Figure())


def reckon(since: date, until: date) -> Board:
    """The board of these local days, both included."""
    now = local_now()
    with snapshot() as session:
        groups = [group for ledger in LEDGERS for group in _groups(session, ledger, since, until, now)]
        billing = total(_billing(session, ledger, since, until) for ledger in LEDGERS)
    return Board(groups, billing, now)


def days(since: date, until: date) -> dict[date, dict[str, Figure]]:
    """Day by day what is in each bucket; a day without payments is there too, with all buckets."""
    found: dict[str, dict[str, Figure]] = {}
    with snapshot() as session:
        for ledger in LEDGERS:
            for day, where, figure in _days(session, ledger, since, until):
                buckets, bucket = found.setdefault(day, {}), PLACES[where][0]
                buckets[bucket] = buckets.get(bucket, Figure()) + figure
    span = (date.fromordinal(number) for number in range(since.toordinal(), until.toordinal() + 1))
    return {day: {name: found.get(str(day), {}).get(name, Figure()) for name in BUCKETS} for day in span}


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session that sees the database as it was at its first question."""
    with db.engine.connect() as connection:
        if db.engine.dialect.name != "sqlite":  # there a transaction is one by itself
            connection.execution_options(isolation_level="REPEATABLE READ")
        with Session(connection) as session:
            yield session


def _groups(session: Session, ledger: Ledger, since: date, until: date, now: datetime) -> Iterator[Group]:
    table = ledger.table
    keys = {
        "cashier": exact(func.coalesce(table.admin, "")),
        "cash_type": table.cashtypeid,
        "age": age(ledger, now),
    }
    for cashier, cash_type, how_old, where, figure in counted(
        session, ledger, keys, ledger.within(since, until)
    ):
        yield Group(ledger.book_kind, where, cashier, cash_type, how_old, figure)


def _days(session: Session, ledger: Ledger, since: date, until: date) -> Iterator[tuple[str, str, Figure]]:
    keys = {"day": func.date(ledger.table.date)}
    for day, where, figure in counted(session, ledger, keys, ledger.within(since, until)):
        yield str(day), where, figure


def counted(
    session: Session, ledger: Ledger, keys: dict[str, Any], *where: ColumnElement[bool]
) -> Iterator[tuple[Any, ...]]:
    """The rows of a ledger by these keys -> (*keys, place, figure)."""
    for *values, number, amount in session.execute(counts(ledger, keys, *where)):
        yield (*values, Figure(int(number), int(amount)))


def _billing(session: Session, ledger: Ledger, since: date, until: date) -> Figure:
    """What a table holds, whatever anybody thinks of its receipts."""
    summ, number = exact(ledger.table.summ), func.count()
    alike = select(summ.label("summ"), number.label("number")).group_by(summ)
    sums = alike.where(ledger.within(since, until)).subquery().c
    asked = select(func.sum(sums.number), func.sum(kopecks(sums.summ) * sums.number))
    return Figure(*(int(figure or 0) for figure in session.execute(asked).one()))
