"""Statements as they stand after their import, for tests of what becomes of their rows."""

from datetime import date
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from modules.banksta2.models import Statement, StatementRow
from modules.core.db import clock, db, transact

PEOPLE = (("Internet", "ivanov", "100001"), ("Internet", "sidorov", "100003"), ("UKV", "1", "200001"))


def imported(app: Flask, rows: int = 6, **changes) -> int:
    """The id of a statement whose rows may all be credited, 100.01, 100.02…, to ivanov, sidorov and UKV 1 in turn."""
    with app.app_context():
        return transact(lambda session: _import(session, rows, changes))


def _import(session, rows: int, changes: dict) -> int:
    name = uuid4().hex
    paper = Statement(hash=name, filename="may.csv", admin="kassir", created_utc=clock(), state="imported")
    session.add(paper)
    session.flush()
    for number in range(1, rows + 1):
        service, who, contract = PEOPLE[(number - 1) % len(PEOPLE)]
        values = {
            "hash": name,
            "filename": "may.csv",
            "admin": "kassir",
            "contract": contract,
            "summ": "x",
            "amount": 10_000 + number,
            "pdate": "2026-11-23",
            "paid_on": date(2026, 11, 23),
            "service_type": service,
            "subscriber": who,
            "statement_id": paper.id,
            "row_number": number,
            "identity_key": f"{name}:{number}",
            "tick": True,
            "tax_system": "SIMPLE",
        }
        session.add(StatementRow(**{**values, **changes}))
    return paper.id


def rows_of(app: Flask, statement: int) -> list[StatementRow]:
    """Its rows as the database has them now."""
    with app.app_context():
        found = select(StatementRow).where(StatementRow.statement_id == statement).order_by(StatementRow.id)
        rows = list(db.session.scalars(found))
        db.session.expunge_all()
        return rows


def change(app: Flask, row: int, **values) -> None:
    """Somebody changes a row."""
    with app.app_context():
        transact(lambda session: [setattr(session.get(StatementRow, row), *pair) for pair in values.items()])
