"""What a person decides about an operation: cancel it, repeat it, say which receipt it printed, send it again."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.db import clock, transact
from modules.core.decimals import decimal_text
from modules.core.times import local_now
from modules.dreamkas import birth, doubts, life
from modules.dreamkas.birth import AlreadyFiscalized, Source, Wish
from modules.dreamkas.choices import usual
from modules.dreamkas.models import Operation
from modules.dreamkas.printed import printed_for
from modules.dreamkas.receipt import Buyer
from modules.dreamkas.words import reason as reason_words

WATCHED_FROM = timedelta(days=14)  # what was asked for longer ago is not printed any more


class NotRepeatable(Exception):
    """Only a rejected operation whose source has no other live one can be repeated; str() says it to a person."""


def cancel(operation_pk: int, *, admin: str, reason: str) -> bool:
    """A person takes a queued operation back; False when it was no longer queued. Commits."""

    def work(session: Session) -> bool:
        operation = life.fresh(session, operation_pk)
        done = life.reject(session, operation, ("queued",), "cancelled", reason)
        if done:
            journal.write(f"DREAMKAS CANCEL [{operation_pk}] ({operation.subscriber}) {reason}", admin)
        return done

    return transact(work)


def repeat(
    operation_pk: int, *, admin: str, buyer: Buyer | None = None, wish: Wish | None = None
) -> Operation:
    """A new operation for a rejected one, built from today's data; it is sent only after the old one was read again.

    Commits. Raises NotRepeatable.
    """
    return transact(lambda session: _repeat(session, operation_pk, admin, buyer, wish))


def _repeat(session: Session, pk: int, admin: str, buyer: Buyer | None, wish: Wish | None) -> Operation:
    asked = select(Operation).where(Operation.id == pk).with_for_update()
    old = session.scalar(asked.execution_options(populate_existing=True))
    if old is None or old.state != "rejected" or old.source_id is None:
        raise NotRepeatable(str(reason_words("not_rejected")))
    printed = printed_for([(old.contract, old.amount or 0)]) if old.contract else {}
    if printed:
        hint = _("Match it to this payment, or say there what it is: page Differences.")
        raise NotRepeatable(f"{next(iter(printed.values())).words} {hint}")
    buyer = buyer or _buyer_of(old)
    wish = wish or _wish_of(old)
    source = Source(old.source_kind, old.source_id)
    fresh = birth.new(
        source,
        wish,
        old.amount or 0,
        buyer,
        old.service,
        old.subscriber,
        old.paid_local or local_now(),
        admin,
    )
    fresh |= {"repeats_id": old.id, "repeated_fiscop_id": old.operation_id, "look_first": True}
    fresh["repeat_count"] = old.repeat_count + 1
    try:
        made = birth.put(session, fresh, wish, buyer)
    except AlreadyFiscalized as error:
        raise NotRepeatable(str(reason_words("has_another"))) from error
    old.date_resend = local_now()
    journal.write(
        f"DREAMKAS REPEAT [{old.id}] as [{made}] ({old.subscriber}) {decimal_text(old.amount or 0)}", admin
    )
    return life.fresh(session, made)


def _wish_of(old: Operation) -> Wish:
    """As it was; what it had not (nothing was mapped then) is the usual of today. What somebody chose stays his."""
    machine, tax, mapped = usual(old.service)
    device = machine if old.device_id in ("", "0") else old.device_id
    number = int(device) if device.isascii() and device.isdigit() else 0
    return Wish(number, old.tax_mode or tax, old.payment_type, old.goods_id or mapped)


def _buyer_of(operation: Operation) -> Buyer:
    parts = [part for part in operation.contact.split(", ") if part]
    phone = next((part for part in parts if part.startswith("+")), None)
    email = next((part for part in parts if "@" in part), None)
    return Buyer(phone, email, operation.contract)


def adopt(operation_pk: int, receipt_id: str, *, admin: str, reason: str) -> bool:
    """A person says which receipt this unsure (or late) operation printed. Commits; journalled with the reason."""

    def work(session: Session) -> bool:
        operation = life.fresh(session, operation_pk)
        if operation.state not in ("unsure", "accepted") or not receipt_id:
            return False
        # Watched: should its own receipt appear after all, it is the second one.
        said = {"reason": "adopted", "reason_text": reason, "watch_until_utc": clock() + life.WATCH}
        done = life.fiscalize(session, operation_pk, receipt_id, operation.status, **said)
        if done:
            journal.write(f"DREAMKAS ADOPT [{operation_pk}] receipt {receipt_id}: {reason}", admin)
        return done

    return transact(work)


def send_again(operation_pk: int, *, admin: str, reason: str) -> bool:
    """A person decides that an unsure operation never arrived: after one more look it is sent, same bytes. Commits.

    Not before the grace is over: pressed at once, the look would see nothing of what Dreamkas is still at work on.
    """

    def work(session: Session) -> bool:
        operation = life.fresh(session, operation_pk)
        changes: dict[str, Any] = {
            "due_utc": doubts.may_be_sent_from(session, operation),
            "unsent": 0,  # or the first success anywhere would free it sooner
            "look_first": True,
            "looked_utc": None,
            "watch_until_utc": clock() + life.WATCH,
        }
        done = life.move(
            session, operation_pk, ("unsure",), state="queued", reason="again", reason_text=reason, **changes
        )
        if done:
            journal.write(f"DREAMKAS AGAIN [{operation_pk}]: {reason}", admin)
        return done

    return transact(work)


def close(operation_pk: int, *, admin: str, reason: str) -> bool:
    """A person says that an accepted operation of which nothing came for a day was not printed. Commits.

    Its receipt may be asked for anew, after a look. Should the first one appear within 72 hours, it is seen; one of
    Ubilling's days is not waited for: all of Dreamkas' lists since then would be read again and again.
    """

    def work(session: Session) -> bool:
        operation = life.fresh(session, operation_pk)
        if operation.reason != "needs_person":
            return False
        is_old = operation.created_utc < clock() - WATCHED_FROM
        watch: dict[str, Any] = {"watch_until_utc": None} if is_old else {}
        done = life.reject(session, operation, ("accepted",), "closed", reason, **watch)
        if done:
            journal.write(f"DREAMKAS CLOSE [{operation_pk}] ({operation.subscriber}) {reason}", admin)
        return done

    return transact(work)


def settle_alarm(operation_pk: int, *, admin: str, reason: str) -> bool:
    """A person has dealt with an alarm (refunded one of two receipts): it is put away, its watch ends. Commits."""

    def work(session: Session) -> bool:
        operation = life.fresh(session, operation_pk)
        alarm = operation.alarm
        done = bool(alarm) and life.move(
            session, operation_pk, (operation.state,), alarm="", watch_until_utc=None
        )
        if done:
            journal.write(f"DREAMKAS SETTLE [{operation_pk}] {alarm}: {reason}", admin)
        return done

    return transact(work)
