"""Books with the demo's subscribers, a catalog that Dreamkas told, and questions that tests ask of both."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, func, make_url, select, text

from modules.billing.demo import fill_books
from modules.billing.models import Payment, PaymentCorr, UkvPayment, UkvUser, User
from modules.core.db import clock, connect_to, db, transact
from modules.core.money import from_double
from modules.dreamkas.models import CatalogRow, CatalogState, Operation, ServiceRelation
from modules.dreamkas.models_drift import Drift

MACHINE = {"id": 123, "name": "Касса 1", "isOnline": True}
INTERNET_POSITION = {"id": "inet", "name": "Доступ в Интернет", "type": "SERVICE", "tax": "NDS_NO_TAX"}
HOSTILE_POSITION = {"id": "bad", "name": "<script>alert(1)</script>", "type": "SERVICE", "tax": None}
OLD_POSITION = {"id": "old", "name": "Старая ставка", "type": "SERVICE", "tax": "NDS_20"}
TICKED = {
    "fiscalizepayment": "y",
    "drscashmachines": "123",
    "drstaxtypes": "SIMPLE",
    "drspaymtypes": "CASH",
    "drssellpos": "inet",
}
SERVERS = {"sqlite": "", "mariadb": "TEST_MARIADB_URL", "postgresql": "TEST_POSTGRES_URL"}


def fill() -> None:
    """Demo subscribers and what Dreamkas told of itself, in the present app context."""

    def work(session) -> None:
        fill_books(0)
        rows = [("machines", MACHINE)]
        rows += [("positions", row) for row in (INTERNET_POSITION, HOSTILE_POSITION, OLD_POSITION)]
        for place, (kind, row) in enumerate(rows):
            session.add(CatalogRow(kind=kind, their_id=str(row["id"]), place=place, body=json.dumps(row)))
        for kind in ("machines", "cashiers", "positions"):
            state = session.get(CatalogState, kind) or CatalogState(kind=kind, error="")
            state.fetched_utc, state.version = clock(), 1
            session.add(state)
        for service in ("internet", "ukv"):
            session.add(ServiceRelation(service=service, goods_id="inet", goods_name="x"))

    transact(work)


@pytest.fixture
def books(app: Flask) -> Flask:
    """This test's house, with subscribers and a catalog."""
    with app.app_context():
        fill()
    return app


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """An empty database of its own on that server."""
    name = f"house_{uuid4().hex[:12]}"
    server = create_engine(connect_to(url)[0], isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        server.dispose()


@pytest.fixture(params=SERVERS)
def any_books(request, make_app) -> Iterator[Flask]:
    """The same on each database that the environment names; on SQLite always."""
    if request.param == "sqlite":
        yield from _filled(make_app())
    elif url := os.environ.get(SERVERS[request.param]):
        with scratch_database(url) as scratch:
            yield from _filled(make_app(DATABASE_URL=scratch), migrate=True)
    else:
        pytest.skip(f"{SERVERS[request.param]} is not set")


def _filled(app: Flask, migrate: bool = False) -> Iterator[Flask]:
    with app.app_context():
        if migrate:
            upgrade()
        fill()
        db.session.remove()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


# --- questions, each in a context of its own ---


def balance(app: Flask, key: str) -> int:
    """The balance in kopecks, of a login or of a cable-TV number."""
    column, where = (
        (UkvUser.cash, UkvUser.id == int(key)) if key.isdigit() else (User.cash, User.login == key)
    )
    with app.app_context():
        return from_double(db.session.scalar(select(column).where(where)))


def count(app: Flask, table=Payment) -> int:
    """How many rows the table has."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table))


def newest(app: Flask, table=Payment):
    """The last row written."""
    with app.app_context():
        return db.session.scalar(select(table).order_by(table.id.desc()).limit(1))


TABLES = (Payment, PaymentCorr, UkvPayment, Operation)


def nobodys_receipt(app: Flask, contract: str, kopecks: int, **changes) -> int:
    """The comparison found a receipt of that contract and sum that no payment here has; the difference's id."""
    values = {"kind": "stranger", "receipt_id": uuid4().hex, "their_operation": uuid4().hex, "type": "SALE"}
    values |= {"name": uuid4().hex, "title": f"Доступ в Интернет, договор {contract}", "contract": contract}
    with app.app_context():
        return transact(lambda session: _difference(session, amount=kopecks, **{**values, **changes}))


def _difference(session, **values) -> int:
    row = Drift(date_utc=clock(), found_utc=clock(), **values)
    session.add(row)
    session.flush()
    return row.id
