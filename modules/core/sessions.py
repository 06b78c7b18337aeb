"""Sessions of admins: rows of the database, found by the secret that the cookie carries.

What the row says is what holds, so that signing out, a new password and a dismissal end a session at once,
wherever its cookie went.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from modules.core.admins import Admin, PanelSession
from modules.core.alone import write_alone
from modules.core.db import db
from modules.core.times import utc_now

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)  # how often a visit is worth a write
KEPT = timedelta(days=90)

VISITOR: Any = (
    select(Admin, PanelSession.seen_utc)
    .join(PanelSession, PanelSession.admin_id == Admin.id)
    .where(PanelSession.id_hash == bindparam("id_hash"), PanelSession.closed_utc.is_(None))
    .where(PanelSession.seen_utc > bindparam("seen"), PanelSession.created_utc > bindparam("created"))
    .where(Admin.disabled.is_(False))
)


def open_session(session: Session, admin_id: int, ip: str) -> str:
    """Begins a session of that admin -> the secret that its cookie carries. Does not commit."""
    token, now = secrets.token_urlsafe(32), utc_now()
    session.execute(delete(PanelSession).where(PanelSession.created_utc < now - KEPT))
    session.add(
        PanelSession(id_hash=_hash(token), admin_id=admin_id, created_utc=now, seen_utc=now, ip=ip[:64])
    )
    return token


def close_session(session: Session, token: str) -> None:
    """Ends the session of that cookie. Does not commit."""
    _close(session, PanelSession.id_hash == _hash(token))


def close_sessions(session: Session, admin_id: int) -> None:
    """Ends all sessions of that admin. Does not commit."""
    _close(session, PanelSession.admin_id == admin_id)


def visitor(token: str, *, keep_alive: bool) -> Admin | None:
    """Whose session this is, while it lasts; `keep_alive` makes it last longer."""
    now = utc_now()
    asked = {"id_hash": _hash(token), "seen": now - IDLE, "created": now - LONGEST}
    row = db.session.execute(VISITOR, asked).one_or_none()
    if row is None:
        return None
    admin, seen = row
    db.session.expunge(admin)  # a snapshot: no rollback of the page's own work may touch it
    admin.token = token
    if keep_alive and seen < now - SEEN_EVERY:
        _note_visit(token, now)
    return admin


def _note_visit(token: str, now: datetime) -> None:
    late = PanelSession.seen_utc < now - SEEN_EVERY
    change = update(PanelSession).where(PanelSession.id_hash == _hash(token), late).values(seen_utc=now)
    write_alone(change, {})


def _close(session: Session, which: ColumnElement[bool]) -> None:
    still = PanelSession.closed_utc.is_(None)
    session.execute(update(PanelSession).where(which, still).values(closed_utc=utc_now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
