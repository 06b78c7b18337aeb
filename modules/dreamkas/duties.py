"""Duties: what one worker at a time does when there is something to do, each under its lease.

The cash register's own stand in tasks.py. Other rooms hand theirs in through app.py: this room does not know them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import db
from modules.core.queue import enqueue, huey, in_app
from modules.dreamkas import lease, outbox


@dataclass(frozen=True)
class Work:
    """A duty: whether there is anything to do (a cheap look at the database), and doing it.

    `always`: also while DREAMKAS_ENABLED is off, for what is not the cash register's.
    """

    has_work: Callable[[Session], bool]
    run: Callable[[], None]
    every: timedelta = timedelta()
    always: bool = False

    def is_due(self, session: Session) -> bool:
        """Whether it may be done now and there is something to do."""
        return (self.always or options().dreamkas_enabled) and self.has_work(session)


DUTIES: dict[str, Work] = {}


def add_duty(name: str, work: Work) -> None:
    """Hands a duty in, before the worker starts; the name (32 letters at most) is its lease's."""
    DUTIES[name] = work


@huey.task()
@in_app
def do_duty(name: str) -> None:
    """One pass of one duty, if nobody else is at it."""
    run_duty(name)


def run_duty(name: str) -> None:
    """Does a duty that is due and has work, under its lease; afterwards what became due is delivered."""
    duty = DUTIES[name]
    if not duty.is_due(db.session()):
        return
    with lease.duty(name, duty.every) as ours:
        if ours:
            duty.run()
    if ours:
        outbox.nudge()


def nudge_duty(name: str) -> None:
    """After the commit: there is something to do now. Never raises: the beat finds it all the same."""
    enqueue(do_duty, name)
