"""One fiscal operation: its whole story, and what a person may decide about it."""

from datetime import datetime
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from modules.billing.service import INTERNET, UKV, contact_of
from modules.core.db import db
from modules.core.formats import readers
from modules.core.rights import admin_login, no_keepalive, signed_in
from modules.core.times import to_local
from modules.dreamkas import catalog, service
from modules.dreamkas.models import Attempt, Operation
from modules.dreamkas.operations import attempts_of, body_text, chain_of, explained, find
from modules.dreamkas.origins import Origin, origins_of
from modules.dreamkas.service import Buyer
from modules.dreamkas.views import Answer, bp, draw, manages, may_manage, reads
from modules.dreamkas.views_forms import AdoptForm, AgainForm, CancelForm, CloseForm, RepeatForm, SettleForm
from modules.dreamkas.words import ALARMS, OUTCOMES, PAYMENT_TYPES, TAX_SYSTEMS, problem
from modules.notifications import bell

BOOKS = {INTERNET.kind: INTERNET, UKV.kind: UKV}
# Kind of payment -> where it and its subscriber stand: (the right to see that, the endpoint, the name in its address).
PAGES = {
    "payment": {
        "url": ("CASH", "addcash.money", "username"),
        "profile": ("USERPROFILE", "userprofile.profile", "username"),
    },
    "ukv_payment": {"url": ("UKV", "ukv.user", "showuser"), "profile": ("UKV", "ukv.user", "showuser")},
}
FINAL = ("fiscalized", "rejected")
MOST = 200  # operations repeated by one press
POLL = 3  # seconds


def asked(name: str) -> Operation:
    """The operation that the form or the address names; else 404."""
    text = request.form.get(name) or request.args.get(name, "")
    return find(text[:255]) or abort(404, _("There is no such fiscal operation."))


# --- the story ---


@bp.get("/showdetailedFiscOp")
@reads
def operation() -> Answer:
    """All that is known of it: in the modal window for htmx, as a page of its own else."""
    return _show(asked("showdetailedFiscOp"))


@bp.get("/fiscopnow")
@no_keepalive
@reads
def operation_now() -> Answer:
    """The part that moves; it asks for itself until the state is final. One that has moved brings the whole story."""
    one = asked("fiscopnow")
    if request.args.get("was", one.state) == one.state:
        return render_template("dreamkas/_operation_now.html", **_now(one))
    whole = render_template("dreamkas/_operation.html", **_story(one))
    return Response(whole, headers={"HX-Retarget": "#story", "HX-Reswap": "outerHTML"})


def _show(one: Operation, **forms: Any) -> Answer:
    values = {**_story(one), **forms}
    page = draw("operations", "dreamkas/operation.html", part="dreamkas/_operation_modal.html", **values)
    return page, 422 if forms else 200


def _story(one: Operation) -> dict[str, Any]:
    chain = chain_of(one)
    return {
        **_now(one),
        "chain": chain,
        "repeats": [link for link in chain if link.id > one.id],
        "body": body_text(one),
        "receipts": _candidates(one),
        "cancel_form": CancelForm(),
        "again_form": AgainForm(),
        "close_form": CloseForm(),
        "adopt_form": AdoptForm(),
        "settle_form": SettleForm(),
    }


def _now(one: Operation) -> dict[str, Any]:
    attempts = attempts_of(one)
    known = catalog.catalog()
    return {
        "one": one,
        "reason": explained(one),
        "alarm": ALARMS.get(one.alarm, one.alarm),
        "attempts": attempts,
        "outcomes": OUTCOMES,
        "problem": problem,
        "to_second": to_second,
        "source": source_of(one),
        "origin": origin_of(one),
        "machine": known.machine(one.device_id),
        "position": known.position(one.goods_id),
        "tax_system": TAX_SYSTEMS.get(one.tax_mode, one.tax_mode),
        "payment_type": PAYMENT_TYPES.get(one.payment_type, one.payment_type),
        "poll": 0 if one.state in FINAL else POLL,
        "manages": may_manage(),
    }


def to_second(utc: datetime | None) -> str:
    """Naive UTC -> "23.11.2026 21:10:05" by the wall clock: attempts and looks are a matter of seconds."""
    return readers().second(to_local(utc)) if utc else ""


def source_of(one: Operation) -> dict[str, str]:
    """The payment it belongs to in words, the page where it stands, and its subscriber's: "" for what the admin who
    asks may not see."""
    words = {
        "payment": _("Payment %(id)s", id=one.source_id),
        "ukv_payment": _("UKV payment %(id)s", id=one.source_id),
    }
    text = words.get(one.source_kind) or f"{one.source_kind} {one.source_id or ''}".strip()
    pages = PAGES.get(one.source_kind, {})
    return {"text": text, "url": "", "profile": ""} | {to: _page(one, *page) for to, page in pages.items()}


def _page(one: Operation, right: str, endpoint: str, name: str) -> str:
    admin = signed_in()
    named: dict[str, Any] = {name: one.subscriber}
    return url_for(endpoint, **named) if admin and admin.can(right) else ""


def origin_of(one: Operation) -> Origin | None:
    """The row of a bank's file that the payment was credited for, say."""
    known = origins_of(one.source_kind, [one.source_id] if one.source_id else [])
    return known.get(one.source_id or 0)


def payment_page(pk: int) -> str:
    """A cashier's way from a notification; "" when there is none for the admin who asks."""
    one = db.session.get(Operation, pk)
    return source_of(one)["url"] if one else ""


