"""The book of Internet subscribers: users and payments, by login."""

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from modules.billing.book import Book, kopecks_or_none, operation_of
from modules.billing.facts import ADD, CORRECT, MOCK, SET, PaymentRow, Subscriber
from modules.billing.models import (
    Address,
    Apt,
    Build,
    CashType,
    City,
    Contract,
    Email,
    Payment,
    PaymentCorr,
    Phone,
    RealName,
    Street,
    Tariff,
    User,
)
from modules.core.db import db, rows_changed
from modules.core.money import from_double

# Put together once: that takes longer than to run them.
USERS: Any = User.__table__
HIS: Any = User.login == bindparam("key")
CASH = func.coalesce(User.cash, 0.0)
HELD = select(User.login, CASH).where(HIS).with_for_update()
MOVED = update(USERS).where(HIS, bindparam("was") == CASH).values(Cash=bindparam("becomes"))
PAYMENTS, CORRECTIONS = insert(Payment.__table__), insert(PaymentCorr.__table__)  # type: ignore[arg-type]


class InternetBook(Book):
    """Payments land in `payments`, corrections in `paymentscorr`."""

    kind = "internet"
    source_kind = "payment"
    operations = (ADD, CORRECT, SET, MOCK)
    takes_email = True
    held, moved = HELD, MOVED

    def subscriber(self, key: str) -> Subscriber | None:
        found = describe([key])
        return found[0] if found else None

    def _new_row(self, operation: str, key: str) -> tuple[Insert, dict[str, Any]]:
        return CORRECTIONS if operation == CORRECT else PAYMENTS, {"login": key}

    def source_kind_of(self, operation: str) -> str:
        return "correction" if operation == CORRECT else self.source_kind

    def payments(self, key: str, limit: int = 50) -> list[PaymentRow]:
        return [_row(row) for row in db.session.execute(_newest(), {"key": key, "many": limit})]

    def payment(self, payment_id: int) -> PaymentRow | None:
        row = db.session.execute(_payments(Payment, "").where(Payment.id == payment_id)).first()
        return _row(row) if row else None

    def set_mobile(self, session: Session, key: str, text: str) -> None:
        login, _cash = self.lock(session, key)
        if not rows_changed(session.execute(update(Phone).where(Phone.login == login).values(mobile=text))):
            session.add(Phone(login=login, mobile=text))

    def set_email(self, session: Session, key: str, text: str) -> None:
        login, _cash = self.lock(session, key)
        if not rows_changed(session.execute(update(Email).where(Email.login == login).values(email=text))):
            session.add(Email(login=login, email=text))

    def is_reached(self, key: Any, by_email: Any) -> ColumnElement[bool]:
        return or_(
            exists().where(Phone.login == key, func.trim(Phone.mobile) != ""),
            and_(by_email, exists().where(Email.login == key, func.trim(Email.email) != "")),
        )


INTERNET = InternetBook()


def describe(logins: Sequence[str]) -> list[Subscriber]:
    """The subscribers of these logins, in the order asked; an unknown login is left out."""
    rows = db.session.connection().execute(_whole(), {"logins": list(logins)})
    found: dict[str, Subscriber] = {}
    for row in rows:  # the original allows a doubled phone or name row: its first one counts
        found.setdefault(row.login.casefold(), _subscriber(row))
    wanted = dict.fromkeys(login.casefold() for login in logins)
    return [found[login] for login in wanted if login in found]


@functools.cache  # to put a statement together takes longer than to run it
def _whole() -> Any:
    columns = (
        User.login, User.cash, User.credit, User.tariff, User.passive, User.down, Tariff.fee,
        RealName.realname, Contract.contract, Phone.phone, Phone.mobile, Email.email,
        City.cityname, Street.streetname, Build.buildnum, Apt.apt,
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(Tariff, Tariff.name == User.tariff)
        .outerjoin(RealName, RealName.login == User.login)
        .outerjoin(Contract, Contract.login == User.login)
        .outerjoin(Phone, Phone.login == User.login)
        .outerjoin(Email, Email.login == User.login)
        .outerjoin(Address, Address.login == User.login)
        .outerjoin(Apt, Apt.id == Address.aptid)
        .outerjoin(Build, Build.id == Apt.buildid)
        .outerjoin(Street, Street.id == Build.streetid)
        .outerjoin(City, City.id == Street.cityid)
        .where(User.login.in_(bindparam("logins", expanding=True)))
        .order_by(RealName.id, Contract.id, Phone.id, Email.id, Address.id)
    )


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(
        kind=INTERNET.kind,
        key=row.login,
        contract=row.contract or "",
        name=row.realname or "",
        address=address_text(row.cityname, row.streetname, row.buildnum, row.apt),
        tariff=row.Tariff or "",
        fee=None if row.Fee is None else from_double(row.Fee),
        balance=from_double(row.Cash or 0),
        credit=from_double(row.Credit or 0),
        phone_text=row.phone or "",
        mobile_text=row.mobile or "",
        email=row.email or "",
        active=not row.Passive and not row.Down,
    )


def address_text(city: str | None, street: str | None, build: str | None, apt: str | None) -> str:
    """ "Moscow, Lenina 5/12", the way Ubilling writes an address; a private house has no flat (or flat 0)."""
    house = f"{build or ''}/{apt}" if apt and apt != "0" else build or ""
    return ", ".join(part for part in (city, f"{street or ''} {house}".strip()) if part)


@functools.cache
def _newest() -> Any:
    both = union_all(
        _payments(Payment, "").where(Payment.login == bindparam("key")),
        _payments(PaymentCorr, CORRECT).where(PaymentCorr.login == bindparam("key")),
    ).subquery()
    return select(both).order_by(both.c.date.desc(), both.c.id.desc()).limit(bindparam("many"))


def _payments(table: type[Payment] | type[PaymentCorr], operation: str) -> Any:
    columns = (
        table.id,
        table.login,
        table.date,
        table.summ,
        table.balance,
        table.cashtypeid,
        table.admin,
        table.note,
    )
    named = (CashType.cashtype, literal(operation).label("operation"))
    return select(*columns, *named).outerjoin(CashType, CashType.id == table.cashtypeid)


def _row(row: Any) -> PaymentRow:
    return PaymentRow(
        id=row.id,
        key=row.login,
        operation=row.operation or operation_of(row.note),
        date=row.date,
        kopecks=kopecks_or_none(row.summ),
        summ=row.summ,
        before=kopecks_or_none(row.balance),
        cash_type_id=row.cashtypeid,
        cash_type=row.cashtype or "",
        admin=row.admin,
        note=row.note,
    )
