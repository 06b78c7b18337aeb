"""What was typed when the session had ended waits behind the sign-in: in a signed cookie of half an hour.

Never in an address: those stand in access logs and histories.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import after_this_request, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from modules.core.rights import SIGN_IN

COOKIE = "typed"
SECONDS = 1800
LONGEST = 200  # of a field
MOST = 3800  # of the cookie: browsers drop one of more than 4096 bytes


def behind_sign_in(address: str, names: Iterable[str]) -> Response:
    """The way to the sign-in and back to that address, where these fields of the posted form will wait."""
    answer = redirect(url_for(SIGN_IN, next=address), code=303)
    kept = _signer().dumps([address, {name: request.form[name][:LONGEST] for name in names}])
    if len(kept) <= MOST and _is_our_form():
        how = {"max_age": SECONDS, "httponly": True, "samesite": "Lax", "secure": request.is_secure}
        answer.set_cookie(COOKIE, str(kept), **how)  # type: ignore[arg-type]
    flash(
        _("You were not signed in any more: nothing was taken. What you typed waits behind the sign-in."),
        "warn",
    )
    return answer


def take_back(address: str) -> dict[str, str]:
    """The fields that wait for that page, once, and a word about them; {} when there are none."""
    if COOKIE not in request.cookies:
        return {}
    try:
        whose, fields = _signer().loads(request.cookies[COOKIE], max_age=SECONDS)
    except BadData:
        return {}
    if whose != address:
        return {}
    after_this_request(_forget)
    flash(
        _("Nothing has been taken yet. What you typed before signing in is here: check it and press."), "info"
    )
    return fields


def _is_our_form() -> bool:
    # A form of another site comes without the session's cookie too, as if nobody were signed in.
    return not request.origin or urlsplit(request.origin).netloc == request.host


def _forget(answer: Response) -> Response:
    answer.delete_cookie(COOKIE)
    return answer


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="typed before the sign-in")
