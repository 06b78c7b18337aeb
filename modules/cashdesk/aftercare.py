"""What can be done about a receipt beside its payment: look, ask for the forgotten one, repeat, cancel."""

from collections.abc import Callable
from typing import Any

from flask import flash, get_template_attribute, redirect, render_template, request
from flask_babel import gettext as _

from modules.billing.service import Book, PaymentRow
from modules.cashdesk import service as cashdesk
from modules.cashdesk.counter import Answer, Counter
from modules.cashdesk.forms import CancelForm, LaterForm
from modules.core.current import is_part
from modules.core.rights import SwitchedOff, admin_login
from modules.dreamkas import service as register


def badge(counter: Counter) -> Answer:
    """The part that asks again by itself until its state is final."""
    return _badge(counter, counter.payment("receiptbadge"))


def repeat(counter: Counter) -> Answer:
    """POST: asks for a rejected receipt anew."""
    payment = counter.payment("repeatreceipt")
    trouble = _trouble(cashdesk.repeat_payment, counter.book, payment.id, admin_login())
    if is_part():
        return _badge(counter, payment, trouble)
    flash(trouble or _("The receipt is queued again"), "bad" if trouble else "ok")
    return _back(counter, payment)


def later(counter: Counter) -> Answer:
    """The forgotten tick. GET: the fiscal fields for a payment without a receipt. POST: queues it."""
    if not counter.has_register:
        raise SwitchedOff
    payment = counter.payment("fiscalizelater")
    form = LaterForm()
    form.equip(register.desk(counter.book.kind), register.payment_type_of(payment.cash_type_id))
    form.fiscalizepayment.data = True
    trouble = ""
    if form.validate_on_submit():
        trouble = _trouble(cashdesk.fiscalize_payment, counter.book, payment.id, form.wish(), admin_login())
        if not trouble:
            return _back(counter, payment)
    return _ask(counter, "later", payment, form, trouble)


def cancel(counter: Counter) -> Answer:
    """GET: asks why. POST: takes a queued receipt back."""
    payment = counter.payment("cancelreceipt")
    form = CancelForm()
    trouble = ""
    if form.validate_on_submit():
        trouble = _trouble(cashdesk.cancel_payment, counter.book, payment.id, admin_login(), form.reason.data)
        if not trouble:
            return _back(counter, payment)
    return _ask(counter, "cancel", payment, form, trouble)


def _trouble(act: Callable[..., None], book: Book, payment_id: int, *more: Any) -> str:
    """Does it; why it could not be done, '' when it was."""
    try:
        act(book, payment_id, *more)
    except cashdesk.NotFiscal as refusal:
        return str(refusal)
    return ""


def _badge(counter: Counter, payment: PaymentRow, trouble: str = "") -> str:
    states = cashdesk.receipts_of(counter.book, [payment])
    receipt = states.get(payment.id)
    draw = get_template_attribute("cashdesk/_receipt.html", "receipt_of")
    place = "paid" if request.args.get("receiptplace") == "paid" else ""
    return str(draw(counter, payment, receipt, trouble, place)) if receipt else ""


def _back(counter: Counter, payment: PaymentRow) -> Answer:
    return redirect(counter.url("money", payment.key), code=303)


def _ask(counter: Counter, name: str, payment: PaymentRow, form: Any, trouble: str) -> Answer:
    """The form: in the modal window for htmx, as a page of its own else."""
    values = {"counter": counter, "payment": payment, "form": form, "desk": getattr(form, "desk", None)}
    name = f"cashdesk/_{name}_modal.html" if is_part() else f"cashdesk/{name}.html"
    return render_template(name, **values, trouble=trouble), 422 if form.is_submitted() else 200
