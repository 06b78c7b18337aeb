"""The last check: a draft's whole file -> its rows, each with all that was understood of it, not yet in the books.

Rows are kept in batches with the draft, so that a list of 100 000 is paged by the database and memory stays bounded;
`rows_total` is written last: until then, or after a kill, the draft is one that was not checked.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from modules.banksta2 import drafts, finder, reader
from modules.banksta2.fiscal import first_tick
from modules.banksta2.identity import NEW, SAME, SUSPECTED, Verdict, judge
from modules.banksta2.mapping import Mapper, Understood, rules_of_json
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.presets import settings
from modules.banksta2.twins import fact_of, known
from modules.core.db import clock, db, rows_changed, transact
from modules.core.times import to_local
from modules.dreamkas import service as register

AT_ONCE = 2000  # rows
ANOTHER = "another"  # a person said that it is another payment
SAID = ("paid_on", "amount", "bank_id", "account", "ptime", "pdate", "payer_account", "payer_inn", "document")
TOLD = ("realname", "notes", "error")
STANDS = ("verdict", "twin_id", "identity", "occurrence")
ROWS: Any = Row.__table__
NEW_ROW = insert(ROWS)
STAND = update(ROWS).where(ROWS.c.id == bindparam("row")).values({name: bindparam(name) for name in STANDS})


class Disturbed(RuntimeError):
    """The same draft was checked twice at once, in two windows: neither check counts."""


def check(draft: Statement) -> None:
    """Reads the file by the rules in force and keeps its rows with the draft. Commits, in batches.

    Raises Unreadable (the draft has no rows then), Disturbed, and NoDraft when it was thrown away or imported.
    """
    _begin(draft)
    try:
        rows, kopecks = _keep_all(draft)
        transact(lambda session: _finish(session, draft, rows, kopecks))
    except BaseException:
        transact(lambda session: _forget(session, draft))
        raise


def understood(draft: Statement) -> Iterator[Understood]:
    """Every row of the file, as the rules in force see it. Raises Unreadable, at the end of a cut-off file too."""
    mapper = Mapper(rules_of_json(draft.rules), settings())
    for number, cells in reader.rows(drafts.path_of(draft), drafts.look_of(draft), draft.skip_rows):
        yield mapper.understand(cells, number)


def _begin(draft: Statement) -> None:
    def work(session: Session) -> None:
        if not _write(session, draft, rows_total=0, sum_total=0):
            raise drafts.NoDraft
        _forget(session, draft)

    transact(work)


def _write(session: Session, draft: Statement, **values: int) -> bool:
    """Whether it was a draft still."""
    still = (Statement.id == draft.id, Statement.state == drafts.DRAFT)
    return rows_changed(session.execute(update(Statement).where(*still).values(**values))) == 1


def _forget(session: Session, draft: Statement) -> None:
    session.execute(delete(Row).where(Row.statement_id == draft.id, Row.identity_key.is_(None)))


def _keep_all(draft: Statement) -> tuple[int, int]:
    """-> how many rows, and the kopecks of those that have a sum."""
    count = kopecks = 0
    now = to_local(clock()).replace(microsecond=0)
    for batch in _batches(understood(draft)):
        values = list(_values(draft, batch, now))
        transact(lambda session, values=values: _insert(session, values))  # type: ignore[misc]
        count += len(batch)
        kopecks += sum(row.kopecks or 0 for row in batch)
    return count, kopecks


def _insert(session: Session, values: list[dict[str, Any]]) -> None:
    """By the table, not by the class: to track a hundred thousand new objects takes longer than to write the rows."""
    session.connection().execute(NEW_ROW, values)


def _batches(rows: Iterable[Understood]) -> Iterator[list[Understood]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _values(draft: Statement, batch: list[Understood], now: datetime) -> Iterator[dict[str, Any]]:
    """What the table keeps of each row."""
    holders = finder.find({(row.service, row.contract) for row in batch})
    shared = {"statement_id": draft.id, "hash": draft.hash, "filename": draft.filename, "admin": draft.admin}
    shared |= {"date": now}
    printed = register.printed_for({(row.contract, row.kopecks or 0) for row in batch})
    for row in batch:
        fact, holder = row.fact, holders[row.service, row.contract]
        # What nearly all are: new, the first of its identity. So judge_anew need not write it once more.
        stands = {"identity": fact.digest, "occurrence": 1} if fact else {"identity": "", "occurrence": 0}
        tick = first_tick(row.payer_inn) and (row.contract, row.kopecks or 0) not in printed
        who = {"service_type": holder.service, "subscriber": holder.key, "tick": tick}
        yield row.as_columns() | shared | who | stands


def _finish(session: Session, draft: Statement, rows: int, kopecks: int) -> None:
    kept = session.scalar(select(func.count()).select_from(Row).where(Row.statement_id == draft.id))
    if kept != rows:
        raise Disturbed
    judge_anew(session, draft.id)
    if not _write(session, draft, rows_total=rows, sum_total=kopecks):
        raise drafts.NoDraft


# --- which payments they are ---


def judge_anew(session: Session, statement_id: int) -> None:
    """Writes what each row of the draft is beside what the books hold now; what a person said of a doubt stays."""
    mine = (
        Row.statement_id == statement_id,
        Row.error == "",
        Row.paid_on.is_not(None),
        Row.amount.is_not(None),
    )
    order = (Row.paid_on, Row.amount, Row.row_number, Row.id)
    places = session.execute(select(Row.id, Row.paid_on, Row.amount).where(*mine).order_by(*order))
    columns = [getattr(Row, name) for name in ("id", *SAID, *TOLD, *STANDS)]
    for some in alike_together(places.all()):
        # Not all rows at once: of a hundred thousand the numbers are light, the words are not.
        wanted = select(*columns).where(Row.id.in_([row.id for row in some])).order_by(*order)
        _judge_some(session, session.execute(wanted).all())


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


def was_checked(draft: Statement) -> bool:
    """Whether its rows are all there, read by the rules in force."""
    return draft.rows_total > 0


def count_of(statement_id: int) -> int:
    """How many rows are kept."""
    return (
        db.session.scalar(select(func.count()).select_from(Row).where(Row.statement_id == statement_id)) or 0
    )
