"""`/?module=mobileedit&username=LOGIN`: an Internet subscriber's mobile numbers."""

from flask import Blueprint

from modules.cashdesk import whereto
from modules.cashdesk.counter import Answer
from modules.cashdesk.counters import ADDCASH
from modules.core.rights import needs

bp = Blueprint("mobileedit", __name__)


@bp.route("/", methods=["GET", "POST"])
@needs("CASH")
def edit() -> Answer:
    """The form; its POST keeps what was typed."""
    return whereto.mobile(ADDCASH)


@bp.post("/check")
@needs("CASH")
def check() -> Answer:
    """What the field holds, while one types."""
    return whereto.mobile_check(ADDCASH)
