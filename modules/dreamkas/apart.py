"""One operation's trouble is its own: it is logged and put off, and the others go on."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from modules.core.db import clock, transact
from modules.core.outage import is_outage
from modules.dreamkas.models import Operation

log = logging.getLogger(__name__)

T = TypeVar("T")

PUT_OFF = timedelta(seconds=60)


def snapshot(session: Session, rows: Iterable[Operation]) -> list[Operation]:
    """The rows as they are now, for good: a later read does not change them, and none is read anew one by one.

    Ends the reading transaction, so that nothing is held while the network is asked.
    """
    seen = list(rows)
    for row in seen:
        session.expunge(row)
    session.rollback()
    return seen


def apart(pk: int, work: Callable[[Session], T]) -> T | None:
    """transact(work) for one operation; None when it failed. Raises only when the database itself is out of reach."""
    try:
        return transact(work)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("operation %s could not be moved; it is put off", pk)
        later = update(Operation).where(Operation.id == pk, Operation.due_utc.is_not(None))
        transact(lambda session: session.execute(later.values(due_utc=clock() + PUT_OFF)))
        return None
