"""Taking money: form token + payment + balance + queued fiscal operation in one transaction, all or nothing."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.billing.service import Book
from modules.cashdesk.credit import enter
from modules.cashdesk.models import FormToken
from modules.cashdesk.receipts import subscriber_of
from modules.cashdesk.tokens import (
    Press,
    look_for_double,
    look_for_printed,
    open_token,
    subscriber_name,
    used,
)
from modules.core.db import clock, transact
from modules.dreamkas import service as register


@dataclass(frozen=True)
class Taken:
    """A payment that stands in the books. `again`: this form had taken it before, nothing was taken now."""

    source: register.Source
    again: bool
    fiscal: bool  # a fiscal operation was made with it


def take_payment(
    book: Book,
    key: str,
    *,
    operation: str,
    kopecks: int,
    cash_type_id: int,
    note: str,
    token: str,
    wish: register.Wish | None,
    admin: str,
    second_ok: bool,
) -> Taken:
    """Takes a payment, once per token. With a `wish` its receipt is queued in the same transaction.

    A payment that needs no receipt (its cash type says so) is taken without one, whatever the wish.
    Raises NoSubscriber, TokenForeign, TokenSpent, and LooksDouble or LooksPrinted unless `second_ok`.
    """
    if wish and operation != "add":
        raise ValueError("only a payment of the kind add has a receipt")
    press = Press(operation, kopecks, cash_type_id, note, wish)
    nonce = open_token(token, admin, book, key)
    try:
        taken = transact(lambda session: _take(session, book, key, press, nonce, admin, second_ok))
    except IntegrityError:
        # The same press was quicker by a hair, in a database whose row lock did not hold us: its row says all.
        before = transact(lambda session: _taken_before(session, nonce, press))
        if before is None:
            raise
        return before
    if taken.fiscal and not taken.again:
        register.nudge()
    return taken


def _take(
    session: Session, book: Book, key: str, press: Press, nonce: str, admin: str, second_ok: bool
) -> Taken:
    key, _balance = book.lock(session, key)
    before = _taken_before(session, nonce, press)
    if before:
        return before
    who = subscriber_of(book, key)
    if not second_ok:
        look_for_double(session, book, key, press.kopecks)
    if not second_ok and press.wish:
        look_for_printed(who, press.kopecks)
    now = clock()
    source, fiscal = enter(session, book, who, press, admin, now)
    spent = FormToken(
        token=nonce,
        admin=admin,
        subscriber=subscriber_name(book, key),
        fingerprint=press.fingerprint(),
        kopecks=press.kopecks,
        source_kind=source.kind,
        source_id=source.id,
        used_utc=now,
    )
    session.add(spent)
    session.flush()
    return Taken(source, again=False, fiscal=fiscal)


def _taken_before(session: Session, nonce: str, press: Press) -> Taken | None:
    form = used(session, nonce, press)
    source = register.Source(form.source_kind, form.source_id) if form else None
    return Taken(source, again=True, fiscal=press.wish is not None) if source else None
