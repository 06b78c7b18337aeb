"""How far each admin is with the news: what was shown in a corner, what was closed there, what was read in the list."""

import functools
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, not_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core.db import db, rows_changed, transact
from modules.core.times import utc_now
from modules.notifications.models import Closed, Notification, Reader
from modules.notifications.news import (
    NOTHING,
    REACH,
    News,
    has_gaps,
    is_over,
    is_recent,
    knowledge,
    unseen,
    unseen_after,
)

COUNTED = 100  # more unread ones are not counted
MOST_STANDING = 5
MINE: Any = select(Reader.admin, Reader.shown, Reader.read).where(Reader.admin == bindparam("admin"))


class Marks(NamedTuple):
    """How far an admin is, as models.Reader keeps it: cursors of what was shown in a corner and read in the list."""

    admin: str
    shown: str = ""
    read: str = ""


def reader(admin: str) -> Marks:
    """The admin's marks; those of an admin who never saw any news know nothing."""
    kept = db.session.execute(MINE, {"admin": admin}).one_or_none()
    return Marks(*kept) if kept else Marks(admin)


def is_unread(mine: Marks) -> ColumnElement[bool]:
    """Notifications that the admin neither read in the list nor closed."""
    return _open(unseen(mine.read), mine.admin)


def _open(fresh: ColumnElement[bool], admin: Any) -> ColumnElement[bool]:
    closed = select(Closed.notification_id).where(Closed.admin == admin)
    return and_(fresh, Notification.id.not_in(closed))


def unread_of(mine: Marks, rows: Iterable[Notification]) -> set[int]:
    """The numbers of those among these."""
    some = Notification.id.in_([row.id for row in rows])
    return set(db.session.scalars(select(Notification.id).where(some, is_unread(mine))))


def unread(mine: Marks) -> int:
    """How many of them there are; at most COUNTED."""
    return db.session.scalar(_counted(is_unread(mine))) or 0


def _counted(unread: ColumnElement[bool]) -> Select[int]:
    some = select(Notification.id).where(unread).limit(COUNTED).subquery()
    return select(func.count()).select_from(some)


def unread_and_standing(mine: Marks) -> tuple[int, News]:
    """unread() and standing() of what was shown, by one look while no error stands."""
    if has_gaps(mine.read) or has_gaps(mine.shown):
        return unread(mine), standing(mine, mine.shown)
    known = {"read": knowledge(mine.read)[0], "shown": knowledge(mine.shown)[0]}
    asked = {**known, "admin": mine.admin, "since": utc_now() - REACH}
    number, total = db.session.execute(_unread_and_standing(), asked).one()
    return number, _standing(_stays(mine, mine.shown), total) if total else NOTHING


@functools.cache  # every page asks it: to put it together takes longer than to run it
def _unread_and_standing() -> Any:
    unread = _open(unseen_after("read"), bindparam("admin"))
    stays = _bad(unseen_after("shown"), unread, Notification.created_utc > bindparam("since"))
    return select(_counted(unread).scalar_subquery(), _number(stays).scalar_subquery())


def standing(mine: Marks, shown: str) -> News:
    """Errors of the last day that the cursor knows, the admin has not closed and nothing has ended: they stay."""
    stays = _stays(mine, shown)
    return _standing(stays, db.session.scalar(_number(stays)) or 0)


def _stays(mine: Marks, shown: str) -> ColumnElement[bool]:
    return _bad(unseen(shown), is_unread(mine), is_recent())


def _bad(
    unseen: ColumnElement[bool], unread: ColumnElement[bool], recent: ColumnElement[bool]
) -> ColumnElement[bool]:
    return and_(Notification.level == "bad", not_(unseen), unread, recent, not_(is_over()))


def _number(which: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(Notification).where(which)


def _standing(stays: ColumnElement[bool], total: int) -> News:
    rows = select(Notification).where(stays).order_by(Notification.id)
    return News(db.session.scalars(rows).all() if 0 < total <= MOST_STANDING else (), total, total)


def note_shown(admin: str, cursor: str) -> None:
    """All that the cursor knows was shown to the admin; one that knows less than another page's is late. Commits."""

    def work(session: Session) -> None:
        if knowledge(cursor) > knowledge(reader(admin).shown):
            _put(session, admin, shown=cursor)

    transact(work)


def note_read(admin: str, cursor: str) -> None:
    """The admin has read all that the cursor knows. Commits."""

    def work(session: Session) -> None:
        _put(session, admin, read=cursor)
        last = int(cursor.partition("-")[0])
        session.execute(delete(Closed).where(Closed.admin == admin, Closed.notification_id <= last))

    transact(work)


def note_closed(admin: str, notification_id: int) -> None:
    """The admin has closed that one. Closing it twice is closing it. Commits."""
    transact(lambda session: _add(session, Closed(admin=admin, notification_id=notification_id)))


def forget(session: Session, before: datetime) -> int:
    """Deletes what was told before that moment (UTC), and that anybody closed it -> how many; never commits."""
    gone = rows_changed(session.execute(delete(Notification).where(Notification.created_utc < before)))
    session.execute(delete(Closed).where(Closed.notification_id.not_in(select(Notification.id))))
    return gone


def _put(session: Session, admin: str, **marks: str) -> None:
    mine = update(Reader).where(Reader.admin == admin).values(**marks)
    if not rows_changed(session.execute(mine)):
        _add(session, Reader(admin=admin, **marks))


def _add(session: Session, row: Reader | Closed) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return  # another page of the same admin was faster by a moment
