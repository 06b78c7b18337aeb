"""`flask db …`, Flask-Migrate's own, read when it is asked for: Alembic is 8 MB and a seventh of a start."""

from typing import Any

import click
from flask import Flask
from werkzeug.utils import import_string

from modules.core.db import db


class Migrations(click.Command):
    """Stands for `flask db` until somebody migrates, and then gives its place to the real one."""

    def __init__(self, app: Flask) -> None:
        super().__init__("db", help="Perform database migrations.")
        self.app = app

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Of Flask-Migrate's command, which is hung in this one's place."""
        import_string("flask_migrate:Migrate")(self.app, db)
        return self.app.cli.commands["db"].make_context(*args, **more)


def init_migrations(app: Flask) -> None:
    """Gives the app `flask db …`."""
    app.cli.add_command(Migrations(app))
