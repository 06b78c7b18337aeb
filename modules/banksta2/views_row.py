"""One row of a statement: its subscriber, its receipt, whether it is a payment; each change answers with the row anew.

Rows are named by their own numbers, which lead to rows of imported statements only.
"""

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request
from flask_babel import gettext as _

from modules.banksta2 import edits, finder, fiscal, importing, rows
from modules.banksta2.forms_fiscal import BOX, for_row
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.process import BOOKS, BOOKS_BY_SOURCE, cash_type_of
from modules.banksta2.views import Answer, bp, draw, reads
from modules.banksta2.views_statement import about_rows, back
from modules.billing import service as billing
from modules.core.current import is_part, options
from modules.core.db import db
from modules.core.journal import clean
from modules.core.rights import admin_login
from modules.dreamkas import service as register
from modules.dreamkas.forms import wish_words

MOST = 8  # subscribers found


@bp.get("/row", endpoint="row")
@reads
def show() -> Answer:
    """The row as it is now."""
    return _answer(asked("row"))


@bp.post("/tickrow", endpoint="row_tick")
@reads
def tick() -> Answer:
    """The row's tick, at once."""
    row = asked("tickrow")
    fiscal.tick(row.statement_id or 0, f"{BOX}_{row.id}" in request.form, [row.id])
    return _changed(row)


@bp.route("/choosefiscal", methods=["GET", "POST"], endpoint="row_fiscal")
@reads
def choose() -> Answer:
    """The fiscal controls of the row: names end in its number."""
    row = asked("choosefiscal")
    book = BOOKS.get(row.service_type, billing.INTERNET)
    kept = {column: getattr(row, column) for column in fiscal.CHOICES}
    controls = for_row(row.id, register.desk(book.kind), fiscal.usual(book.kind), kept, row.tick)
    if controls.is_valid():
        fiscal.choose(row.statement_id or 0, controls.chosen(), [row.id])
        fiscal.tick(row.statement_id or 0, bool(controls.box.data), [row.id])
        return _changed(row)
    return _answer(row, 422 if controls.form.is_submitted() else 200, controls=controls)


@bp.route("/bankstaeditrowid", methods=["GET", "POST"], endpoint="row_edit")
@reads
def edit() -> Answer:
    """Whose payment it is: a subscriber chosen from those found, or a contract and a service as typed."""
    row = asked("bankstaeditrowid")
    if request.method == "GET":
        return _answer(row, editing=True)
    holder, contract = _holder(row)
    if edits.give_to(row.id, holder.service, contract, holder.key):
        return _changed(row)
    return _changed(row, _("This row is being processed already: it can not be changed."))


def _holder(row: Row) -> tuple[finder.Holder, str]:
    """Who was chosen or typed, and the contract."""
    kind, _colon, key = request.form.get("payer", "").partition(":")
    service = next((name for name, book in BOOKS.items() if book.kind == kind), "")
    who = BOOKS[service].subscriber(key) if service else None
    if who is not None:
        return finder.Holder(service, who.key), who.contract or row.contract
    contract = clean(request.form.get("newbankstacontract", ""))[:255]
    typed = request.form.get("newbankstarvtype", "")
    asked_for = (typed if typed in BOOKS else "", contract)
    return finder.find({asked_for})[asked_for], contract


@bp.get("/findpayer", endpoint="payers")
@reads
def payers() -> Answer:
    """Subscribers for the row's search, as buttons of its form."""
    text = request.args.get("q", "")
    hits = billing.search(text, MOST, ukv=options().ukv_enabled)
    return render_template("banksta2/_payers.html", hits=hits, text=text)


@bp.post("/cancelrowprocessing", endpoint="row_cancel")
@reads
def cancel() -> Answer:
    """Leaves the row out."""
    row = asked("cancelrowprocessing")
    done = edits.cancel(row.id)
    return _changed(row, "" if done else _("This row is being processed already: it can not be canceled."))


@bp.post("/recallrowprocessing", endpoint="row_recall")
@reads
def recall() -> Answer:
    """Takes a canceled row in again."""
    row = asked("recallrowprocessing")
    return _changed(row, "" if edits.recall(row.id) else _("This row is not canceled any more."))


@bp.post("/decidetwin", endpoint="row_decide")
@reads
def decide() -> Answer:
    """A suspected duplicate: another payment, or the same one."""
    row = asked("decidetwin")
    try:
        importing.decide(_statement(row), row.id, request.form.get("verdict") == "another", admin_login())
    except importing.Settled:
        return _changed(row, _("This was decided already."))
    return _changed(row)


@bp.get("/showdetailed", endpoint="row_details")
@reads
def details() -> Answer:
    """The trace that an accountant follows: receipt, payment, row, file."""
    row = asked("showdetailed")
    (line,) = rows.dress([row])
    book = BOOKS_BY_SOURCE.get(row.payment_kind or "")
    paid_as = cash_type_of(row)
    values = {
        "line": line,
        "row": row,
        "statement": _statement(row),
        "payment": book.payment(row.payment_id or 0) if book else None,
        "cash_type": billing.cash_types().get(paid_as, paid_as),
        "wish": wish_words(line.wish, register.desk(BOOKS.get(row.service_type, billing.INTERNET).kind)),
        **about_rows(),
    }
    return draw("statements", "banksta2/details.html", part="banksta2/_details_modal.html", **values)


# --- shared ---


def asked(flag: str) -> Row:
    """The row that the address names; 404 when it is none of an imported statement."""
    text = request.args.get(flag, "")
    row = rows.find(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return row or abort(404, _("There is no such row."))


def _statement(row: Row) -> Statement:
    return db.session.get_one(Statement, row.statement_id)


def _changed(row: Row, trouble: str = "") -> Answer:
    """After a POST: the row as it is now, and the part that moves is told; without htmx, its page again."""
    if not is_part():
        if trouble:
            flash(trouble, "warn")
        return back(_statement(row), row=row.id)
    answer: Response = make_response(_answer(rows.find(row.id) or row, trouble=trouble))
    answer.headers["HX-Trigger"] = "rows-changed"
    return answer


def _answer(row: Row, status: int = 200, **more: Any) -> Answer:
    (line,) = rows.dress([row])
    values = {"line": line, "statement": _statement(row), "again": False, **about_rows(), **more}
    return draw("statements", "banksta2/row.html", part="banksta2/_row.html", **values), status
