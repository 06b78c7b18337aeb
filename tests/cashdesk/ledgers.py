"""Books with payments in every standing there is, and some that nobody would believe."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import insert

from modules.billing.models import Payment, PaymentCorr, UkvPayment
from modules.core.db import clock, transact
from modules.dreamkas.models import Operation

CASHIERS = ("kassir", "Kassir", "buh", "o'brien", "=cmd")
CASH_TYPES = (1, 2, 3, 24, 25, 77)  # 3 is exempt in these tests, 77 stands in no table
NICE = ("450.00", "650", "990.00", "230.00", "390", "100.50", "0.10", "333.33")
ODD = (
    "-3.00", "0", "0.00", "abc", "", "0.005", "0.00499999999999999999999999999999999999999", "12.", ".5", "1e5",
    " 12.345 ", "+7.1", "1 000", "12,50", "999999999999.995", "-0.004", "\t5\n",
)  # fmt: skip
NOTES = ("", "", "", "MOCK:x", "mock:x", "BALANCESET:", "balanceset:", "БАНК", "=1+1")
STATES = ("queued", "sending", "accepted", "fiscalized", "rejected", "unsure", "from the future")
LIKELY = (1, 1, 3, 60, 6, 2, 1)


def fill(seed: int, payments: int, end: datetime, days: float = 30.0, odd: float = 0.2) -> None:
    """Writes so many rows into each of the three tables, dated in the `days` before `end` (local)."""
    dice = random.Random(seed)
    for table, kind in ((Payment, "payment"), (PaymentCorr, ""), (UkvPayment, "ukv_payment")):
        number = payments if kind else max(1, payments // 40)
        rows = [_row(dice, table, pk, end, days, odd) for pk in range(1, number + 1)]
        operations = [one for row in rows for one in _operations(dice, kind, row, odd)] if kind else []
        transact(
            lambda session, table=table, rows=rows, operations=operations: _write(
                session, table, rows, operations
            )
        )


def _write(session, table, rows: list[dict], operations: list[dict]) -> None:
    for target, lines in ((table, rows), (Operation, operations)):
        for start in range(0, len(lines), 2000):
            session.execute(insert(target), lines[start : start + 2000])


def _row(dice: random.Random, table, pk: int, end: datetime, days: float, odd: float) -> dict:
    is_odd = dice.random() < odd
    when = end - timedelta(seconds=int(dice.random() ** 3 * days * 86400))
    row = {
        "id": pk,
        "date": when.replace(microsecond=0),
        "admin": dice.choice(CASHIERS if is_odd else CASHIERS[:1] + CASHIERS[2:3]),
        "summ": dice.choice(ODD if is_odd and dice.random() < 0.5 else NICE),
        "cashtypeid": dice.choice(CASH_TYPES if is_odd else CASH_TYPES[:2]),
        "note": dice.choice(NOTES) if is_odd else "",
        "balance": "0",
    }
    if table is UkvPayment:
        return {**row, "userid": dice.choice((1, 2)), "visible": int(not is_odd or dice.random() < 0.7)}
    return {**row, "login": dice.choice(("ivanov", "petrova", "sidorov"))}


def _operations(dice: random.Random, kind: str, row: dict, odd: float) -> Iterator[dict]:
    """None, one, or a rejected one (or two) beside a live one, before it or after it."""
    fate = dice.random()
    if fate < 0.12:
        return
    live = dice.choices(STATES, LIKELY)[0]
    states = [live] if dice.random() > odd else dice.sample(["rejected", "rejected", live], 3)
    for place, state in enumerate(states):
        yield _operation(dice, kind, row, place, state, odd)


def _operation(dice: random.Random, kind: str, row: dict, place: int, state: str, odd: float) -> dict:
    name = f"{kind}-{row['id']}-{place}"
    paid = row["date"] + timedelta(microseconds=dice.choice((0, 250_000, 999_999)))
    values = {
        "operation_id": name,
        "external_id": name,
        "state": state,
        "source_kind": kind,
        "source_id": row["id"],
        "source_key": None if state == "rejected" else f"{kind}:{row['id']}",
        "amount": _kopecks(row["summ"]),
        "subscriber": str(row.get("login") or row.get("userid")),
        "service": "internet" if kind == "payment" else "ukv",
        "paid_local": paid,
        "payment_type": dice.choice(("CASH", "CASH", "CASHLESS")),
        "device_id": "123",
        "receipt_id": f"r-{name}" if state == "fiscalized" else "",
        "reason": "no_mobile" if state == "rejected" else "",
        "admin": row["admin"],
        "created_utc": clock(),
        "date_create": row["date"],
        "finished_utc": None,
    }
    return {**values, **_strange(dice, row)} if dice.random() < odd / 3 else values


def _kopecks(text: str) -> int | None:
    try:
        return round(float(text) * 100)
    except ValueError:
        return None


def _strange(dice: random.Random, row: dict) -> dict:
    """An operation that is (or only seems to be) another payment's under the same number."""
    apart = dice.choice((1, 2, 3, -1, -2))
    return dice.choice(
        (
            {"subscriber": "IVANOV"},
            {"subscriber": "ivanov "},
            {"amount": None},
            {"amount": 1},
            {"paid_local": row["date"] + timedelta(seconds=apart)},
            {"paid_local": None},
        )
    )
