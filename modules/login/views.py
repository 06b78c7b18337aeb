"""The pages of signing in, signing out, one's own password and one's own language."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug import Response

from modules.core.admins import Admin, hash_password
from modules.core.db import transact
from modules.core.guard import csrf
from modules.core.journal import write
from modules.core.rights import (
    SPOKEN,
    admin_login,
    begin_session,
    end_session,
    from_loopback,
    needs,
    own_address,
    page_asked,
    remote_ip,
    signed_in,
)
from modules.core.sessions import close_sessions
from modules.core.words import CHOSEN, LOCALES
from modules.login.doorman import TooManyWrong, check
from modules.login.forms import PasswordForm, SignInForm

bp = Blueprint("login", __name__)

View = Response | tuple[str, int]


@bp.route("/", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself: a page of yesterday keeps what was typed
def index() -> View:
    """Signs in, and leads back to where one wanted to go."""
    form = SignInForm(next=request.args.get("next", ""))
    posted = request.method == "POST"
    if _signs_in(form) if posted else signed_in():
        return redirect(own_address(form.next.data or "") or url_for("taskbar.index"), code=303)
    return render_template("login/page.html", form=form), 422 if posted else 200


@bp.post("/signout")
def signout() -> View:
    """Signs out; the session's row is closed."""
    who = admin_login()
    end_session()
    if who:
        transact(lambda session: write("LOGOUT", who))
    return redirect(url_for("login.index"), code=303)


@bp.post("/language")
def language() -> View:
    """Another language from now on: kept with the admin, or until the sign-in, which then keeps it."""
    chosen, admin = request.form.get("locale"), signed_in()
    if chosen not in LOCALES:
        abort(400)
    if admin is None:
        cookie[CHOSEN] = chosen
        back = own_address(request.form.get("next", "")) or None
        return redirect(url_for("login.index", next=back), code=303)
    _keep_language(admin, chosen)
    return redirect(own_address(page_asked()) or url_for("taskbar.index"), code=303)


@bp.route("/password", methods=["GET", "POST"])
@needs()
def password() -> View:
    """Changes one's own password; all other sessions of the admin end."""
    form = PasswordForm()
    if form.validate_on_submit() and _changes_password(form):
        flash(_("The password is changed. Your sessions in other browsers have ended."), "ok")
        return redirect(url_for("taskbar.index"), code=303)
    crumbs = [(_("Taskbar"), "/"), (_("Change password"), None)]
    return render_template(
        "login/password.html", form=form, crumbs=crumbs
    ), 422 if form.is_submitted() else 200


def _signs_in(form: SignInForm) -> bool:
    """Begins a session, or says in the form why not."""
    if not form.validate():
        if form.csrf_token.errors:
            form.form_errors.append(_("This page has grown old. Nothing was done: please press again."))
        return False
    admin = _checked(form, form.login.data, form.password.data)
    if admin and admin.loopback_only and not from_loopback():
        form.form_errors.append(_("The admins of the demonstration sign in from the server itself only."))
        return False
    if admin:
        chosen = cookie.get(CHOSEN)
        begin_session(admin)
        _keep_language(admin, chosen)
        transact(lambda session: write("LOGIN", admin.login))
    return admin is not None


def _keep_language(admin: Admin, chosen: str | None) -> None:
    if chosen in LOCALES and chosen != admin.locale:
        cookie[SPOKEN] = chosen
        change = update(Admin).where(Admin.id == admin.id).values(locale=chosen)
        transact(lambda session: session.execute(change))


def _changes_password(form: PasswordForm) -> bool:
    admin = _checked(form, admin_login(), form.current.data)
    if admin is None:
        return False
    fresh = hash_password(form.new.data)
    transact(lambda session: _keep_password(session, admin, fresh))
    begin_session(admin)
    return True


def _keep_password(session: Session, admin: Admin, fresh: str) -> None:
    session.execute(update(Admin).where(Admin.id == admin.id).values(password_hash=fresh))
    close_sessions(session, admin.id)
    write("CHANGE Password", admin.login)


def _checked(form: FlaskForm, login: str, typed: str) -> Admin | None:
    """The admin, or None and the reason in the form; it is the same for accounts that do not exist."""
    try:
        admin = check(login, typed, remote_ip())
    except TooManyWrong as refusal:
        form.form_errors.append(_wait_text(refusal.minutes))
        return None
    if admin is None:
        form.form_errors.append(_("Wrong login or password."))
    return admin


def _wait_text(minutes: int) -> str:
    return ngettext(
        "Too many wrong passwords. Try again in %(num)d minute.",
        "Too many wrong passwords. Try again in %(num)d minutes.",
        minutes,
    )
