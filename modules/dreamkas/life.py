"""The life of an operation: every transition there is, and nothing else moves a state.

    queued -> sending -> accepted -> fiscalized | rejected, and unsure

Each is one conditional UPDATE (id, the states it may leave, the attempt where it matters) inside the caller's
transaction: whoever comes late changes nothing. A receipt beats every state.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, select, update
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, rows_changed, utc_clock
from modules.core.times import local_now
from modules.dreamkas.client import OperationFact
from modules.dreamkas.models import ATTEMPTS, OPERATIONS, Attempt, Operation
from modules.dreamkas.words import REASONS
from modules.notifications.service import N_, tell

log = logging.getLogger(__name__)

WATCH = timedelta(hours=72)
PERSON_AFTER = timedelta(hours=24)
LATE_AFTER = timedelta(minutes=15)  # past the receipt's own timeout
SAID = 2000
SHORT = 255
# An answer that comes after its lease ran out finds its attempt unsure; it counts as if it had come in time.
ON_ITS_WAY = ("sending", "unsure")
# Outcomes of an attempt of which nothing can have been kept by Dreamkas.
SAFE = ("not_sent", "throttled", "token", "refused")
NOT_PRINTED = ("queued", "sending", "unsure", "accepted", "rejected")
FRESH = select(Operation).where(Operation.id == bindparam("pk")).execution_options(populate_existing=True)
# Objects in memory do not follow: they are read anew where they matter.
MOVE = update(OPERATIONS).where(
    Operation.id == bindparam("pk"), Operation.state.in_(bindparam("leaving", expanding=True))
)
MOVE_OF_ATTEMPT = MOVE.where(Operation.attempt == bindparam("of_attempt"))
ENDED = (
    update(ATTEMPTS)
    .where(Attempt.operation_pk == bindparam("pk"), Attempt.number == bindparam("of_attempt"))
    .values(ended_utc=utc_clock())
)
HOLDER = select(Operation.id).where(Operation.source_key == bindparam("key"), Operation.id != bindparam("pk"))
# Of other operations: whether one bears this receipt, and whether one printed for this source (that is known).
OTHERS: Any = select(
    exists().where(Operation.receipt_id == bindparam("receipt"), Operation.id != bindparam("pk")),
    exists().where(
        Operation.source_kind == bindparam("kind"),
        Operation.source_id == bindparam("number"),
        Operation.state == "fiscalized",
        Operation.id != bindparam("pk"),
    ),
)
NOW_AND_ANOTHER = select(
    utc_clock(),
    select(Operation.id)
    .where(Operation.operation_id == bindparam("theirs"), Operation.id != bindparam("pk"))
    .scalar_subquery(),
)


def fresh(session: Session, pk: int) -> Operation:
    """The operation as the database has it now, whatever this session remembers."""
    return session.execute(FRESH, {"pk": pk}).scalar_one()


def move(
    session: Session, pk: int, leaving: Iterable[str], of_attempt: int | None = None, **changes: Any
) -> bool:
    """The one UPDATE behind every transition; False when the operation was not (or no longer) there to be moved."""
    said = {"pk": pk, "leaving": tuple(leaving), **changes}
    if of_attempt is None:
        done = session.connection().execute(MOVE, said)
    else:
        done = session.connection().execute(MOVE_OF_ATTEMPT, {**said, "of_attempt": of_attempt})
    moved = rows_changed(done) == 1
    if moved:
        log.info("operation %s: %s", pk, changes.get("state", "kept"))
    return moved


def end_attempt(
    session: Session,
    pk: int,
    number: int,
    outcome: str,
    said: str = "",
    http_status: int | None = None,
    their_id: str = "",
) -> None:
    """Writes down how an attempt ended; an answer that comes after its lease ran out replaces "worker stopped"."""
    end = {"outcome": outcome, "said": said[:SAID], "http_status": http_status, "their_id": their_id}
    session.connection().execute(ENDED, {"pk": pk, "of_attempt": number, **end})


def back_to_queue(
    session: Session, pk: int, attempt: int, wait: float, reason: str, said: str, **more: Any
) -> bool:
    """-> queued: it was proved that nothing was sent, or Dreamkas itself put it off. `wait` in seconds."""
    due = clock() + timedelta(seconds=wait)
    return move(
        session,
        pk,
        ON_ITS_WAY,
        attempt,
        state="queued",
        due_utc=due,
        lease_until_utc=None,
        reason=reason,
        reason_text=said[:SAID],
        **more,
    )


def doubt(session: Session, pk: int, attempt: int, reason: str, said: str) -> bool:
    """sending -> unsure: something may have arrived."""
    changes: dict[str, Any] = {
        "lease_until_utc": None,
        "reason": reason,
        "reason_text": said[:SAID],
        "asked": 0,
    }
    return move(
        session, pk, ("sending",), attempt, state="unsure", due_utc=clock() + timedelta(seconds=1), **changes
    )


def accept(session: Session, pk: int, fact: OperationFact) -> None:
    """Dreamkas has an operation for our externalId. A late answer counts too, whatever attempt it belongs to.

    Raises ValueError, with nothing written, when their operation is another operation of ours.
    """
    now, other = session.connection().execute(NOW_AND_ANOTHER, {"theirs": fact.id, "pk": pk}).one()
    if other is not None:
        raise ValueError(f"Dreamkas named operation {fact.id}, which is operation {other} here")
    accepted = {"operation_id": fact.id, "accepted_utc": now, "unsent": 0, **_not_yet(fact, 0, now)}
    settled: dict[str, Any] = {"lease_until_utc": None, "reason": "", "reason_text": ""}
    if not move(session, pk, ("queued", "sending", "unsure"), state="accepted", **accepted, **settled):
        _accept_again(session, pk, fact, now)
    if fact.is_final:
        heard(session, pk, fact)


def _not_yet(fact: OperationFact, asked: int, now: datetime) -> dict[str, Any]:
    """Their word, and when to ask again about what was asked about so often before."""
    waits = options().dreamkas_poll
    due = now + timedelta(seconds=waits[min(asked, len(waits) - 1)])
    return {"status": fact.status[:SHORT], "asked": asked + 1, "due_utc": due}


def _accept_again(session: Session, pk: int, fact: OperationFact, now: datetime) -> None:
    operation = fresh(session, pk)
    if operation.operation_id == fact.id:
        return
    if operation.operation_id == operation.external_id:
        # Cancelled, refused or matched by a person here, yet it lives there: watched, for a receipt beats the state.
        named: dict[str, Any] = {"operation_id": fact.id, "accepted_utc": now, "watch_until_utc": now + WATCH}
        move(session, pk, ("rejected", "fiscalized"), **named)
        return
    alarm(session, operation, "two_operations", fact.id)


def heard(session: Session, pk: int, fact: OperationFact) -> None:
    """What Dreamkas says of an operation it accepted: SUCCESS with a receipt, ERROR, or not yet."""
    operation = fresh(session, pk)
    if fact.status == "SUCCESS" and fact.receipt_id:
        fiscalize(session, pk, fact.receipt_id, fact.status)
    elif fact.id != operation.operation_id:
        return  # a twin's failure is not this one's: only its receipt would count
    elif fact.status == "ERROR":
        _their_error(session, pk, fact)
    else:
        move(session, pk, ("accepted",), **_not_yet(fact, operation.asked, clock()))


def _their_error(session: Session, pk: int, fact: OperationFact) -> None:
    said = " ".join(part for part in (fact.error_code, fact.error_message) if part)
    operation = fresh(session, pk)
    reject(
        session,
        operation,
        ("accepted",),
        "their_error",
        said,
        status=fact.status,
        error_code=(fact.error_code or "")[:SHORT],
        error_message=(fact.error_message or "")[:SHORT],
    )


def reject(
    session: Session,
    operation: Operation,
    leaving: Iterable[str],
    reason: str,
    said: str = "",
    of_attempt: int | None = None,
    **more: Any,
) -> bool:
    """-> rejected: its source is free for a Repeat; after an acceptance it is watched for 72 h all the same."""
    now = clock()
    watch = now + WATCH if operation.accepted_utc or operation.attempt else None
    rejected = move(
        session,
        operation.id,
        leaving,
        of_attempt,
        state="rejected",
        source_key=None,
        reason=reason,
        reason_text=said[:SAID],
        due_utc=None,
        lease_until_utc=None,
        finished_utc=now,
        date_finish=local_now(),
        **{"watch_until_utc": watch, **more},
    )
    if rejected:
        _hand_over(session, operation)
    if rejected and reason not in ("cancelled", "withdrawn", "closed"):
        news_of_rejection(operation, reason, said)
    return rejected


def _hand_over(session: Session, operation: Operation) -> None:
    """One that printed while this one held their source holds it from now on: nobody may ask for a second receipt."""
    if operation.source_id is None:
        return
    keyless = select(Operation.id).where(_printed_for(operation), Operation.source_key.is_(None)).limit(1)
    heir = session.scalar(keyless)
    if heir is not None:
        move(session, heir, ("fiscalized",), source_key=key_of(operation))


def key_of(operation: Operation) -> str | None:
    """Its source as the unique column holds it; None for an operation of Ubilling's that has none."""
    return f"{operation.source_kind}:{operation.source_id}" if operation.source_id is not None else None


