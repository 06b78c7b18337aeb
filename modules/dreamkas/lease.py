"""A duty's lease: one worker at a time, renewed while it works, free a quarter of a minute after that worker died."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core.db import clock, db, rows_changed, transact, utc_clock
from modules.core.outage import spell
from modules.dreamkas.models import Duty

log = logging.getLogger(__name__)

LENGTH = timedelta(seconds=15)
RENEW_SECONDS = 5.0


def is_free(now: datetime | utc_clock) -> ColumnElement[bool]:
    """Whether a duty is due and nobody is at it, as an SQL condition."""
    over = Duty.lease_until_utc.is_(None) | (Duty.lease_until_utc <= now)
    return and_(over, Duty.due_utc.is_(None) | (Duty.due_utc <= now))


FREE = select(is_free(utc_clock())).where(Duty.name == bindparam("name"))


@contextmanager
def duty(name: str, every: timedelta) -> Iterator[bool]:
    """Yields whether the duty is ours; if so it is kept ours until the block ends, and due again after `every`."""
    # Of many who are nudged at once one can have it: the others see that, and no writer waits for them. By the
    # connection that the thread has: were it a second one, all threads could wait for theirs.
    seen_free = db.session.scalar(FREE, {"name": name})
    taken = None if seen_free is False else transact(lambda session: _take(session, name, every))
    if taken is None:
        db.session.rollback()
        yield False
        return
    lease = _Lease(name, taken)
    lease.start()
    try:
        yield True
    finally:
        db.session.rollback()
        lease.end()


def _take(session: Session, name: str, every: timedelta) -> datetime | None:
    now = clock()
    mine = update(Duty).where(Duty.name == name, is_free(now))
    mine = mine.values(lease_until_utc=now + LENGTH, due_utc=now + every)
    taken = rows_changed(session.execute(mine)) or (
        born(session, name) and rows_changed(session.execute(mine))
    )
    return now + LENGTH if taken else None


def born(session: Session, name: str) -> bool:
    """Gives a duty that was never done its row; False when it has one."""
    if session.scalar(select(Duty.name).where(Duty.name == name)):
        return False
    try:
        with session.begin_nested():
            session.execute(insert(Duty).values(name=name))
    except IntegrityError:  # another worker was quicker by a hair
        return False
    return True


class _Lease:
    """One run of a duty; known by the end of its lease, so that a run which lost it leaves the next one's alone."""

    def __init__(self, name: str, until: datetime) -> None:
        self.name, self.until = name, until
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        transact(lambda session: self._move(session, None))

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            with self._app.app_context():
                try:
                    transact(lambda session: self._move(session, clock() + LENGTH))
                except Exception as error:
                    if spell.tells(error):
                        continue
                    log.exception("the lease of the duty %s could not be renewed", self.name)

    def _move(self, session: Session, until: datetime | None) -> None:
        mine = update(Duty).where(Duty.name == self.name, Duty.lease_until_utc == self.until)
        values = {"lease_until_utc": until} if until else {"lease_until_utc": None, "ran_utc": clock()}
        session.execute(mine.values(**values))
        self.until = until or self.until
