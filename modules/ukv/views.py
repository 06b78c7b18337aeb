"""`/?module=ukv&users=true…`: cable-TV subscribers, their profiles and their money; the same desk as addcash."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from modules.billing.service import UKV, ukv_where
from modules.cashdesk import aftercare, whereto
from modules.cashdesk.counter import Answer
from modules.cashdesk.counters import CABLE
from modules.core.cards import Card
from modules.core.guard import csrf
from modules.core.rights import needs, no_keepalive

bp = Blueprint("ukv", __name__)
CARD = Card(
    title=_l("UKV users"),
    icon="ukv",
    endpoint="ukv.users",
    right="UKV",
    group=_l("Subscribers"),
    option="UKV_ENABLED",
)
guarded = needs("UKV", option="UKV_ENABLED")
PAGE = 50


@bp.get("/")
@guarded
def index() -> Answer:
    """The module's own address leads to the list."""
    return redirect(url_for("ukv.users"))


@bp.get("/users/userslist")
@guarded
def users() -> Answer:
    """The list, with search."""
    text = request.args.get("q", "")[:100]
    where = ukv_where(text)
    total = UKV.count(where)
    last = -(-total // PAGE)
    page = max(1, min(request.args.get("page", 1, type=int), last))
    values = {"text": text, "total": total, "page": page, "size": PAGE}
    return render_template("ukv/list.html", rows=UKV.listing(where, PAGE, (page - 1) * PAGE), **values)


@bp.route("/users/showuser", methods=["GET", "POST"])
@csrf.exempt  # the form checks its own token, so that a page from yesterday keeps what was typed
@CABLE.keeps_typed
@guarded
def user() -> Answer:
    """Profile, money form, previous payments; its POST takes the money."""
    return CABLE.money()


@bp.get("/users/showuser/receiptbadge")
@no_keepalive
@guarded
def badge() -> Answer:
    """The state of one payment's receipt."""
    return aftercare.badge(CABLE)


@bp.route("/users/showuser/fiscalizelater", methods=["GET", "POST"])
@guarded
def later() -> Answer:
    """The forgotten tick."""
    return aftercare.later(CABLE)


@bp.post("/users/showuser/repeatreceipt")
@guarded
def repeat() -> Answer:
    """A rejected receipt anew."""
    return aftercare.repeat(CABLE)


@bp.route("/users/showuser/cancelreceipt", methods=["GET", "POST"])
@guarded
def cancel() -> Answer:
    """A queued receipt back."""
    return aftercare.cancel(CABLE)


@bp.route("/users/showuser/editmobile", methods=["GET", "POST"])
@guarded
def mobile() -> Answer:
    """The mobile numbers; a POST keeps what was typed."""
    return whereto.mobile(CABLE)


@bp.post("/users/showuser/checkmobile")
@guarded
def mobile_check() -> Answer:
    """What the mobile field holds, while one types."""
    return whereto.mobile_check(CABLE)
