"""The worker: the beat, and the duties of the cash register."""

from datetime import datetime, timedelta
from threading import Event, Thread

from sqlalchemy import not_, select, update
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db, rows_changed, transact
from modules.core.queue import enqueue, huey, in_app, is_lost
from modules.dreamkas import (
    catalog,
    doubts,
    drift,
    follow,
    lease,
    line,
    looks,
    outbox,
    receipts,
    returned,
    settling,
    webhooks,
)
from modules.dreamkas.duties import DUTIES, Work, do_duty
from modules.dreamkas.health import QUEUE_LOST
from modules.dreamkas.models import Duty, Operation

BEAT_SECONDS = 2

OURS = {
    "look": Work(looks.any_unseen, looks.look_before_sending),
    "resolve": Work(doubts.any_due, doubts.resolve),
    settling.DUTY: Work(settling.is_due, settling.settle, settling.PACE),
    "ask": Work(follow.any_due, follow.ask),
    "probe": Work(line.probe_is_due, line.probe),
    "catalog": Work(catalog.is_stale, catalog.refresh),
    "watch": Work(follow.any_watched, follow.watch, timedelta(minutes=10)),
    "drift": Work(drift.is_due, drift.check),
    "receipts": Work(receipts.is_due, receipts.fetch),
    "webhooks": Work(webhooks.is_due, webhooks.fetch),
}
DUTIES.update(OURS)


def threads() -> int:
    """How many a worker needs: every duty may hang on a slow network at once, and the beat must still go on."""
    return options().dreamkas_concurrency + len(DUTIES) + 3


def start(stop: Event) -> None:
    """What a worker does first: a thread asks for the beat, from now on, until `stop` is set."""
    Thread(target=_pace, args=(stop,), name="pacemaker", daemon=True).start()


def _pace(stop: Event) -> None:
    """Nothing that is lost with the queue can stop it: it is asked for in this process then, of the same threads.

    It does not beat by itself: that threads are there to hear shows only where the beat runs.
    """
    enqueue(beat)
    while not stop.wait(BEAT_SECONDS):
        enqueue(beat)


@huey.task()
@in_app
def beat() -> None:
    """Every few seconds: the heartbeat, leases that ran out, a nudge for whatever has work. One of all workers."""
    if transact(_claim_beat):
        go_round()


def _claim_beat(session: Session) -> bool:
    returned.note(session)
    now = clock()
    if is_lost():
        _note_lost(session, now)
    due = update(Duty).where(Duty.name == "beat", Duty.due_utc.is_(None) | (Duty.due_utc <= now))
    # Half a second less than the pace: one that comes a little early is not put off for a whole round.
    later = now + timedelta(seconds=BEAT_SECONDS - 0.5)
    return rows_changed(session.execute(due.values(due_utc=later, ran_utc=now))) == 1


def _note_lost(session: Session, now: datetime) -> None:
    """For the pages and whoever watches: this worker goes on without the queue, whichever of all has the beat."""
    lease.born(session, QUEUE_LOST)
    session.execute(update(Duty).where(Duty.name == QUEUE_LOST).values(ran_utc=now))


def go_round() -> None:
    """One beat's work: nothing here waits for the network."""
    if options().dreamkas_enabled and _has_dead_leases(db.session()):
        transact(outbox.end_leases)
    busy = set(db.session.scalars(select(Duty.name).where(not_(lease.is_free(clock())))))
    for name, duty in DUTIES.items():
        if name not in busy and duty.is_due(db.session()):
            enqueue(do_duty, name)
    if options().dreamkas_enabled and outbox.any_due(db.session()):
        outbox.nudge()
    db.session.rollback()


def _has_dead_leases(session: Session) -> bool:
    dead = select(Operation.id).where(Operation.state == "sending", Operation.lease_until_utc <= clock())
    return session.scalar(dead.limit(1)) is not None


def sweep() -> None:
    """One pass of every duty, here and now, in this process (`flask dreamkas sweep`)."""
    transact(returned.note)
    transact(outbox.end_leases)
    for duty in DUTIES.values():
        if duty.is_due(db.session()):
            duty.run()
    while options().dreamkas_enabled:
        # One for both: a proof counts under the address and token that it was sent with.
        dreamkas = line.client()
        claimed = outbox.claim(dreamkas.door)
        if not isinstance(claimed, outbox.Claim):
            return
        outbox.carry(claimed, dreamkas)
