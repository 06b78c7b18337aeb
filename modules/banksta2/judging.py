"""Which payment of the bank each row of a draft is, beside what the books hold now.

Nearly all rows are new, the only ones of their kind, and were kept as such: the database itself leaves them aside, a
day and sum at a time, and only where there may be a doubt the rows are read and judged.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Executable, and_, bindparam, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from modules.banksta2.foreign import learn
from modules.banksta2.identity import NEW, SAME, SUSPECTED, Verdict, judge
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.twins import FACT, fact_of, in_books, known

AT_ONCE = 2000  # rows
ANOTHER = "another"  # a person said that it is another payment
STANDS = ("verdict", "twin_id", "identity", "occurrence")
ORDER = (Row.paid_on, Row.amount, Row.row_number, Row.id)
ROWS: Any = Row.__table__
STAND = update(ROWS).where(ROWS.c.id == bindparam("row")).values({name: bindparam(name) for name in STANDS})

EQUAL = func.count() > func.count(Row.identity.distinct())
# Where some rows lack what others tell, equal numbers of the bank and equal times are not in the identity alone.
UNLIKE = and_(
    func.max(Row.bank_id) != "",
    or_(func.min(Row.bank_id) == "", func.min(Row.account) != func.max(Row.account)),
)
STOOD_OUT = or_(func.max(Row.verdict) != NEW, func.min(Row.identity) == "")


def judge_anew(session: Session, statement_id: int) -> None:
    """Writes what each row of the draft is beside what the books hold now; what a person said of a doubt stays."""
    learn(session)
    columns = [*FACT, *(getattr(Row, name) for name in STANDS)]
    for some in alike_together(session.execute(_doubtful(statement_id)).all()):
        # Not all rows at once: of a hundred thousand the numbers are light, the words are not.
        wanted = select(*columns).where(Row.id.in_([row.id for row in some])).order_by(*ORDER)
        _judge_some(session, session.execute(wanted).all())


def _doubtful(statement_id: int) -> Executable:
    """The payments of each day and sum where one may be another row's twin, or was held for one."""
    mine = (
        Row.statement_id == statement_id,
        Row.error == "",
        Row.paid_on.is_not(None),
        Row.amount.is_not(None),
    )
    alike = (Row.paid_on, Row.amount)
    doubt = or_(EQUAL, UNLIKE, STOOD_OUT, in_books(*alike))
    groups = select(*alike).where(*mine).group_by(*alike).having(doubt)
    return select(Row.id, *alike).where(*mine, tuple_(*alike).in_(groups)).order_by(*ORDER)


def alike_together(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Some rows at a time, never parting those of one day and sum: only these are compared with each other."""
    some: list[Any] = []
    for _alike, group in groupby(rows, lambda row: (row.paid_on, row.amount)):
        some += group
        if len(some) >= AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _judge_some(session: Session, rows: Sequence[Any]) -> None:
    facts = [fact_of(row) for row in rows]
    verdicts = judge(facts, known(session, facts))
    changes = [
        {"row": row.id, **values}
        for row, verdict in zip(rows, verdicts, strict=True)
        if verdict and (values := _standing(row, verdict, rows)) != _stood(row)
    ]
    if changes:
        session.connection().execute(STAND, changes)


def _standing(row: Any, verdict: Verdict, rows: Any) -> dict[str, Any]:
    twin = verdict.twin if verdict.twin_row is None else rows[verdict.twin_row].id
    kind = verdict.kind
    if kind == SUSPECTED and row.twin_id == twin and row.verdict in (ANOTHER, SAME):
        kind = row.verdict
    return {
        "verdict": kind,
        "twin_id": None if kind == NEW else twin,
        "identity": verdict.identity,
        "occurrence": verdict.occurrence,
    }


def _stood(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in STANDS}
