"""Following: asks about every accepted operation that nobody told us about, and watches what may yet surprise.

Webhooks are a shortcut, never a need: with them switched off everything settles just the same.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db, transact
from modules.dreamkas import evidence, life, line
from modules.dreamkas.apart import apart, snapshot
from modules.dreamkas.client import Client, DreamkasError, NotFound, OperationFact
from modules.dreamkas.doubts import ask_a_person
from modules.dreamkas.evidence import CLOCK_MARGIN, Listing
from modules.dreamkas.models import Operation

log = logging.getLogger(__name__)

ONE_BY_ONE = 5  # more than so many waiting are asked about by one listing
AT_ONCE = 1000
SLOW = timedelta(hours=1)


def ask() -> None:
    """Duty: asks about the accepted operations that are due."""
    due = due_now(db.session())
    if not due:
        return
    dreamkas = line.client()
    known: dict[str, OperationFact] = {}
    if len(due) > ONE_BY_ONE:
        since = min(operation.created_utc for operation in due)
        bird = evidence.canary(db.session(), dreamkas.door)
        db.session.rollback()
        known = evidence.read_operations(dreamkas, since, bird).rows
    _hear_all(dreamkas, due, known)
    _search_receipts(dreamkas, [operation for operation in due if is_late(operation)])


def _due(now: datetime):
    return and_(Operation.state == "accepted", Operation.due_utc <= now)


def any_due(session: Session) -> bool:
    """Whether some accepted operation is to be asked about."""
    return session.scalar(select(Operation.id).where(_due(clock())).limit(1)) is not None


def due_now(session: Session) -> list[Operation]:
    """The accepted operations that nobody told us about in time, as they are now. Ends the reading transaction."""
    wanted = select(Operation).where(_due(clock())).order_by(Operation.due_utc).limit(AT_ONCE)
    return snapshot(session, session.scalars(wanted.execution_options(populate_existing=True)))


def _hear_all(dreamkas: Client, due: list[Operation], listed: dict[str, OperationFact]) -> None:
    left = ONE_BY_ONE
    for operation in due:
        fact = listed.get(operation.operation_id)
        if fact is None and left:
            fact, left = _ask_one(dreamkas, operation, left - 1)
        apart(operation.id, partial(_hear, operation=operation, fact=fact))


def _ask_one(dreamkas: Client, operation: Operation, left: int) -> tuple[OperationFact | None, int]:
    """(what it says, how many more may be asked one by one); none when Dreamkas does not answer as it should."""
    try:
        return dreamkas.operation(operation.operation_id), left
    except NotFound:
        return None, left
    except DreamkasError as error:
        transact(partial(line.went_wrong, error=error))
        return None, 0


def _hear(session: Session, operation: Operation, fact: OperationFact | None) -> None:
    if fact is not None:
        line.went_well(session)
        life.heard(session, operation.id, fact)
    else:
        _ask_later(session, operation)
    _mark_late(session, operation)


def _ask_later(session: Session, operation: Operation) -> None:
    waits = options().dreamkas_poll
    due = clock() + timedelta(seconds=waits[min(operation.asked, len(waits) - 1)])
    life.move(session, operation.id, ("accepted",), asked=operation.asked + 1, due_utc=due)


def is_late(operation: Operation) -> bool:
    """Whether its receipt is past its own timeout and fifteen minutes more."""
    patience = timedelta(minutes=options().dreamkas_receipt_timeout) + life.LATE_AFTER
    return operation.accepted_utc is not None and clock() > operation.accepted_utc + patience


def _mark_late(session: Session, operation: Operation) -> None:
    if not is_late(operation):
        return
    operation = life.fresh(session, operation.id)
    if operation.state != "accepted":  # it was settled this very moment
        return
    changes: dict[str, Any] = {"reason": "late"}
    if operation.accepted_utc and clock() > operation.accepted_utc + life.PERSON_AFTER:
        ask_a_person(operation)
        changes = {"reason": "needs_person", "due_utc": clock() + SLOW}
    life.move(session, operation.id, ("accepted",), **changes)


def _search_receipts(dreamkas: Client, late: list[Operation]) -> None:
    """A late operation's receipt may exist although the operation does not say so."""
    if not late:
        return
    # Not since it was accepted: one whose answer was lost may have printed long before it was found.
    since = min(operation.created_utc for operation in late)
    receipts = evidence.read_receipts(dreamkas, since - evidence.MARGIN)
    for operation in late:
        printed = receipts.of(operation.operation_id)
        if printed:
            apart(operation.id, partial(life.fiscalize, pk=operation.id, receipt_id=printed.id))


def watch() -> None:
    """Duty: looks again at what was rejected after acceptance or sent twice, for 72 h after it."""
    rows = watched(db.session())
    if not rows:
        return
    dreamkas = line.client()
    since = min(operation.created_utc for operation in rows)
    bird = evidence.canary(db.session(), dreamkas.door)
    db.session.rollback()
    listing = evidence.read_operations(dreamkas, since, bird)
    for operation in rows:
        apart(operation.id, partial(_watch_one, operation=operation, listing=listing))
    rejected = [operation for operation in rows if operation.state == "rejected" and operation.accepted_utc]
    _late_prints(dreamkas, rejected, listing)


WATCHED = ("rejected", "accepted", "fiscalized")


def any_watched(session: Session) -> bool:
    """Whether there is something to watch."""
    return (
        session.scalar(select(Operation.id).where(Operation.watch_until_utc > clock()).limit(1)) is not None
    )


def watched(session: Session) -> list[Operation]:
    """What may still surprise: rejected after it was sent, sent twice, or under an alarm. Ends the transaction."""
    # The states are chosen here: given both, a database may walk all that was ever fiscalized.
    wanted = select(Operation).where(Operation.watch_until_utc > clock()).order_by(Operation.watch_until_utc)
    rows = session.scalars(wanted.execution_options(populate_existing=True))
    return snapshot(session, [row for row in rows if row.state in WATCHED])


def _watch_one(session: Session, operation: Operation, listing: Listing) -> None:
    facts = listing.of(operation.external_id)
    own = listing.rows.get(operation.operation_id)
    for fact in [*facts, *([own] if own and own not in facts else [])]:
        if not (fact.status == "SUCCESS" and fact.receipt_id):
            continue
        # A receipt beats the state; a second one is an alarm, which life.fiscalize raises by itself.
        life.fiscalize(session, operation.id, fact.receipt_id)
    if len(facts) > 1:
        others = ", ".join(fact.id for fact in facts)
        life.alarm(session, life.fresh(session, operation.id), "two_operations", others)


def _late_prints(dreamkas: Client, rejected: list[Operation], listing: Listing) -> None:
    if not rejected:
        return
    since = min(operation.created_utc for operation in rejected)  # also what printed before it was found
    receipts = evidence.read_receipts(dreamkas, since + listing.skew - CLOCK_MARGIN)
    for operation in rejected:
        printed = receipts.of(operation.operation_id)
        if printed:
            apart(operation.id, partial(life.fiscalize, pk=operation.id, receipt_id=printed.id))
