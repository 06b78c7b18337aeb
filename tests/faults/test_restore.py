"""Restore: the books go back to a copy, and nothing that was printed since is printed again."""

import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.story.street import Cashier, Street, hidden, wait_for

pytestmark = pytest.mark.story

RECEIPTS = 200
LATE = 4  # of them stand in the copy: queued when it was made
QUICK = {
    "DREAMKAS_UNSURE_GRACE": "3",
    "DREAMKAS_DEADLINE": "3",
    "DREAMKAS_READ_TIMEOUT": "1",
    "DREAMKAS_POLL": "0.5",
    "DREAMKAS_CONCURRENCY": "8",
}


def copy_of(street: Street, name: str) -> Path:
    """A backup as README tells it: by SQLite's own means, while everything runs."""
    place = street.folder / name
    with (
        closing(sqlite3.connect(street.folder / "house.db")) as live,
        closing(sqlite3.connect(place)) as copy,
    ):
        live.backup(copy)
    return place


def put_back(street: Street, copy: Path) -> None:
    """The house is stopped, its books are replaced, and it opens again."""
    for name in ("web", "worker"):
        street.kill(name)
    for tail in ("-wal", "-shm"):
        (street.folder / f"house.db{tail}").unlink(missing_ok=True)
    shutil.copyfile(copy, street.folder / "house.db")


def ask(street: Street, query: str) -> list[tuple]:
    with closing(sqlite3.connect(street.folder / "house.db", timeout=30)) as books:
        return books.execute(query).fetchall()


def heart_beats_again(street: Street, since_seconds: float) -> None:
    """Makes the copy as old as a copy of some minutes ago is: nobody waits half a minute here."""
    with closing(sqlite3.connect(street.folder / "house.db", timeout=30)) as books:
        shift = f"-{since_seconds} seconds"
        books.execute(
            "UPDATE dreamkas_duties SET ran_utc = strftime('%Y-%m-%d %H:%M:%f000', ran_utc, ?) WHERE name = 'beat'",
            (shift,),
        )
        books.commit()


def pay_many(street: Street, sums: range) -> None:
    """So many payments of ivanov, each of another sum, one after another."""
    cashier = Cashier(street)
    page = cashier.page("ivanov")
    for kopecks in sums:
        answer = cashier.pay("ivanov", f"{kopecks // 100}.{kopecks % 100:02d}", page=page)
        assert answer.status_code == 303, answer.text[:300]
        page = cashier.page("ivanov")


def sums_of(slips: list[dict]) -> Counter:
    return Counter(slip["amount"] for slip in slips)


def everything_is_printed(street: Street, number: int) -> None:
    wait_for(f"{number} receipts", lambda: len(street.printed()) >= number)


def test_books_of_before_200_receipts_print_none_of_them_again(make_street):
    street = make_street(**QUICK)
    street.faults(print_seconds=0.05)
    Cashier(street).pay("ivanov", "1.00")  # the canary
    everything_is_printed(street, 1)
    # A few wait in the queue when the copy is made.
    street.kill("worker")
    pay_many(street, range(100_000, 100_000 + LATE))
    copy = copy_of(street, "copy.db")
    street.start("worker")
    pay_many(street, range(200_000, 200_000 + RECEIPTS - LATE))
    everything_is_printed(street, 1 + RECEIPTS)
    before = sums_of(street.printed())

    put_back(street, copy)
    heart_beats_again(street, 120)
    assert len(ask(street, "SELECT id FROM dreamkas_operations WHERE state = 'queued'")) == LATE
    street.start("web")
    street.start("worker")
    wait_for(
        "the comparison",
        lambda: ask(street, "SELECT done_utc > returned_utc FROM dreamkas_drift_check") == [(1,)],
    )
    wait_for(
        "the queued ones",
        lambda: ask(street, "SELECT count(*) FROM dreamkas_operations WHERE state <> 'fiscalized'") == [(0,)],
    )
    time.sleep(3)  # whatever would be sent by mistake has its time
    assert sums_of(street.printed()) == before, "nothing is printed twice"

    listed = ask(
        street, "SELECT amount, contract, title, date_utc FROM dreamkas_drift WHERE kind = 'stranger'"
    )
    known = ask(street, "SELECT amount FROM dreamkas_operations WHERE state = 'fiscalized'")
    assert sorted(amount for amount, *_rest in listed) == list(range(200_000, 200_000 + RECEIPTS - LATE))
    assert all(contract == "100001" and title and date for _amount, contract, title, date in listed)
    assert Counter(amount for (amount,) in known) + Counter(row[0] for row in listed) == before

    # Taken anew, such a payment asks for a person's word; without a receipt it is taken, and matched by one press.
    wait_for("the web", lambda: street.answers(f"{street.web_url}/?module=login"))
    cashier = Cashier(street)
    again = cashier.pay("ivanov", "2000.00")
    assert again.status_code == 422 and "100001" in again.text and 'name="secondpayment"' in again.text
    assert cashier.pay("ivanov", "2000.00", fiscalize=False).status_code == 303
    matched = match(street, 200_000)
    assert matched.ok and ask(street, "SELECT count(*) FROM dreamkas_operations WHERE amount = 200000") == [
        (1,)
    ]
    assert cashier.badges("ivanov")[0] == "fiscalized"
    time.sleep(2)
    assert sums_of(street.printed()) == before


def match(street: Street, kopecks: int) -> requests.Response:
    """The accountant presses "Match to the payments" for the receipt of that sum."""
    buh = Cashier(street, "buh")
    [(pk,)] = ask(street, f"SELECT id FROM dreamkas_drift WHERE amount = {kopecks}")
    page = buh.get("/?module=dreamkas&getdrift=true").text
    form = {"csrf_token": hidden(page, "csrf_token"), "driftrow": str(pk)}
    return buh.browser.post(f"{street.web_url}/?module=dreamkas&matchdrift=true", data=form, timeout=30)