def news_of_rejection(operation: Operation, reason: str, said: str) -> None:
    """Says that a receipt was not printed and why: our word in each reader's language, then theirs as it came."""
    sentence = N_("Receipt for %(subscriber)s was rejected: %(reason)s")
    if said:
        sentence = N_("Receipt for %(subscriber)s was rejected: %(reason)s: %(said)s")
    why = {"reason": REASONS.get(reason, reason), "said": said[:SHORT]}
    tell("bad", "rejected", sentence, operation.id, subscriber=operation.whose, **why)


def fiscalize(session: Session, pk: int, receipt_id: str, status: str = "SUCCESS", **more: Any) -> bool:
    """-> fiscalized from whatever state: the receipt exists. False when this was known already."""
    operation = fresh(session, pk)
    if operation.state == "fiscalized":
        if operation.receipt_id != receipt_id:
            alarm(session, operation, "two_receipts", receipt_id)
        return False
    key = key_of(operation)
    mine = key is not None and _free_the_source(session, operation, key)
    now = clock()
    moved = move(
        session,
        pk,
        NOT_PRINTED,
        state="fiscalized",
        source_key=key if mine else None,
        receipt_id=receipt_id,
        status=status[:SHORT],
        **{"reason": "", "reason_text": "", "error_code": "", "error_message": "", **more},
        due_utc=None,
        lease_until_utc=None,
        finished_utc=now,
        date_finish=local_now(),
    )
    if moved:
        _after_fiscalization(session, operation, receipt_id, mine)
    return moved


