"""Errors as pages of the house: what happened, what was saved, what to do next; never what broke inside.

A view says more by `abort(404, _("There is no such subscriber."))`: its sentence stands in place of the table's.
"""

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from modules.core.current import is_part
from modules.core.rights import Denied, SwitchedOff, nobody_comes

log = logging.getLogger(__name__)

NOTHING = _l("Nothing was saved.")
GO_BACK = _l("Go back and try again.")


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
OTHER = Said(_l("It did not work"), _l("The program can not do this now."))

LAST_RESORT = (
    "<!doctype html><html lang='en'><title>Error</title><h1>The program has failed</h1>"
    "<p>It is written down in the log. Look whether your work was saved before you repeat it.</p>"
)


def init_errors(app: Flask) -> None:
    """Draws every error of the app, and numbers requests so that a page and the log can be brought together."""
    app.before_request(_number)
    app.register_error_handler(HTTPException, draw)


def _number() -> None:
    g.request_id = secrets.token_hex(4)


def draw(error: HTTPException) -> Response | HTTPException:
    """The answer to an error: a page, or for htmx a few words."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    code = error.code or 500
    if code >= 500:
        log.error("request %s (%s) failed with %s", g.get("request_id", ""), request.endpoint, code)
    answer = make_response(_body(error, code), code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def words_for(error: HTTPException, code: int) -> dict[str, Any]:
    """What the page says; a sentence given to abort() replaces the table's."""
    said = next((WORDS[kind] for kind in type(error).mro() if kind in WORDS), WORDS.get(code, OTHER))
    own = error.description if "description" in vars(error) and not isinstance(error, CSRFError) else None
    return {"title": said.title, "what": own or said.what, "saved": said.saved, "next": said.next}


def _body(error: HTTPException, code: int) -> str:
    words = words_for(error, code)
    if is_part():
        return str(escape(f"{words['title']}. {words['what']} {words['saved']}"))
    # A number helps to find the line in the log; for a mere 404 there is none.
    words["request_id"] = g.get("request_id") if code >= 500 else None
    try:
        return render_template("error.html", **words, bare=False)
    except Exception:
        log.exception("request %s: its error page failed too", g.get("request_id", ""))
        return _body_without_house(words)


def _body_without_house(words: dict[str, Any]) -> str:
    nobody_comes()
    try:
        return render_template("error.html", **words, bare=True)
    except Exception:
        log.exception("request %s: the bare error page failed too", g.get("request_id", ""))
        return LAST_RESORT
