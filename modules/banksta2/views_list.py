"""The tab "Bank statements": what was imported, how far each is, and deleting one while nothing of it is credited."""

from datetime import datetime

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.banksta2 import drafts
from modules.banksta2 import statements as papers
from modules.banksta2.models import Statement
from modules.banksta2.views import Answer, bp, draw, reads
from modules.banksta2.views_upload import address_of
from modules.core.rights import admin_login
from modules.core.tables import Column, Table
from modules.core.times import to_local

DRAFTS = 3  # shown here; the tab of uploads has them all


def _when(statement: Statement) -> datetime:
    return to_local(statement.imported_utc or statement.created_utc)


TABLE = Table(
    [
        Column("date", _l("Date"), Statement.imported_utc, cell=_when),
        Column("filename", _l("Filename"), Statement.filename, "wide"),
        Column("rows_total", _l("Total rows"), Statement.rows_total, "num"),
        Column("processed", _l("Processed rows"), cls="num", in_csv=False),
        Column("canceled", _l("Canceled rows"), cls="num", in_csv=False),
        Column("admin", _l("Admin"), Statement.admin),
        Column("progress", _l("Progress"), in_csv=False),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ],
    sort="-date",
    search=[Statement.filename, Statement.admin],
    tie=Statement.id,
    size=25,
)


@bp.get("/bankstalist", endpoint="statements")
@reads
def listing() -> Answer:
    """The list, above it what this admin has begun to import; `csv=true` gives the whole of it as a file."""
    view = TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, papers.imported(), "statements")
    page = TABLE.page_of(papers.imported(), view)
    return draw(
        "statements",
        "banksta2/list.html",
        part="banksta2/_statements.html",
        page=page,
        counts=papers.counts_of(one.id for one in page.rows),
        nothing=papers.Counts(),
        drafts=[(draft, address_of(draft)) for draft in drafts.mine(admin_login())[:DRAFTS]],
    )


@bp.route("/statementdelete", methods=["GET", "POST"], endpoint="statement_delete")
@reads
def delete() -> Answer:
    """GET: asks whether it is meant. POST: takes the statement away, unless something of it is in the books."""
    statement = asked("statementdelete")
    if request.method == "GET":
        return draw("statements", "banksta2/statement_delete.html", statement=statement)
    try:
        papers.remove(statement)
        flash(_("The statement “%(name)s” is deleted.", name=statement.filename), "ok")
    except papers.InTheBooks:
        flash(_("Payments of this statement are in the books already: it stays."), "warn")
    return redirect(url_for("banksta2.statements"), code=303)


def asked(flag: str = "showhash") -> Statement:
    """The statement that the address names; 404 when there is none."""
    try:
        return papers.find(request.args.get(flag, ""))
    except papers.NoStatement:
        abort(404, _("There is no such statement."))
