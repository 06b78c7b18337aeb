"""The line to Dreamkas: the client of today's options, the hold that all workers obey, how the line fares."""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db, rows_changed, transact, utc_clock
from modules.dreamkas.client import Client, DreamkasError, NoToken, NotSent, Unknown
from modules.dreamkas.models import OPERATIONS, Hold, Operation
from modules.notifications.service import N_, tell

log = logging.getLogger(__name__)

PROBE_SECONDS = {"token": 15, "door": 30}
PROBE_AT_MOST = 600
SAID = 500
# A line in steady use need not be written at every answer: it says "reached at" by ten seconds.
SUCCESS_EVERY = timedelta(seconds=10)
AWAY_AFTER = timedelta(seconds=3)  # a single stumble is not worth telling
TRY_EVERY = timedelta(seconds=2)  # POSTs while Dreamkas is away
HOLD: Any = Hold.__table__
SEEN = select(HOLD, utc_clock().label("now")).where(Hold.id == 1)
LOCKED = SEEN.with_for_update()
# What is due already waits for nothing: to look through it for each receipt took longer the longer the queue was.
FREED = (
    update(OPERATIONS)
    .where(Operation.state == "queued", Operation.due_utc > bindparam("now"), Operation.unsent > 0)
    .values(due_utc=bindparam("now"), unsent=0)
)


def client() -> Client:
    """A client by the options as they are now."""
    now = options()
    return Client(
        now.dreamkas_api_url,
        now.dreamkas_auth_token,
        connect_timeout=now.dreamkas_connect_timeout,
        read_timeout=now.dreamkas_read_timeout,
        deadline=now.dreamkas_deadline,
    )


def line(session: Session, lock: bool = False) -> Hold:
    """The one row; with `lock` nobody else claims or holds until the transaction ends."""
    wanted = select(Hold).where(Hold.id == 1).execution_options(populate_existing=True)
    return session.execute(wanted.with_for_update() if lock else wanted).scalar_one()


def seen(session: Session, lock: bool = False) -> Any:
    """The same row, to be read only, and the database's clock as `now`: by one look, for what comes by the thousand."""
    return session.connection().execute(LOCKED if lock else SEEN).one()


def is_shut(session: Session) -> bool:
    """Whether no POST may be made now: the queue is held, or Dreamkas asked to wait."""
    return shut(seen(session))


def shut(row: Any) -> bool:
    """The same of a row that was seen."""
    return bool(row.reason or (row.pause_until_utc and row.pause_until_utc > row.now))


def just_failed(row: Any) -> bool:
    """Whether Dreamkas is known to be away and was tried a moment ago: nobody needs to try again yet.

    Receipts wait each by itself: of thousands some were due at any moment, and took the worker's whole time.
    """
    return row.away_told and row.error_utc is not None and row.error_utc > row.now - TRY_EVERY


def hold(session: Session, reason: str, said: str) -> None:
    """Stops every worker's POSTs: "token" (401, 403) or "door" (a stranger answered)."""
    row, now = line(session, lock=True), clock()
    if row.reason == reason:
        return
    row.reason, row.said, row.since_utc = reason, said[:SAID], now
    # The same again soon after it was lifted (a GET is let in, a POST is not): ask less and less often.
    row.probe_utc = now + timedelta(
        seconds=min(PROBE_AT_MOST, PROBE_SECONDS[reason] * 2 ** min(row.probes, 6))
    )
    row.probes += 1
    log.warning("the queue is held: %s", reason)
    tell(
        "bad",
        "hold",
        {
            "token": N_(
                "Dreamkas does not accept the token: the queue is held until DREAMKAS_AUTH_TOKEN is right"
            ),
            "door": N_("DREAMKAS_API_URL answers, but not as Dreamkas does: the queue is held"),
        }[reason],
    )


