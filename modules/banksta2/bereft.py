"""Duplicates of rows that go away with their statement: they are judged anew, or nobody would be paid for them.

Statements are judged in the order of their imports: where two hold the payment, the earlier one is credited.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modules.banksta2.drafts import IMPORTED
from modules.banksta2.identity import NEW, SAME, SUSPECTED, Verdict, judge
from modules.banksta2.importing import AS_IT_IS, give_next_key
from modules.banksta2.judging import alike_together
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.twins import fact_of, known


def bereft_by(session: Session, statement_id: int) -> list[Row]:
    """Rows of other imported statements that lean on a row of this one; asked before that one is deleted."""
    leaving = select(Row.id).where(Row.statement_id == statement_id)
    theirs = (
        Row.twin_id.in_(leaving),
        Row.statement_id != statement_id,
        Row.verdict.in_((SAME, SUSPECTED)),
        Row.payment_id.is_(None),
    )
    imported = (
        select(Row).join(Statement, Statement.id == Row.statement_id).where(Statement.state == IMPORTED)
    )
    order = (Row.statement_id, Row.paid_on, Row.amount, Row.row_number, Row.id)
    wanted = imported.where(*theirs).order_by(*order)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def judge_bereft(session: Session, rows: Sequence[Row]) -> None:
    """Writes what each is without its twin; a new payment gets its key. After the statement is deleted."""
    waiting = {row.id for row in rows}
    for statement_id in dict.fromkeys(row.statement_id for row in rows):
        mine = [row for row in rows if row.statement_id == statement_id]
        spoken_for = _spoken_for(session, statement_id, waiting)
        for some in alike_together(mine):
            _judge(session, some, waiting | spoken_for)
        waiting -= {row.id for row in mine}


def _spoken_for(session: Session, statement_id: int | None, waiting: Collection[int]) -> set[int]:
    """Rows that can be no twin: those of the same file, and the twins of its other rows."""
    file = session.execute(select(Row.id, Row.twin_id).where(Row.statement_id == statement_id)).all()
    return {pk for pk, _twin in file} | {twin for pk, twin in file if twin and pk not in waiting}


def _judge(session: Session, rows: list[Any], no_twins: Collection[int]) -> None:
    facts = [fact_of(row) for row in rows]
    books = [one for one in known(session, facts) if one.id not in no_twins]
    for row, verdict in zip(rows, judge(facts, books), strict=True):
        if verdict:
            _write(session, row.id, verdict, rows)


def _write(session: Session, row_id: int, verdict: Verdict, rows: list[Any]) -> None:
    twin = verdict.twin if verdict.twin_row is None else rows[verdict.twin_row].id
    values = {"verdict": verdict.kind, "twin_id": None if verdict.kind == NEW else twin}
    session.execute(update(Row).where(Row.id == row_id).values(**values), execution_options=AS_IT_IS)
    if verdict.kind == NEW:
        give_next_key(session, row_id)
