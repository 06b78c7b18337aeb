"""The options in force for the app at hand: alter.ini is read again when it changes, so nobody keeps a copy."""

from flask import Flask, current_app

from modules.core.config import Options, Source

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
