"""A house in which something stands on every page, and addresses of all its routes."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from modules.banksta2 import drafts, presets
from modules.banksta2.models import Statement, StatementRow
from modules.billing.models import Payment, UkvPayment
from modules.billing.service import UKV
from modules.core.admins import NOBODYS_HASH, Admin, rights_text
from modules.core.db import Base, clock, db, transact
from modules.core.sessions import open_session
from modules.dreamkas import receipts
from modules.dreamkas.client import ReceiptFact
from modules.dreamkas.models import Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.models_receipts import WebhookList
from modules.dreamkas.service import Wish, keep_hook
from modules.notifications.service import tell
from tests.banksta2.files import RULES, checked, csv, draft_of
from tests.banksta2.processing import imported
from tests.books import fill, nobodys_receipt
from tests.cashdesk.test_taking import press, token
from tests.dreamkas.cabinet import receipt_row
from tests.dreamkas.hooks import receipt_hook
from tests.house import env_for

TOKEN = "8b0f2b1e-secret-token-of-dreamkas"
KEY = "a-key-that-signs-and-nobody-may-see"
PHONE = "+79110000001"
WISH = Wish(123, "SIMPLE", "CASH", "inet")
STATES = ("queued", "sending", "accepted", "fiscalized", "rejected", "unsure")
MACHINES = ("remoteapi.door",)


@dataclass
class House:
    """The app, and what its books hold that an address may name: name -> value."""

    app: Flask
    names: dict[str, str] = field(default_factory=dict)

    def browser(self, *rights: str, login: str = "") -> FlaskClient:
        """A browser of an admin with these rights; without `login` named after them."""
        name = login or ("-".join(rights).lower() or "nobody_s")[:40]
        with self.app.app_context():
            secret = transact(
                lambda session: open_session(session, _admin(session, name, rights), "127.0.0.1")
            )
        browser = self.app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = secret
        return browser


def _admin(session, login: str, rights: tuple[str, ...]) -> int:
    admin = session.scalar(select(Admin).where(Admin.login == login))
    if admin is None:
        admin = Admin(login=login, password_hash=NOBODYS_HASH, disabled=False, rights=rights_text(rights))
        session.add(admin)
        session.flush()
    return admin.id


@contextmanager
def filled_house(folder: Path, tables: Path, **options: str) -> Iterator[House]:
    """Opened in that folder over a copy of `tables`, all modules on."""
    shutil.copyfile(tables, folder / "house.db")
    secret = {"DREAMKAS_AUTH_TOKEN": TOKEN, "SECRET_KEY": KEY, "DREAMKAS_NOTIFICATIONS_ENABLED": "1"}
    app = create_app({**env_for(folder), **secret, **options})
    app.testing = True
    house = House(app)
    with app.app_context():
        fill()
    fill_in(house)
    yield house
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def fill_in(house: House) -> None:
    """Something for every page."""
    app = house.app
    statement = imported(app, 6)
    drift = nobodys_receipt(app, "100001", 12_345)
    with app.app_context():
        payments()
        hook = receipt_hook("r-1", "op-1")
        keep_hook(hook, None)
        facts = [ReceiptFact.read(receipt_row(number, amount=75000)) for number in range(1, 4)]
        transact(lambda session: receipts.keep(session, facts, clock()))
        transact(
            lambda session: tell("warn", "away", "Dreamkas does not answer: receipts wait, nothing is lost")
        )
        transact(_webhooks)
        draft = checked(csv(), admin="root")
        mapping = draft_of(csv(head="a;b;c"), admin="root")
        preset = presets.save(None, "Bank", RULES, "buh")
        row = db.session.scalar(
            select(StatementRow.id).where(StatementRow.statement_id == statement).limit(1)
        )
        paper = db.session.get_one(Statement, statement)
        printed = select(Operation.source_id).where(Operation.receipt_id == facts[0].id)
        rejected = db.session.scalar(select(Operation.id).where(Operation.state == "rejected"))
        house.names |= {
            "username": "ivanov",
            "showuser": "1",
            "payment": str(db.session.scalar(select(Payment.id).limit(1))),
            "ukvpayment": str(db.session.scalar(select(UkvPayment.id).limit(1))),
            "printed": str(db.session.scalar(printed)),
            "ukvprinted": str(db.session.scalar(select(UkvPayment.id).limit(1))),
            "row": str(row),
            "statement": paper.hash,
            "draft": draft.hash,
            "mapping": mapping.hash,
            "preset": str(preset),
            "operation": str(db.session.scalar(select(Operation.id).limit(1))),
            "rejected": str(rejected),
            "receipt": facts[0].id,
            "event": str(db.session.scalar(select(InboxRow.id).limit(1))),
            "drift": str(drift),
        }
        assert drafts.mine("root")
        db.session.remove()


def payments() -> None:
    """One payment for each state of an operation, one without a receipt, one of cable TV."""
    for number, state in enumerate(STATES):
        press(token(), kopecks=20_000 + number, wish=WISH)
        one = db.session.scalar(select(Operation).order_by(Operation.id.desc()).limit(1))
        values = {"state": state, "reason": "refused" if state == "rejected" else ""}
        values |= {"source_key": None} if state == "rejected" else {}
        values |= {"receipt_id": f"{1:024x}"} if state == "fiscalized" else {}
        transact(lambda session, pk=one.id, values=values: _change(session, pk, values))
    press(token(), kopecks=30_000)
    press(token(UKV, "1"), book=UKV, key="1", kopecks=40_000, wish=WISH)
    cable = db.session.scalar(select(Operation.id).where(Operation.source_kind == UKV.source_kind))
    transact(lambda session: _change(session, cable, {"state": "fiscalized", "receipt_id": f"{2:024x}"}))


def _change(session, pk: int, values: dict) -> None:
    for name, value in values.items():
        setattr(session.get_one(Operation, pk), name, value)


def _webhooks(session) -> None:
    row = session.get_one(WebhookList, 1)
    row.body = '[{"id": "hook-1", "url": "https://billing.example/?module=remoteapi", "isActive": true, "types": {}}]'
    row.fetched_utc = row.tried_utc = clock()


def digests(app: Flask) -> dict[str, str]:
    """Table -> a digest of all its rows."""
    with app.app_context(), db.engine.connect() as connection:
        found = {}
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(table.select().order_by(*table.primary_key.columns)).all()
            found[table.name] = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
        return found


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Tables that are not as they were."""
    return {name for name in before if before[name] != after[name]}
