"""Which selling position stands for which service, and whether it is still what it was when it was mapped.

Only a SERVICE can be mapped; a service has one position at most, a position one service at most.
"""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.current import options
from modules.core.db import db, transact
from modules.core.decimals import decimal_text
from modules.core.money import MoneyError, from_double, roubles
from modules.dreamkas import line
from modules.dreamkas.catalog import Catalog, SellingPosition, catalog
from modules.dreamkas.facts import as_text
from modules.dreamkas.models import ServiceRelation
from modules.dreamkas.words import GOODS_TYPES, SERVICES, VAT

SHORT = 255


class NotMapped(ValueError):
    """This position can not stand for this service; str() says why."""


@dataclass(frozen=True)
class Change:
    """What of a mapped position is not as it was."""

    what: str
    was: str
    now: str


@dataclass(frozen=True)
class Mapping:
    """A service and the position that stands for it; `position` is None when it is gone from Dreamkas."""

    service: str
    goods_id: str
    name: str
    was: str  # price and VAT at mapping time, in words
    position: SellingPosition | None
    changes: tuple[Change, ...]


def services() -> tuple[str, ...]:
    """The services that this billing has."""
    return tuple(name for name in SERVICES if name != "ukv" or options().ukv_enabled)


def mappings(known: Catalog) -> dict[str, Mapping]:
    """Service -> its mapping, those whose position is gone too."""
    rows = db.session.scalars(select(ServiceRelation).execution_options(populate_existing=True))
    return {row.service: _mapping(row, known) for row in rows}


def _mapping(row: ServiceRelation, known: Catalog) -> Mapping:
    position = known.position(row.goods_id)
    was = ", ".join((_price(_kopecks(row)), _vat(row.goods_tax)))
    changes = tuple(_changes(row, position)) if position else ()
    return Mapping(row.service, row.goods_id, row.goods_name or row.goods_id, was, position, changes)


def _changes(row: ServiceRelation, position: SellingPosition) -> list[Change]:
    pairs = [
        (_("Selling position"), row.goods_name or position.name, position.name[:SHORT]),
        (_("Type"), _type(row.goods_type or position.type), _type(position.type)),
        (_("Price"), _price(_kopecks(row)), _price(position.price or 0)),
        (_("Tax type"), _vat(row.goods_tax), _vat(position.tax or "")),
    ]
    return [Change(what, was, now) for what, was, now in pairs if was != now]


def _kopecks(row: ServiceRelation) -> int:
    try:
        return from_double(row.goods_price or 0)
    except MoneyError:
        return 0


def _price(kopecks: int) -> str:
    return roubles(kopecks)


def _vat(tax: str) -> str:
    return str(VAT.get(tax, tax)) if tax else _("VAT by the setting of the cash register")


def _type(word: str) -> str:
    return str(GOODS_TYPES.get(word, word))


def map_position(service: str, goods_id: str, admin: str) -> None:
    """Maps the position as it is now; what the service had before goes. Commits. Raises NotMapped."""
    if service not in services():
        raise NotMapped(_("There is no such service."))
    position = catalog().position(goods_id)
    if position is None:
        raise NotMapped(_("The selling position is not known to Dreamkas any more."))
    if position.type != "SERVICE":
        raise NotMapped(_("Only a position of the type “Service” can be mapped."))
    transact(lambda session: _map(session, service, position, admin))


def _map(session: Session, service: str, position: SellingPosition, admin: str) -> None:
    line.line(session, lock=True)  # one at a time: two admins could give one position to both services
    other = session.scalar(select(ServiceRelation).where(ServiceRelation.goods_id == position.id))
    if other is not None and other.service != service:
        raise NotMapped(_("This position is mapped to the other service: delete that mapping first."))
    session.execute(delete(ServiceRelation).where(ServiceRelation.service == service))
    session.add(_relation(service, position))
    journal.write(f"DREAMKAS MAP {service} [{position.id}] {position.name}", admin)


def _relation(service: str, position: SellingPosition) -> ServiceRelation:
    codes = position.raw.get("vendorCodes")
    code = as_text(codes[0]) if isinstance(codes, list) and codes else ""
    return ServiceRelation(
        service=service,
        goods_id=position.id,
        goods_name=position.name[:SHORT],
        goods_type=position.type[:SHORT],
        goods_price=float(decimal_text(position.price or 0)),
        goods_tax=(position.tax or "")[:SHORT],
        goods_vendorcode=(code or "")[:SHORT],
    )


def unmap(service: str, admin: str) -> bool:
    """Takes the mapping of a service away; False when there was none. Commits."""

    def work(session: Session) -> bool:
        row = session.scalar(select(ServiceRelation).where(ServiceRelation.service == service))
        if row is None:
            return False
        session.delete(row)
        journal.write(f"DREAMKAS UNMAP {service} [{row.goods_id}] {row.goods_name}", admin)
        return True

    return transact(work)
