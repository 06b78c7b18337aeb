"""The checker: what the desk told, what our database says and what the cash register printed must be one."""

import re
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import NullPool, create_engine, select, text

from modules.billing.models import UkvUser, User
from modules.core.db import connect_to
from modules.core.money import from_decimal_text, from_double
from modules.dreamkas.words import REASONS
from tests.faults.people import UNREACHABLE, Told

FINAL = ("fiscalized", "rejected")
OUR_PAYMENTS = """
    SELECT 'payment' AS kind, id, login AS who, summ FROM payments WHERE admin <> 'demo'
    UNION ALL SELECT 'ukv_payment', id, CAST(userid AS CHAR(9)), summ FROM ukv_payments WHERE admin <> 'demo'
"""
WHO = """
    SELECT login AS who, contract FROM contracts
    UNION ALL SELECT CAST(id AS CHAR(9)), contract FROM ukv_users
"""
BALANCES = (select(User.login, User.cash), select(UkvUser.id, UkvUser.cash))
ROWS = """
    SELECT banksta2.*, banksta2_statements.state AS paper FROM banksta2
    JOIN banksta2_statements ON banksta2_statements.id = banksta2.statement_id ORDER BY banksta2.id
"""

Source = tuple[str, int]  # kind and number of a payment


@dataclass
class Books:
    """Our database, read from outside. Kopecks everywhere."""

    payments: dict[Source, tuple[str, int]]  # subscriber, kopecks
    balances: dict[str, int]
    operations: list[dict]
    rows: list[dict]  # of statements
    subscribers: dict[str, str]  # contract -> subscriber
    integrity: str


def read(url: str) -> Books:
    """By a connection of its own, as a stranger would."""
    engine = create_engine(connect_to(url)[0], poolclass=NullPool)
    with engine.connect() as connection:

        def rows(sql: str) -> list[dict]:
            return [dict(row) for row in connection.execute(text(sql)).mappings()]

        integrity = "ok"
        if engine.dialect.name == "sqlite":
            integrity = connection.execute(text("PRAGMA integrity_check")).scalar_one()
        return Books(
            {
                (row["kind"], row["id"]): (row["who"].strip(), from_decimal_text(row["summ"]))
                for row in rows(OUR_PAYMENTS)
            },
            {str(who): from_double(cash) for each in BALANCES for who, cash in connection.execute(each)},
            rows("SELECT * FROM dreamkas_operations ORDER BY id"),
            rows(ROWS),
            {row["contract"]: row["who"].strip() for row in rows(WHO)},
            integrity,
        )


def differences(told: Told, before: Books, books: Books, printed: list[dict]) -> list[str]:
    """Every sentence is a broken promise; none: one payment, one receipt, the same kopecks in all three books."""
    return [
        *told.complaints,
        *_of_payments(told, books),
        *_of_balances(before, books),
        *_of_receipts(told, books, printed),
        *_of_operations(books, printed),
        *_of_rows(books),
        *([] if books.integrity == "ok" else [f"integrity_check: {books.integrity}"]),
    ]


def _of_payments(told: Told, books: Books) -> list[str]:
    booked, due = Counter(books.payments.values()), told.booked()
    return [
        f"{one} was told to be taken {due[one]} times and stands {booked[one]} times in the books"
        for one in booked.keys() | due.keys()
        if booked[one] != due[one]
    ]


def _of_balances(before: Books, books: Books) -> list[str]:
    came: Counter[str] = Counter()
    for who, kopecks in books.payments.values():
        came[who] += kopecks
    return [
        f"the balance of {who} grew by {now - before.balances[who]}, its payments are {came[who]}"
        for who, now in books.balances.items()
        if now - before.balances[who] != came[who]
    ]


def _of_receipts(told: Told, books: Books, printed: list[dict]) -> list[str]:
    due, on_paper = told.due(), Counter((_subscriber(books, slip), slip["amount"]) for slip in printed)
    return [
        f"{one} must have {due[one]} receipts and was printed {on_paper[one]} times"
        for one in on_paper.keys() | due.keys()
        if on_paper[one] != due[one]
    ]


def _subscriber(books: Books, slip: dict) -> str:
    found = re.search(r"договор (\d+)", slip["positions"][0]["name"])
    return books.subscribers.get(found[1], "") if found else ""


def _of_operations(books: Books, printed: list[dict]) -> list[str]:
    return [
        sentence
        for operation in books.operations
        for sentence in _of_operation(operation, books.payments, {slip["id"]: slip for slip in printed})
    ] + [
        f"receipt {slip['id']} is unknown here"
        for slip in printed
        if slip["id"] not in {row["receipt_id"] for row in books.operations if row["state"] == "fiscalized"}
    ]


def _of_operation(row: dict, payments: dict[Source, tuple[str, int]], slips: dict[str, dict]) -> list[str]:
    broken, name = [], f"operation {row['id']} of {row['subscriber']}"
    if row["state"] not in FINAL:
        broken.append(f"{name} is {row['state']}")
    if row["state"] == "rejected" and row["reason"] not in REASONS:
        broken.append(f"{name} is rejected for a reason that nobody can read: {row['reason']!r}")
    if row["subscriber"] == UNREACHABLE and (row["state"], row["reason"]) != ("rejected", "no_mobile"):
        broken.append(f"{name} is {row['state']} {row['reason']} without a mobile number")
    if row["alarm"]:
        broken.append(f"{name}: alarm {row['alarm']}")
    if payments.get((row["source_kind"], row["source_id"])) != (row["subscriber"], row["amount"]):
        broken.append(f"{name} says {row['amount']}, its payment does not")
    slip = slips.get(row["receipt_id"], {})
    if row["state"] == "fiscalized" and slip.get("amount") != row["amount"]:
        broken.append(f"{name} says {row['amount']}, its receipt {slip.get('amount')}")
    return broken


def _of_rows(books: Books) -> list[str]:
    return [sentence for row in books.rows for sentence in _of_row(row, books)]


def _of_row(row: dict, books: Books) -> list[str]:
    """A row that holds the key of its payment is credited, its payment is its own, with its receipt; no other is."""
    name = f"row {row['id']} of {row['filename']} ({row['subscriber']}, {row['amount']})"
    credited = row["processed"] == 1 and row["payment_id"] is not None
    if row["wanted_utc"]:
        return [f"{name} is still waiting for the worker"]
    if row["trouble"]:
        return [f"{name} is in trouble: {row['trouble']}"]
    due = row["paper"] == "imported" and row["identity_key"] and row["subscriber"]
    if bool(due) != credited:
        return [f"{name} is {'credited' if credited else 'not credited'}: {row['paper']} {row['verdict']}"]
    if not credited:
        return []
    source = (row["payment_kind"], row["payment_id"])
    states = {row["state"] for row in books.operations if (row["source_kind"], row["source_id"]) == source}
    if books.payments.get(source) != (row["subscriber"], row["amount"]):
        return [f"{name} names {source}, which is {books.payments.get(source)}"]
    return [] if "fiscalized" in states else [f"{name} has no receipt: {states}"]
