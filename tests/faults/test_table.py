"""The table of faults: what breaks -> what the operation becomes -> how it ends, for each of the three sources.

However it ends, it ends with one receipt; "repeat": after a person pressed Repeat, as he would.
"""

import base64
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modules.core.db import db, transact
from modules.dreamkas import life, line
from modules.dreamkas.client import Client
from tests.dreamkas.test_client_sockets import answering, reset, serving, whole
from tests.faults.counterfeit import Payment, Sandbox, furnish, hurried, line_to

HTML = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\n"
JSON = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
ONE_SHAPE, OTHER_SHAPE = (
    b'{"status":400,"code":"E_VALIDATION_FAILED","message":"bad","data":{"errors":[{"code":"%s","message":"no"}]}}'
    % code
    for code in (b"E_VALIDATION_ARRAY_BASE", b"E_VALIDATION_OBJECT_ALLOW_UNKNOWN")
)
NO_ERRORS = b'{"status":400,"message":"bad"}'
STRANGE = b'{"code":"ValidationError","message":"bad request"}'

Line = Callable[[], AbstractContextManager[Client]]


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    name: str
    becomes: str  # right after the attempt
    switches: dict[str, Any] = field(default_factory=dict)  # of the sandbox, while it is sent
    line: Line | None = None  # instead of the line to the sandbox
    impatient: bool = False  # the sender does not wait long for an answer
    dies: bool | None = None  # the worker, after (True) or before (False) the request arrived
    twice: bool = False  # a proxy sends it once more; the till does not print that one
    held: str = ""  # why the queue is held then
    reason: str = ""  # on the operation
    looking: dict[str, Any] | None = None  # what is broken while a worker looks for it…
    seen: str = ""  # …and what it is after three looks
    ends: str = "alone"  # or "repeat", "late": past its timeout its receipt is searched
    alarm: str = ""


@contextmanager
def nobody_listens() -> Iterator[Client]:
    """A port that refuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield line_to(free.getsockname()[1])


@contextmanager
def no_such_name() -> Iterator[Client]:
    """A name without an address."""
    yield line_to(80, host="nowhere.invalid")


@contextmanager
def crowded() -> Iterator[Client]:
    """Nobody accepts: the handshake gets no answer."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for sock in crowd:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        time.sleep(0.05)
        yield line_to(full.getsockname()[1])
        for sock in crowd:
            sock.close()


@contextmanager
def over_tls(behave: Callable) -> Iterator[Client]:
    """A handshake with somebody who can not."""
    with serving(behave) as server:
        yield line_to(server.port, "https")


@contextmanager
def saying(answer: bytes) -> Iterator[Client]:
    """Somebody who answers so, whatever was asked, and keeps nothing."""
    with serving(answering(answer)) as server:
        yield line_to(server.port)


def plain(_server: Any, conn: socket.socket) -> None:
    """Speaks HTTP where TLS is wanted."""
    conn.recv(1000)
    conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def breaks_off(_server: Any, conn: socket.socket) -> None:
    """Resets in the middle of the handshake."""
    conn.recv(10)
    reset(conn)


def before_and_after(name: str, becomes: str, switch: str, **more: Any) -> list[Fault]:
    """The same answer before the request was processed, and after."""
    return [
        Fault(f"{name}, {when} processing", becomes, {switch: {"probability": 1, "when": when}}, **more)
        for when in ("before", "after")
    ]


SWALLOWED, LOST = {"lose_before_accept": 1}, {"lose_answer_after_accept": 1}
refusal = partial(Fault, becomes="rejected", reason="refused", ends="repeat")
doubt = partial(Fault, becomes="unsure")
unsent = partial(Fault, becomes="queued", reason="not_sent")

