"""Looks before sending: an operation that may have been sent already is looked up before any POST.

Old ones (the database may be a restored copy), repeats (the earlier operation may have printed) and second sendings.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from modules.core.db import clock, db
from modules.dreamkas import earlier, evidence, found, life, line, returned
from modules.dreamkas.apart import apart, snapshot
from modules.dreamkas.models import Operation

RETRY_LOOK = timedelta(seconds=20)
AT_ONCE = 1000


def look_before_sending() -> None:
    """Duty: queued operations that may not be sent unseen are looked up."""
    due = unseen(db.session())
    if not due:
        return
    dreamkas = line.client()
    before = earlier.sent_before(db.session(), due)
    bird = evidence.canary(db.session(), dreamkas.door)
    db.session.rollback()  # nothing is held while the network is asked
    listing = evidence.read_operations(dreamkas, earlier.since(due, before), bird)
    for operation in due:
        facts = listing.of(operation.external_id)
        if facts:
            apart(operation.id, partial(found.adopt, pk=operation.id, facts=facts))
            continue
        # A row that can not be read proves no absence, yet must not keep for ever what nobody doubts.
        clear = listing.problem in ("", "odd_rows") and (
            listing.whole or listing.reaches(operation.created_utc + listing.skew)
        )
        clear = clear and earlier.is_settled(dreamkas, before[operation.id], listing)
        apart(operation.id, partial(_seen, operation=operation, clear=clear))


def unseen(session: Session) -> list[Operation]:
    """The queued operations that are due and must be looked up before they may be sent."""
    wanted = (
        select(Operation)
        .where(_unseen(session, clock()))
        .order_by(Operation.due_utc, Operation.id)
        .limit(AT_ONCE)
    )
    return [] if line.is_shut(session) else snapshot(session, session.scalars(_anew(wanted)))


def any_unseen(session: Session) -> bool:
    """Whether there is one."""
    return (
        not line.is_shut(session)
        and session.scalar(select(Operation.id).where(_unseen(session, clock())).limit(1)) is not None
    )


def _anew(wanted):
    return wanted.execution_options(populate_existing=True)


def _unseen(session: Session, now: datetime):
    lately = returned.trusted_since(session, now)
    due = and_(Operation.state == "queued", Operation.due_utc <= now)
    old = or_(Operation.look_first.is_(True), Operation.created_utc <= lately)
    return and_(due, old, or_(Operation.looked_utc.is_(None), Operation.looked_utc <= lately))


def _seen(session: Session, operation: Operation, clear: bool) -> None:
    if clear:
        life.move(session, operation.id, ("queued",), operation.attempt, looked_utc=clock())
    else:
        # Counted as not sent: the first success anywhere frees it.
        later: dict[str, Any] = {
            "due_utc": clock() + RETRY_LOOK,
            "unsent": operation.unsent + 1,
            "reason": "not_sent",
        }
        life.move(session, operation.id, ("queued",), operation.attempt, **later)
