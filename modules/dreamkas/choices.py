"""What the fiscal part of a form offers: cash machines, tax systems, payment types, selling positions, and what is
wrong today, said before anything is pressed."""

from dataclasses import dataclass, replace
from typing import Any

from flask import has_request_context, request
from flask_babel import gettext as _
from sqlalchemy import bindparam, select, true

from modules.core.current import options
from modules.core.db import db, utc_clock
from modules.dreamkas import catalog
from modules.dreamkas.catalog import Catalog, Machine, SellingPosition
from modules.dreamkas.health import BEAT, LOST, OF_PAGE, Line, line_of
from modules.dreamkas.models import CatalogState, Hold, ServiceRelation
from modules.dreamkas.receipt import VAT_OLD
from modules.dreamkas.words import STOPS, VAT

MAPPED = select(ServiceRelation.goods_id).where(ServiceRelation.service == bindparam("service"))
# All that a page wants to know, in one statement: a row for each state of the catalog, one when there are none.
PAGE: Any = (
    select(CatalogState, Hold, BEAT, LOST, utc_clock())
    .select_from(Hold)
    .outerjoin(CatalogState, true())
    .where(Hold.id == 1)
    .execution_options(populate_existing=True)
)
ASKED: Any = PAGE.add_columns(MAPPED.scalar_subquery())  # and a money form


@dataclass(frozen=True)
class Desk:
    """The choices for one service, the defaults of alter.ini, and the warnings."""

    enabled: bool
    ready: bool  # a cash machine and a position of type SERVICE are known: a receipt can be asked for
    machines: tuple[Machine, ...]
    positions: tuple[SellingPosition, ...]
    mapped: str | None
    machine_default: str
    tax_default: str
    always: bool
    warnings: tuple[str, ...]
    version: str

    def shown(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """What a form shows of the machines and of the positions, to compare."""
        return (
            tuple((one.id, one.name, one.online) for one in self.machines),
            tuple((one.id, one.name, one.tax) for one in self.positions),
        )

    def looks(self) -> tuple[Any, ...]:
        """All that a form shows of it, to compare."""
        return replace(self, machines=(), positions=()), *self.shown()


def mapped_position(service_kind: str) -> str | None:
    """The id of the selling position that stands for a service ("internet" or "ukv"), or None."""
    return db.session.scalar(MAPPED, {"service": service_kind})


def usual(service_kind: str) -> tuple[str, str, str]:
    """Machine, tax system and position for a receipt that nobody chooses by hand: alter.ini's, and the mapped one.

    "" where nothing says; light enough to be asked for a whole statement again and again.
    """
    tax = options().dreamkas_default_tax_type or ""
    return usual_machine(catalog.catalog()), tax, mapped_position(service_kind) or ""


def desk(service_kind: str) -> Desk:
    """What the money form of that service shows; reads the last known good, never waits for Dreamkas."""
    now = options()
    told = db.session.execute(ASKED, {"service": service_kind}).all()
    line, known = _told(told)
    mapped = told[0][-1]
    return Desk(
        enabled=now.dreamkas_enabled,
        ready=bool(known.machines and known.services),
        machines=known.machines,
        positions=known.services,
        mapped=mapped if mapped and known.position(mapped) else None,
        machine_default=usual_machine(known),
        tax_default=now.dreamkas_default_tax_type or "",
        always=now.dreamkas_always_fiscalize_all,
        warnings=tuple(_warnings(known, mapped, line)),
        version=known.version,
    )


def payment_type_of(cash_type_id: int) -> str:
    """What the receipt of money that came by this cash type says, unless a person chooses: CASHLESS or CASH.

    Cashless is what alter.ini calls so, and what bank statements bring.
    """
    now = options()
    banks = (now.banksta2_paymentid_inet, now.banksta2_paymentid_ukv)
    return "CASHLESS" if cash_type_id in (*now.dreamkas_cashless_cashtypes, *banks) else "CASH"


def catalog_of_page() -> Catalog:
    """The last known good for what stands on every page: read once in a request, and the line with it."""
    return request.environ.get(catalog.OF_PAGE) or _told(db.session.execute(PAGE).all())[1]


def _told(rows: Any) -> tuple[Line, Catalog]:
    _state, hold, seen, lost, clock = rows[0][:5]
    line, known = line_of(hold, seen, lost, clock), catalog.known([(row[0], clock) for row in rows if row[0]])
    if has_request_context():
        request.environ.update({OF_PAGE: line, catalog.OF_PAGE: known})
    return line, known


def is_old_vat(position: SellingPosition) -> bool:
    """Whether its VAT rate is one of an earlier year."""
    return position.tax in VAT_OLD


def usual_machine(known: Catalog) -> str:
    """The number of the one that is taken when nobody chooses: alter.ini's, else the first; "" when there is none."""
    named = known.machine(options().dreamkas_default_cash_machine_id or "")
    first = named or next(iter(known.machines), None)
    return str(first.id) if first else ""


def _missing(known: Catalog) -> list[str]:
    """What a receipt can not do without."""
    if known.fetched_utc is None and not known.machines and not known.positions:
        return [
            _("Nothing is known of Dreamkas yet: money can be taken, the receipt can be asked for later.")
        ]
    said = []
    if not known.machines:
        said.append(
            _("Dreamkas names no cash machine: money can be taken, the receipt can be asked for later.")
        )
    if not known.services:
        said.append(
            _(
                "Dreamkas names no selling position of type service: make one in its cabinet. "
                "Money can be taken, the receipt can be asked for later."
            )
        )
    return said


def _warnings(known: Catalog, mapped: str | None, line: Line) -> list[str]:
    said = _missing(known)
    position = known.position(mapped or "")
    if mapped is None and known.services:
        said.append(_("No selling position is mapped to this service: choose one."))
    elif mapped and known.services and position is None:
        said.append(
            _("The selling position mapped to this service is gone from Dreamkas: choose another one.")
        )
    elif position and is_old_vat(position):
        said.append(
            _(
                "The selling position mapped to this service, %(name)s, has the VAT rate of an earlier year "
                "(%(vat)s): every receipt that is asked for as usual carries it. Map one with today's rate.",
                name=position.name,
                vat=VAT[position.tax or ""],
            )
        )
    if line.worker_silent:
        said.append(_("The worker is silent: receipts wait in the queue until it runs again."))
    if line.stopped_by:
        said.append(str(STOPS[line.stopped_by]))
    return said
