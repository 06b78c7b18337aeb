"""The tab "Upload a statement": a file comes in; drafts wait here for their admin to go on."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from modules.banksta2 import checking, drafts
from modules.banksta2.facts import FILE_AT_MOST, MIB, Unreadable
from modules.banksta2.forms_upload import UploadForm
from modules.banksta2.models import Statement
from modules.banksta2.views import Answer, bp, draw, reads
from modules.banksta2.words import KINDS_OF_FILES, unreadable
from modules.core.guard import MAX_BODY, csrf
from modules.core.rights import admin_login

SWALLOWED = 5 * FILE_AT_MOST  # bytes: a browser that can not send to the end never shows our sentence
CHUNK = 1 << 16


@bp.route("/uploadform", methods=["GET", "POST"], endpoint="upload")
@csrf.exempt  # it looks at the token itself, once it has said how much may be sent
@reads
def upload() -> Answer:
    """GET: the form. POST: the file becomes a draft."""
    if request.method == "GET":
        return _page(UploadForm())
    request.max_content_length = FILE_AT_MOST + MAX_BODY
    try:
        with drafts.disk_may_be_full():  # a big file waits in /tmp
            csrf.protect()
    except RequestEntityTooLarge:
        return _not_taken(Unreadable("too_large", limit=FILE_AT_MOST // MIB)), 413
    except Unreadable as error:
        return _not_taken(error), 422
    form = UploadForm()
    return _bring(form) if form.validate() else (_page(form), 422)


def _not_taken(error: Unreadable) -> str:
    _swallow()
    request.max_content_length = None
    return _refused(UploadForm(formdata=None), error)


def _swallow() -> None:
    left = min(request.content_length or 0, SWALLOWED)
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, CHUNK))):
        left -= len(chunk)


def _bring(form: UploadForm) -> Answer:
    file = form.uploadbnksta2.data
    try:
        draft = drafts.bring(file.stream, file.filename, admin_login(), *form.chosen)
    except drafts.AlreadyHere as here:
        return _page(form, here=here.statement), 409
    except Unreadable as error:
        return _refused(form, error), 422
    if draft.kind == "1c":  # it names its columns itself
        return check_and_show(draft)
    return redirect(url_for("banksta2.mapping", draft=draft.hash), code=303)  # type: ignore[return-value]


def check_and_show(draft: Statement) -> Answer:
    """Reads the whole file, then shows its last check; what hinders is said where the mapping is."""
    try:
        checking.check(draft)
    except Unreadable as error:
        flash(unreadable(error), "bad")
    except checking.Disturbed:
        flash(_("This draft was being checked in another window too. Check it again."), "warn")
    except drafts.NoDraft:
        abort(404, _("There is no such draft of yours (any more)."))
    else:
        return redirect(url_for("banksta2.last_check", lastcheck=draft.hash), code=303)  # type: ignore[return-value]
    return redirect(url_for("banksta2.mapping", draft=draft.hash), code=303)  # type: ignore[return-value]


def _refused(form: UploadForm, error: Unreadable) -> str:
    form.uploadbnksta2.errors = [unreadable(error)]
    return _page(form)


def _page(form: UploadForm, here: Statement | None = None) -> str:
    mine = drafts.mine(admin_login())
    values: dict[str, Any] = {"form": form, "drafts": mine, "kinds": KINDS_OF_FILES, "url_of": address_of}
    return draw("upload", "banksta2/upload.html", here=here, **values)


def address_of(statement: Statement) -> str:
    """Where one goes on with it: the mapping, the last check, or the statement itself once it is in the books."""
    if statement.state == drafts.IMPORTED:
        return url_for("banksta2.statement", showhash=statement.hash)
    if checking.was_checked(statement):
        return url_for("banksta2.last_check", lastcheck=statement.hash)
    return url_for("banksta2.mapping", draft=statement.hash)


def asked_draft() -> Statement:
    """The draft that the address or the form names; 404 when it is none of this admin's."""
    name = request.values.get("draft") or request.args.get("lastcheck", "")
    try:
        return drafts.find(name, admin_login())
    except drafts.NoDraft:
        abort(404, _("There is no such draft of yours (any more)."))


@bp.route("/throwdraftaway", methods=["GET", "POST"], endpoint="throw_away")
@reads
def throw_away() -> Answer:
    """GET: asks whether it is meant. POST: the draft and its file are gone."""
    draft = asked_draft()
    if request.method == "GET":
        return draw("upload", "banksta2/draft_delete.html", draft=draft)
    drafts.throw_away(draft)
    flash(_("The draft “%(name)s” is thrown away.", name=draft.filename), "ok")
    return redirect(url_for("banksta2.upload"), code=303)
