"""The places of standing.py in SQL: each row of the books with its place for lists, and how many stand where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from modules.billing.service import LEDGERS, Ledger
from modules.cashdesk.standing import OF_OPERATION, OF_STATE, places_of
from modules.core.current import options
from modules.core.portable import exact, kopecks
from modules.core.search import hold
from modules.core.times import to_utc
from modules.dreamkas import service as register
from modules.dreamkas.service import SPEAKS

# Age of a payment -> not older than that; what fits none is "older".
AGES = {"m5": timedelta(minutes=5), "h1": timedelta(hours=1), "d1": timedelta(days=1)}
OLDER = "older"
UNASKED = "-"
UNASKED_PLACES = ("cashtype", "before", "none")


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; "" is no limit. Days are local, both included."""

    since: date
    until: date
    place: str = ""  # a bucket or a place
    service: str = ""
    cashier: str | None = None
    cash_type: int | None = None
    age: str = ""
    payment_type: str = ""  # of the fiscal operation; UNASKED: it has none
    printed: date | None = None  # whose receipt was printed on that day, whenever they were paid
    machine: str = ""  # that printed it
    late: bool = False  # printed on that day for payments of earlier days
    q: tuple[str, ...] = ()


def place(ledger: Ledger) -> ColumnElement[str]:
    """The place of a row of this ledger, to which SPEAKS is joined."""
    return _ladder(ledger, _of_sum(ledger.kopecks), _differ(SPEAKS.amount, ledger.kopecks))


def _ladder(ledger: Ledger, of_sum: Iterable[Any] = (), differ: Any = False) -> ColumnElement[str]:
    """The place; without the last two, the one where it would stand were its sum beyond doubt."""
    another = register.speaks_of_another(ledger.key, ledger.table.date)
    return case(
        *((ledger.operation == word, name) for word, name in OF_OPERATION.items()),
        *of_sum,
        (SPEAKS.id.is_(None), _unasked(ledger)),
        (or_(another, differ), "rejected"),
        *((SPEAKS.state == state, name) for state, name in OF_STATE.items()),
        else_="unsure",
    )


def _of_sum(paid: Any) -> list[Any]:
    return [(paid.is_(None), "unreadable"), (paid <= 0, "nothing")]


def _differ(amount: Any, paid: Any) -> ColumnElement[bool]:
    return or_(amount.is_(None), amount != paid)


def _unasked(ledger: Ledger) -> ColumnElement[str]:
    exempt = ledger.table.cashtypeid.in_(options().dreamkas_no_receipt_cashtypes)
    return case((exempt, "cashtype"), (ledger.table.date < register.since(), "before"), else_="none")


def counts(ledger: Ledger, keys: dict[str, Any], *where: ColumnElement[bool]) -> Select[Any]:
    """How many rows share these keys and a place, and their sum -> (*keys, place, number, kopecks).

    Rows that are alike are counted before their sums are read: of 200 000 texts that takes seconds.
    """
    # Rows are sorted to be counted: what differs most goes first.
    told = {"summ": exact(ledger.table.summ), "amount": SPEAKS.amount, "stands": _ladder(ledger), **keys}
    lines = read(ledger, [column.label(name) for name, column in told.items()]).where(*where).subquery().c
    alike = select(*lines, func.count().label("number")).group_by(*lines).subquery().c
    paid = kopecks(alike.summ)
    stands = _judged(alike.stands, alike.amount, paid).label("place")
    named = [alike[name] for name in keys]
    *groups, number, total = select(*named, stands, alike.number, paid * alike.number).subquery().c
    return select(*groups, func.sum(number), func.coalesce(func.sum(total), 0)).group_by(*groups)


def _judged(stands: Any, amount: Any, paid: Any) -> ColumnElement[str]:
    """The place of rows by where they stand without their sum, and by that: a rung of the ladder for each."""
    return case(
        (stands.in_(OF_OPERATION.values()), stands),
        *_of_sum(paid),
        (and_(stands.not_in(UNASKED_PLACES), _differ(amount, paid)), "rejected"),
        else_=stands,
    )


def age(ledger: Ledger, now: datetime) -> ColumnElement[str]:
    """How old a row is at that local moment."""
    return case(*((ledger.table.date >= now - span, name) for name, span in AGES.items()), else_=OLDER)


def read(ledger: Ledger, columns: Iterable[Any]) -> Select[Any]:
    """These columns of a ledger's rows, SPEAKS joined."""
    chosen = select(*columns).select_from(ledger.table)
    return chosen.outerjoin(SPEAKS, register.speaks_for(ledger.source_kind, ledger.table.id))


def rows(ledger: Ledger, wanted: Wanted, now: datetime) -> Select[Any]:
    """The rows of a ledger that are wanted, with all that a list shows."""
    table = ledger.table
    columns = (
        table.id, table.date, table.summ, table.admin, table.cashtypeid, table.note,
        ledger.key.label("key"), ledger.operation.label("operation"), ledger.kopecks.label("kopecks"),
        literal(ledger.book_kind).label("book_kind"), literal(ledger.source_kind).label("source_kind"),
        place(ledger).label("place"), payment_type().label("payment_type"),
        (table.id * len(LEDGERS) + ledger.number).label("tie"),
    )  # fmt: skip
    return read(ledger, columns).where(*conditions(ledger, wanted, now))


def conditions(ledger: Ledger, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """What narrows the rows of a ledger to the wanted ones."""
    table = ledger.table
    asked = _printed(ledger, wanted) if wanted.printed else [ledger.within(wanted.since, wanted.until)]
    if wanted.place:
        asked.append(place(ledger).in_(places_of(wanted.place)))
    if wanted.cashier is not None:
        asked.append(exact(func.coalesce(table.admin, "")) == wanted.cashier)
    if wanted.cash_type is not None:
        asked.append(table.cashtypeid == wanted.cash_type)
    if wanted.age:
        asked.append(age(ledger, now) == wanted.age)
    if wanted.payment_type:
        asked.append(payment_type() == wanted.payment_type)
    if wanted.machine:
        asked.append(SPEAKS.device_id == wanted.machine)
    return [*asked, *(_holds(ledger, word) for word in wanted.q)]


def _printed(ledger: Ledger, wanted: Wanted) -> list[ColumnElement[bool]]:
    day = wanted.printed or wanted.since
    printed = register.printed_between(ledger.source_kind, *bounds(day))
    late = [ledger.table.date < datetime.combine(day, time())] if wanted.late else []
    return [ledger.table.id.in_(printed), place(ledger) == "confirmed", *late]


def bounds(day: date) -> tuple[datetime, datetime]:
    """The moments (UTC) at which a local day begins and ends."""
    return to_utc(datetime.combine(day, time())), to_utc(datetime.combine(day + timedelta(days=1), time()))


def payment_type() -> ColumnElement[str]:
    """The payment type of the operation that speaks for a row; UNASKED when there is none."""
    return func.coalesce(func.nullif(SPEAKS.payment_type, ""), UNASKED)


def _holds(ledger: Ledger, word: str) -> ColumnElement[bool]:
    table = ledger.table
    places = (ledger.key, table.summ, table.admin, table.note, *ledger.names)
    return hold(places, word)


def ledgers(service: str) -> list[Ledger]:
    """The ledgers of one service, or all."""
    return [ledger for ledger in LEDGERS if service in ("", ledger.book_kind)]
