"""What every request and answer passes: trusted proxies, the key that signs, cookies, CSRF, security headers."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Request, Response, abort, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from modules.core.current import options_of

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY = 1 << 20
CSP = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

csrf = CSRFProtect()


class CookieSession(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure whenever the browser came by HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """By the request at hand: TRUSTED_PROXIES let us see that HTTPS ended in front of us."""
        return request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """As Flask's; whoever brings no cookie has none to be read, by which a webhook is told from a browser."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """As Flask's, but for machines: they get no cookie, and their answers depend on none."""
        view = app.view_functions.get(request.endpoint or "")
        if not getattr(view, "for_machines", False):
            super().save_session(app, session, response)


def for_machines(view: View) -> View:
    """Whoever asks shows a key, not a session: nobody is looked up, no cookie is set, no CSRF token is wanted."""
    view.for_machines = view.looks_late = True  # type: ignore[attr-defined]
    return csrf.exempt(view)


def init_guard(app: Flask) -> None:
    """Everything above; an empty SECRET_KEY is made once and kept in VAR_DIR."""
    options = options_of(app)
    app.secret_key = options.secret_key or kept_key(options.var_dir / "secret_key")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a page opened yesterday still works
    )
    app.session_interface = CookieSession()
    app.before_request(_head_only_reads)
    app.before_request(_forms_are_forms)
    csrf.init_app(app)
    app.after_request(_protect)
    if many := options.trusted_proxies:
        # Host stays what the proxy passes on: X-Forwarded-Host would let a client name it.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=many, x_proto=many, x_host=0)  # type: ignore[method-assign]


def _head_only_reads() -> None:
    """No key is wanted of a HEAD, so to every view it is a GET: one that tells only GET and POST apart must not act."""
    if request.method == "HEAD":
        request.method = "GET"


def _forms_are_forms() -> None:
    """Flask-WTF would read JSON as a form, however deep or crooked it is; only machines send JSON here."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.is_json and not getattr(view, "for_machines", False):
        abort(415)


def kept_key(place: Path) -> str:
    """The key kept in that file, made now if there is none; processes that start at once agree on one."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place.parent, delete=False) as draft:  # 0600
            draft.write(secrets.token_hex(32))
            draft.flush()
            os.fsync(draft.fileno())
        try:
            os.link(draft.name, place)  # fails when another process was faster; its key holds
        except FileExistsError:
            pass
        finally:
            os.unlink(draft.name)
    return place.read_text()


def _protect(answer: Response) -> Response:
    answer.headers.extend(HEADERS)  # no view has its own
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    return answer
