"""The last check: a draft's whole file -> its rows, each with all that was understood of it, not yet in the books.

Rows are kept in batches with the draft, so that a list of 100 000 is paged by the database and memory stays bounded;
`rows_total` is written last: until then, or after a kill, the draft is one that was not checked.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from modules.banksta2 import ahead, drafts, finder
from modules.banksta2.fiscal import CHOICES, first_ticks
from modules.banksta2.judging import judge_anew
from modules.banksta2.mapping import rules_of_json
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.presets import settings
from modules.core.bulk import insert_many
from modules.core.db import clock, db, rows_changed, transact
from modules.core.times import to_local

ROWS: Any = Row.__table__
# What no file says. Values like all others: PyMySQL sends rows by the hundred only where a statement holds nothing else
UNSAID = dict.fromkeys(("verdict", *CHOICES, "wanted_by", "trouble"), "")


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
    shared: dict[str, Any] = UNSAID | {"statement_id": draft.id, "hash": draft.hash}
    shared |= {"filename": draft.filename, "admin": draft.admin}
    shared |= {"date": to_local(clock()).replace(microsecond=0)}
    holders: dict[finder.Asked, finder.Holder] = {}
    for read in ahead.columns(_job(draft)):
        asked = list(zip(read["service_type"], read["contract"], strict=True))
        holders |= finder.find(set(asked) - holders.keys())
        columns = _columns(read, shared, [holders[one] for one in asked])
        transact(lambda session, columns=columns: insert_many(session, insert(ROWS), columns))  # type: ignore[misc]
        count += len(asked)
        kopecks += sum(amount or 0 for amount in read["amount"])
    return count, kopecks


def _job(draft: Statement) -> ahead.Job:
    rules = rules_of_json(draft.rules)
    return ahead.Job(drafts.path_of(draft), drafts.look_of(draft), draft.skip_rows, rules, settings())


def _columns(
    read: ahead.Columns, shared: dict[str, Any], holders: list[finder.Holder]
) -> dict[str, Sequence[Any]]:
    """What the table keeps of these rows."""
    paid = zip(read["payer_inn"], read["contract"], read["amount"], strict=True)
    return {
        **read,
        **{name: [value] * len(holders) for name, value in shared.items()},
        "service_type": [holder.service for holder in holders],
        "subscriber": [holder.key for holder in holders],
        "tick": first_ticks((inn, contract, amount or 0) for inn, contract, amount in paid),
    }


def _finish(session: Session, draft: Statement, rows: int, kopecks: int) -> None:
    kept = session.scalar(select(func.count()).select_from(Row).where(Row.statement_id == draft.id))
    if kept != rows:
        raise Disturbed
    judge_anew(session, draft.id)
    if not _write(session, draft, rows_total=rows, sum_total=kopecks):
        raise drafts.NoDraft


def was_checked(draft: Statement) -> bool:
    """Whether its rows are all there, read by the rules in force."""
    return draft.rows_total > 0


def count_of(statement_id: int) -> int:
    """How many rows are kept."""
    return (
        db.session.scalar(select(func.count()).select_from(Row).where(Row.statement_id == statement_id)) or 0
    )