TABLE = [
    # --- proved not sent: it waits and goes again ---
    unsent("DNS", line=no_such_name),
    unsent("connection refused", line=nobody_listens),
    unsent("connect timeout", line=crowded),
    unsent("TLS: plain HTTP", line=partial(over_tls, plain)),
    unsent("TLS: reset in the handshake", line=partial(over_tls, breaks_off)),
    # --- Dreamkas says no ---
    Fault("429 with Retry-After", "queued", {"answer_429": {"probability": 1, "seconds": 1}}, reason="throttled"),
    Fault("401", "queued", {"answer_401": 1}, reason="token", held="token"),
    Fault("403", "queued", {"answer_403": 1}, reason="token", held="token"),
    refusal("400, the sandbox's", switches={"refuse_400": 1}),
    refusal("400, no array", line=partial(saying, whole(ONE_SHAPE, JSON % b"400 Bad Request"))),
    refusal("400, an unknown key", line=partial(saying, whole(OTHER_SHAPE, JSON % b"400 Bad Request"))),
    refusal("400, no word about what", line=partial(saying, whole(NO_ERRORS, JSON % b"400 Bad Request"))),
    refusal("422", line=partial(saying, whole(ONE_SHAPE, JSON % b"422 Unprocessable Entity"))),
    # --- a stranger at the door: the queue is held, the operation is looked for ---
    doubt("404 of a wrong address", line=partial(saying, whole(b"<p>?", HTML % b"404 Not Found")), held="door"),
    doubt("400 of a firewall", line=partial(saying, whole(b"<p>?", HTML % b"400 Bad Request")), held="door"),
    doubt("403 of a firewall", line=partial(saying, whole(b"<p>?", HTML % b"403 Forbidden")), held="door"),
    doubt("400 in a JSON that is not theirs", line=partial(saying, whole(STRANGE, JSON % b"400 Bad")), held="door"),
    doubt("409 in JSON", line=partial(saying, whole(ONE_SHAPE, JSON % b"409 Conflict")), held="door"),
    # --- anything else: it may have arrived ---
    *before_and_after("read timeout", "unsure", "hang", impatient=True),
    doubt("reset before the answer, kept nothing", switches=SWALLOWED),
    doubt("reset before the answer, kept", switches=LOST),
    doubt("closed before the answer, kept", switches={**LOST, "lose_how": "close"}),
    doubt("reset in the answer", switches={"cut_answer": 1}),
    doubt("an answer by drops", switches={"drip": {"probability": 1, "seconds": 0.05}}, impatient=True),
    *before_and_after("500", "unsure", "answer_500"),
    *before_and_after("502 with HTML", "unsure", "answer_502_html"),
    *before_and_after("503", "unsure", "answer_503"),
    *before_and_after("307", "unsure", "redirect_307"),
    *before_and_after("200 with an HTML challenge", "unsure", "html_challenge_200"),
    doubt("truncated JSON", switches={"truncated_json": 1}),
    doubt("wrong content type", switches={"wrong_content_type": 1}),
    doubt("another externalId in a 2xx", switches={"wrong_external_id": 1}),
    doubt("no externalId in a 2xx", switches={"no_external_id": 1}),
    doubt("worker killed before it sent", dies=False, reason="lease"),
    doubt("worker killed after it sent", dies=True, reason="lease"),
    # --- accepted, and then ---
    Fault("ERROR in a 2xx", "rejected", {"error_in_2xx": 1}, reason="their_error", ends="repeat"),
    Fault(
        "ERROR later", "accepted", {"till_offline": True, "minute_seconds": 0.001},
        looking={}, seen="rejected", ends="repeat",
    ),
    Fault("unknown status word", "accepted", {"unknown_status_word": "final"}, looking={}, seen="accepted"),
    Fault("SUCCESS without receiptId", "accepted", {"success_without_receipt": "hidden"}, ends="late"),
    Fault("receiptId comes later", "accepted", {"receipt_id_delay": 5}, looking={}, seen="accepted"),
    # --- looking for it ---
    doubt("two operations with our externalId", switches=LOST, twice=True, alarm="two_operations"),
    doubt(
        "listing in pages, ours on the last", switches=LOST,
        looking={"operations_order": "oldest", "operations_page_cap": 1}, seen="found",
    ),
    doubt(
        "listing fails half-way", switches=SWALLOWED,
        looking={"operations_page_cap": 1, "listing_fails_after_page": 1}, seen="unsure",
    ),
    doubt("listing is empty", switches=SWALLOWED, looking={"operations_empty": True}, seen="unsure"),
    doubt(
        "listing repeats its page", switches=SWALLOWED,
        looking={"operations_page_cap": 1, "operations_ignore_offset": True}, seen="unsure",
    ),
    *(
        doubt(f"their clock is {minutes} minutes off, {words}", switches={**how, "clock_skew_seconds": minutes * 60},
              looking={"clock_skew_seconds": minutes * 60}, seen="found" if how is LOST else "absent")
        for minutes in (10, -10) for how, words in ((LOST, "kept"), (SWALLOWED, "kept nothing"))
    ),
]  # fmt: skip
FOUND, ABSENT = ("accepted", "fiscalized"), ("queued", "accepted", "fiscalized")


