"""The outbox: carries queued operations to Dreamkas, each once.

claim (a conditional UPDATE under the lock of the line) -> commit "sending" -> POST -> commit the outcome.
Killed anywhere in between, the lease runs out and the operation is `unsure`: doubts.py finds out, nobody guesses.
"""

import base64
import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, transact, utc_clock
from modules.core.queue import enqueue, huey, in_app
from modules.dreamkas import life, line, returned
from modules.dreamkas.client import (
    Answer,
    Client,
    DreamkasError,
    NotSent,
    OperationFact,
    Refused,
    Throttled,
    TokenRefused,
    WrongDoor,
)
from modules.dreamkas.models import ATTEMPTS, Attempt, Operation

log = logging.getLogger(__name__)

LEASE_DEADLINES = 3
SHIFT = 5.0  # seconds that one task carries operations before it lets others have its thread
LIVE = and_(Operation.state == "sending", Operation.lease_until_utc > utc_clock())
NOW_AND_SENDING: Any = select(utc_clock(), select(func.count()).where(LIVE).scalar_subquery())
# Due, and either born lately or looked up at Dreamkas lately (a repeat and a second sending always are). Any other may
# stand in a restored copy of the database, and have been sent already.
MAY_BE_SENT = and_(
    Operation.state == "queued",
    Operation.due_utc <= bindparam("now"),
    or_(
        and_(Operation.look_first.is_(False), Operation.created_utc > bindparam("lately")),
        Operation.looked_utc > bindparam("lately"),
    ),
)
NEXT = (
    select(Operation.id, Operation.attempt, Operation.external_id, Operation.operation_body)
    .where(MAY_BE_SENT)
    .order_by(Operation.due_utc, Operation.id)
    .limit(1)
)
STARTED = insert(ATTEMPTS)


class Idle(Enum):
    """Why there is nothing to carry right now."""

    NOTHING = "nothing is due"
    FULL = "as many POSTs as DREAMKAS_CONCURRENCY allows are on their way"
    HELD = "the queue is held or paused"


class NoTimeLeft(Exception):
    """The lease is too short for one more deadline: let go before a byte is written."""


@dataclass(frozen=True)
class Claim:
    """One operation, ours for one attempt."""

    pk: int
    attempt: int
    external_id: str
    body: bytes
    lets_go_at: float  # time.monotonic() after which no byte of the request may be begun

    def check_time(self) -> None:
        """Raises NoTimeLeft when less than one deadline of the lease is left."""
        if time.monotonic() > self.lets_go_at:
            raise NoTimeLeft


def any_due(session: Session) -> bool:
    """Whether some queued operation may be sent now."""
    return _next(session, clock()) is not None


def _next(session: Session, now: datetime) -> Any:
    lately = returned.trusted_since(session, now)
    return session.connection().execute(NEXT, {"now": now, "lately": lately}).first()


def claim(door: str) -> Claim | Idle:
    """Takes the next due operation for one attempt, or says why not. One short write transaction."""
    begun = time.monotonic()
    return transact(lambda session: _claim(session, door, begun))


def _claim(session: Session, door: str, begun: float) -> Claim | Idle:
    row = line.seen(session, lock=True)
    if line.shut(row) or line.just_failed(row):
        return Idle.HELD
    # The clock once more: we may have waited for the lock.
    now, sending = session.connection().execute(NOW_AND_SENDING).one()
    if sending >= options().dreamkas_concurrency:
        return Idle.FULL
    while operation := _next(session, now):
        if body := _body_of(operation):
            return _take(session, operation, body, door, now, begun)
        # Or it would stand before all others for ever.
        life.reject(session, life.fresh(session, operation.id), ("queued",), "no_body")
    return Idle.NOTHING


def _body_of(operation: Any) -> bytes:
    """The exact bytes to send; none when what is kept is no base64."""
    try:
        return base64.b64decode(operation.operation_body, validate=True)
    except ValueError:
        return b""


def _take(
    session: Session, operation: Any, body: bytes, door: str, now: datetime, begun: float
) -> Claim | Idle:
    deadline = options().dreamkas_deadline
    number, until = operation.attempt + 1, now + timedelta(seconds=LEASE_DEADLINES * deadline)
    lease = {"attempt": number, "lease_until_utc": until}
    if not life.move(session, operation.id, ("queued",), operation.attempt, state="sending", **lease):
        return Idle.FULL  # cancelled this very moment; whoever asks again finds the next one
    started = {"operation_pk": operation.id, "number": number, "door": door, "started_utc": now}
    session.connection().execute(STARTED, {**started, "lease_until_utc": until})
    lets_go_at = begun + (LEASE_DEADLINES - 1) * deadline
    return Claim(operation.id, number, operation.external_id or "", body, lets_go_at)


def carry(claimed: Claim, dreamkas: Client) -> None:
    """One POST and its outcome. Never raises for what Dreamkas or the network does."""
    try:
        fact, answer = dreamkas.send_receipt(
            claimed.body, external_id=claimed.external_id, before_writing=claimed.check_time
        )
    except DreamkasError as error:
        _failed(claimed, error)
    else:
        _accepted(claimed, fact, answer)


