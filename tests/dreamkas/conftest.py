"""A house with a Dreamkas in memory and its catalog known."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from modules.core.cache import cache
from modules.core.db import db
from modules.dreamkas import catalog, line
from tests.books import after_ubilling, any_books, books  # noqa: F401
from tests.dreamkas.fake import FakeDreamkas
from tests.house import env_for


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, empty_tables: Path) -> tuple[Flask, Path]:
    """One app for all tests of services here, and the SQLite file with its catalog from which each of them begins."""
    folder = tmp_path_factory.mktemp("furnished")
    shutil.copyfile(empty_tables, folder / "house.db")
    app = create_app(env_for(folder))
    app.testing = True
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(line, "client", FakeDreamkas)
        catalog.refresh()
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return app, Path(shutil.copyfile(folder / "house.db", folder / "begin.db"))


@pytest.fixture
def dreamkas(furnished: tuple[Flask, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDreamkas]:
    """The service on the other side of the line; the test stands in the app's context."""
    app, begin = furnished
    for name in ("house.db", "house.db-wal", "house.db-shm"):
        begin.with_name(name).unlink(missing_ok=True)
    shutil.copyfile(begin, begin.with_name("house.db"))
    fake = FakeDreamkas()
    monkeypatch.setattr(line, "client", lambda: fake)
    monkeypatch.setattr(line, "TRY_EVERY", timedelta())  # or a slow machine would be a pause
    with app.app_context():
        cache.clear()
        yield fake
        db.session.remove()
        db.engine.dispose()
