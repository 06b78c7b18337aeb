"""Into the books: a checked draft becomes a statement in one transaction, and each payment of the bank is new once.

Two admins may import overlapping files at the same instant: imports wait for each other, and the unique key of a
payment is the last word. Whoever comes second finds his rows to be the same ones.
"""

from sqlalchemy import String, cast, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.banksta2.checking import count_of
from modules.banksta2.drafts import DRAFT, IMPORTED, AlreadyHere, NoDraft
from modules.banksta2.identity import NEW, SAME, SUSPECTED, key
from modules.banksta2.judging import ANOTHER, judge_anew
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.core import journal
from modules.core.db import clock, rows_changed, transact
from modules.core.times import to_local

TRIES = 5
MOST = 10**10 - 1  # of all keys of an identity the last, also as a text
AS_IT_IS = {"synchronize_session": False}


class NotChecked(RuntimeError):
    """The draft has no rows read by the rules in force: the last check comes first."""


class Settled(RuntimeError):
    """The row is no doubt (any more), or money was taken for it already."""


def take_in(draft_id: int, admin: str) -> Statement:
    """The draft becomes a statement of the books; all or nothing. Commits.

    Raises NoDraft, NotChecked, and AlreadyHere when somebody has imported the very same file meanwhile.
    """
    return _tried(lambda session: _take_in(session, draft_id, admin))


def _tried(work):
    """A refused key means that somebody was faster: what he wrote is seen at the next try."""
    for left in reversed(range(TRIES)):
        try:
            return transact(work)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def _take_in(session: Session, draft_id: int, admin: str) -> Statement:
    draft = _alone(session, draft_id, admin)
    if not draft.rows_total or count_of(draft.id) != draft.rows_total:
        raise NotChecked
    same = select(Statement).where(Statement.md5 == draft.md5, Statement.state == IMPORTED).limit(1)
    if draft.md5 and (earlier := session.scalar(same)):
        raise AlreadyHere(earlier)
    judge_anew(session, draft.id)
    _give_keys(session, draft.id)
    now = clock()
    dated = update(Row).where(Row.statement_id == draft.id).values(date=to_local(now).replace(microsecond=0))
    session.execute(dated, execution_options=AS_IT_IS)
    draft.state, draft.imported_utc = IMPORTED, now
    journal.write(f"BANKSTA2 IMPORTED [{draft.id}] `{draft.filename}` {draft.rows_total} rows", admin)
    return draft


def _alone(session: Session, draft_id: int, admin: str) -> Statement:
    """The draft, while nobody else imports: whoever imports holds all drafts, in one order. Raises NoDraft."""
    held = stop_imports(session)
    draft = next((one for one in held if one.id == draft_id and one.admin == admin), None)
    if draft is None:
        raise NoDraft
    return draft


def stop_imports(session: Session) -> list[Statement]:
    """All drafts, locked: until our end none becomes a statement."""
    drafts = select(Statement).where(Statement.state == DRAFT).order_by(Statement.id).with_for_update()
    return list(session.scalars(drafts.execution_options(populate_existing=True)))


def _give_keys(session: Session, statement_id: int) -> None:
    """New rows hold the key of their payment; one that a person called another payment, the next free one."""
    mine = (Row.statement_id == statement_id, Row.error == "", Row.identity != "")
    spelt = Row.identity + ":" + cast(Row.occurrence, String(12))
    fresh = update(Row).where(*mine, Row.verdict == NEW).values(identity_key=spelt)
    session.execute(fresh, execution_options=AS_IT_IS)
    for row_id in session.scalars(select(Row.id).where(*mine, Row.verdict == ANOTHER).order_by(Row.id)).all():
        give_next_key(session, row_id)


def give_next_key(session: Session, row_id: int) -> None:
    """The row becomes a payment of its own beside equal ones: the next free key of its identity is its."""
    identity = session.scalar(select(Row.identity).where(Row.id == row_id)) or ""
    held = Row.identity_key.between(key(identity, 0), key(identity, MOST))
    place = (session.scalar(select(func.max(Row.occurrence)).where(held)) or 0) + 1
    values = {"occurrence": place, "identity_key": key(identity, place)}
    session.execute(update(Row).where(Row.id == row_id).values(**values), execution_options=AS_IT_IS)


def decide(statement: Statement, row_id: int, is_another: bool, admin: str) -> None:
    """What a person says of a row with a twin: another payment, or the same. Commits, with a line in the journal.

    May be said the other way later, until the row is credited or sent to be. Raises Settled.
    """
    _tried(lambda session: _decide(session, statement, row_id, is_another, admin))


def _decide(session: Session, statement: Statement, row_id: int, is_another: bool, admin: str) -> None:
    doubt = (
        Row.id == row_id,
        Row.statement_id == statement.id,
        Row.verdict.in_((SUSPECTED, SAME) if is_another else (SUSPECTED, ANOTHER)),
        Row.error == "",
        Row.wanted_utc.is_(None),
        Row.payment_id.is_(None),
        or_(Row.processed == 0, Row.canceled == 1),
    )
    values = {"verdict": ANOTHER if is_another else SAME, "identity_key": None}
    told = update(Row).where(*doubt).values(**values)
    if not rows_changed(session.execute(told, execution_options=AS_IT_IS)):
        raise Settled
    # A draft's rows are in nobody's way: they get their keys when it is imported.
    if is_another and session.scalar(select(Statement.state).where(Statement.id == statement.id)) == IMPORTED:
        give_next_key(session, row_id)
    said = "ANOTHER PAYMENT" if is_another else "SAME PAYMENT"
    journal.write(f"BANKSTA2 {said} [{row_id}] of [{statement.id}]", admin)
