"""A house of its own for each test: temporary folder, SQLite file with all tables, nothing on the network.

Pages speak English here (LOCALE=en), so that tests read the msgids.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from app import create_app
from modules.core.admins import NOBODYS_HASH, Admin, rights_text
from modules.core.db import db, transact
from modules.core.sessions import open_session

MakeApp = Callable[..., Flask]
SignIn = Callable[..., FlaskClient]


def env_for(folder: Path) -> dict[str, str]:
    """What a test's house is told; an alter.ini beside app.py does not count."""
    (folder / "alter.ini").touch()
    return {
        "ALTER_INI": str(folder / "alter.ini"),
        "VAR_DIR": str(folder),
        "SECRET_KEY": "a key that only tests know",
        "LOCALE": "en",
        "DREAMKAS_ENABLED": "1",
        "DREAMKAS_AUTH_TOKEN": "sandbox",
        "DREAMKAS_API_URL": "http://127.0.0.1:9/api",  # nobody listens there
        "UKV_ENABLED": "1",
        "BANKSTA2_ENABLED": "1",
    }


def upgrade() -> None:
    """The migrations, as `flask db upgrade` runs them on every real machine; in the present app context."""
    done = current_app.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
    assert done.exit_code == 0, done.output


@pytest.fixture
def options_env(tmp_path: Path) -> dict[str, str]:
    """The environment of this test's house; change it before `app` is asked for, or hand changes to make_app."""
    return env_for(tmp_path)


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("tables")
    app = create_app(env_for(folder))
    with app.app_context():
        upgrade()
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return folder / "house.db"


class Compiled(FileSystemBytecodeCache):
    """Keeps templates of each language apart, as modules/core/pages.py compiles them."""

    def get_bucket(self, environment: Any, name: str, filename: str | None, source: str) -> Any:
        return super().get_bucket(environment, f"{environment.language} {name}", filename, source)


@pytest.fixture
def make_app(options_env: dict[str, str], empty_tables: Path, tmp_path: Path) -> Iterator[MakeApp]:
    """make_app(UKV_ENABLED="0"): the house with these options changed."""
    made = []

    def make(**changes: str) -> Flask:
        if not (tmp_path / "house.db").exists():
            shutil.copyfile(empty_tables, tmp_path / "house.db")
        app = create_app({**options_env, **changes})
        app.testing = True
        app.jinja_env.bytecode_cache = Compiled(str(empty_tables.parent))  # once for all
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """This test's house."""
    return make_app()


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """An application context for tests of services. Not together with `client`: requests would share its `g`."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser; nobody is signed in until sign_in(…) says so."""
    return app.test_client()


@pytest.fixture
def sign_in(client: FlaskClient) -> SignIn:
    """sign_in("CASH", "USERPROFILE", login="kassir") -> the test's browser, signed in as an admin with these rights.

    Makes the admin when there is none; `browser` names another browser than the `client` fixture.
    """

    def sign_in(*rights: str, login: str = "kassir", browser: FlaskClient = client) -> FlaskClient:
        with browser.application.app_context():
            token = transact(lambda session: open_session(session, _admin_id(login, rights), "127.0.0.1"))
        with browser.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
        return browser

    return sign_in


def _admin_id(login: str, rights: tuple[str, ...]) -> int:
    admin = db.session.scalar(db.select(Admin).where(Admin.login == login))
    if admin is None:
        admin = Admin(login=login, password_hash=NOBODYS_HASH, disabled=False)
        db.session.add(admin)
    admin.rights = rights_text(rights)
    db.session.flush()
    return admin.id
