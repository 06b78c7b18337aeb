"""What is at hand: the options in force, of which nobody keeps a copy (alter.ini is read again when it changes), and
whether the request is for a part of a page."""

from flask import Flask, current_app, request

from modules.core.options import Options
from modules.core.source import Source

KEY = "options_source"


def options() -> Options:
    """The options as alter.ini and the environment say now."""
    return source().options


def options_of(app: Flask) -> Options:
    """The options of an app that is being put together."""
    return app.extensions[KEY].options


def source() -> Source:
    """Where the options come from, and the problems of its last reading."""
    return current_app.extensions[KEY]


def is_part() -> bool:
    """Whether htmx asks: for a part of a page."""
    return request.headers.get("HX-Request") == "true"
