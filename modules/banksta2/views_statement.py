"""One statement, `showhash=`: its rows, one button that credits and queues them all, and how far it is meanwhile."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Select, select

from modules.banksta2 import fiscal, kinds, process, rows
from modules.banksta2.forms_fiscal import for_all
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.progress import Tally, progress
from modules.banksta2.views import Answer, bp, draw, reads
from modules.banksta2.views_list import asked
from modules.core.current import is_part, options
from modules.core.rights import admin_login, no_keepalive, signed_in
from modules.core.tables import Column, Table
from modules.dreamkas import service as register
from modules.dreamkas.forms import wish_words

SECOND, SOON, LATER = 1, 2, 10  # seconds until the page looks again
MOST = 30_000  # rows named in one statement of SQL

SEARCHED = [Row.contract, Row.realname, Row.address, Row.notes, Row.subscriber]
TABLE = Table(
    [
        Column("pick", "", cls="pick"),
        Column("id", _l("ID"), Row.row_number),
        Column("realname", _l("Statement Real Name"), Row.realname, "wide"),
        Column("contract", _l("Statement Contract"), Row.contract),
        Column("service_type", _l("Service type"), Row.service_type),
        Column("amount", _l("Cash"), Row.amount, "num"),
        Column("subscriber", _l("Subscriber"), Row.subscriber, "wide"),
        Column("state", _l("State")),
        Column("acts", _l("Actions"), cls="acts"),
    ],
    sort="id",
    search=SEARCHED,
    tie=Row.id,
    size=40,  # with all that banks write, 150 kB at most
)


def _of(what: str) -> Any:
    return lambda line: getattr(line.row, what)


def _who(what: str) -> Any:
    return lambda line: getattr(line.who, what) if line.who else ""


def _receipt(what: str) -> Any:
    return lambda line: getattr(line.receipt, what) if line.receipt else ""


# What an accountant takes along: the same rows, every word a column of its own.
OUTCOME = Table(
    [
        Column("id", _l("ID"), Row.row_number, cell=_of("id")),
        Column("row_number", _l("Row of the file"), cell=_of("row_number")),
        Column("pdate", _l("Date"), cell=_of("pdate")),
        Column("address", _l("Statement Address"), cell=_of("address")),
        Column("realname", _l("Statement Real Name"), Row.realname, cell=_of("realname")),
        Column("contract", _l("Statement Contract"), Row.contract, cell=_of("contract")),
        Column("notes", _l("Purpose"), cell=_of("notes")),
        Column("service_type", _l("Service type"), Row.service_type, cell=_of("service_type")),
        Column("payid", _l("Payment type ID"), cell=lambda one: process.cash_type_of(one.row)),
        Column(
            "amount",
            _l("Cash"),
            Row.amount,
            cell=lambda one: one.row.amount and Decimal(one.row.amount) / 100,
        ),
        Column("processed", _l("Processed"), cell=lambda one: bool(one.row.processed)),
        Column("canceled", _l("Canceled"), cell=lambda one: bool(one.row.canceled)),
        Column("subscriber", _l("Subscriber"), Row.subscriber, cell=_of("subscriber")),
        Column("who_contract", _l("Contract"), cell=_who("contract")),
        Column("who_name", _l("Real Name"), cell=_who("name")),
        Column("who_address", _l("Address"), cell=_who("address")),
        Column("who_tariff", _l("Tariff"), cell=_who("tariff")),
        Column("state", _l("State"), cell=lambda one: one.trouble or one.words),
        Column("payment_id", _l("Payment ID"), cell=lambda one: one.row.payment_id or ""),
        Column("receipt", _l("Receipt"), cell=_receipt("words")),
        Column("receipt_id", _l("Check ID"), cell=_receipt("receipt_id")),
        Column("reason", _l("Reason"), cell=_receipt("reason")),
    ],
    sort="id",
    search=SEARCHED,
    tie=Row.id,
)


@bp.get("/showhash", endpoint="statement")
@reads
def show() -> Answer:
    """The page; `show=` is a chip, `csv=true` gives the outcome of all its rows as a file."""
    statement, kind = asked(), kinds.kind_of(request.args.get("show", ""))
    wanted = _rows(statement, kind)
    if request.args.get("csv") == "true":
        return OUTCOME.csv(OUTCOME.read(request.args), wanted, "statement", rows.dress)
    page = TABLE.page_of(wanted, TABLE.read(request.args))
    shown = replace(page, rows=rows.dress(page.rows))
    values = {"statement": statement, "page": shown, **about_rows()}
    values["again"] = kind in kinds.AGAIN and options().dreamkas_enabled
    if is_part():
        return render_template("banksta2/_rows.html", kind=kind, **values)
    crumbs = [
        (_("Taskbar"), "/"),
        (_("Bank statements"), url_for("banksta2.statements")),
        (statement.filename, None),
    ]
    return draw(
        "statements", "banksta2/statement.html", crumbs=crumbs, **values, **_progress(statement, kind)
    )


def _rows(statement: Statement, kind: str) -> Select:
    return select(Row).where(Row.statement_id == statement.id, kinds.KINDS[kind][1])


def about_rows() -> dict[str, Any]:
    """What the template of a row wants beside the row."""
    desk = register.desk("internet")
    admin = signed_in()
    return {
        "register_on": options().dreamkas_enabled,
        "said": lambda line: wish_words(line.wish, desk),
        "profile": lambda line: _profile(line, admin),
        "may_dreamkas": bool(admin and admin.can("DREAMKAS")) and options().dreamkas_enabled,
    }


def _profile(line: rows.Line, admin: Any) -> str:
    """Where the subscriber's name leads, "" where the admin may not go."""
    if line.who is None:
        return ""
    if line.who.kind == "ukv":
        may = admin.can("UKV") and options().ukv_enabled
        return url_for("ukv.user", showuser=line.who.key) if may else ""
    return url_for("userprofile.profile", username=line.who.key) if admin.can("USERPROFILE") else ""


