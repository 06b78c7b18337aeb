"""What the books hold already that a new row could be: read for identity.judge."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from modules.banksta2.identity import SAME, Fact, Known
from modules.banksta2.models import Statement, StatementRow
from modules.banksta2.values import parse_time
from modules.core.bulk import batches

DAYS_AT_ONCE = 200
TOLD = ("bank_id", "account", "ptime", "pdate", "payer_account", "payer_inn", "document", "realname", "notes")
FACT = [
    getattr(StatementRow, name) for name in ("id", "paid_on", "amount", *TOLD)
]  # what fact_of asks a row for
HELD = (StatementRow.occurrence, StatementRow.identity_key)


def known(session: Session, facts: Iterable[Fact | None]) -> list[Known]:
    """Every row of imported statements, Ubilling's own included, that is of the day and sum of one of these.

    Rows found to be the same as an earlier one are left out: that one speaks for them.
    """
    wanted = {(fact.date, fact.kopecks) for fact in facts if fact}
    found: list[Known] = []
    sums = [kopecks for _day, kopecks in wanted] or [0]
    for days in batches(sorted({day for day, _kopecks in wanted}), DAYS_AT_ONCE):
        rows = _rows(session, days, min(sums), max(sums))
        found += [_known(row) for row in rows if (row.paid_on, row.amount) in wanted]
    return found


def _rows(session: Session, days: list[date], least: int, most: int) -> Iterable[Any]:
    near = (StatementRow.paid_on.in_(days), StatementRow.amount.between(least, most))
    rows = select(*FACT, *HELD).where(*near, *_held(StatementRow))
    return session.execute(rows.order_by(StatementRow.id))


def in_books(day: Any, kopecks: Any) -> ColumnElement[bool]:
    """For a question about rows: whether `known` would find any of that day and sum."""
    held = aliased(StatementRow)
    return exists(select(held.id).where(held.paid_on == day, held.amount == kopecks, *_held(held)))


def _held(row: Any) -> tuple[ColumnElement[bool], ...]:
    imported = select(Statement.id).where(Statement.state == "imported")
    return row.verdict != SAME, row.error == "", row.statement_id.in_(imported)


def _known(row: Any) -> Known:
    return Known(row.id, fact_of(row), row.occurrence if row.identity_key else 0)


def fact_of(row: Any) -> Fact:
    """What a row of the books says; its day and sum must be known."""
    assert row.paid_on is not None and row.amount is not None  # noqa: S101 - the query asked for both
    return Fact(
        row.paid_on,
        row.amount,
        row.bank_id,
        row.account,
        parse_time(row.ptime or row.pdate),
        row.payer_account,
        row.payer_inn,
        row.document,
        row.realname,
        row.notes,
    )