bell.PAYMENT_PAGE.append(payment_page)


def _candidates(one: Operation) -> list[str]:
    """The receipts that the last look could not rule out."""
    last: Attempt | None = next(iter(reversed(attempts_of(one))), None)
    strange = last is not None and last.looked_code == "strangers"
    return [text for text in last.looked_detail.split(", ") if text] if last is not None and strange else []


# --- decisions ---


@bp.route("/cancelFiscOp", methods=["GET", "POST"])
@reads
@manages
def cancel() -> Answer:
    """POST: takes a queued one back."""
    one, form = asked("cancelFiscOp"), CancelForm()
    if not form.validate_on_submit():
        return _show(one, **({"cancel_form": form} if form.is_submitted() else {}))
    done = service.cancel(one.id, admin=admin_login(), reason=form.cancelreason.data)
    return _decided(one, done, _("The operation is cancelled."))


@bp.route("/againFiscOp", methods=["GET", "POST"])
@reads
@manages
def again() -> Answer:
    """POST: an unsure one never arrived: it is looked up once more and sent, the same bytes."""
    one, form = asked("againFiscOp"), AgainForm()
    if not form.validate_on_submit():
        return _show(one, **({"again_form": form} if form.is_submitted() else {}))
    done = service.send_again(one.id, admin=admin_login(), reason=form.againreason.data)
    service.nudge()
    return _decided(one, done, _("It is looked up once more, then sent again."))


@bp.route("/closeFiscOp", methods=["GET", "POST"])
@reads
@manages
def close() -> Answer:
    """POST: one that was accepted, and of which nothing came for a day, was not printed."""
    one, form = asked("closeFiscOp"), CloseForm()
    if not form.validate_on_submit():
        return _show(one, **({"close_form": form} if form.is_submitted() else {}))
    done = service.close(one.id, admin=admin_login(), reason=form.closereason.data)
    return _decided(one, done, _("The operation is closed."))


@bp.route("/adoptFiscOp", methods=["GET", "POST"])
@reads
@manages
def adopt() -> Answer:
    """POST: this is the receipt that it printed."""
    one, form = asked("adoptFiscOp"), AdoptForm()
    if not form.validate_on_submit():
        return _show(one, **({"adopt_form": form} if form.is_submitted() else {}))
    receipt, why = form.adoptreceipt.data, form.adoptreason.data
    done = service.adopt(one.id, receipt, admin=admin_login(), reason=why)
    return _decided(one, done, _("The receipt is matched to the operation."))


@bp.route("/settleFiscOp", methods=["GET", "POST"])
@reads
@manages
def settle() -> Answer:
    """POST: its alarm was dealt with."""
    one, form = asked("settleFiscOp"), SettleForm()
    if not form.validate_on_submit():
        return _show(one, **({"settle_form": form} if form.is_submitted() else {}))
    done = service.settle_alarm(one.id, admin=admin_login(), reason=form.settlereason.data)
    return _decided(one, done, _("The alarm is put away."))


def _decided(one: Operation, done: bool, words: str) -> Answer:
    if done:
        flash(words, "ok")
    else:
        flash(_("Its state has changed meanwhile: look again before you decide."), "warn")
    return redirect(url_for("dreamkas.operation", showdetailedFiscOp=one.id), code=303)


# --- repeating ---


@bp.route("/repeatFiscOp", methods=["GET", "POST"])
@reads
@manages
def repeat() -> Answer:
    """GET: the form, with what may be changed. POST: a new operation for a rejected one."""
    old, form = asked("repeatFiscOp"), RepeatForm()
    form.offer(service.desk(old.service), old, buyer_today(old))
    trouble = ""
    if form.validate_on_submit():
        trouble, made = _repeat(old, buyer=form.buyer(old.contract), wish=form.chosen())
        if made:
            flash(_("The operation is queued again."), "ok")
            return redirect(url_for("dreamkas.operation", showdetailedFiscOp=made.id), code=303)
    values = {"old": old, "form": form, "desk": form.desk, "trouble": trouble, "reason": explained(old)}
    page = draw(
        "operations", "dreamkas/operation_repeat.html", part="dreamkas/_operation_repeat_modal.html", **values
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/repeatFiscOps")
@reads
@manages
def repeat_many() -> Answer:
    """Every selected one anew, as it was, to where the subscriber's receipts go today; each says how it went."""
    picked = list(dict.fromkeys(request.form.getlist("repeatFiscOp")))[:MOST]
    olds = [old for old in (find(text[:255]) for text in picked) if old]
    outcomes = [(old, *_repeat(old, buyer=buyer_today(old))) for old in olds]
    service.nudge()
    return draw("operations", "dreamkas/operations_repeated.html", outcomes=outcomes)


def _repeat(old: Operation, **how: Any) -> tuple[str, Operation | None]:
    """Why it could not be repeated ("" = it was), and the new operation."""
    try:
        made = service.repeat(old.id, admin=admin_login(), **how)
    except service.NotRepeatable as error:
        return str(error), None
    service.nudge()
    return ("" if made.state != "rejected" else explained(made)), made


def buyer_today(old: Operation) -> Buyer | None:
    """Where the subscriber's receipts go today; None when the books do not know: the old contact stays."""
    book = BOOKS.get(old.service)
    who = book.subscriber(old.subscriber) if book else None
    if book and who:
        contact = contact_of(who, book.takes_email)
        if contact.phone.number or contact.email:
            return Buyer(contact.phone.number, contact.email, who.contract)
    return None
