"""Doubts: finds out what became of an operation whose answer was lost.

Found at Dreamkas by our externalId: accepted. Proved absent twice, the second time DREAMKAS_UNSURE_GRACE after the
attempt and its lease ended, under the same address and token: queued again, same externalId, same bytes. Everything
else stays unsure; after a day a person is asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db
from modules.dreamkas import evidence, found, life, line
from modules.dreamkas.apart import apart
from modules.dreamkas.client import OperationFact
from modules.dreamkas.evidence import CLOCK_MARGIN, Listing, Receipts
from modules.dreamkas.models import Attempt, Operation
from modules.notifications.service import N_, tell

LOOKS = (2, 5, 10, 20, 40, 60)  # seconds between looks; the last repeats, for a day
SLOW_LOOK = timedelta(hours=1)


@dataclass(frozen=True)
class Doubt:
    """An unsure operation and its last attempt, as they were when the look began."""

    operation: Operation
    attempt: Attempt
    since: datetime  # when the first request that may have arrived was begun (our clock)


@dataclass(frozen=True)
class Look:
    """What one look at Dreamkas' lists gathered, for all doubts at once."""

    begun: datetime  # our clock
    door: str
    listing: Listing
    receipts: Receipts
    known: set[str]  # ids of operations there that are ours


def resolve() -> None:
    """Duty: one look at Dreamkas for every unsure operation that is due."""
    due = due_now(db.session())
    if not due:
        return
    dreamkas, begun = line.client(), clock()
    bird = evidence.canary(db.session(), dreamkas.door)
    since = min(doubt.since for doubt in due)
    db.session.rollback()  # nothing is held while the network is asked
    listing = evidence.read_operations(dreamkas, since, bird)
    missing = [doubt for doubt in due if not _found(doubt.operation, listing)]
    if not missing:
        return
    problem = listing.problem or evidence.canary_problem(listing, bird) or evidence.shrunk(listing)
    receipts = Receipts([], problem, listing.detail)
    if not problem:
        receipts = evidence.read_receipts(dreamkas, since + listing.skew - CLOCK_MARGIN)
    look = Look(begun, dreamkas.door, listing, receipts, evidence.known_ids(receipts.rows))
    for doubt in missing:
        code, detail = _judge(doubt, look)
        apart(doubt.operation.id, partial(_looked, seen=doubt, begun=begun, code=code, detail=detail))


def _due(now: datetime):
    return and_(Operation.state == "unsure", Operation.due_utc <= now)


def any_due(session: Session) -> bool:
    """Whether some unsure operation is due."""
    return session.scalar(select(Operation.id).where(_due(clock())).limit(1)) is not None


def due_now(session: Session) -> list[Doubt]:
    """The unsure operations whose look is due. Ends the reading transaction."""
    same = and_(Attempt.operation_pk == Operation.id, Attempt.number == Operation.attempt)
    arrived = and_(Attempt.operation_pk == Operation.id, Attempt.outcome.notin_(life.SAFE))
    first = select(func.min(Attempt.started_utc)).where(arrived).correlate(Operation).scalar_subquery()
    wanted = select(Operation, Attempt, first).join(Attempt, same).where(_due(clock())).order_by(Operation.id)
    rows = session.execute(wanted.execution_options(populate_existing=True)).all()
    doubts = [Doubt(operation, attempt, since or attempt.started_utc) for operation, attempt, since in rows]
    session.expunge_all()  # they stay as they were when the look began
    session.rollback()
    return doubts


def _found(operation: Operation, listing: Listing) -> bool:
    facts = listing.of(operation.external_id)
    if facts:
        apart(operation.id, lambda session: _adopt(session, operation.id, facts))
    return bool(facts)


def _adopt(session: Session, pk: int, facts: list[OperationFact]) -> None:
    try:
        found.adopt(session, pk, facts)
    except (
        ValueError
    ) as error:  # their operation is another payment's here: nothing that a program can decide
        operation = life.fresh(session, pk)
        found.mark_look(session, operation, "anothers", str(error))
        _look_later(session, operation, _attempt(session, operation))