def pause(session: Session, seconds: float) -> None:
    """No POST for so long: Dreamkas asked to wait. A longer pause stays."""
    row, until = line(session, lock=True), clock() + timedelta(seconds=seconds)
    row.pause_until_utc = max(row.pause_until_utc or until, until)


def probe_is_due(session: Session) -> bool:
    """Whether the queue is held and it is time to ask again."""
    row = line(session)
    return bool(row.reason) and not (row.probe_utc and row.probe_utc > clock())


def probe() -> None:
    """Duty: while held, asks a GET whether the hold may be lifted. A POST never tries."""
    if not probe_is_due(db.session()):
        return
    db.session.rollback()  # nothing is held while the network is asked
    try:
        client().operations(limit=1)
    except DreamkasError as error:
        said = str(error)
        transact(lambda session: _still_held(session, said))
    else:
        transact(_lift)


def _still_held(session: Session, said: str) -> None:
    row = line(session, lock=True)
    row.probe_utc = clock() + timedelta(seconds=PROBE_SECONDS.get(row.reason, 30))
    row.error_utc, row.error = clock(), said[:SAID]


def _lift(session: Session) -> None:
    row = line(session, lock=True)
    if not row.reason:
        return
    row.reason, row.said, row.since_utc, row.probe_utc = "", "", None, None
    row.success_utc, row.failing_utc, row.away_told = clock(), None, False
    free_the_waiting(session)  # no answer from now on is the first one after an error
    log.info("the hold is lifted")
    tell("ok", "hold", N_("Dreamkas answers again: the queue goes on"))


def went_well(session: Session, posted: bool = False) -> None:
    """Remembers that Dreamkas answered as it should. The first answer after an error frees all that waits."""
    row, mine = seen(session), update(Hold).where(Hold.id == 1)
    now = row.now
    # Looked at first: even an UPDATE that finds nothing to change may wait for whoever claims under the line's lock.
    if row.success_utc is None or (row.error_utc and row.error_utc >= row.success_utc):
        away = Hold.success_utc.is_(None) | (Hold.error_utc >= Hold.success_utc)
        if rows_changed(session.execute(mine.where(away).values(success_utc=now))):
            free_the_waiting(session)
            _tell_back(session)
    elif row.success_utc < now - SUCCESS_EVERY:
        session.execute(mine.where(Hold.success_utc < now - SUCCESS_EVERY).values(success_utc=now))
    if posted and row.probes:
        session.execute(mine.values(probes=0))


def free_the_waiting(session: Session) -> None:
    """What waits in the queue because nothing could be sent waits no longer."""
    session.connection().execute(FREED, {"now": clock()})


def went_wrong(session: Session, error: DreamkasError) -> None:
    """Remembers what went wrong on the line last; no answer twice in a while is told once."""
    now, mine = clock(), update(Hold).where(Hold.id == 1)
    session.execute(mine.values(error_utc=now, error=str(error)[:SAID]))
    if isinstance(error, (NotSent, Unknown)):
        session.execute(mine.where(Hold.failing_utc.is_(None)).values(failing_utc=now))
        long = and_(Hold.failing_utc <= now - AWAY_AFTER, Hold.away_told.is_(False), Hold.reason == "")
        if rows_changed(session.execute(mine.where(long).values(away_told=True))):
            _tell_away(error)


def _tell_away(error: DreamkasError) -> None:
    if isinstance(error, NoToken):
        words = N_("There is no token for Dreamkas: receipts wait until DREAMKAS_AUTH_TOKEN is right")
        tell("bad", "away", words)
    else:
        tell("warn", "away", N_("Dreamkas does not answer: receipts wait, nothing is lost"))


def _tell_back(session: Session) -> None:
    mine = update(Hold).where(Hold.id == 1)
    if rows_changed(session.execute(mine.where(Hold.away_told.is_(True)).values(away_told=False))):
        tell("ok", "away", N_("Dreamkas answers again: the receipts that waited go on"))
    session.execute(mine.values(failing_utc=None))
