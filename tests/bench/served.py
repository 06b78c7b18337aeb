"""The house and, beside it in the same process, a bare Flask that says hello: what both share is no difference."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import create_app

HELLO = "/hello"


def both() -> DispatcherMiddleware:
    """The application that gunicorn serves."""
    bare = Flask("hello")
    bare.add_url_rule("/", view_func=lambda: "hello")
    return DispatcherMiddleware(create_app(), {HELLO: bare})
