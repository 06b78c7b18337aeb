"""`/?module=userprofile&username=LOGIN`: who an Internet subscriber is, his receipts, and the ways on from there."""

from flask import Blueprint, render_template

from modules.billing.service import INTERNET, contact_of
from modules.cashdesk import service as cashdesk
from modules.cashdesk import slips
from modules.cashdesk.counter import FEW, Answer
from modules.cashdesk.counters import ADDCASH
from modules.core.rights import needs

bp = Blueprint("userprofile", __name__)


@bp.get("/")
@needs("USERPROFILE")
def profile() -> str:
    """The profile."""
    who = ADDCASH.subscriber()
    payments = [payment for payment in INTERNET.payments(who.key, FEW) if payment.is_income]
    return render_template(
        "userprofile/page.html",
        counter=ADDCASH,
        who=who,
        contact=contact_of(who, INTERNET.takes_email),
        payments=payments,
        receipts=cashdesk.receipts_of(INTERNET, payments),
    )


@bp.get("/showreceipt")
@needs("USERPROFILE|CASH")
def slip() -> Answer:
    """The receipt of one payment as a slip."""
    return slips.slip(ADDCASH)
