"""The page "Differences": where Dreamkas and this billing do not say the same, and what to do about each."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import Select, select
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from modules.billing.service import PaymentRow
from modules.core.current import is_part
from modules.core.db import clock, db
from modules.core.rights import admin_login, no_keepalive
from modules.core.tables import Column, Table
from modules.core.times import to_local
from modules.dreamkas import drift as duty
from modules.dreamkas import drift_decide, returned, service
from modules.dreamkas.drift_words import KINDS, WHAT_TO_DO
from modules.dreamkas.models_drift import Drift, DriftCheck
from modules.dreamkas.slips import type_words
from modules.dreamkas.views import Answer, back_to, bp, draw, manages, may_manage, reads
from modules.dreamkas.views_drift_payments import Payers
from modules.dreamkas.views_forms import WHY, one_line
from modules.dreamkas.words import problem

POLL = 2  # seconds
PATIENCE = timedelta(seconds=90)  # then the page no longer waits for the worker


def kind_words(row: Drift) -> str:
    """What kind of difference it is."""
    return str(KINDS.get(row.kind, row.kind))


def _sum(kopecks: int | None) -> Decimal | None:
    return None if kopecks is None else Decimal(kopecks) / 100


TABLE = Table(
    [
        Column("pick", "", cls="pick", in_csv=False),
        Column("kind", _l("What differs, and what to do"), Drift.kind, "wide", kind_words),
        Column("date", _l("Date"), Drift.date_utc, cell=lambda row: to_local(row.date_utc)),
        Column("amount", _l("Sum at Dreamkas"), Drift.amount, "num", lambda row: _sum(row.amount)),
        Column("ours", _l("Sum here"), Drift.ours, "num", lambda row: _sum(row.ours)),
        Column("title", _l("What was sold"), Drift.title, "wide"),
        Column("contract", _l("Contract"), Drift.contract),
        Column("payment", _l("Payment"), cell=lambda row: row.settled_why),
        Column("receipt_id", _l("Check ID"), Drift.receipt_id),
    ],
    sort="-date",
    search=[Drift.title, Drift.contract, Drift.receipt_id, Drift.their_operation],
    tie=Drift.id,
)


class ExplainForm(FlaskForm):
    """Says what the selected differences were."""

    driftreason = StringField(
        _l("Reason"), filters=[one_line], validators=[DataRequired(WHY), Length(max=200)]
    )


def found() -> Select[Any]:
    """The differences that the address asks for: the open ones, or those that were explained."""
    settled = request.args.get("driftshow") == "settled"
    which = Drift.settled_utc.is_not(None) if settled else Drift.settled_utc.is_(None)
    return select(Drift).where(which).execution_options(populate_existing=True)


@bp.get("/getdrift")
@reads
def drift() -> Answer:
    """The list; `csv=true` gives the whole of it as a file."""
    view = TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, found(), "differences")
    return _draw(ExplainForm())


def _draw(form: ExplainForm) -> Answer:
    page = TABLE.page_of(found(), TABLE.read(request.args))
    values = {"page": page, "form": form, "kinds": KINDS, "todo": WHAT_TO_DO, "type_words": type_words}
    values |= {"payers": Payers(page.rows), "settled": request.args.get("driftshow") == "settled"}
    answer = draw("operations", "dreamkas/drift.html", part="dreamkas/_drift.html", **values, **_standing())
    return answer, 422 if form.is_submitted() else 200


@bp.get("/driftnow")
@no_keepalive
@reads
def drift_now() -> Answer:
    """How far the comparison is; it asks for itself until it is over, then brings the list."""
    return render_template("dreamkas/_drift_age.html", moved=True, **_standing())


def _standing() -> dict[str, Any]:
    row = returned.check_row(db.session())
    waits = duty.is_asked(row)
    silent = waits and (row.asked_utc or clock()) < clock() - PATIENCE
    return {
        "check": row,
        "manages": may_manage(),
        "waits": waits,
        "silent": silent,
        "poll": POLL if waits and not silent else 0,
        "trouble": _trouble(row),
    }


def _trouble(row: DriftCheck) -> str:
    code, _space, detail = row.error.partition(" ")
    return problem(code, detail) if code else ""


@bp.route("/checkdrift", methods=["GET", "POST"])
@reads
@manages
def check_drift() -> Answer:
    """POST: the worker compares now; nobody waits for it."""
    if request.method == "POST":
        duty.ask()
        service.nudge_duty("drift")
        if is_part():
            return render_template("dreamkas/_drift_age.html", moved=False, **_standing())
    return back_to("dreamkas.drift")


def _picked() -> list[int]:
    """The differences that were ticked."""
    ids = request.form.getlist("driftrow")[: TABLE.size]
    return [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) < 16]


@bp.route("/settledrift", methods=["GET", "POST"])
@reads
@manages
def settle_drift() -> Answer:
    """POST: a person says what the selected ones were."""
    form = ExplainForm()
    if not form.validate_on_submit():
        return _draw(form)
    done = drift_decide.settle(_picked(), admin=admin_login(), why=form.driftreason.data)
    flash(_("Explained: %(number)s", number=done), "ok" if done else "warn")
    return redirect(url_for("dreamkas.drift"), code=303)


@bp.route("/matchdrift", methods=["GET", "POST"])
@reads
@manages
def match_drift() -> Answer:
    """POST: each selected receipt is the receipt of the one payment that stands beside it."""
    if request.method == "GET":
        return redirect(url_for("dreamkas.drift"))
    rows = db.session.scalars(select(Drift).where(Drift.id.in_(_picked()))).all()
    payers = Payers(rows)
    outcomes = [_match(row.id, row.contract, payers.choice(row)) for row in rows]
    done = sum(outcomes)
    flash(_("Receipts matched: %(done)s of %(all)s", done=done, all=len(outcomes)), "ok" if done else "warn")
    return redirect(url_for("dreamkas.drift"), code=303)


def _match(pk: int, contract: str, choice: tuple[str, service.Source, PaymentRow] | None) -> bool:
    if choice is None:
        return False
    kind, source, payment = choice
    return drift_decide.match(
        pk,
        source,
        service_kind=kind,
        subscriber=payment.key,
        contract=contract,
        kopecks=payment.kopecks or 0,
        paid_at=payment.date,
        admin=admin_login(),
    )
