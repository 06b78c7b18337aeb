"""A house that has something of everything to show; the names in it are Cyrillic, so that Latin words stand out."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from modules.banksta2 import presets
from modules.billing.service import INTERNET, UKV
from modules.core.db import clock, transact
from modules.core.serial import serial
from modules.dreamkas import life, line, receipts, settling, webhooks
from modules.dreamkas.drift_words import KINDS
from modules.dreamkas.hooks import address
from modules.dreamkas.models import Attempt, CatalogRow, Hold, Operation
from modules.dreamkas.service import keep_hook
from modules.dreamkas.words import OUTCOMES, PROBLEMS, REASONS, STATES
from tests.banksta2.files import LINES, RULES, checked, csv, draft_of, taken_in
from tests.banksta2.processing import imported
from tests.books import nobodys_receipt
from tests.cashdesk.test_taking import WISH, press, token
from tests.dreamkas.cabinet import Cabinet, receipt_row
from tests.dreamkas.hooks import hook, operation_hook, receipt_hook
from tests.dreamkas.test_views_operations import make
from tests.dreamkas.test_views_webhooks import hook as webhook

ASHORE = "http://localhost"
KINDS_OF_NEWS = ("SHIFT", "ENCASHMENT", "PRODUCT", "DEVICE", "DEVICE_REGISTRATIONS", "ИНОЕ")


@pytest.fixture
def filled(books: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Payments, operations of every state, receipts, differences, webhooks, events and statements of every stage."""
    cabinet = Cabinet()
    monkeypatch.setattr(line, "client", lambda: cabinet)
    with books.app_context():
        _webhooks(cabinet)  # first: the worker asks Dreamkas about operations of its own here
        _payments()
        _operations()
        _line_in_trouble()
        _catalog()
        _receipts(cabinet)
        _statements()
        presets.save(None, "Сбербанк", RULES, "admin")
    for kind in KINDS:
        nobodys_receipt(books, "100001", 12_345, kind=kind)
    imported(books)
    return books


def _payments() -> None:
    for number, operation in enumerate(("add", "correct", "set", "mock")):
        press(token(admin="admin"), operation=operation, kopecks=100 * (number + 1), admin="admin")
    for number, state in enumerate(("queued", "rejected", "unsure", "fiscalized")):
        for book, key in ((INTERNET, "ivanov"), (UKV, "1")):
            form = token(book, key, admin="admin")
            taken = press(form, book, key, kopecks=1000 + number, wish=WISH, admin="admin")
            _be(taken.source, state)


def _be(source, state: str) -> None:
    def work(session) -> None:
        mine = select(Operation).where(Operation.source_kind == source.kind, Operation.source_id == source.id)
        operation = session.scalars(mine).one()
        if state == "rejected":
            life.reject(session, operation, ("queued",), "their_error", "нет бумаги")
        else:
            operation.state = state

    transact(work)


def _operations() -> None:
    for number, state in enumerate(STATES, 100):
        if state not in ("none", "exempt", "rejected"):
            _attempts(make(number, state))
    for number, code in enumerate(REASONS, 200):
        pk = make(number)
        transact(lambda session, pk=pk, code=code: _reject(session, pk, code))
    for number, code in enumerate(REASONS, 300):
        make(number, "unsure", reason=code)


def _reject(session, pk: int, code: str) -> None:
    life.reject(session, session.get(Operation, pk), ("queued",), code, "нет бумаги")


def _attempts(pk: int) -> None:
    now, looks = clock(), [*PROBLEMS, ""]

    def work(session) -> None:
        for number, outcome in enumerate(OUTCOMES, 1):
            session.add(
                Attempt(
                    operation_pk=pk,
                    number=number,
                    outcome=outcome,
                    door="d",
                    started_utc=now,
                    lease_until_utc=now,
                    looked_utc=now,
                    looked_code=looks[number % len(looks)],
                )
            )

    transact(work)


def _line_in_trouble() -> None:
    transact(
        lambda session: session.execute(
            update(Hold).values(reason="token", since_utc=clock(), error_utc=clock())
        )
    )


def _catalog() -> None:
    def work(session) -> None:
        for kind, row in (
            ("cashiers", {"id": 1, "name": "Анна", "tabNumber": "1", "inn": "7700000000", "deviceId": 123}),
        ):
            session.add(CatalogRow(kind=kind, their_id="1", place=0, body=json.dumps(row)))

    transact(work)


def _receipts(cabinet: Cabinet) -> None:
    cabinet.printed += [receipt_row(number, timedelta(days=number)) for number in range(3)]
    receipts.fetch()


def _webhooks(cabinet: Cabinet) -> None:
    cabinet.hooks += [
        webhook(address(ASHORE, ["operations"], serial()), "operations"),
        webhook(address(ASHORE, ["operations"], serial()), "operations", number=2),
        webhook("http://чужой.рф/", "receipts", number=3),
    ]
    webhooks.fetch()
    for raw in (
        *(
            hook(kind, action, deviceId=1, name="Касса")
            for kind in KINDS_OF_NEWS
            for action in ("CREATE", "UPDATE")
        ),
        operation_hook("1" * 24),
        receipt_hook("2" * 24, None),
    ):
        keep_hook(raw, None)
    settling.settle()


def _statements() -> None:
    taken_in(csv(), "admin")
    checked(csv(*LINES[:3], "25.11.2026;1,00;100001;Иванов;за интернет;;"), "admin")
    draft_of(csv(*LINES[2:]), "admin")
