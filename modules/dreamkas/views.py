"""The shell of every tab behind the taskbar's icon: its rights, the row of tabs, how a page or its part is drawn.

Pages of the tabs stand in views_*.py beside this; each hangs its routes on `bp` and draws itself by `draw`.
"""

from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from modules.core.cards import Card
from modules.core.current import is_part
from modules.core.rights import needs, no_keepalive, own_address, signed_in
from modules.dreamkas import service, views_refresh
from modules.dreamkas.plainly import in_full, plainly
from modules.dreamkas.views_health import figures, summary, worst

Answer = str | Response | tuple[str, int]

bp = Blueprint("dreamkas", __name__)
bp.add_app_template_filter(plainly)
bp.add_app_template_filter(in_full)
OPTION = "DREAMKAS_ENABLED"
CARD = Card(
    title=_l("Dreamkas"),
    icon="receipt",
    endpoint="dreamkas.receipts",
    right="DREAMKAS",
    group=_l("Instruments"),
    option=OPTION,
)
reads = needs("DREAMKAS", option=OPTION)
manages = needs("DREAMKASMANAGE", option=OPTION)  # stands under @reads: both rights are needed

# Tab -> (title, icon, endpoint).
TABS = {
    "receipts": (_l("Issued checks"), "receipt", "dreamkas.receipts"),
    "board": (_l("Board"), "board", "dreamkas.board"),
    "operations": (_l("Fiscal operations"), "operations", "dreamkas.operations"),
    "goods": (_l("Selling positions"), "goods", "dreamkas.goods"),
    "cashiers": (_l("Cashiers"), "cashier", "dreamkas.cashiers"),
    "cashmachines": (_l("Cash machines"), "cashmachine", "dreamkas.machines"),
    "webhookss": (_l("Webhooks"), "webhook", "dreamkas.webhooks"),
    "events": (_l("Events"), "journal", "dreamkas.events"),
}


@bp.get("/")
@reads
def index() -> Answer:
    """The module's own address leads where the icon leads."""
    return redirect(url_for("dreamkas.receipts"))


@bp.get("/healthstrip")
@no_keepalive
@reads
def health_strip() -> Answer:
    """The health strip alone: it asks for itself."""
    return render_template("dreamkas/_health.html", strip=strip())


@bp.route("/dreamkasforcecacheupdate", methods=["GET", "POST"])
@reads
def refresh() -> Answer:
    """GET: a page with the button. POST: the worker refreshes what is known of Dreamkas; nobody waits for it."""
    if request.method == "GET":
        return draw("", "dreamkas/refresh.html")
    asked = views_refresh.ask()
    if is_part():
        return render_template("dreamkas/_refresh.html", round=views_refresh.state_of(asked))
    flash(_("The worker refreshes the data now; it takes a few seconds."), "info")
    return back_to("dreamkas.receipts")


@bp.get("/refreshstate")
@no_keepalive
@reads
def refresh_state() -> Answer:
    """The button alone, while the round it asked for is under way; when it is over, the list below asks again."""
    round = views_refresh.state_of(request.args.get("refreshstate", ""))
    answer = make_response(render_template("dreamkas/_refresh.html", round=round))
    if not round.running:
        answer.headers["HX-Trigger"] = "catalog-read"
    return answer


def strip() -> dict[str, Any]:
    """What the health strip shows."""
    shown = figures(service.health())
    return {"figures": shown, "worst": worst(shown), "summary": summary(shown)}


def may_manage() -> bool:
    """Whether the admin who asks may decide, repeat, cancel, map and edit webhooks: else no button for it is drawn."""
    admin = signed_in()
    return admin is not None and admin.can("DREAMKASMANAGE")


def draw(tab: str, template: str, *, part: str = "", **context: Any) -> str:
    """A page of a tab (`template` extends "dreamkas/page.html"); for htmx the template `part` alone, if one is named.

    Both are given tab, manages (may_manage()) and the context; the page also tabs, strip and round.
    """
    values = {"tab": tab, "manages": may_manage(), **context}
    if part and is_part():
        return render_template(part, **values)
    values |= {"tabs": tabs(tab), "strip": strip(), "round": views_refresh.rest()}
    return render_template(template, **values)


def back_to(endpoint: str, **values: Any) -> Response:
    """After a POST: to the page of ours that the form's field `back` names, else to that endpoint."""
    back = own_address(request.form.get("back", ""))
    return redirect(back or url_for(endpoint, **values), code=303)  # type: ignore[return-value]


def tabs(tab: str) -> list[dict[str, Any]]:
    """The row of tabs with the one that is open."""
    return [
        {"title": title, "icon": icon, "url": url_for(endpoint), "active": name == tab}
        for name, (title, icon, endpoint) in TABS.items()
        if endpoint in current_app.view_functions
    ]
