"""Webhooks by the hundred: true, doubled, shuffled, lying, forged and broken; only the truth comes of them."""

import contextlib
import random
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.dreamkas.hooks import hook, operation_hook, receipt_hook
from tests.story.street import Cashier, Street, wait_for

pytestmark = pytest.mark.story

JSON = {"Content-Type": "application/json"}
THREADS = 8
SUMS = [f"{100 + number}.{number:02}" for number in range(6)]


def test_hundreds_of_webhooks_and_only_the_truth_comes_of_them(make_street):
    street = make_street(DREAMKAS_POLL="3600")  # nobody asks about a receipt unless a webhook gives the hint
    address = street.listen()
    street.faults(webhook_shuffle=True, webhook_duplicates=2, webhook_lies=True, webhook_retries=50)
    street.faults(till_offline=True, print_seconds=0.1)
    cashier = Cashier(street)
    for roubles in SUMS:
        assert cashier.pay("ivanov", roubles).status_code == 303
    wait_for("all to be accepted", lambda: states(cashier) == {"accepted": len(SUMS)})

    told = flood(address, [*(3 * forgeries(street)), *broken()])
    assert told.keys() == {200, 400, 403, 413}
    wait_for("all hints to be looked into", lambda: one(street, UNSEEN) == 0)
    assert states(cashier) == {"accepted": len(SUMS)}
    assert street.printed() == []

    street.faults(till_offline=False)
    assert max(flood(address, [*(3 * forgeries(street)), *broken()])) < 500
    wait_for("all badges", lambda: states(cashier) == {"fiscalized": len(SUMS)})
    printed = street.printed()
    assert sorted(slip["amount"] for slip in printed) == [int(roubles.replace(".", "")) for roubles in SUMS]
    assert {slip["id"] for slip in printed} == {row for (row,) in ask(street, RECEIPTS)}


UNSEEN = "SELECT count(*) FROM dreamkas_inbox WHERE fate = 'new'"
RECEIPTS = "SELECT receipt_id FROM dreamkas_operations"


def ask(street: Street, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(street.folder / "house.db", timeout=30)) as books:
        return books.execute(query).fetchall()


def one(street: Street, query: str):
    return ask(street, query)[0][0]


def states(cashier: Cashier) -> Counter[str]:
    return Counter(cashier.badges("ivanov"))


def forgeries(street: Street) -> list[bytes]:
    """What somebody who stole the key may say of every operation of ours, and of some that are not."""
    ids = [row for (row,) in ask(street, "SELECT operation_id FROM dreamkas_operations")]
    said = []
    for id in [*ids, "000000000000000000000000"]:
        said.append(operation_hook(id, "SUCCESS", data={"receiptId": f"forged-{id}"}))
        said.append(operation_hook(id, "ERROR", data={"error": {"code": "E", "message": "no"}}))
        said.append(operation_hook(id, "EXPLODED"))
        said.append(receipt_hook(f"forged-{id}", id, phone="+79990000000"))
    said += [hook("PRODUCT", id=str(number)) for number in range(10)]
    return said + [hook("UNHEARD_OF", thing=number) for number in range(10)]


def broken() -> list[bytes]:
    """No messages at all."""
    dice = random.Random(54)
    said = [dice.randbytes(dice.randrange(300)) for _ in range(40)]
    said += [b"[" * 100_000, b"null", "Касса".encode("cp1251"), b"{" + b" " * (1 << 20)]
    return said


def flood(address: str, bodies: list[bytes]) -> Counter[int]:
    """Sends all of them, shuffled, from several threads at once, some with a key that is wrong -> status: how often."""
    random.Random(54).shuffle(bodies)
    wrong = address.replace("&key=UB", "&key=BU")
    # A refused key is not worth reading the rest of a large body: the connection may break over it.
    turned_away = [number % 10 == 0 and len(body) < 1000 for number, body in enumerate(bodies)]
    sent = [(wrong if away else address, body) for away, body in zip(turned_away, bodies, strict=True)]
    with ThreadPoolExecutor(THREADS) as threads:
        return Counter(threads.map(lambda what: send(*what), sent))


def send(address: str, body: bytes) -> int:
    return requests.post(address, data=body, headers=JSON, timeout=60).status_code
