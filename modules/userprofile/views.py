"""`/?module=userprofile&username=LOGIN`: who an Internet subscriber is, and the ways on from there."""

from flask import Blueprint, render_template

from modules.billing.service import INTERNET, contact_of
from modules.cashdesk.counters import ADDCASH
from modules.core.rights import needs

bp = Blueprint("userprofile", __name__)


@bp.get("/")
@needs("USERPROFILE")
def profile() -> str:
    """The profile."""
    who = ADDCASH.subscriber()
    contact = contact_of(who, INTERNET.takes_email)
    return render_template("userprofile/page.html", counter=ADDCASH, who=who, contact=contact)
