"""Books put back to an older copy: a heartbeat that stood still may not know what was sent meanwhile.

Nobody tells us that a copy was put back. It shows: the worker's heartbeat, written every two seconds, is old. Whatever
was queued before it beat again is looked up at Dreamkas before it is sent, and the comparison (drift.py) is due. A
worker that was merely stopped for so long costs one listing more.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from modules.core.db import clock, rows_changed
from modules.dreamkas.models import Duty, Operation
from modules.dreamkas.models_drift import DriftCheck

log = logging.getLogger(__name__)

GAP = timedelta(seconds=30)
LOOK_AFTER = timedelta(minutes=10)
BEAT = select(Duty.ran_utc).where(Duty.name == "beat")
BEAT_AND_NOTED: Any = select(
    BEAT.scalar_subquery(), select(DriftCheck.returned_utc).where(DriftCheck.id == 1).scalar_subquery()
)


def check_row(session: Session) -> DriftCheck:
    """The one row of the comparison, as it is now."""
    wanted = select(DriftCheck).where(DriftCheck.id == 1).execution_options(populate_existing=True)
    return session.execute(wanted).scalar_one()


def trusted_since(session: Session, now: datetime) -> datetime:
    """What was born, or looked up, later than that may be sent unseen: ten minutes, and not before a return."""
    beat, noted = session.connection().execute(BEAT_AND_NOTED).one()
    if _stood_still(beat, noted, now):
        return now
    return max(now - LOOK_AFTER, noted or now - LOOK_AFTER)


def note(session: Session) -> None:
    """Before a heartbeat is written, or a pass is made without one: remembers that it stood still, if it did."""
    beat, now = _beat(session), clock()
    if beat is not None and beat < now - GAP:
        mine = update(DriftCheck).where(DriftCheck.id == 1).values(returned_utc=now, stood_utc=beat)
        unnoted = DriftCheck.returned_utc.is_(None) | (DriftCheck.returned_utc < beat)
        # Beats that waited together for a database come together: one of them says so.
        if rows_changed(session.execute(mine.where(unnoted))):
            _say(session, beat)
        else:
            session.execute(mine)


def _say(session: Session, beat: datetime) -> None:
    waits = session.scalar(select(func.count()).where(Operation.state == "queued"))
    log.warning(
        "no worker beat since %s UTC: none ran, or an older copy of the books was put back. "
        "Receipts that wait (%s) are looked up at Dreamkas before they are sent, and the comparison is due",
        f"{beat:%Y-%m-%d %H:%M:%S}",
        waits,
    )


def catching_up_since(session: Session) -> datetime | None:
    """When the books came back (UTC), while it is not known yet what Dreamkas printed meanwhile; else None."""
    row, now = check_row(session), clock()
    if _stood_still(_beat(session), row.returned_utc, now):
        return now
    return row.returned_utc if is_behind(row) else None


def is_behind(row: DriftCheck) -> bool:
    """Whether the books came back from somewhere and were not compared since."""
    return row.returned_utc is not None and (row.done_utc is None or row.done_utc < row.returned_utc)


def _stood_still(beat: datetime | None, noted: datetime | None, now: datetime) -> bool:
    """Whether nobody has noted it yet."""
    return beat is not None and beat < now - GAP and (noted is None or noted < beat)


def _beat(session: Session) -> datetime | None:
    return session.scalar(BEAT)
