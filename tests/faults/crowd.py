"""Many at once, in threads and in processes of their own, each process with a house of its own on one database."""

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from app import create_app
from modules.banksta2 import process
from modules.billing.service import INTERNET
from modules.cashdesk import service as cashdesk
from modules.core.db import db
from modules.dreamkas import line, outbox, service
from tests.books import INTERNET_POSITION, MACHINE
from tests.dreamkas.fake import FakeDreamkas
from tests.faults.nursery import NURSERY

SECONDS = 120
WISH = service.Wish(MACHINE["id"], "SIMPLE", "CASH", INTERNET_POSITION["id"])
Act = Callable[..., Any]


def crowd(env: dict[str, str], processes: int, threads: int, act: Act, *args: Any) -> list[Any]:
    """What act(*args) gave in each thread of each process, all begun at one moment; an error is the caller's."""
    start = NURSERY.Barrier(processes)
    ends = [NURSERY.Pipe(duplex=False) for _ in range(processes)]
    crew = [
        NURSERY.Process(target=_one_house, args=(env, threads, start, mouth, act, args))
        for _ear, mouth in ends
    ]
    for one in crew:
        one.start()
    said = [one for ear, _mouth in ends for one in _heard(ear)]
    for one in crew:
        one.join(SECONDS)
    failed = [error for _value, error in said if error]
    assert not failed, failed
    return [value for value, _error in said]


def _heard(ear: Connection) -> list[tuple[Any, str]]:
    assert ear.poll(SECONDS), "a process said nothing"
    return ear.recv()


def _one_house(
    env: dict[str, str], threads: int, start: Any, mouth: Connection, act: Act, args: tuple[Any, ...]
) -> None:
    app, said = create_app(env), []
    fake = FakeDreamkas()
    line.client = lambda: fake

    def run() -> None:
        with app.app_context():
            together.wait(SECONDS)
            try:
                said.append((act(*args), ""))
            except Exception as error:
                said.append((None, f"{type(error).__name__}: {error}"))
            db.session.remove()

    together = threading.Barrier(threads, action=lambda: start.wait(SECONDS))
    crew = [threading.Thread(target=run) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(SECONDS)
    mouth.send(said)
    with app.app_context():
        db.engine.dispose()


# --- what they do ---


def press_form(token: str) -> bool:
    """The same money form; whether this press took the money."""
    how = {"operation": "add", "cash_type_id": 1, "note": "", "admin": "kassir", "second_ok": False}
    taken = cashdesk.take_payment(INTERNET, "ivanov", kopecks=75_000, token=token, wish=WISH, **how)
    return not taken.again


def carry_all() -> list[str]:
    """A worker carries whatever it may; the bodies it sent."""
    dreamkas, sent = line.client(), []
    while (claimed := outbox.claim(dreamkas.door)) is not outbox.Idle.NOTHING:
        if isinstance(claimed, outbox.Claim):
            outbox.carry(claimed, dreamkas)
            sent.append(claimed.external_id)
    return sent


def process_statement(statement: int) -> int:
    """The button, and the worker's work without its lease; how many rows this press marked."""
    marked = process.press(statement, "buh")
    process.work_through()
    return marked


def repeat(pk: int) -> bool:
    """The same rejected operation; whether this one was let."""
    try:
        service.repeat(pk, admin="kassir")
    except service.NotRepeatable:
        return False
    return True