def _free_the_source(session: Session, operation: Operation, key: str) -> bool:
    """Whether the source may be held by this operation: a repeat still in the queue is withdrawn for its sake."""
    asked = {"key": key, "pk": operation.id}
    pk = session.connection().execute(HOLDER, asked).scalar()
    if pk is not None:
        reject(session, fresh(session, pk), ("queued",), "withdrawn")
    return pk is None or session.connection().execute(HOLDER, asked).scalar() is None


def _after_fiscalization(session: Session, operation: Operation, receipt_id: str, mine: bool) -> None:
    asked = {"pk": operation.id, "receipt": receipt_id}
    same_source = {"kind": operation.source_kind, "number": operation.source_id}
    shared, printed = session.connection().execute(OTHERS, asked | same_source).one()
    if shared:
        alarm(session, operation, "shared_receipt", receipt_id)
    if printed:
        alarm(session, operation, "two_receipts", receipt_id)
    elif operation.source_id is not None and not mine:
        alarm(session, operation, "two_operations", receipt_id)
    tell(
        "ok",
        "fiscalized",
        N_("Receipt for %(subscriber)s was printed"),
        operation.id,
        subscriber=operation.whose,
    )


def _printed_for(operation: Operation) -> Any:
    same = and_(Operation.source_kind == operation.source_kind, Operation.source_id == operation.source_id)
    return and_(same, Operation.state == "fiscalized")


def alarm(session: Session, operation: Operation, code: str, said: str) -> None:
    """A person must look: kept on the operation and told once. Two receipts are worse than two operations."""
    if operation.alarm in (code, "two_receipts"):
        return
    changes = {"alarm": code, "watch_until_utc": clock() + WATCH}
    session.execute(update(Operation).where(Operation.id == operation.id).values(**changes))
    log.warning("operation %s: %s (%s)", operation.id, code, said)
    message = {
        "two_receipts": N_("Two receipts exist for one payment of %(subscriber)s: refund one"),
        "two_operations": N_("Dreamkas has two operations for one payment of %(subscriber)s"),
        "shared_receipt": N_("Dreamkas names one receipt for two payments, one of them of %(subscriber)s"),
    }[code]
    tell("bad", code, message, operation.id, subscriber=operation.whose)
