"""The checker: what the desk told, what our database says and what the cash register printed must be one."""

import re
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import create_engine, text

from modules.core.db import connect_to
from modules.core.money import from_decimal_text
from tests.faults.people import Told

FINAL = ("fiscalized", "rejected")


@dataclass
class Books:
    """Our database, read from outside."""

    payments: list[tuple[int, str, int]]  # id, subscriber, kopecks
    operations: list[dict]
    contracts: dict[str, str]  # contract -> subscriber
    integrity: str


def read(url: str) -> Books:
    """By a connection of its own, as a stranger would."""
    engine = create_engine(connect_to(url)[0])
    try:
        with engine.connect() as connection:
            payments = connection.execute(
                text("SELECT id, login, summ FROM payments WHERE admin <> 'demo'")
            ).all()
            operations = (
                connection.execute(text("SELECT * FROM dreamkas_operations ORDER BY id")).mappings().all()
            )
            contracts = connection.execute(text("SELECT contract, login FROM contracts")).all()
            integrity = "ok"
            if engine.dialect.name == "sqlite":
                integrity = connection.execute(text("PRAGMA integrity_check")).scalar_one()
    finally:
        engine.dispose()
    return Books(
        [(id, login, from_decimal_text(summ)) for id, login, summ in payments],
        [dict(row) for row in operations],
        {contract: login for contract, login in contracts},
        integrity,
    )


def open_operations(url: str) -> list[str]:
    """What is not final yet, as words for a person."""
    return [
        f"operation {row['id']} {row['state']} ({row['reason']}) attempt {row['attempt']} asked {row['asked']}"
        for row in read(url).operations
        if row["state"] not in FINAL
    ]


def differences(told: Told, books: Books, printed: list[dict]) -> list[str]:
    """Every sentence is a broken promise; none: one payment, one receipt, the same kopecks in all three books."""
    return [
        *told.complaints,
        *_of_payments(told, books),
        *_of_receipts(told, books, printed),
        *_of_operations(books, printed),
        *([] if books.integrity == "ok" else [f"integrity_check: {books.integrity}"]),
    ]


def _of_payments(told: Told, books: Books) -> list[str]:
    booked = Counter((login, kopecks) for _id, login, kopecks in books.payments)
    twice = [f"{one} stands {times} times in the books" for one, times in booked.items() if times > 1]
    lost = [
        f"{one} was told to be taken and is not in the books" for one in told.payments if one not in booked
    ]
    untold = [f"{one} is in the books and was told to nobody" for one in booked if one not in told.payments]
    return twice + lost + untold


def _of_receipts(told: Told, books: Books, printed: list[dict]) -> list[str]:
    wanted = {one for one, fiscal in told.payments.items() if fiscal}
    on_paper = Counter((_subscriber(books, slip), slip["amount"]) for slip in printed)
    more = [f"{one} was printed {times} times" for one, times in on_paper.items() if times > 1]
    strange = [f"{one} was printed and nobody asked for it" for one in on_paper if one not in wanted]
    none = [f"{one} has no receipt" for one in wanted if one not in on_paper]
    return more + strange + none


def _subscriber(books: Books, slip: dict) -> str:
    found = re.search(r"договор (\d+)", slip["positions"][0]["name"])
    return books.contracts.get(found[1], "") if found else ""


def _of_operations(books: Books, printed: list[dict]) -> list[str]:
    slips = {slip["id"]: slip for slip in printed}
    known = {row["receipt_id"]: row for row in books.operations if row["state"] == "fiscalized"}
    open_ = [
        f"operation {row['id']} is {row['state']}" for row in books.operations if row["state"] not in FINAL
    ]
    mute = [
        f"operation {row['id']} is rejected without a reason"
        for row in books.operations
        if row["state"] == "rejected" and not row["reason"]
    ]
    alarms = [f"operation {row['id']}: alarm {row['alarm']}" for row in books.operations if row["alarm"]]
    unknown = [f"receipt {id} is unknown here" for id in slips if id not in known]
    wrong = [
        f"operation {row['id']} says {row['amount']}, its receipt {slips[id]['amount'] if id in slips else None}"
        for id, row in known.items()
        if id not in slips or slips[id]["amount"] != row["amount"]
    ]
    return open_ + mute + alarms + unknown + wrong
