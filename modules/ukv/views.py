"""`/?module=ukv&users=true…`: cable-TV subscribers, their profiles and their money; the same desk as addcash."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.billing.service import UKV, UKV_SORTS, Subscriber, ukv_found
from modules.cashdesk import aftercare, slips, whereto
from modules.cashdesk.counter import Answer
from modules.cashdesk.counters import CABLE
from modules.core.cards import Card
from modules.core.current import is_part
from modules.core.guard import csrf
from modules.core.rights import needs, no_keepalive
from modules.core.tables import Column, Table

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


def _of(say: Callable[[Subscriber], object]) -> Callable[[Any], object]:
    return lambda row: say(UKV.person(row))


def _active(who: Subscriber) -> str:
    return _("active") if who.active else _("not active")


TABLE = Table(
    [
        Column("id", _l("ID"), UKV_SORTS["id"]),
        Column("contract", _l("Contract"), UKV_SORTS["contract"]),
        Column("name", _l("Real Name"), UKV_SORTS["name"], cell=_of(lambda who: who.name)),
        Column("address", _l("Full address"), UKV_SORTS["address"], "wide", _of(lambda who: who.address)),
        Column("tariff", _l("Tariff"), UKV_SORTS["tariff"], cell=_of(lambda who: who.tariff)),
        Column(
            "balance", _l("Balance"), UKV_SORTS["balance"], "num", _of(lambda who: Decimal(who.balance) / 100)
        ),
        Column("active", _l("Connected"), UKV_SORTS["active"], "mid", _of(_active)),
    ],
    sort="id",
    tie=UKV_SORTS["id"],
)


@bp.get("/")
@guarded
def index() -> Answer:
    """The module's own address leads to the list."""
    return redirect(url_for("ukv.users"))


@bp.get("/users/userslist")
@guarded
def users() -> Answer:
    """The list, with search; `csv=true` gives the whole of it as a file."""
    view = TABLE.read(request.args)
    found = ukv_found(view.q)
    if view.csv:
        return TABLE.csv(view, found, "ukv")
    page = TABLE.page_of(found, view)
    shown = replace(page, rows=[UKV.person(row) for row in page.rows])
    return render_template("ukv/_list.html" if is_part() else "ukv/list.html", page=shown, active=_active)


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


@bp.get("/users/showuser/showreceipt")
@guarded
def slip() -> Answer:
    """The receipt of one payment as a slip."""
    return slips.slip(CABLE)


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
