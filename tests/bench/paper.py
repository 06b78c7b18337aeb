"""Bank statements for measuring: imported ones of any length, and files of any length."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import insert

from modules.banksta2.models import Statement, StatementRow
from modules.core.db import clock, transact

HASH = "5" * 32
CREDITED = "SELECT count(*) FROM banksta2 WHERE payment_id IS NOT NULL"
SHOWN = f"/?module=banksta2&showhash={HASH}"


def imported(app, rows: int) -> int:
    """A statement in the books whose rows may all be credited, each to another subscriber -> its id."""
    with app.app_context():
        return transact(lambda session: _import(session, rows))


def _import(session, rows: int) -> int:
    paper = Statement(hash=HASH, filename="may.csv", admin="buh", created_utc=clock(), state="imported")
    paper.rows_total = rows
    session.add(paper)
    session.flush()
    session.execute(insert(StatementRow), [_row(paper.id, number) for number in range(1, rows + 1)])
    return paper.id


def _row(statement: int, number: int) -> dict:
    who = _who(number)
    return {
        "hash": HASH, "filename": "may.csv", "admin": "buh", "contract": str(110000 + who), "summ": "100.50",
        "amount": 10_000 + number, "pdate": "2026-11-23", "paid_on": date(2026, 11, 23), "service_type": "Internet",
        "realname": f"Плательщик {number}", "notes": f"Оплата по договору {110000 + who} за интернет",
        "subscriber": f"u{who:05}", "statement_id": statement, "row_number": number,
        "identity_key": f"{HASH}:{number}", "identity": f"{number:064}", "tick": True, "tax_system": "SIMPLE",
    }  # fmt: skip


def _who(number: int) -> int:
    """A subscriber of the demo that has a mobile number: each twentieth has none."""
    return number % 19_000 // 19 * 20 + number % 19 + 1


def lines(rows: int) -> Iterator[list[str]]:
    """What a bank's registry says: date, sum, contract, payer, purpose, the bank's number, INN."""
    for number in range(1, rows + 1):
        who = _who(number)
        yield [
            f"{number % 28 + 1:02}.10.2026", f"{100 + number % 900},{number % 100:02}", str(110000 + who),
            f"Плательщик {number % 5000}", f"Оплата за интернет, договор {110000 + who}", f"op-{number}", "",
        ]  # fmt: skip
