"""How the cash register room fares: one look says whether all is well."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from modules.core.db import db, utc_clock
from modules.dreamkas import printed
from modules.dreamkas.models import CatalogState, Duty, Hold, Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.operations import ALARMED, LATE, NEEDS_PERSON, UNDECIDED, WAITING, rejected_today
from modules.dreamkas.refusals import WrongDoor

OF_PAGE = "dreamkas.line"  # where the line stands in a request that has asked for it already
SILENT_AFTER = timedelta(seconds=60)
QUEUE_LOST = "queue_lost"  # the duty whose `ran_utc` is when a worker last did without the queue
LOST_FOR = timedelta(seconds=15)  # it says so at every beat: afterwards it has the queue again, or is gone
# As refusals.py and client.py word it: a 403 without their JSON is a stranger's.
MISSING = "the token is empty"
TOKEN_REFUSED = re.compile(f"HTTP 40[13](?!; {WrongDoor.advice})|{MISSING}")


@dataclass(frozen=True)
class Line:
    """The worker and the line to Dreamkas. Times are UTC; hold is "" when the queue is open."""

    worker_seen: datetime | None
    worker_silent: bool
    queue_lost: bool  # a worker goes on without it
    hold: str
    hold_since: datetime | None
    paused_until: datetime | None
    success: datetime | None
    error_at: datetime | None
    error: str

    @property
    def away(self) -> bool:
        """Whether the last thing heard of Dreamkas was an error."""
        return self.error_at is not None and (self.success is None or self.success < self.error_at)

    @property
    def token_refused(self) -> bool:
        """Whether the token is no good: a POST was refused for it, or the last thing heard, of a GET too, says so."""
        return self.hold == "token" or (self.away and TOKEN_REFUSED.match(self.error) is not None)

    @property
    def stopped_by(self) -> str:
        """Why nothing can be sent, a word of words.STOPS: "no_token", "token", "door"; "" when it can."""
        if self.away and self.error.startswith(MISSING):
            return "no_token"
        return "token" if self.token_refused else self.hold


@dataclass(frozen=True)
class Health:
    """The line and the figures: how many operations are where."""

    line: Line
    waiting: int
    oldest: datetime | None
    unsure: int
    late: int
    undecided: int
    alarms: int
    needs_person: int  # one or both of the last two
    rejected_today: int
    drift: int  # differences from Dreamkas that nobody has explained
    webhook: datetime | None  # when the last webhook came, UTC
    catalog: datetime | None  # when the oldest part of the catalog was fetched, UTC


BEAT = select(Duty.ran_utc).where(Duty.name == "beat").scalar_subquery()
LOST = select(Duty.ran_utc).where(Duty.name == QUEUE_LOST).scalar_subquery()
LINE = select(Hold, BEAT, LOST, utc_clock()).where(Hold.id == 1).execution_options(populate_existing=True)


def line_health() -> Line:
    """The worker's heartbeat and the hold: one look, by the database's clock."""
    return line_of(*db.session.execute(LINE).one())


def line_of(hold: Hold, seen: datetime | None, lost: datetime | None, now: datetime) -> Line:
    """The line as the rows say: when the worker's heart beat, when it lacked the queue, what time it is, all UTC."""
    paused = hold.pause_until_utc if hold.pause_until_utc and hold.pause_until_utc > now else None
    silent = seen is None or seen < now - SILENT_AFTER
    without = lost is not None and lost >= now - LOST_FOR
    return Line(
        worker_seen=seen,
        worker_silent=silent,
        queue_lost=without,
        hold=hold.reason,
        hold_since=hold.since_utc,
        paused_until=paused,
        success=hold.success_utc,
        error_at=hold.error_utc,
        error=hold.error,
    )


def health() -> Health:
    """The line and all figures, each an indexed count."""
    return Health(
        line=line_health(),
        waiting=_count(WAITING),
        oldest=db.session.scalar(select(func.min(Operation.created_utc)).where(WAITING)),
        unsure=_count(Operation.state == "unsure"),
        late=_count(LATE),
        undecided=_count(UNDECIDED),
        alarms=_count(ALARMED),
        needs_person=_count(NEEDS_PERSON),
        rejected_today=_count(rejected_today()),
        drift=printed.unexplained(),
        webhook=db.session.scalar(select(func.max(InboxRow.last_utc))),
        catalog=_catalog_fetched(),
    )


def _catalog_fetched() -> datetime | None:
    dates = list(db.session.scalars(select(CatalogState.fetched_utc)))
    return min((date for date in dates if date), default=None) if all(dates) else None


def _count(condition) -> int:
    return db.session.scalar(select(func.count()).select_from(Operation).where(condition)) or 0
