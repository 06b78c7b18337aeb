"""What is new since a cursor.

A cursor says which notifications its owner knows: "125-122-119" is all up to 125 but for 122 and 119. Those may be
numbers of transactions that were rolled back, or that commit a moment later: on MariaDB and PostgreSQL a lower number
can appear after a higher one, and must not be missed for it. On SQLite it is mostly one number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from modules.core.db import db
from modules.core.times import utc_now
from modules.notifications import pulse
from modules.notifications.models import Notification

BEHIND = 100  # how far below the highest number a late one is still waited for
REACH = timedelta(days=1)  # what was missed longer ago stands in the list only
MOST = 5  # more at once are one summary
# Kinds that tell how the line to Dreamkas fares (modules/dreamkas/line.py): of them only the last piece is still true.
LINE = ("hold", "away")


@dataclass(frozen=True)
class News:
    """What is new: each piece of it, or (rows empty) so many in all and so many errors."""

    rows: Sequence[Notification]
    total: int
    errors: int


NOTHING = News((), 0, 0)


def position() -> str:
    """The cursor that knows everything there is now; no table is asked while nothing was told."""
    return pulse.kept(_tail)


def _tail() -> str:
    # By a connection of its own: this request's session may still read an older state of the database.
    with db.engine.connect() as connection:
        last = connection.scalar(select(func.max(Notification.id))) or 0
        near = select(Notification.id).where(Notification.id > last - BEHIND)
        there = set(connection.scalars(near))
    missing = [number for number in range(last - 1, max(0, last - BEHIND), -1) if number not in there]
    return "-".join(map(str, [last, *missing]))


def knowledge(cursor: str) -> tuple[int, int]:
    """How much the cursor knows, to compare: of two with the same last number that with fewer gaps knows more."""
    last, *missing = _numbers(cursor)
    return last, -len(missing)


def _numbers(cursor: str) -> list[int]:
    return [int(number) for number in cursor.split("-") if number.isdecimal()] or [0]


def has_gaps(cursor: str) -> bool:
    """Whether it misses numbers below its last one."""
    return len(_numbers(cursor)) > 1


def unseen_after(name: str) -> ColumnElement[bool]:
    """unseen() of a cursor without gaps, whose number is told under that name when the statement runs."""
    return Notification.id > bindparam(name)


def unseen(cursor: str) -> ColumnElement[bool]:
    """Notifications that the cursor does not know; "" knows none."""
    last, *missing = _numbers(cursor)
    return or_(Notification.id > last, Notification.id.in_(missing)) if missing else Notification.id > last


def between(since: str, now: str) -> News:
    """What the cursor `now` knows and `since` does not, of the last day and not over."""
    fresh = and_(unseen(since), not_(unseen(now)), is_recent(), not_(is_over()))
    counted = select(Notification.level, func.count()).where(fresh).group_by(Notification.level)
    levels = {level: number for level, number in db.session.execute(counted)}
    total, rows = sum(levels.values()), select(Notification).where(fresh).order_by(Notification.id)
    return News(db.session.scalars(rows).all() if 0 < total <= MOST else (), total, levels.get("bad", 0))


def is_recent() -> ColumnElement[bool]:
    """Told within the last day."""
    return Notification.created_utc > utc_now() - REACH


def is_over() -> ColumnElement[bool]:
    """Told of the line to Dreamkas, and later told otherwise: it stands in the list only."""
    later = aliased(Notification)
    otherwise = exists().where(later.kind.in_(LINE), later.id > Notification.id)
    return and_(Notification.kind.in_(LINE), otherwise)


def ended(since: str) -> Sequence[int]:
    """The numbers of what is over because of something that the cursor does not know."""
    end = select(func.max(Notification.id)).where(Notification.kind.in_(LINE), unseen(since))
    over = and_(Notification.kind.in_(LINE), Notification.id < end.scalar_subquery(), is_recent())
    return db.session.scalars(select(Notification.id).where(over)).all()