@pytest.fixture(scope="module")
def counter(tmp_path_factory, empty_tables):
    """(house, sandbox, the database from which each row begins, sums that nobody used)."""
    folder = tmp_path_factory.mktemp("counter")
    shutil.copyfile(empty_tables, folder / "house.db")
    sandbox = Sandbox(folder / "sandbox")
    app = furnish(folder, sandbox)
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    begin = Path(shutil.copyfile(folder / "house.db", folder / "begin.db"))
    yield app, sandbox, begin, iter(range(20_000, 30_000))
    sandbox.server.shutdown()


@pytest.fixture
def payment(counter, monkeypatch) -> Iterator[Payment]:
    """One of its own, in a house as it was furnished."""
    app, sandbox, begin, sums = counter
    for name in ("house.db", "house.db-wal", "house.db-shm"):
        begin.with_name(name).unlink(missing_ok=True)
    shutil.copyfile(begin, begin.with_name("house.db"))
    sandbox.mend()
    with app.app_context(), hurried(monkeypatch):
        yield Payment(app, sandbox, next(sums))
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("source", ["desk", "statement", "repeat"])
@pytest.mark.parametrize("fault", TABLE, ids=lambda fault: fault.name)
def test_whatever_breaks_the_payment_ends_with_one_receipt(payment, monkeypatch, fault, source):
    getattr(payment, source)()
    attempt(payment, fault)
    assert (payment.now.state, hold_of_the_queue()) == (fault.becomes, fault.held)
    assert payment.now.reason == fault.reason or not fault.reason
    if fault.looking is not None:
        look_three_times(payment, fault)
    if fault.ends == "late":
        monkeypatch.setattr(life, "LATE_AFTER", -life.LATE_AFTER)
        payment.settle("fiscalized")
    payment.sandbox.mend()
    payment.settle()
    if fault.ends == "repeat":
        assert payment.now.state == "rejected"
        payment.press_repeat()
        payment.settle()
    assert (payment.now.state, payment.now.alarm) == ("fiscalized", fault.alarm)
    assert payment.sandbox.receipts(payment.kopecks) == 1


def attempt(payment: Payment, fault: Fault) -> None:
    """One attempt: the fault comes when a worker has taken it."""
    payment.claim()
    payment.sandbox.faults(fault.switches)
    if fault.dies is not None:
        payment.worker_dies(fault.dies)
    elif fault.line:
        with fault.line() as dreamkas:
            payment.send(dreamkas)
    else:
        payment.send(payment.impatient() if fault.impatient else None)
    if fault.twice:
        send_twin(payment)


def send_twin(payment: Payment) -> None:
    """The second of two, which the till does not print."""
    payment.sandbox.faults({"lose_answer_after_accept": 0, "error_in_2xx": 1})
    payment.sandbox.twin(body_of(payment))
    payment.sandbox.mend()


def body_of(payment: Payment) -> bytes:
    """What was sent."""
    return base64.b64decode(payment.now.operation_body)


def look_three_times(payment: Payment, fault: Fault) -> None:
    """A worker looks while that is broken: it finds what is to be found, and takes nothing for a proof that is none."""
    payment.sandbox.faults({"lose_before_accept": 0, **(fault.looking or {})})
    for _look in range(3):
        payment.round()
        time.sleep(0.02)
    if fault.seen == "rejected":
        payment.settle("rejected")
    wanted = {"found": FOUND, "absent": ABSENT}.get(fault.seen, (fault.seen,))
    assert payment.now.state in wanted, payment.now.reason


def hold_of_the_queue() -> str:
    """Why the queue is held."""
    return transact(lambda session: line.line(session).reason)
