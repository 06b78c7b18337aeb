"""`/?module=addcash&username=LOGIN`: profile, money form and previous payments of an Internet subscriber."""

from flask import Blueprint

from modules.cashdesk import aftercare
from modules.cashdesk.counter import Answer
from modules.cashdesk.counters import ADDCASH
from modules.core.guard import csrf
from modules.core.rights import needs, no_keepalive

bp = Blueprint("addcash", __name__)


@bp.route("/", methods=["GET", "POST"])
@csrf.exempt  # the form checks its own token, so that a page from yesterday keeps what was typed
@ADDCASH.keeps_typed
@needs("CASH")
def money() -> Answer:
    """The money form; its POST takes the money."""
    return ADDCASH.money()


@bp.get("/receiptbadge")
@no_keepalive
@needs("CASH")
def badge() -> Answer:
    """The state of one payment's receipt."""
    return aftercare.badge(ADDCASH)


@bp.route("/fiscalizelater", methods=["GET", "POST"])
@needs("CASH")
def later() -> Answer:
    """The forgotten tick."""
    return aftercare.later(ADDCASH)


@bp.post("/repeatreceipt")
@needs("CASH")
def repeat() -> Answer:
    """A rejected receipt anew."""
    return aftercare.repeat(ADDCASH)


@bp.route("/cancelreceipt", methods=["GET", "POST"])
@needs("CASH")
def cancel() -> Answer:
    """A queued receipt back."""
    return aftercare.cancel(ADDCASH)
