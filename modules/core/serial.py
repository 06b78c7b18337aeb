"""The serial of this instance: the key of RemoteAPI, kept in Ubilling's table `ubstats`."""

import secrets

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import gettext as _
from sqlalchemy import Integer, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.alone import read_alone
from modules.core.db import Base, db, lately
from modules.core.startup import need_database

KEY = "ubid"


class UbStat(Base):
    """A named value of the instance."""

    __tablename__ = "ubstats"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), index=True)
    value: Mapped[str] = mapped_column(String(255), default="")


# Of several, the oldest, as in Ubilling.
VALUE = select(UbStat.value).where(UbStat.key == bindparam("named")).order_by(UbStat.id).limit(1)


def value(key: str) -> str:
    """The value of that name, "" when there is none."""
    return db.session.scalar(VALUE, {"named": key}) or ""


def serial() -> str:
    """The serial ("UB" and 32 hex digits) as committed, "" when the database has none. A secret: never logged."""
    return read_alone(VALUE, {"named": KEY}) or ""


serial_lately = lately(serial)  # webhooks come by the thousand


def make_serial() -> str:
    """A new serial, as the first migration writes it."""
    return f"UB{secrets.token_hex(16)}"


def init_serial(app: Flask) -> None:
    """Gives the app its command `flask serial`."""
    app.cli.add_command(_show)


@click.command("serial", help="Show the serial of this instance: the key of RemoteAPI.")
@with_appcontext
def _show() -> None:
    need_database()
    found = serial()
    if not found:
        raise click.ClickException(
            _("The database has no serial yet. Run: .venv/bin/flask --app app db upgrade")
        )
    click.echo(found)
