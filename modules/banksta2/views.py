"""The shell of the statements room: its right, its card, its tabs; pages stand in views_*.py beside this."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from modules.core.cards import Card
from modules.core.current import is_part
from modules.core.rights import needs

Answer = str | Response | tuple[str, int]

bp = Blueprint("banksta2", __name__)
OPTION = "BANKSTA2_ENABLED"
CARD = Card(
    _l("Bank statements"), "statement", "banksta2.statements", "BANKSTA2", _l("Instruments"), option=OPTION
)
reads = needs("BANKSTA2", option=OPTION)

# Tab -> (title, icon, endpoint).
TABS = {
    "statements": (_l("Bank statements"), "statement", "banksta2.statements"),
    "upload": (_l("Upload a statement"), "upload", "banksta2.upload"),
    "presets": (_l("Fields mapping presets"), "settings", "banksta2.presets"),
}


@bp.get("/")
@reads
def index() -> Answer:
    """The module's own address leads where the icon leads."""
    return redirect(url_for(CARD.endpoint))


def draw(tab: str, template: str, *, part: str = "", **context: Any) -> str:
    """A page of a tab (`template` extends "banksta2/page.html"); for htmx its `part` alone, if there is one."""
    if part and is_part():
        return render_template(part, **context)
    return render_template(template, tabs=tabs(tab), **context)


def tabs(tab: str) -> list[dict[str, Any]]:
    """The row of tabs with the one that is open."""
    return [
        {"title": title, "icon": icon, "url": url_for(endpoint), "active": name == tab}
        for name, (title, icon, endpoint) in TABS.items()
        if endpoint in current_app.view_functions
    ]
