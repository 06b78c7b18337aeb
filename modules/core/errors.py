"""Errors as pages of the house: what happened, what was saved, what to do next; never what broke inside.

A view says more by `abort(404, _("There is no such subscriber."))`: its sentence stands in place of the table's.
"""

import logging
import secrets
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from modules.core.current import is_part
from modules.core.db import may_be_saved
from modules.core.outage import RETRY_SECONDS, complaint, is_outage, reason_of
from modules.core.rights import SIGN_IN, Denied, SwitchedOff, nobody_comes

log = logging.getLogger(__name__)

NOTHING = _l("Nothing was saved.")
GO_BACK = _l("Go back and try again.")


class Outage(ServiceUnavailable):
    """The database is away, or can not write; `reason` is for the log."""

    def __init__(self, error: Exception) -> None:
        super().__init__(complaint(error, _("the log says why")) + ".", retry_after=RETRY_SECONDS)
        self.reason = reason_of(error)


@dataclass(frozen=True)
class Said:
    """The words of an error page."""

    title: LazyString
    what: LazyString
    saved: LazyString = NOTHING
    next: LazyString = GO_BACK


WORDS: dict[type[Exception] | int, Said] = {
    CSRFError: Said(
        _l("This page has grown old"),
        _l("The form came without its protection key, or with one of an earlier sign-in."),
        next=_l("Go back, reload the page and press again."),
    ),
    Denied: Said(
        _l("Access denied"),
        _l("You do not have the right to see this page."),
        next=_l("Whoever manages the admins can give you the right."),
    ),
    SwitchedOff: Said(
        _l("This module is disabled"),
        _l("This module is switched off in alter.ini."),
        next=_l("Whoever manages the server can switch it on."),
    ),
    400: Said(_l("Bad request"), _l("The address or the form could not be understood.")),
    401: Said(_l("Sign in"), _l("Nobody is signed in here any more."), next=_l("Sign in and try again.")),
    403: Said(_l("Access denied"), _l("This is not allowed.")),
    404: Said(
        _l("Not found"), _l("There is no such page."), next=_l("Check the address, or begin at the taskbar.")
    ),
    405: Said(
        _l("Not this way"),
        _l("This address does not answer to such a request."),
        next=_l("Open the page that has the button, and press it there."),
    ),
    413: Said(
        _l("Too large"), _l("More was sent than this page takes."), next=_l("Send less, or a smaller file.")
    ),
    500: Said(
        _l("The program has failed"),
        _l("Something went wrong on our side; it is written down in the log."),
        _l("What was being done is saved either whole or not at all."),
        _l("Look whether it was saved before you repeat it."),
    ),
}
UNUSABLE = _l("The database can not be used now")
ASKED = Said(
    UNUSABLE,
    _l("The program can not do this now."),
    _l("Nothing was being saved; what was saved before is safe."),
    _l("Wait a minute and reload the page."),
)
SENT = replace(ASKED, saved=NOTHING, next=_l("Wait a minute and send the same again."))
IN_DOUBT = replace(
    ASKED,
    saved=_l("It was saved whole or not at all; which, is not known yet."),
    next=_l("Wait a minute and send the same again: a payment that was taken is not taken twice."),
)
OTHER = Said(_l("It did not work"), _l("The program can not do this now."))

LAST_RESORT = (
    "<!doctype html><html lang='en'><title>Error</title><h1>The program has failed</h1>"
    "<p>It is written down in the log. Look whether your work was saved before you repeat it.</p>"
)


def init_errors(app: Flask) -> None:
    """Draws every error of the app."""
    app.register_error_handler(HTTPException, draw)
    app.register_error_handler(SQLAlchemyError, _no_database)


def _number() -> str:
    """Of the request that failed: by it the page and the log can be brought together."""
    return g.setdefault("request_id", secrets.token_hex(4))


def _no_database(error: SQLAlchemyError) -> Response | HTTPException:
    if not is_outage(error):
        raise error
    nobody_comes()
    return draw(Outage(error))


def draw(error: HTTPException) -> Response | HTTPException:
    """The answer to an error: a page, or for htmx a few words."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    code = error.code or 500
    if code >= 500:
        why = f": the database can not be used: {error.reason}" if isinstance(error, Outage) else ""
        log.error("request %s (%s) failed with %s%s", _number(), request.endpoint, code, why)
    answer = make_response(_body(error, code), code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def words_for(error: HTTPException, code: int) -> dict[str, Any]:
    """What the page says; a sentence given to abort() replaces the table's."""
    said = _outage_words() if isinstance(error, Outage) else _words(error, code)
    own = error.description if "description" in vars(error) and not isinstance(error, CSRFError) else None
    return {"title": said.title, "what": own or said.what, "saved": said.saved, "next": said.next}


def _words(error: HTTPException, code: int) -> Said:
    return next((WORDS[kind] for kind in type(error).mro() if kind in WORDS), WORDS.get(code, OTHER))


def _outage_words() -> Said:
    if request.method != "POST":
        return ASKED
    return IN_DOUBT if may_be_saved() else SENT


def _typed() -> list[tuple[str, str]]:
    """What was posted, for a form that sends the same again; never where passwords are typed, and no files."""
    where = (request.endpoint or "").partition(".")[0]
    secret = where == SIGN_IN.partition(".")[0]
    return [] if secret or request.files else list(request.form.items(multi=True))


def _body(error: HTTPException, code: int) -> str:
    words = words_for(error, code)
    if is_part():
        return str(escape(f"{words['title']}. {words['what']} {words['saved']} {words['next']}"))
    # A number helps to find the line in the log; for a mere 404 there is none.
    words["request_id"] = _number() if code >= 500 else None
    words["again"] = _typed() if isinstance(error, Outage) else []
    try:
        return render_template("error.html", **words, bare=False)
    except Exception:
        log.exception("request %s: its error page failed too", _number())
        return _body_without_house(words)


def _body_without_house(words: dict[str, Any]) -> str:
    nobody_comes()
    try:
        return render_template("error.html", **words, bare=True)
    except Exception:
        log.exception("request %s: the bare error page failed too", _number())
        return LAST_RESORT
