"""The list behind a figure of the board: payments and corrections of some days, narrowed, sorted, searched, paged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select, union_all

from modules.billing.service import BOOKS, INTERNET, UKV, PaymentRow, Subscriber, cash_types, subscribers
from modules.cashdesk.board_address import searched
from modules.cashdesk.forms import KINDS
from modules.cashdesk.receipts import receipts_of
from modules.cashdesk.standing import all_choices, words_of
from modules.cashdesk.standing_sql import UNASKED, Wanted, ledgers, rows
from modules.core.tables import Column, Table
from modules.core.times import local_now
from modules.dreamkas import service as register

SOURCES = {book.source_kind: book for book in BOOKS.values()}

SERVICES = {INTERNET.kind: _l("Internet"), UKV.kind: _l("UKV")}


@dataclass(frozen=True)
class Line:
    """A row of the list: the payment, whose it is, and where its receipt is (None: it never has one)."""

    payment: PaymentRow
    service: str
    source: register.Source
    who: Subscriber | None
    place: str
    receipt: register.ReceiptState | None

    @property
    def can_be_asked(self) -> bool:
        """Whether its receipt can be asked for: it was not yet, and it needs one."""
        return self.receipt is not None and self.receipt.state == "none"


def found_by(wanted: Wanted, now: datetime) -> Select[Any]:
    """The wanted rows of all ledgers as one select, to be sorted and paged."""
    both = union_all(*(rows(ledger, wanted, now) for ledger in ledgers(wanted.service))).subquery("lines")
    return select(*both.c)


def table(found: Select[Any]) -> Table:
    """The list over a select of found_by(); its rows are dressed before they are shown."""
    line = found.selected_columns
    columns = [
        Column("pick", "", cls="pick", in_csv=False),
        Column("date", _l("Date"), line.date, cell=lambda one: one.payment.date),
        Column("kopecks", _l("Cash"), line.kopecks, "num", lambda one: _sum(one.payment)),
        Column(
            "receipt",
            _l("Receipt"),
            line.place,
            "badge-col",
            lambda one: one.receipt.words if one.receipt else "",
        ),
        Column("subscriber", _l("Subscriber"), line.key, cell=lambda one: one.payment.key),
        Column("name", _l("Real Name"), cell=lambda one: one.who.name if one.who else ""),
        Column("contract", _l("Contract"), cell=lambda one: one.who.contract if one.who else ""),
        Column("service", _l("Service type"), line.book_kind, cell=lambda one: SERVICES[one.service]),
        Column("cash_type", _l("Cash type"), line.cashtypeid, cell=lambda one: one.payment.cash_type),
        Column("admin", _l("Admin"), line.admin, cell=lambda one: one.payment.admin),
        Column("operation", _l("Operation"), line.operation, cell=lambda one: KINDS[one.payment.operation]),
        Column("place", _l("Bucket"), line.place, cell=lambda one: words_of(one.place)),
        Column("reason", _l("Reason"), cell=lambda one: one.receipt.reason if one.receipt else ""),
        Column("note", _l("Payment notes"), line.note, "wide", lambda one: one.payment.note),
    ]
    return Table(columns, sort="-date", tie=line.tie)


def _sum(payment: PaymentRow) -> Decimal | str:
    return payment.summ if payment.kopecks is None else Decimal(payment.kopecks) / 100


def dress(found: Iterable[Any]) -> Iterator[Line]:
    """The rows of the select with subscribers and receipts, asked for all at once."""
    some = list(found)
    names = cash_types()
    payments = [_payment(row, names) for row in some]
    people = {kind: _people(kind, some) for kind in BOOKS}
    receipts = {kind: _receipts(kind, some, payments) for kind in SOURCES}
    for row, payment in zip(some, payments, strict=True):
        receipt = receipts.get(row.source_kind, {}).get(row.id)
        source = register.Source(row.source_kind, row.id)
        yield Line(payment, row.book_kind, source, people[row.book_kind].get(row.key), row.place, receipt)


def _payment(row: Any, names: dict[int, str]) -> PaymentRow:
    return PaymentRow(
        id=row.id,
        key=row.key,
        operation=row.operation,
        date=row.date,
        kopecks=row.kopecks,
        summ=row.summ,
        before=None,
        cash_type_id=row.cashtypeid,
        cash_type=names.get(row.cashtypeid, f"№ {row.cashtypeid}"),
        admin=row.admin,
        note=row.note,
    )


def _people(kind: str, some: Sequence[Any]) -> dict[str, Subscriber]:
    keys = list(dict.fromkeys(row.key for row in some if row.book_kind == kind))
    return subscribers(kind, keys) if keys else {}


def _receipts(
    source_kind: str, some: Sequence[Any], payments: Sequence[PaymentRow]
) -> dict[int, register.ReceiptState]:
    mine = [payment for row, payment in zip(some, payments, strict=True) if row.source_kind == source_kind]
    return receipts_of(SOURCES[source_kind], mine) if mine else {}


def listing(narrow: Wanted, args: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a list wants: page (of Lines), narrow and sum; or "csv", the file that was asked for."""
    now = local_now()
    view = table(found_by(narrow, now)).read(args)
    found = found_by(searched(narrow, view), now)
    if view.csv:
        return {"csv": table(found).csv(view, found, "payments", dress)}
    page = table(found).page_of(found, view)
    shown = replace(page, rows=list(dress(page.rows)))
    return {"page": shown, "narrow": narrow, "services": SERVICES, "kinds": KINDS, "standing": words_of}


def choices(
    narrow: Wanted, ages: Mapping[str, Any], payment_types: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The selectors above a list: name, title, what is chosen and what can be."""
    types = [(number, name) for number, name in cash_types().items()]
    offered = (
        ("brdplace", _("Bucket"), narrow.place, all_choices()),
        ("brdservice", _("Service type"), narrow.service, SERVICES.items()),
        ("brdcashtype", _("Cash type"), narrow.cash_type, types),
        ("brdage", _("Age"), narrow.age, ages.items()),
        (
            "brdpaytype",
            _("Payment type"),
            narrow.payment_type,
            [*payment_types.items(), (UNASKED, _("none asked"))],
        ),
    )
    return [
        {"name": name, "title": title, "chosen": chosen, "options": list(options)}
        for name, title, chosen, options in offered
    ]
