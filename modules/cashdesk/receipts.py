"""The receipts of payments that stand in the books: the forgotten tick, Repeat, Cancel, and where each one is."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from modules.billing.service import Book, NoSubscriber, PaymentRow, Subscriber, contact_of
from modules.cashdesk.tokens import Refusal
from modules.core.db import clock, transact
from modules.core.times import to_local
from modules.dreamkas import service as register


class NotFiscal(Refusal):
    """This payment can not be fiscalized (or repeated, or cancelled) now; str() says why."""


def source_of(book: Book, payment_id: int) -> register.Source:
    """What the cash register calls this payment."""
    return register.Source(book.source_kind, payment_id)


def may_fiscalize(payment: PaymentRow) -> bool:
    """Whether this payment may have a receipt at all: money that came in, not too old, not of an exempt cash type."""
    return payment.is_income and register.payable(payment.date, payment.cash_type_id)


def receipts_of(book: Book, payments: Iterable[PaymentRow]) -> dict[int, register.ReceiptState]:
    """Where the receipt of each payment is, by its id; what is no income is left out.

    "exempt" is a payment of a cash type that needs no receipt, or one from before the days of fiscalization.
    """
    income = [payment for payment in payments if payment.is_income]
    states = register.states_of(source_of(book, payment.id) for payment in income)
    return {payment.id: _state(payment, states[source_of(book, payment.id)]) for payment in income}


def _state(payment: PaymentRow, state: register.ReceiptState) -> register.ReceiptState:
    if state.state == "none":
        return state if may_fiscalize(payment) else state._replace(state="exempt")
    if state.paid and not register.alike(state.paid, (payment.key, payment.kopecks, payment.date)):
        # The number was given twice: books put back to an older copy. What it shows is another payment's.
        return register.ReceiptState("rejected", _("Another payment's receipt stands under this number."))
    return state


def fiscalize_payment(book: Book, payment_id: int, wish: register.Wish, admin: str) -> None:
    """Queues the receipt of a payment that was taken without one. Raises NotFiscal."""
    transact(lambda session: _fiscalize_later(session, book, payment_id, wish, admin))
    register.nudge()


def _fiscalize_later(session: Session, book: Book, payment_id: int, wish: register.Wish, admin: str) -> None:
    payment = payment_of(book, payment_id)
    book.lock(session, payment.key)
    if not may_fiscalize(payment):
        raise NotFiscal(_("This payment needs no receipt."))
    if register.state_of(source_of(book, payment_id)).state != "none":
        raise NotFiscal(_("This payment already has a fiscal operation."))
    who, kopecks = subscriber_of(book, payment.key), payment.kopecks or 0
    look_for_printed(who, kopecks)
    queue(book, payment_id, who, kopecks, payment.date or to_local(clock()), wish, admin)


def look_for_printed(who: Subscriber, kopecks: int) -> None:
    """Raises NotFiscal when Dreamkas printed a receipt of that contract and sum that no payment here has."""
    asked = (who.contract, kopecks)
    if asked[0] and (found := register.printed_for([asked]).get(asked)):
        raise NotFiscal(
            f"{found.words} {_('Match it to this payment, or say there what it is: page Differences.')}"
        )


def repeat_payment(book: Book, payment_id: int, admin: str, wish: register.Wish | None = None) -> None:
    """Asks anew for a rejected receipt, with the contact (and the wish, if any) of today. Raises NotFiscal."""
    payment = payment_of(book, payment_id)
    operation = register.state_of(source_of(book, payment_id)).operation_pk
    if operation is None:
        raise NotFiscal(_("This payment has no fiscal operation to repeat."))
    try:
        register.repeat(
            operation, admin=admin, buyer=_buyer(book, subscriber_of(book, payment.key)), wish=wish
        )
    except register.NotRepeatable as error:
        raise NotFiscal(str(error)) from error
    register.nudge()


def cancel_payment(book: Book, payment_id: int, admin: str, reason: str) -> None:
    """Takes the queued receipt of a payment back; the payment stays. Raises NotFiscal."""
    operation = register.state_of(source_of(book, payment_id)).operation_pk
    if operation is None or not register.cancel(operation, admin=admin, reason=reason):
        raise NotFiscal(_("The receipt is not in the queue any more: it can not be cancelled."))


def payment_of(book: Book, payment_id: int) -> PaymentRow:
    """The payment. Raises NotFiscal when there is none."""
    payment = book.payment(payment_id)
    if payment is None:
        raise NotFiscal(_("There is no such payment."))
    return payment


def queue(
    book: Book,
    payment_id: int,
    who: Subscriber,
    kopecks: int,
    paid_at: datetime,
    wish: register.Wish,
    admin: str,
) -> None:
    """Queues the receipt of a payment of that local date inside the caller's transaction. Raises NotFiscal."""
    try:
        register.fiscalize(
            source_of(book, payment_id),
            wish=wish,
            kopecks=kopecks,
            buyer=_buyer(book, who),
            service_kind=book.kind,
            subscriber=who.key,
            paid_at=paid_at,
            admin=admin,
        )
    except register.AlreadyFiscalized as error:
        # Payment numbers are never given twice, unless the books were put back to an older copy.
        raise NotFiscal(_("Payment number %(id)s already has a fiscal operation.", id=payment_id)) from error


def subscriber_of(book: Book, key: str) -> Subscriber:
    """The subscriber. Raises NoSubscriber when there is none."""
    who = book.subscriber(key)
    if who is None:
        raise NoSubscriber(key)
    return who


def _buyer(book: Book, who: Subscriber) -> register.Buyer:
    contact = contact_of(who, book.takes_email)
    return register.Buyer(contact.phone.number, contact.email, who.contract)