# --- how far it is ---


@bp.get("/showhash/bankstaprogress", endpoint="progress")
@no_keepalive
@reads
def watch() -> Answer:
    """The part that moves: how far it is, and those rows of the page (`moving`) that were on their way."""
    statement, kind = asked(), kinds.kind_of(request.args.get("show", ""))
    ids = [int(text) for text in request.args.getlist("moving")[: TABLE.size] if text.isdecimal()]
    moved = rows.dress(rows.some(statement.id, ids)) if ids else []
    picked = kind in kinds.AGAIN and options().dreamkas_enabled
    values = {
        "statement": statement,
        "moved": moved,
        "again": picked,
        **about_rows(),
        **_progress(statement, kind),
    }
    return render_template("banksta2/_moved.html", **values)


def _progress(statement: Statement, kind: str) -> dict[str, Any]:
    """What the part that moves wants."""
    now, tallies = progress(statement.id), kinds.tallies(statement.id)
    outlook = kinds.outlook(statement.id, tallies["unreached"])
    silent = register.health().line.worker_silent
    return {
        "now": now,
        "outlook": outlook,
        "chips": _chips(statement, kind, tallies),
        "warnings": _warnings(outlook, silent, bool(now.wanted.rows or now.again.rows)),
        "seconds": 0 if now.is_final else LATER if silent else SECOND if now.wanted.rows else SOON,
        "kind": kind,
    }


def _chips(statement: Statement, kind: str, found: dict[str, Tally]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": title,
            "tally": found[name],
            "active": name == kind,
            "url": url_for(
                "banksta2.statement", showhash=statement.hash, show=None if name == "all" else name
            ),
        }
        for name, (title, _condition) in kinds.KINDS.items()
        if found[name].rows or name in ("all", kind)
    ]