def _judge(doubt: Doubt, look: Look) -> tuple[str, str]:
    """('', '') when this look proves that Dreamkas never got it, else why it does not (code, detail)."""
    since = doubt.since + look.listing.skew
    if doubt.attempt.door != look.door:
        return "other_door", ""
    if look.receipts.problem:
        return look.receipts.problem, look.receipts.detail
    if not look.listing.ordered():
        return "unordered", ""
    if not look.listing.reaches(since):
        return "not_far", ""
    strange = evidence.strangers(look.receipts.rows, look.known, doubt.operation, since - CLOCK_MARGIN)
    return ("strangers", ", ".join(fact.id for fact in strange)) if strange else ("", "")


def _looked(session: Session, seen: Doubt, begun: datetime, code: str, detail: str) -> None:
    operation = life.fresh(session, seen.operation.id)
    if operation.state != "unsure" or operation.attempt != seen.operation.attempt:
        return
    attempt = _attempt(session, operation)
    if code:
        found.mark_look(session, operation, code, detail)
    elif _proved(attempt, begun):
        found.mark_look(session, operation, "", "", attempt.proofs + 1)
        _absent(session, operation, attempt)
        return
    else:
        found.mark_look(session, operation, "once", "", max(attempt.proofs, 1))
    _look_later(session, operation, attempt)


def _attempt(session: Session, operation: Operation) -> Attempt:
    return session.scalars(_last_of(operation)).one()


def _last_of(operation: Operation) -> Select[Attempt]:
    mine = and_(Attempt.operation_pk == operation.id, Attempt.number == operation.attempt)
    return select(Attempt).where(mine).execution_options(populate_existing=True)


def over_since(attempt: Attempt) -> datetime:
    """When the attempt and its lease were over: nothing of it can have been written later."""
    return attempt.ended_utc or attempt.lease_until_utc


def grace_ends(attempt: Attempt) -> datetime:
    """Until then Dreamkas may still be at work on what it got."""
    return over_since(attempt) + timedelta(seconds=options().dreamkas_unsure_grace)


def may_be_sent_from(session: Session, operation: Operation) -> datetime:
    """When a person's word that it never arrived may be followed: at once, or when the grace is over."""
    attempt = session.scalar(_last_of(operation))
    return max(clock(), grace_ends(attempt)) if attempt else clock()


def _proved(attempt: Attempt, begun: datetime) -> bool:
    """Whether this look is the second proof: begun after the first one was written, and after the grace."""
    first = attempt.proofs >= 1 and attempt.looked_utc is not None and begun >= attempt.looked_utc
    return first and begun >= grace_ends(attempt)


def _absent(session: Session, operation: Operation, attempt: Attempt) -> None:
    if attempt.outcome == "refused":
        said = attempt.said
        life.reject(
            session, operation, ("unsure",), "refused", said, attempt.number, error_message=said[: life.SHORT]
        )
        return
    now = clock()
    seen: dict[str, Any] = {"look_first": True, "looked_utc": now, "watch_until_utc": now + life.WATCH}
    again: dict[str, Any] = {"due_utc": now, "reason": "absent", "reason_text": "", "asked": 0}
    life.move(session, operation.id, ("unsure",), operation.attempt, state="queued", **again, **seen)


def _look_later(session: Session, operation: Operation, attempt: Attempt) -> None:
    """The next look: often at first, at the very end of the grace, then every minute; hourly after a day."""
    now, grace = clock(), grace_ends(attempt)
    due = now + timedelta(seconds=LOOKS[min(operation.asked, len(LOOKS) - 1)])
    if now < grace < due:
        due = grace
    changes: dict[str, Any] = {"asked": operation.asked + 1, "due_utc": due}
    if now > over_since(attempt) + life.PERSON_AFTER:
        changes["due_utc"] = now + SLOW_LOOK
        ask_a_person(operation)
        changes["reason"] = "needs_person"
    life.move(session, operation.id, ("unsure",), operation.attempt, **changes)


def ask_a_person(operation: Operation) -> None:
    """Once: nobody but a person can decide this one."""
    if operation.reason != "needs_person":
        sentence = N_("What became of the receipt for %(subscriber)s can not be found out: please decide")
        tell("bad", "needs_person", sentence, operation.id, subscriber=operation.whose)