def _accepted(claimed: Claim, fact: OperationFact, answer: Answer) -> None:
    def write(session: Session) -> None:
        line.went_well(session, posted=True)  # first: the line is locked before any operation
        life.accept(session, claimed.pk, fact)
        said = answer.excerpt
        life.end_attempt(session, claimed.pk, claimed.attempt, "accepted", said, answer.http_status, fact.id)
        line.free_the_waiting(session)

    try:
        transact(write)
    except (ValueError, IntegrityError) as error:  # they named an operation that is another payment's
        named = str(error) if isinstance(error, ValueError) else "Dreamkas named one operation twice"
        transact(lambda session: _doubt(session, claimed, "unknown", named, answer))


def _failed(claimed: Claim, error: DreamkasError) -> None:
    log.warning("operation %s, attempt %s: %s", claimed.pk, claimed.attempt, error)
    transact(lambda session: _write_failure(session, claimed, error))


def _write_failure(session: Session, claimed: Claim, error: DreamkasError) -> None:
    if isinstance(error, Refused):  # Dreamkas itself has answered: nothing is wrong with the line
        line.went_well(session)
    else:
        line.went_wrong(session, error)
    said, answer = str(error), error.answer
    if isinstance(error, NotSent):
        _not_sent(session, claimed, said)
    elif isinstance(error, Throttled):
        line.pause(session, error.retry_after)
        life.back_to_queue(session, claimed.pk, claimed.attempt, error.retry_after, "throttled", said)
        life.end_attempt(session, claimed.pk, claimed.attempt, "throttled", said, answer.http_status)
    elif isinstance(error, Refused):
        _refused(session, claimed, error)
    elif isinstance(error, TokenRefused):
        line.hold(session, "token", said)
        life.back_to_queue(session, claimed.pk, claimed.attempt, 0, "token", said)
        life.end_attempt(session, claimed.pk, claimed.attempt, "token", said, answer.http_status)
    else:
        if isinstance(error, WrongDoor):
            line.hold(session, "door", said)
        _doubt(session, claimed, "door" if isinstance(error, WrongDoor) else "unknown", said, answer)


def _doubt(session: Session, claimed: Claim, reason: str, said: str, answer: Answer) -> None:
    life.doubt(session, claimed.pk, claimed.attempt, reason, said)
    heard = f"{said}\n{answer.excerpt}".strip()
    life.end_attempt(session, claimed.pk, claimed.attempt, reason, heard, answer.http_status)


def _not_sent(session: Session, claimed: Claim, said: str) -> None:
    unsent = life.fresh(session, claimed.pk).unsent
    waits = options().dreamkas_backoff
    wait = waits[min(unsent, len(waits) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads, hides nothing
    life.back_to_queue(session, claimed.pk, claimed.attempt, wait, "not_sent", said, unsent=unsent + 1)
    life.end_attempt(session, claimed.pk, claimed.attempt, "not_sent", said)


def _refused(session: Session, claimed: Claim, error: Refused) -> None:
    said = "; ".join(message for _code, message in error.errors) or str(error)
    operation = life.fresh(session, claimed.pk)
    codes = ", ".join(code for code, _message in error.errors)
    short = {"error_code": codes[: life.SHORT], "error_message": said[: life.SHORT]}
    if _may_have_arrived_before(session, claimed):
        # The refusal may be of the twin ("such externalId exists"): rejected only once its absence is proved.
        life.doubt(session, claimed.pk, claimed.attempt, "unknown", said)
    else:
        life.reject(session, operation, life.ON_ITS_WAY, "refused", said, claimed.attempt, **short)
    life.end_attempt(session, claimed.pk, claimed.attempt, "refused", said, error.answer.http_status)


def _may_have_arrived_before(session: Session, claimed: Claim) -> bool:
    earlier = and_(
        Attempt.operation_pk == claimed.pk,
        Attempt.number < claimed.attempt,
        Attempt.outcome.notin_(life.SAFE),
    )
    return session.scalar(select(Attempt.id).where(earlier).limit(1)) is not None


def end_leases(session: Session) -> int:
    """Every "sending" whose lease ran out (its worker died) becomes unsure; how many there were."""
    now = clock()
    dead = and_(Operation.state == "sending", Operation.lease_until_utc <= now)
    rows = session.execute(select(Operation.id, Operation.attempt).where(dead)).all()
    for pk, attempt in rows:
        if life.doubt(session, pk, attempt, "lease", ""):
            life.end_attempt(session, pk, attempt, "lease")
    return len(rows)


@huey.task()
@in_app
def deliver() -> None:
    """Carries operations until none may be taken; calls one more thread while more are due.

    After a while it steps back behind what else waits: a worker of few threads must not forget its beat.
    """
    helped, until = False, time.monotonic() + SHIFT
    while options().dreamkas_enabled:
        dreamkas = line.client()
        claimed = claim(dreamkas.door)
        if not isinstance(claimed, Claim):
            return
        if not helped:
            helped = True
            nudge()
        carry(claimed, dreamkas)
        if time.monotonic() > until:
            nudge()
            return


def nudge() -> None:
    """Something is due now. Never raises: the beat finds it all the same."""
    enqueue(deliver)
