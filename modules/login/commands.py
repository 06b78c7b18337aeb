"""`flask admin …`: who may sign in."""

import os
from collections.abc import Callable
from typing import TypeVar

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core.admins import RIGHTS, Admin, AdminError, find_admin, hash_password, new_admin, rights_text
from modules.core.db import db, transact
from modules.core.journal import write
from modules.core.sessions import close_sessions
from modules.core.startup import need_database

T = TypeVar("T")

admins = AppGroup("admin", help="Who may sign in.", callback=with_appcontext(need_database))
RIGHTS_OPTION = click.option("--rights", required=True, help=f"Comma list: {', '.join(RIGHTS)}.")


def init_login(app: Flask) -> None:
    """Gives the app its command `flask admin`."""
    app.cli.add_command(admins)


@admins.command("add")
@click.argument("login")
@RIGHTS_OPTION
@click.option("--name", default="", help="The person's name.")
def add(login: str, rights: str, name: str) -> None:
    """Add an admin. The password is asked for, or taken from the environment's ADMIN_PASSWORD."""
    _try(lambda: rights_text(rights.split(",")))  # before a password is asked for
    admin = _try(lambda: new_admin(login, _ask_password(), rights.split(","), name=name))

    def work(session: Session) -> None:
        session.add(admin)
        write(f"ADMIN add ({login}) {admin.rights}")

    try:
        transact(work)
    except IntegrityError:
        raise click.ClickException(_("There is an admin %(login)s already.", login=login)) from None
    click.echo(f"{login}: {admin.rights}")


@admins.command("list")
def list_() -> None:
    """List all admins."""
    for admin in db.session.scalars(select(Admin).order_by(Admin.login)):
        notes = [_("disabled")] * admin.disabled + [_("from this machine only")] * admin.loopback_only
        click.echo("\t".join(filter(None, (admin.login, admin.rights, admin.name, ", ".join(notes)))))


@admins.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Stop an admin from signing in, and end their sessions at once."""
    _change(login, "disable", disabled=True)


@admins.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """Let a disabled admin sign in again."""
    _change(login, "enable", disabled=False)


@admins.command("rights")
@click.argument("login")
@RIGHTS_OPTION
def rights(login: str, rights: str) -> None:
    """Give an admin these rights instead of the former ones."""
    _change(login, "rights", rights=_try(lambda: rights_text(rights.split(","))))


@admins.command("password")
@click.argument("login")
def password(login: str) -> None:
    """Give an admin a new password, and end their sessions. Asked for, or ADMIN_PASSWORD."""
    _change(login, "password", password_hash=_try(lambda: hash_password(_ask_password())))


def _change(login: str, act: str, **values: object) -> None:
    """Changes an admin's row and ends their sessions, so that it holds at once."""

    def work(session: Session) -> None:
        admin = find_admin(login)
        if admin is None:
            raise click.ClickException(_("There is no admin %(login)s.", login=login))
        for name, value in values.items():
            setattr(admin, name, value)
        close_sessions(session, admin.id)
        write(f"ADMIN {act} ({login})")

    transact(work)
    click.echo(_("%(login)s: done", login=login))


def _ask_password() -> str:
    return os.environ.get("ADMIN_PASSWORD") or click.prompt(
        _("Password"), hide_input=True, confirmation_prompt=_("The password once more")
    )


def _try(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except AdminError as error:
        raise click.ClickException(str(error)) from None
