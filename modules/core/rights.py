"""Who is asking, and may they: `@needs("CASH")` over a view, under its route."""

import functools
import ipaddress
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.exceptions import Forbidden

from modules.core.admins import Admin
from modules.core.current import is_part, options
from modules.core.db import transact
from modules.core.files import ENDPOINTS
from modules.core.sessions import close_session, open_session, visitor

View = TypeVar("View", bound=Callable[..., Any])
SIGN_IN = "login.index"
SPOKEN = "spoken"  # in the session: the language that the admin has chosen, for when nobody can be looked up
PASSED_ON = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")  # what proxies say of themselves


class Denied(Forbidden):
    """The admin lacks the right of the page."""


class SwitchedOff(Forbidden):
    """alter.ini switches the module off."""


# --- who ---


def init_people(app: Flask) -> None:
    """Makes flask-login find the admin of each request by the session's row."""
    manager = LoginManager(app)
    manager.session_protection = None  # the row says all; an address may change on the way
    manager.user_loader(_visitor)
    app.before_request(_look_who_comes)


def _visitor(token: str) -> Admin | None:
    view = current_app.view_functions.get(request.endpoint or "")
    admin = visitor(token, keep_alive=getattr(view, "keeps_alive", True))
    return None if admin and admin.loopback_only and not from_loopback() else admin


def _look_who_comes() -> None:
    # Now, not in the middle of a view's transaction. Nobody's own files need no look.
    late = getattr(current_app.view_functions.get(request.endpoint or ""), "looks_late", False)
    if "_user_id" in session and request.endpoint not in ENDPOINTS and not late:
        current_user.is_authenticated  # noqa: B018 - the look itself


def signed_in() -> Admin | None:
    """The admin of this request; None when nobody is signed in, and outside of a request."""
    return current_user._get_current_object() if current_user and current_user.is_authenticated else None


def nobody_comes() -> None:
    """For the rest of this request nobody is signed in, and nobody is looked for: the database may be what failed."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def somebody_may_come() -> None:
    """Takes nobody_comes() back: who comes is looked for when it is asked."""
    g.pop("_login_user", None)


def admin_login() -> str:
    """The login of the admin of this request, "" when nobody is signed in."""
    admin = signed_in()
    return admin.login if admin else ""


def remote_ip() -> str:
    """Whose request this is: the address that TRUSTED_PROXIES lets us believe; "" when unknown."""
    return (request.remote_addr or "")[:64] if request else ""


def from_loopback() -> bool:
    """Whether the request was born on this machine; one passed on by a proxy that we do not trust was not."""
    if any(sign in request.headers for sign in PASSED_ON) and not _is_vouched_for():
        return False
    try:
        address = ipaddress.ip_address(remote_ip())
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _is_vouched_for() -> bool:
    """Whether the proxies that we trust named whom they speak for; else remote_ip() is the proxy's own address."""
    named, trusted = request.headers.get("X-Forwarded-For", "").split(","), options().trusted_proxies
    return 0 < trusted <= len(named) and bool(named[-trusted].strip())


def begin_session(admin: Admin) -> None:
    """Signs the admin in with a session of their own; nothing of the cookie's former life stays."""
    end_session()
    ip, admin_id = remote_ip(), admin.id
    admin.token = transact(lambda db_session: open_session(db_session, admin_id, ip))
    session[SPOKEN] = admin.locale
    login_user(admin)


def end_session() -> None:
    """Signs the admin of this request out."""
    admin = signed_in()
    if admin:
        token = admin.token
        transact(lambda db_session: close_session(db_session, token))
    logout_user()
    session.clear()


# --- may they ---


def needs(right: str = "", *, option: str = "") -> Callable[[View], View]:
    """The view is for those who have the right ("": any admin), while the option (a switch) is on."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refusal = _refusal(right, option)
            return view(*args, **kwargs) if refusal is None else refusal

        return guarded  # type: ignore[return-value]

    return guard


def no_keepalive(view: View) -> View:
    """The browser asks this by itself (a poll): being asked does not keep an idle session alive."""
    view.keeps_alive = False  # type: ignore[attr-defined]
    return view


def looks_late(view: View) -> View:
    """The view itself asks who comes, and only when it has something to tell: its "nothing" is for anybody."""
    view.looks_late = True  # type: ignore[attr-defined]
    return view


def _refusal(right: str, option: str) -> Response | None:
    admin = signed_in()
    if admin is None:
        return ask_to_sign_in()
    if not admin.can(right):
        raise Denied
    if option and not getattr(options(), option.lower()):
        raise SwitchedOff
    return None


def ask_to_sign_in() -> Response:
    """The way to the sign-in page and back. A poll gets a mere 401: it must not sweep typed forms away."""
    if not getattr(current_app.view_functions.get(request.endpoint or ""), "keeps_alive", True):
        abort(401)
    back = own_address(page_asked())
    target = url_for(SIGN_IN, next=back) if back else url_for(SIGN_IN)
    if is_part():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, code=303)  # type: ignore[return-value]


def page_asked() -> str:
    """The address to come back to: this one, or for a part or a POST the page that it was asked from."""
    if request.method == "GET" and not is_part():
        return request.full_path
    asked_from = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    return f"/?{asked_from.query}" if asked_from.netloc == request.host else ""


def own_address(address: str) -> str:
    """The address when it is a page of ours (and not the sign-in itself), else "" (nothing)."""
    inside = re.fullmatch(r"/\?module=[!-\[\]-~]*", address)
    return address if inside and not address.startswith("/?module=login") else ""
