"""One payment at a house in this process, and the real virtual Dreamkas behind a real socket: for the table of faults.

Waits are no part of what is asked here: grace is nothing, whatever waits for its time is due at once.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from sqlalchemy import or_, select

from app import create_app
from modules.banksta2 import process
from modules.billing.demo import fill_books
from modules.billing.service import INTERNET
from modules.cashdesk import service as cashdesk
from modules.core.db import clock, db, transact
from modules.demo.commands import MAPPED
from modules.dreamkas import catalog, line, looks, outbox, service
from modules.dreamkas.client import Client
from modules.dreamkas.models import Operation, ServiceRelation
from modules.sandbox.app import create_app as create_sandbox
from modules.sandbox.wire import Handler, Server
from tests.banksta2.processing import imported
from tests.dreamkas.desk import change, due, now_is, work
from tests.house import env_for

MACHINE = 70321
WISH = service.Wish(MACHINE, "SIMPLE", "CASH", MAPPED["internet"][0])
QUICK = {
    "DREAMKAS_UNSURE_GRACE": "0",
    "DREAMKAS_READ_TIMEOUT": "10",
    "DREAMKAS_DEADLINE": "20",
    "DREAMKAS_POLL": "0.1",
}
SECONDS = 30  # a worker is given to settle it
KOPECKS = 10_001


class Sandbox:
    """The virtual Dreamkas on a port of its own, its threads in this process."""

    def __init__(self, folder: Path) -> None:
        self.server = Server("127.0.0.1", 0, create_sandbox(folder), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.mended = requests.get(f"{self.url}/sandbox/faults", timeout=5).json() | {"print_seconds": 0}
        self.mend()

    def faults(self, switches: dict[str, Any]) -> None:
        """Breaks something."""
        requests.patch(f"{self.url}/sandbox/faults", json=switches, timeout=5).raise_for_status()

    def mend(self) -> None:
        """Everything is well."""
        self.faults(self.mended)

    def twin(self, body: bytes) -> None:
        """The same request once more, as a proxy that repeats it would send it."""
        head = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
        requests.post(f"{self.url}/api/receipts", data=body, headers=head, timeout=5)

    def receipts(self, kopecks: int) -> int:
        """How many were printed for that sum."""
        period = {"from": "2020-01-01T00:00:00.000Z", "to": "2100-01-01T00:00:00.000Z", "limit": 1000}
        head = {"Authorization": "Bearer sandbox"}
        rows = requests.get(f"{self.url}/api/receipts", period, headers=head, timeout=5).json()["data"]
        return sum(row["amount"] == kopecks for row in rows)


def furnish(folder: Path, sandbox: Sandbox) -> Flask:
    """A house with subscribers, Dreamkas' catalog, and one receipt that was printed while all was well."""
    app = create_app({**env_for(folder), **QUICK, "DREAMKAS_API_URL": f"{sandbox.url}/api"})
    app.testing = True
    with app.app_context():
        transact(_fill)
        catalog.refresh()
        payment = Payment(app, sandbox, KOPECKS)
        payment.desk()
        payment.settle()
        db.session.remove()
    return app


def _fill(session) -> None:
    fill_books(0)
    for kind, (goods_id, name, _price, _code) in MAPPED.items():
        session.add(ServiceRelation(service=kind, goods_id=goods_id, goods_name=name, goods_type="SERVICE"))


class Payment:
    """A payment of a sum that no other has, taken in one of three ways; everything that is done about its receipt."""

    def __init__(self, app: Flask, sandbox: Sandbox, kopecks: int) -> None:
        self.app, self.sandbox, self.kopecks, self.pk = app, sandbox, kopecks, 0

    # --- where it comes from ---

    def desk(self) -> None:
        """A cashier takes it."""
        how = {"operation": "add", "cash_type_id": 1, "note": "", "admin": "kassir", "second_ok": True}
        token = cashdesk.new_token("kassir", INTERNET, "ivanov")
        cashdesk.take_payment(INTERNET, "ivanov", kopecks=self.kopecks, token=token, wish=WISH, **how)
        self._find()

    def statement(self) -> None:
        """A row of a statement."""
        process.press(imported(self.app, 1, amount=self.kopecks), "buh")
        process.work_through()
        self._find()

    def repeat(self) -> None:
        """Its first receipt was accepted and not printed; a person asks for another."""
        self.desk()
        self.sandbox.faults({"till_offline": True, "minute_seconds": 0.001})
        self.settle("rejected")
        self.sandbox.mend()
        self.press_repeat()

    def press_repeat(self) -> None:
        """A person presses Repeat."""
        service.repeat(self.pk, admin="kassir")
        self._find()

    def _find(self) -> None:
        newest = select(Operation.id).where(Operation.amount == self.kopecks).order_by(Operation.id.desc())
        self.pk = db.session.scalar(newest.limit(1)) or 0

    # --- what becomes of it ---

    @property
    def now(self) -> Operation:
        """Its newest operation."""
        return now_is(self.pk)

    def send(self, dreamkas: Client | None = None) -> None:
        """One attempt, over this line instead of the usual one."""
        outbox.carry(self.claimed, dreamkas or line.client())

    def impatient(self) -> Client:
        """The usual line, of somebody who does not wait."""
        return line_to(self.sandbox.server.server_port)

    def claim(self) -> None:
        """A worker takes it, all being well."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            looks.look_before_sending()  # a repeat is looked for first
            claimed = outbox.claim(line.client().door)
            if isinstance(claimed, outbox.Claim):
                assert claimed.pk == self.pk
                self.claimed = claimed
                return
            due(self.pk)
        raise AssertionError(f"never to be sent: {self.now.state} ({self.now.reason})")

    def worker_dies(self, arrived: bool) -> None:
        """The worker is killed before or after Dreamkas got the request; its lease runs out."""
        if arrived:
            self.sandbox.twin(self.claimed.body)
        change(self.pk, lease_until_utc=clock())
        transact(outbox.end_leases)

    def round(self) -> None:
        """One round of everything a worker does; whatever waits is due."""
        waiting = or_(Operation.state == "queued", Operation.state == "unsure", Operation.state == "accepted")
        for pk in db.session.scalars(select(Operation.id).where(waiting)).all():
            due(pk)
        line.probe()
        work(line.client())

    def settle(self, *states: str) -> None:
        """A worker works until the operation is in one of these states (fiscalized or rejected)."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self.now.state in (states or ("fiscalized", "rejected")):
                return
            self.round()
            time.sleep(0.02)
        raise AssertionError(f"still {self.now.state} ({self.now.reason}), not {states}")


@contextmanager
def hurried(monkeypatch) -> Iterator[None]:
    """Looks and probes that wait for nothing."""
    monkeypatch.setattr(looks, "RETRY_LOOK", timedelta())
    monkeypatch.setattr(line, "PROBE_SECONDS", {"token": 0, "door": 0})
    monkeypatch.setattr(outbox, "nudge", lambda: None)
    yield


def line_to(port: int, scheme: str = "http", host: str = "127.0.0.1") -> Client:
    """A client that goes somewhere else than to Dreamkas."""
    limits = {"connect_timeout": 0.2, "read_timeout": 0.3, "deadline": 0.4}
    return Client(f"{scheme}://{host}:{port}/api", "sandbox", **limits)
