"""The journal: one line per act that matters, in Ubilling's table `weblogs`."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, delete, insert, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from modules.core.db import Base, LocalTime, Words, db, rows_changed, transact
from modules.core.rights import admin_login, remote_ip
from modules.core.times import local_now

LONGEST = 255
RARELY = timedelta(minutes=1)
LAST = 100  # lines looked at: Ubilling's journal is long, and has no index but its number
OURS = ("DREAMKAS ", "BANKSTA2 ")  # how lines begin that only we write; the table is all of Ubilling's
# Line breaks and other control signs would forge lines; bidirectional ones would turn them round.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


class Weblog(Base):
    """A line of the journal; the date is local."""

    __tablename__ = "weblogs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[datetime | None] = mapped_column(LocalTime, index=True)
    admin: Mapped[str] = mapped_column(Words(45), default="")
    ip: Mapped[str] = mapped_column(Words(64), default="")
    event: Mapped[str] = mapped_column(Words(255), default="")


WEBLOGS: Any = Weblog.__table__
LINE = insert(WEBLOGS)


def write(event: str, admin: str | None = None) -> None:
    """Writes a line inside the present transaction, which the caller commits together with the act itself.

    By the signed-in admin, or "system", when none is named. Callers never put a token, a key, a password or a
    whole phone number into it (core.phones.mask).
    """
    who = admin if admin is not None else admin_login() or "system"
    now = local_now().replace(microsecond=0)
    line = {"date": now, "admin": clean(who)[:45], "ip": remote_ip(), "event": clean(event)[:LONGEST]}
    db.session.connection().execute(LINE, line)


def write_rarely(event: str, admin: str) -> None:
    """Writes and commits the line by itself, at most one like it in a minute: a flood must not fill the journal."""
    last = db.session.execute(select(Weblog.event, Weblog.date).order_by(Weblog.id.desc()).limit(LAST))
    since = local_now() - RARELY
    if not any(line == event and date and date > since for line, date in last):
        transact(lambda session: write(event, admin))


def forget(session: Session, since: datetime, before: datetime) -> int:
    """Deletes our lines of between two local moments -> how many; never commits.

    Only what nobody else can have written: Ubilling's modules keep their journal in the same table, theirs to forget.
    """
    ours = or_(*(Weblog.event.startswith(word) for word in OURS))
    return rows_changed(
        session.execute(delete(Weblog).where(Weblog.date >= since, Weblog.date < before, ours))
    )


def clean(text: str) -> str:
    """The text on one line, without signs that nobody sees."""
    return _UNSEEN.sub(" ", text).strip()
