"""A machine at the door: a plain client that never signs in."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from modules.core.db import db
from modules.core.journal import Weblog
from modules.core.serial import serial

Ask = Callable[..., TestResponse]


@pytest.fixture
def key(app: Flask) -> str:
    """The serial of the instance."""
    with app.app_context():
        return serial()


@pytest.fixture
def ask(client: FlaskClient, key: str) -> Ask:
    """ask("health", param="prometheus") -> the answer to a GET with the right key; key=None leaves it out."""

    def ask(action: str | None = None, **more: str | None) -> TestResponse:
        said = {"module": "remoteapi", "key": key, "action": action, **more}
        return client.get(
            "/", query_string={name: value for name, value in said.items() if value is not None}
        )

    return ask


@pytest.fixture
def send(client: FlaskClient, key: str) -> Ask:
    """send(b"…", param=…) -> the answer to a webhook."""

    def send(body: object, type: str | None = "application/json", method: str = "POST", **more: str):
        said = {"module": "remoteapi", "key": key, "action": "dreamkas", **more}
        return client.open("/", method=method, query_string=said, data=body, content_type=type)

    return send


def journal(app: Flask) -> list[str]:
    """What the journal says of the door."""
    with app.app_context():
        lines = select(Weblog.event).where(Weblog.admin == "remoteapi").order_by(Weblog.id)
        return list(db.session.scalars(lines))
