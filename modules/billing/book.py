"""One shape for both books: what a payment does to a balance. Which tables it touches, the two books say."""

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Insert, select
from sqlalchemy.orm import Session

from modules.billing.facts import (
    ADD,
    MOCK,
    MOCK_PREFIX,
    NOTE_LENGTH,
    SET,
    SET_PREFIX,
    Contact,
    NoSubscriber,
    PaymentRow,
    Subscriber,
)
from modules.billing.models import CashType
from modules.core.db import db, new_id, rows_changed
from modules.core.decimals import decimal_text
from modules.core.money import MoneyError, from_decimal_text, from_double
from modules.core.phones import EmailError, Mobile, check_email, read_mobile


class BalanceMovedError(RuntimeError):
    """Somebody changed the balance behind the lock (a table without transactions): nothing may be kept."""


class Book:
    """The books of one service. Nothing here commits; whoever writes does so inside `transact`."""

    kind: ClassVar[str]  # also the service that a receipt names
    source_kind: ClassVar[str]  # what its payments are called towards the cash register
    operations: ClassVar[tuple[str, ...]]
    takes_email: ClassVar[bool]
    held: ClassVar[Any]  # SELECT … FOR UPDATE of the subscriber `key`: key, balance
    moved: ClassVar[Any]  # UPDATE of that balance to `becomes` where it is still `was`

    def subscriber(self, key: str) -> Subscriber | None:
        """Everything a page shows of one subscriber; None when there is none."""
        raise NotImplementedError

    def lock(self, session: Session, key: str) -> tuple[str, float]:
        """Holds the subscriber until the transaction ends -> (key as the table writes it, balance as kept).

        The balance is the table's own double, in roubles. Raises NoSubscriber.
        """
        row = session.connection().execute(self.held, {"key": self._in_table(key)}).first()
        if row is None:
            raise NoSubscriber(key)
        found, balance = row
        return str(found), balance

    def payments(self, key: str, limit: int = 50) -> list[PaymentRow]:
        """The newest payments and corrections first."""
        raise NotImplementedError

    def payment(self, payment_id: int) -> PaymentRow | None:
        """One payment, as a receipt's source knows it."""
        raise NotImplementedError

    def set_mobile(self, session: Session, key: str, text: str) -> None:
        """Keeps what was typed as the subscriber's mobile numbers. Raises NoSubscriber."""
        raise NotImplementedError

    def set_email(self, session: Session, key: str, text: str) -> None:
        """Keeps the subscriber's e-mail address ('' removes it). Raises NoSubscriber."""
        raise NotImplementedError

    def is_reached(self, key: Any, by_email: Any) -> ColumnElement[bool]:
        """For a question about rows that name a subscriber by `key` (SQL): whether a mobile number is filled in.

        `by_email` (SQL): an e-mail will do too. Whether what is filled in is a number, contact_of() knows.
        """
        raise NotImplementedError

    def _in_table(self, key: str) -> str | int:
        """The key as the table of subscribers holds it."""
        return key

    def _move_balance(self, session: Session, key: str, was: float, becomes: float) -> bool:
        values = {"key": self._in_table(key), "was": was, "becomes": becomes}
        return rows_changed(session.connection().execute(self.moved, values)) == 1

    def _new_row(self, operation: str, key: str) -> tuple[Insert, dict[str, Any]]:
        """(the INSERT, what the table wants beside what all tables of payments have)."""
        raise NotImplementedError

    def source_kind_of(self, operation: str) -> str:
        """What the row that `operation` writes is called: one name for each table that numbers its rows anew."""
        return self.source_kind

    def add_payment(
        self,
        session: Session,
        key: str,
        operation: str,
        kopecks: int,
        *,
        cash_type_id: int,
        note: str,
        admin: str,
        paid_at: datetime,
    ) -> int:
        """Writes a payment and moves the balance -> id in the operation's table. `paid_at` is local.

        A correction stands in a table of its own, which no receipt refers to. Raises NoSubscriber.
        """
        if operation not in self.operations:
            raise ValueError(f"{operation} is no operation of the {self.kind} book")
        key, was = self.lock(session, key)
        before = from_double(was)
        if operation != MOCK and not self._move_balance(
            session, key, was, _after(operation, before, kopecks) / 100
        ):
            raise BalanceMovedError(f"balance of {self.kind} {key}")
        values = {
            "date": paid_at.replace(microsecond=0),
            "admin": admin,
            "balance": decimal_text(before),
            "summ": decimal_text(kopecks),
            "cashtypeid": cash_type_id,
            "note": (prefix_of(operation) + note)[:NOTE_LENGTH],
        }
        new, own = self._new_row(operation, key)
        return new_id(session.connection().execute(new, values | own))

    def contact(self, key: str) -> Contact | None:
        """Where this subscriber's receipt goes; None when there is no such subscriber."""
        who = self.subscriber(key)
        return contact_of(who, self.takes_email) if who else None


def operation_of(note: str) -> str:
    """What a row of the payments table is, as the original marks it: by the beginning of its note."""
    marks = {SET_PREFIX: SET, MOCK_PREFIX: MOCK}
    return next((operation for prefix, operation in marks.items() if note.startswith(prefix)), ADD)


def prefix_of(operation: str) -> str:
    """The mark that such a payment's note begins with."""
    return {SET: SET_PREFIX, MOCK: MOCK_PREFIX}.get(operation, "")


def kopecks_or_none(text: str) -> int | None:
    """A varchar sum of Ubilling's -> kopecks; None when it holds something else."""
    try:
        return from_decimal_text(text)
    except MoneyError:
        return None


def cash_types() -> dict[int, str]:
    """How money may come: {id: name}, in the order of their ids."""
    rows = db.session.execute(select(CashType.id, CashType.cashtype).order_by(CashType.id))
    return {number: name for number, name in rows}


def contact_of(who: Subscriber, takes_email: bool) -> Contact:
    """Where a receipt for this subscriber goes: the first usable mobile number, and his e-mail beside it."""
    phone = read_mobile(who.mobile_text)
    email, email_why = None, ""
    if takes_email and who.email.strip():
        try:
            email = check_email(who.email)
        except EmailError as error:
            email_why = str(error)
    return Contact(phone, email, email_why, "" if phone.number else _why_no_mobile(phone))


def _why_no_mobile(phone: Mobile) -> str:
    if not phone.refusals:
        return _("No mobile number is filled in.")
    refused = "; ".join(f"{text}: {reason}" for text, reason in phone.refusals)
    return _("No usable mobile number (%(refused)s).", refused=refused)


def _after(operation: str, before: int, kopecks: int) -> int:
    return kopecks if operation == SET else before + kopecks