def _warnings(outlook: kinds.Outlook, silent: bool, pressed: bool) -> list[str]:
    """What could go wrong, said before the button is pressed."""
    said = []
    if silent and (pressed or outlook.payments.rows):
        said.append(_("The worker is silent: nothing is credited until it runs again."))
    if not outlook.receipts.rows:
        return said
    if not options().dreamkas_enabled:
        return [
            *said,
            _("The Dreamkas module is switched off: the receipts wait in the queue until it is on."),
        ]
    for service in sorted(outlook.services):
        said += register.desk(process.BOOKS[service].kind).warnings
    if not fiscal.usual("internet").tax_mode:
        said.append(
            _("No tax system is set in alter.ini: rows without a choice of their own will be rejected.")
        )
    return list(dict.fromkeys(said))


# --- the buttons of the whole statement ---


@bp.post("/showhash/bankstaneedpaymentspush", endpoint="push")
@reads
def push() -> Answer:
    """The one button: everything that may be credited is; the worker does it, nobody waits."""
    statement = asked()
    pressed = process.press(statement.id, admin_login())
    if pressed:
        flash(_said_pressed(pressed), "ok")
    else:
        flash(_("There is nothing (more) to process here."), "info")
    return back(statement)


def _said_pressed(number: int) -> str:
    return ngettext(
        "%(num)s payment is being processed. You may close the page: the work goes on.",
        "%(num)s payments are being processed. You may close the page: the work goes on.",
        number,
    )


@bp.post("/showhash/bankstaneedrefiscalize", endpoint="refiscalize")
@reads
def refiscalize() -> Answer:
    """Receipts anew: of the rows that are ticked in the list, or of all that the chip shows."""
    statement, kind = asked(), kinds.kind_of(request.args.get("show", ""))
    if request.form.get("all") and kind in kinds.AGAIN:
        ids = list(_ids(statement, kind))
    else:
        ids = [
            int(text) for text in request.form.getlist("row")[:MOST] if text.isdecimal() and len(text) < 10
        ]
    asked_for = process.refiscalize(statement.id, admin_login(), ids) if ids else 0
    said = ngettext("%(num)s receipt is asked for again.", "%(num)s receipts are asked for again.", asked_for)
    nothing = _("There is nothing to fiscalize again among these rows.")
    flash(said if asked_for else nothing, "ok" if asked_for else "info")
    return back(statement, kind)


def _ids(statement: Statement, kind: str) -> Any:
    from_rows = select(Row.id).where(Row.statement_id == statement.id, kinds.KINDS[kind][1])
    return kinds.db.session.scalars(from_rows.limit(MOST))


@bp.post("/showhash/fiscalizeall", endpoint="tick_all")
@reads
def tick_all() -> Answer:
    """Ticks all rows of the statement (no company's), or takes all ticks away."""
    statement, on = asked(), request.form.get("fiscalizeall") == "1"
    fiscal.tick(statement.id, on)
    return back(statement, request.args.get("show", ""))


@bp.route("/showhash/chooseall", methods=["GET", "POST"], endpoint="choose_all")
@reads
def choose_all() -> Answer:
    """The four selectors for all rows at once. GET: the form. POST: one UPDATE."""
    statement, controls = asked(), for_all(register.desk("internet"))
    if controls.is_valid():
        changed = fiscal.choose(statement.id, controls.chosen())
        flash(ngettext("%(num)s row is changed.", "%(num)s rows are changed.", changed), "ok")
        return back(statement)
    values = {"statement": statement, "controls": controls}
    page = draw("statements", "banksta2/choose_all.html", part="banksta2/_choose_all_modal.html", **values)
    return page, 422 if controls.form.is_submitted() else 200


def back(statement: Statement, kind: str = "", row: int | None = None) -> Answer:
    """To the statement after a POST."""
    show = kind if kind in kinds.KINDS and kind != "all" else None
    anchor = f"row-{row}" if row else None
    return redirect(
        url_for("banksta2.statement", showhash=statement.hash, show=show, _anchor=anchor), code=303
    )  # type: ignore[return-value]
