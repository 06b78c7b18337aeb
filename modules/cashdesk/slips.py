"""The receipt of a payment as a slip: on a page of its own that prints, in the modal window for htmx."""

from flask import abort, render_template, request
from flask_babel import gettext as _

from modules.cashdesk import service as cashdesk
from modules.cashdesk.counter import Answer, Counter
from modules.core.current import is_part
from modules.dreamkas import service as register


def slip(counter: Counter) -> Answer:
    """The slip; one that is not known here yet is asked of the worker, and the part asks for itself until it is."""
    payment = counter.payment("showreceipt")
    receipt = cashdesk.receipts_of(counter.book, [payment]).get(payment.id)
    if receipt is None or not receipt.receipt_id:
        abort(404, _("This payment has no printed receipt."))
    values = {
        "counter": counter,
        "payment": payment,
        "receipt": receipt,
        **register.paper(receipt.receipt_id),
    }
    values["link"] = counter.url("slip", payment.key, showreceipt=payment.id, _external=True)
    values["who"] = counter.book.subscriber(payment.key)
    if "slipnow" in request.args:
        return render_template("cashdesk/_slip.html", **values)
    return render_template("cashdesk/_slip_modal.html" if is_part() else "cashdesk/slip.html", **values)
