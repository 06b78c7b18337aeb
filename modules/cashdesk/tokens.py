"""One-time tokens of money forms: signed, bound to the admin and the subscriber; only a used one leaves a row."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, Signer
from sqlalchemy import select
from sqlalchemy.orm import Session

from modules.billing.service import Book, Subscriber
from modules.cashdesk.models import FormToken
from modules.cashdesk.order import Money
from modules.core.db import clock
from modules.core.money import roubles
from modules.core.times import to_local
from modules.dreamkas import service as register

NONCE_BYTES = 24
DOUBLE_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Press(Money):
    """All that was pressed: two presses of one form are the same when these are."""

    def fingerprint(self) -> str:
        """Sha256 of it all, as hex."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


class Refusal(Exception):
    """Nothing was taken; str() is a sentence for the reader."""


class TokenForeign(Refusal):
    """The form was made for another admin or another subscriber, or by nobody here."""

    def __init__(self) -> None:
        super().__init__(_("This form was not made for you and this subscriber. Check it and press again."))


class TokenSpent(Refusal):
    """This very form has already taken a payment, with other data."""

    def __init__(self, used: FormToken) -> None:
        super().__init__(
            _(
                "This form has already taken %(sum)s at %(time)s, and something in it was changed since. "
                "Nothing was taken now. If this is another payment, check it and press again.",
                sum=roubles(used.kopecks),
                time=f"{to_local(used.used_utc):%H:%M:%S}",
            )
        )


class LooksDouble(Refusal):
    """The same sum from the same subscriber a few minutes ago. `previous` is the local time of it."""

    def __init__(self, used: FormToken) -> None:
        self.previous: datetime = to_local(used.used_utc)
        super().__init__(
            _(
                "%(sum)s from this subscriber was already taken at %(time)s by %(admin)s. Is this a second payment?",
                sum=roubles(used.kopecks),
                time=f"{self.previous:%H:%M:%S}",
                admin=used.admin,
            )
        )


class LooksPrinted(LooksDouble):
    """Dreamkas has a receipt of that contract and sum that no payment here has."""

    def __init__(self, printed: register.Printed) -> None:
        hint = _(
            "If this is that payment, take it without the tick “Fiscalize this payment?”: its receipt is printed. "
            "Is it a second payment?"
        )
        Refusal.__init__(self, f"{printed.words} {hint}")


def new_token(admin: str, book: Book, key: str) -> str:
    """A token for a money form that is about to be shown."""
    return _signer(admin, book, key).sign(secrets.token_urlsafe(NONCE_BYTES)).decode()


def open_token(token: str, admin: str, book: Book, key: str) -> str:
    """The nonce in a token (what the used ones are known by). Raises TokenForeign."""
    try:
        return _signer(admin, book, key).unsign(token.encode()).decode()
    except (BadSignature, UnicodeError) as error:
        raise TokenForeign from error


def subscriber_name(book: Book, key: str) -> str:
    """ "internet:ivanov": a subscriber by one name over both books."""
    return f"{book.kind}:{key}"


def used(session: Session, nonce: str, press: Press) -> FormToken | None:
    """The form as it was pressed before; None when it was not. Raises TokenSpent when that was another press."""
    found = session.get(FormToken, nonce, populate_existing=True)
    if found and found.fingerprint != press.fingerprint():
        raise TokenSpent(found)
    return found


def look_for_double(session: Session, book: Book, key: str, kopecks: int) -> None:
    """Raises LooksDouble when another form took the same sum from this subscriber within ten minutes."""
    lately = (
        FormToken.subscriber == subscriber_name(book, key),
        FormToken.kopecks == kopecks,
        FormToken.used_utc > clock() - DOUBLE_WITHIN,
    )
    found = session.scalar(select(FormToken).where(*lately).order_by(FormToken.used_utc.desc()).limit(1))
    if found:
        raise LooksDouble(found)


def look_for_printed(who: Subscriber, kopecks: int) -> None:
    """Raises LooksPrinted when Dreamkas printed a receipt of that sum for this subscriber that no payment here has."""
    asked = (who.contract, kopecks)
    if asked[0] and (found := register.printed_for([asked]).get(asked)):
        raise LooksPrinted(found)


def _signer(admin: str, book: Book, key: str) -> Signer:
    whose = json.dumps([admin, subscriber_name(book, key)])
    return Signer(current_app.secret_key or "", salt=f"money form {whose}")
