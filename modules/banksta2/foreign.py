"""Rows that Ubilling's own module wrote beside us: learned before anything is compared with the books.

Nobody credits them here, yet a payment that one of them tells must not be credited once more. What stood there at the
migration was learned by it, the same way.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.banksta2.drafts import IMPORTED
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.values import parse_date, parse_sum
from modules.core.bulk import batches
from modules.core.db import clock
from modules.core.times import to_utc

AT_ONCE = 1000  # rows
ROWS: Any = Row.__table__
READ = select(ROWS.c["id", "date", "filename", "admin", "summ", "pdate"]).order_by(ROWS.c.id)
LEARNED = (
    update(ROWS)
    .where(ROWS.c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in ("statement_id", "row_number", "amount", "paid_on")})
)


def learn(session: Session) -> None:
    """Gives each such file its line in the list, and its rows their place, sum and day; never commits."""
    for name in session.scalars(select(Row.hash).where(Row.statement_id.is_(None)).distinct()).all():
        try:
            with session.begin_nested():
                _learn_file(session, name)
        except IntegrityError:  # somebody else is learning it in the same instant
            continue


def _learn_file(session: Session, name: str) -> None:
    rows = session.execute(READ.where(ROWS.c.hash == name, ROWS.c.statement_id.is_(None))).all()
    sums = [parse_sum(row.summ or "") for row in rows]
    statement = session.scalar(select(Statement).where(Statement.hash == name)) or _line(name, rows[0])
    session.add(statement)
    session.flush()
    first = statement.rows_total + 1
    statement.rows_total += len(rows)
    statement.sum_total += sum(filter(None, sums))
    learned = (
        {
            "row": row.id,
            "new_statement_id": statement.id,
            "new_row_number": number,
            "new_amount": kopecks,
            "new_paid_on": parse_date(row.pdate or ""),
        }
        for number, (row, kopecks) in enumerate(zip(rows, sums, strict=True), first)
    )
    for some in batches(learned, AT_ONCE):
        session.connection().execute(LEARNED, some)


def _line(name: str, row: Any) -> Statement:
    moment = to_utc(row.date) if isinstance(row.date, datetime) else clock()
    return Statement(
        hash=name,
        md5=name[:32],
        filename=row.filename,
        admin=row.admin[:45],
        created_utc=moment,
        imported_utc=moment,
        state=IMPORTED,
        rows_total=0,
        sum_total=0,
    )
