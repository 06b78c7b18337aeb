"""The first page: find a subscriber, or go to a module. The search also answers the menu's field as one types."""

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from htmx_flask import request
from werkzeug import Response

from modules.billing.service import UKV, Found, search
from modules.core.admins import Admin
from modules.core.cards import Card
from modules.core.current import options
from modules.core.rights import Denied, needs, signed_in
from modules.core.screen import address_of, allowed_cards, grouped

bp = Blueprint("taskbar", __name__)

CARD = Card(_l("Taskbar"), "taskbar", "taskbar.index", "TASKBAR", _l("Subscribers"))
MOST = 20


@bp.get("/")
@needs("TASKBAR")
def index() -> str:
    """The icons that the admin may use, by group."""
    shown = [card for card in allowed_cards() if card is not CARD]
    return render_template(
        "taskbar/page.html", groups=grouped(shown), address_of=address_of, searches=any(_books(signed_in()))
    )


@bp.get("/search", endpoint="search")
@needs()
def find() -> str | Response:
    """Subscribers by login, contract, name, address, phone. A single hit opens at once when Enter asked for it."""
    admin = signed_in()
    internet, ukv = _books(admin)
    if not admin or not (internet or ukv):
        raise Denied
    text = request.args.get("q", "")
    hits = [(_address(hit, admin), hit) for hit in search(text, MOST, ukv=ukv, internet=internet)]
    if request.htmx:
        return render_template("taskbar/_found.html", hits=hits, text=text)
    if len(hits) == 1:
        return redirect(hits[0][0], code=303)
    return render_template("taskbar/search.html", hits=hits, text=text)


def _books(admin: Admin | None) -> tuple[bool, bool]:
    """Whether the admin may look into the Internet and the UKV subscribers."""
    return bool(admin and admin.can("USERPROFILE")), bool(
        admin and admin.can("UKV") and options().ukv_enabled
    )


def _address(hit: Found, admin: Admin) -> str:
    if hit.kind == UKV.kind:
        return url_for("ukv.user", showuser=hit.key)
    return url_for("addcash.money" if admin.can("CASH") else "userprofile.profile", username=hit.key)
