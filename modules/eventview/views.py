"""`/?module=eventview` (ROOT): the journal, under the name that it has in Ubilling. Who did what, when, from where."""

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from modules.core.cards import Card
from modules.core.current import is_part
from modules.core.journal import Weblog
from modules.core.rights import needs
from modules.core.tables import Column, Table

bp = Blueprint("eventview", __name__)
CARD = Card(_l("Journal"), "journal", "eventview.index", "ROOT", _l("Instruments"))

# Sorted by its number alone: Ubilling's journal is long, and has no other index.
TABLE = Table(
    [
        Column("date", _l("Date"), Weblog.id, cell=lambda line: line.date),
        Column("admin", _l("Admin")),
        Column("ip", _l("IP address")),
        Column("event", _l("Event"), cls="wide"),
    ],
    sort="-date",
    search=[Weblog.admin, Weblog.ip, Weblog.event],
    tie=Weblog.id,
    newest=True,
)


@bp.get("/")
@needs("ROOT")
def index() -> str | Response:
    """The lines, the newest first; `csv=true` gives all of them as a file."""
    view = TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, select(Weblog), "journal")
    template = "eventview/_lines.html" if is_part() else "eventview/page.html"
    return render_template(template, page=TABLE.page_of(select(Weblog), view))
