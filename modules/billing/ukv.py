"""The book of cable-TV (UKV) subscribers: ukv_users and ukv_payments, by number."""

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Select,
    bindparam,
    cast,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from modules.billing.book import Book, kopecks_or_none, operation_of
from modules.billing.facts import ADD, CORRECT, MOCK, NoSubscriber, PaymentRow, Subscriber
from modules.billing.internet import address_text
from modules.billing.models import CashType, UkvPayment, UkvTariff, UkvUser
from modules.core.db import db, rows_changed
from modules.core.money import from_double

BIGGEST_ID = 2**31 - 1


# Put together once: that takes longer than to run them.
USERS: Any = UkvUser.__table__
HIS: Any = UkvUser.id == bindparam("key")
CASH = func.coalesce(UkvUser.cash, 0.0)
HELD = select(UkvUser.id, CASH).where(HIS).with_for_update()
MOVED = update(USERS).where(HIS, bindparam("was") == CASH).values(cash=bindparam("becomes"))
PAYMENTS = insert(UkvPayment.__table__)  # type: ignore[arg-type]


class UkvBook(Book):
    """All payments land in `ukv_payments`; a correction is one that is not visible."""

    kind = "ukv"
    source_kind = "ukv_payment"
    operations = (ADD, CORRECT, MOCK)
    takes_email = False
    held, moved = HELD, MOVED

    def subscriber(self, key: str) -> Subscriber | None:
        found = describe([key])
        return found[0] if found else None

    def _in_table(self, key: str) -> int:
        return number_of(key)

    def _new_row(self, operation: str, key: str) -> tuple[Insert, dict[str, Any]]:
        return PAYMENTS, {"userid": int(key), "visible": int(operation != CORRECT)}

    def payments(self, key: str, limit: int = 50) -> list[PaymentRow]:
        newest = (UkvPayment.date.desc(), UkvPayment.id.desc())
        rows = _payments().where(UkvPayment.userid == number_of(key)).order_by(*newest).limit(limit)
        return [_row(row) for row in db.session.execute(rows)]

    def payment(self, payment_id: int) -> PaymentRow | None:
        row = db.session.execute(_payments().where(UkvPayment.id == payment_id)).first()
        return _row(row) if row else None

    def set_mobile(self, session: Session, key: str, text: str) -> None:
        changed = update(UkvUser).where(UkvUser.id == number_of(key)).values(mobile=text)
        if not rows_changed(session.execute(changed)):
            raise NoSubscriber(key)

    def set_email(self, session: Session, key: str, text: str) -> None:
        raise NotImplementedError("the cable-TV book has no e-mail addresses")

    def is_reached(self, key: Any, by_email: Any) -> ColumnElement[bool]:
        return exists().where(UkvUser.id == cast(key, Integer), func.trim(UkvUser.mobile) != "")

    def everybody(self) -> Select[Any]:
        """All subscribers, as a select of rows for person(); sorted by what UKV_SORTS names."""
        # Columns, not objects: a session remembers objects, and a balance must be read as it is now.
        columns = (*UkvUser.__table__.c, UkvTariff.tariffname, UkvTariff.price)
        return select(*columns).outerjoin(UkvTariff, UkvTariff.id == UkvUser.tariffid)

    def person(self, row: Any) -> Subscriber:
        """The subscriber of a row of everybody()."""
        return Subscriber(
            kind=self.kind,
            key=str(row.id),
            contract=row.contract or "",
            name=row.realname or "",
            address=address_text(row.city, row.street, row.build, row.apt),
            tariff=row.tariffname or "",
            fee=None if row.price is None else from_double(row.price),
            balance=from_double(row.cash or 0),
            credit=0,
            phone_text=row.phone or "",
            mobile_text=row.mobile or "",
            email="",
            active=bool(row.active),
        )


UKV = UkvBook()
UKV_SORTS: dict[str, Any] = {
    "id": UkvUser.id,
    "contract": UkvUser.contract,
    "name": UkvUser.realname,
    "address": UkvUser.street,
    "tariff": UkvTariff.tariffname,
    "balance": UkvUser.cash,
    "active": UkvUser.active,
}


def number_of(key: str) -> int:
    """The number in a key; -1 (nobody's) for what is none."""
    known = key.isascii() and key.isdigit() and len(key) <= 10 and int(key) <= BIGGEST_ID
    return int(key) if known else -1


def describe(keys: Sequence[str]) -> list[Subscriber]:
    """The subscribers of these numbers, in the order asked; an unknown one is left out."""
    rows = db.session.connection().execute(_whole(), {"numbers": [number_of(key) for key in keys]})
    found = {row.id: UKV.person(row) for row in rows}
    return [found[number_of(key)] for key in keys if number_of(key) in found]


@functools.cache  # to put a statement together takes longer than to run it
def _whole() -> Any:
    return UKV.everybody().where(UkvUser.id.in_(bindparam("numbers", expanding=True)))


def _payments() -> Any:
    return select(*UkvPayment.__table__.c, CashType.cashtype).outerjoin(
        CashType, CashType.id == UkvPayment.cashtypeid
    )


def _row(row: Any) -> PaymentRow:
    return PaymentRow(
        id=row.id,
        key=str(row.userid),
        operation=operation_of(row.note) if row.visible else CORRECT,
        date=row.date,
        kopecks=kopecks_or_none(row.summ),
        summ=row.summ,
        before=kopecks_or_none(row.balance),
        cash_type_id=row.cashtypeid,
        cash_type=row.cashtype or "",
        admin=row.admin,
        note=row.note,
    )
