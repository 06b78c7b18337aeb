"""The tab "Webhooks": the one thing of the cabinet that is edited here."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.core.db import clock
from modules.core.rights import admin_login, no_keepalive
from modules.core.serial import serial
from modules.core.tables import Column, Table
from modules.dreamkas import webhooks
from modules.dreamkas.client import DreamkasError, NotFound, NotSent, Refused, TokenRefused
from modules.dreamkas.hooks import EVENTS, Webhook
from modules.dreamkas.plainly import plainly
from modules.dreamkas.views import Answer, bp, draw, manages, may_manage, reads
from modules.dreamkas.views_receipts import PATIENCE, POLL
from modules.dreamkas.views_webhook_form import WebhookForm
from modules.dreamkas.views_webhook_warnings import warnings
from modules.dreamkas.webhooks import Known
from modules.dreamkas.words import WEBHOOK_EVENTS


def address_shown(hook: Webhook) -> str:
    """Its address; without the right to manage the key is blotted out."""
    return hook.address.url if may_manage() else hook.address.masked()


def _lamp(event: str) -> Callable[[Webhook], bool]:
    return lambda hook: hook.types[event]


TABLE = Table(
    [
        Column("url", _l("Webhook URL"), address_shown, "wide"),
        Column("active", _l("Webhook active"), lambda hook: hook.active, "mid"),
        *(Column(event, WEBHOOK_EVENTS[event], _lamp(event), "mid") for event in EVENTS),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ],
    sort="url",
)


@bp.get("/getwebhookss", endpoint="webhooks")
@reads
def listing() -> Answer:
    """The last known list; the worker is asked for a new one."""
    webhooks.want()
    known, view = webhooks.known(), TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, known.hooks, "webhooks")
    values = {"page": TABLE.page_of(known.hooks, view), "events": EVENTS, "shown": address_shown}
    values |= {"warnings": warnings(known, request.host.lower()), **_age(known)}
    return draw("webhookss", "dreamkas/webhooks.html", part="dreamkas/_webhooks.html", **values)


@bp.get("/webhooksnow")
@no_keepalive
@reads
def webhooks_now() -> Answer:
    """Whether the worker has read the list, asked by the page itself."""
    known = webhooks.known()
    if known.pending:
        return "", 204
    return render_template("dreamkas/_webhooks_age.html", moved=True, **_age(known))


def _age(known: Known) -> dict[str, Any]:
    silent = known.pending and known.asked is not None and known.asked < clock() - PATIENCE
    return {"known": known, "silent": silent, "poll": POLL if known.pending and not silent else 0}


# --- changes ---


@bp.post("/webhookaddress")
@reads
@manages
def webhook_address() -> Answer:
    """The second part of the address, as the boxes are ticked."""
    return render_template("dreamkas/_webhook_second.html", form=WebhookForm())


@bp.route("/whcreate", methods=["GET", "POST"], endpoint="webhook_create")
@reads
@manages
def create() -> Answer:
    """A new one of ours."""
    form = WebhookForm()
    if not form.is_submitted():
        form.whurl.data, form.whisactive.data = request.host_url.rstrip("/"), True
        form.whreceiptschk.data = form.whoperationschk.data = True
    return _edit(form, None)


@bp.route("/whedit", methods=["GET", "POST"], endpoint="webhook_edit")
@reads
@manages
def edit() -> Answer:
    """Another address, other events, on or off."""
    form, hook = WebhookForm(), _asked()
    if not form.is_submitted():
        form.take(hook)
    return _edit(form, hook)


@bp.route("/delWebhook", methods=["GET", "POST"], endpoint="webhook_delete")
@reads
@manages
def delete() -> Answer:
    """GET: asks whether it is meant. POST: deletes."""
    hook = _asked()
    if request.method == "POST":
        trouble = _trouble(lambda: webhooks.remove(hook.id, admin_login()))
        return _said(trouble, _("The webhook is deleted."))
    return draw("webhookss", "dreamkas/webhook_delete.html", hook=hook, shown=address_shown)


@bp.post("/getwebhookss")
@reads
@manages
def change() -> Answer:
    """As in Ubilling: the fields of the form say which change it is."""
    if "whcreate" in request.form:
        return create()
    if "delWebhook" in request.form:
        return delete()
    if "whswitch" in request.form:
        return switch()
    return edit() if "whedit" in request.form else abort(400)


def switch() -> Answer:
    """On when it is off, off when it is on: `whswitch` says which is wanted."""
    hook, on = _asked(), request.form.get("whswitch") == "on"
    trouble = _trouble(lambda: webhooks.switch(hook.id, on, admin_login()))
    return _said(trouble, _("The webhook is switched on.") if on else _("The webhook is switched off."))


def _asked() -> Webhook:
    id = request.form.get("whid") or request.args.get("whid", "")
    return webhooks.known().hook(id) or abort(404, _("There is no such webhook."))


def _edit(form: WebhookForm, hook: Webhook | None) -> Answer:
    trouble = ""
    if form.validate_on_submit():
        what = form.whurl.data, form.events, bool(form.whisactive.data), admin_login()
        trouble = _trouble(lambda: webhooks.change(hook.id, *what) if hook else webhooks.create(*what))
        if not trouble:
            return _said("", _("The webhook is changed.") if hook else _("The webhook is added."))
    foreign = hook is not None and hook.address.key != serial()
    page = draw("webhookss", "dreamkas/webhook.html", form=form, hook=hook, trouble=trouble, foreign=foreign)
    return page, 502 if trouble else 422 if form.is_submitted() else 200


def _trouble(act: Callable[[], None]) -> str:
    """Does it and waits; what went wrong in words, "" when Dreamkas said yes."""
    try:
        act()
    except NotFound:
        return _("Dreamkas has no such webhook any more. The list is read anew.")
    except TokenRefused:
        return _("Dreamkas does not accept the token: nothing was changed.")
    except NotSent as error:
        return _("Dreamkas could not be reached, nothing was changed: %(error)s", error=_why(error))
    except Refused as error:
        return _("Dreamkas refused it, nothing was changed: %(error)s", error=_why(error))
    except DreamkasError as error:
        return _(
            "It is not known whether Dreamkas did it (%(error)s). Look at the list before you try again.",
            error=_why(error),
        )
    return ""


def _why(error: DreamkasError) -> str:
    """What Dreamkas said, where it did; else what went wrong on the way, in the reader's language."""
    theirs = "; ".join(message for _code, message in getattr(error, "errors", ()))
    return webhooks.without_key(theirs or plainly(str(error).removesuffix(f"; {error.advice}")))


def _said(trouble: str, words: str) -> Answer:
    flash(trouble or words, "bad" if trouble else "ok")
    return redirect(url_for("dreamkas.webhooks"), code=303)
