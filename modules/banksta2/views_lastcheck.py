"""The last check before the books: every row with what was understood of it, totals that add up, one button."""

from decimal import Decimal
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.banksta2 import checking, importing, lastcheck
from modules.banksta2.drafts import AlreadyHere, NoDraft
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.views import Answer, bp, draw, reads
from modules.banksta2.views_upload import address_of, asked_draft
from modules.banksta2.words import VERDICTS
from modules.core.listing import here
from modules.core.rights import admin_login, own_address
from modules.core.tables import Column, Table


def _sum(row: Row) -> Decimal | None:
    return None if row.amount is None else Decimal(row.amount) / 100


def _words(row: Row) -> str:
    return str(lastcheck.FATES[lastcheck.place_of(row)])


TABLE = Table(
    [
        Column("row_number", _l("Row"), Row.row_number, "num"),
        Column("paid_on", _l("Date"), Row.paid_on, cell=lambda row: row.pdate),
        Column("amount", _l("Sum"), Row.amount, "num", _sum),
        Column("realname", _l("Payer"), Row.realname, "wide", lambda row: row.realname),
        Column("contract", _l("Contract"), Row.contract),
        Column("service_type", _l("Service type"), Row.service_type),
        Column("subscriber", _l("Subscriber"), Row.subscriber),
        Column("becomes", _l("What becomes of it"), lastcheck.PLACE, "wide", _words),
    ],
    sort="row_number",
    search=[Row.contract, Row.realname, Row.notes, Row.subscriber],
    tie=Row.id,
)


@bp.get("/lastcheck", endpoint="last_check")
@reads
def last_check() -> Answer:
    """The list; `place` narrows it, `csv=true` gives the whole of it as a file."""
    draft = asked_draft()
    if not checking.was_checked(draft):
        flash(_("The mapping was changed since the last check: check again."), "info")
        return redirect(url_for("banksta2.mapping", draft=draft.hash))
    view, place = TABLE.read(request.args), request.args.get("place", "")
    wanted = lastcheck.rows_in(draft, place)
    if view.csv:
        return TABLE.csv(view, wanted, "lastcheck")
    page = TABLE.page_of(wanted, view)
    values = {"page": page, "lines": lastcheck.dress(page.rows), "draft": draft, "verdicts": VERDICTS}
    values |= {"fates": lastcheck.FATES, "here": here()}
    return draw(
        "upload",
        "banksta2/lastcheck.html",
        part="banksta2/_lastcheck.html",
        **values,
        **_totals(draft, place),
    )


def _totals(draft: Statement, place: str) -> dict[str, Any]:
    counts = lastcheck.tallies(draft)
    chips = [
        {
            "title": title,
            "tally": counts[name],
            "url": here(place=None if name == place else name, page=None),
            "active": name == place,
            "name": name,
        }
        for name, title in lastcheck.PLACES.items()
    ]
    return {"chips": chips, "counts": counts, "place": place}


@bp.post("/lastcheck", endpoint="import_draft")
@reads
def take_in() -> Answer:
    """The draft goes into the books, whole or not at all."""
    draft = asked_draft()
    try:
        statement = importing.take_in(draft.id, admin_login())
    except AlreadyHere as earlier:
        flash(
            _(
                "%(admin)s has imported this very file meanwhile: nothing was imported.",
                admin=earlier.statement.admin,
            ),
            "warn",
        )
        return redirect(url_for("banksta2.upload"), code=303)
    except (NoDraft, importing.NotChecked):
        flash(_("This draft was changed or imported in another window."), "warn")
        return redirect(url_for("banksta2.upload"), code=303)
    flash(
        _("The statement is imported: %(rows)s rows. Nothing is credited yet.", rows=statement.rows_total),
        "ok",
    )
    return redirect(address_of(statement), code=303)


@bp.post("/lastcheck/rowverdict", endpoint="verdict")
@reads
def settle() -> Answer:
    """What a person says of a row with a twin: `verdict` is another or same."""
    draft = asked_draft()
    row, is_another = request.form.get("row", ""), request.form.get("verdict") == "another"
    try:
        importing.decide(
            draft, int(row) if row.isdecimal() and len(row) < 11 else 0, is_another, admin_login()
        )
    except importing.Settled:
        flash(_("There is no doubt about this row (any more)."), "info")
    back = own_address(request.form.get("back", ""))
    return redirect(back or url_for("banksta2.last_check", lastcheck=draft.hash), code=303)
