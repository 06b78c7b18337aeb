"""A cashier's day: what was taken, by cash type and payment type, with and without receipt; and what to hold against
the Z report of each cash machine at closing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case

from modules.billing.service import LEDGERS
from modules.cashdesk.board import Figure, counted, snapshot, total
from modules.cashdesk.standing import PLACES, places_of
from modules.cashdesk.standing_sql import Wanted, conditions, payment_type
from modules.core.portable import exact
from modules.core.times import local_now
from modules.dreamkas.service import SPEAKS


@dataclass(frozen=True)
class Taken:
    """Payments and corrections of the day that are alike in all of this."""

    cash_type: int
    payment_type: str
    place: str
    figure: Figure

    @property
    def bucket(self) -> str:
        """The bucket of its place."""
        return PLACES[self.place][0]


@dataclass(frozen=True)
class Printed:
    """Receipts of a cash machine printed that day: of all cashiers, or `mine`; `late`: for payments of earlier days."""

    machine: str
    payment_type: str
    mine: bool
    late: bool
    figure: Figure


@dataclass(frozen=True)
class Day:
    """A cashier's day, and the receipts that everybody's cash machines printed."""

    day: date
    cashier: str
    taken: list[Taken]
    printed: list[Printed]

    @property
    def income(self) -> list[Taken]:
        """What is money that came in."""
        return [one for one in self.taken if one.place in places_of("income")]

    def sum_of(self, rows: Iterable[Any], test: Callable[[Any], bool] = bool) -> Figure:
        """The figure of those rows that pass."""
        return total(one.figure for one in rows if test(one))

    def of_place(self, wanted: str) -> Figure:
        """What stands in a bucket, a place or a wider word."""
        places = places_of(wanted)
        return self.sum_of(self.taken, lambda one: one.place in places)


def my_day(cashier: str, day: date) -> Day:
    """The day of that cashier: `day` is local."""
    now = local_now()
    taken: list[Taken] = []
    printed: list[Printed] = []
    with snapshot() as session:
        for ledger in LEDGERS:
            mine = conditions(ledger, Wanted(day, day, cashier=cashier), now)
            keys = {"cash_type": ledger.table.cashtypeid, "payment_type": payment_type()}
            taken += [Taken(*row) for row in counted(session, ledger, keys, *mine)]
            midnight, _end = ledger.span(day, day)
            keys = {
                "machine": SPEAKS.device_id,
                "payment_type": payment_type(),
                "mine": case((exact(ledger.table.admin) == cashier, 1), else_=0),
                "late": case((ledger.table.date < midnight, 1), else_=0),
            }
            out = conditions(ledger, Wanted(day, day, printed=day), now)
            for machine, kind, is_mine, is_late, _place, figure in counted(session, ledger, keys, *out):
                printed.append(Printed(machine, kind, bool(is_mine), bool(is_late), figure))
    return Day(day, cashier, _merged(taken), printed)


def _merged(rows: Iterable[Taken]) -> list[Taken]:
    """Both books together."""
    found: dict[tuple[int, str, str], Figure] = {}
    for one in rows:
        key = one.cash_type, one.payment_type, one.place
        found[key] = found.get(key, Figure()) + one.figure
    return [Taken(*key, figure) for key, figure in sorted(found.items())]
