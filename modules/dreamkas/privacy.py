"""Forgetting: personal data in bodies, attempts, news and our lines of the journal need not outlive their use."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.bulk import batches
from modules.core.db import clock, rows_changed, transact
from modules.core.times import to_local
from modules.dreamkas import receipts
from modules.dreamkas.beginning import born
from modules.dreamkas.models import Attempt, Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.notifications import marks


def purge(days: int) -> tuple[int, int, int, int]:
    """Forgets what is older than so many days -> (operations, notifications, journal lines, webhooks). Commits.

    Of a finished operation the contact, the body and what was answered go, of a receipt the contact; sum, states,
    receipt and source stay, for they are the books. What webhooks brought goes whole.
    """
    return transact(lambda session: _purge(session, days))


def _purge(session: Session, days: int) -> tuple[int, int, int, int]:
    before = clock() - timedelta(days=days)
    old = (
        Operation.finished_utc < before,
        Operation.state.in_(("fiscalized", "rejected")),
        (Operation.contact != "") | (Operation.operation_body != ""),
    )
    ids = list(session.scalars(select(Operation.id).where(*old)))
    for part in batches(ids, 500):
        session.execute(update(Operation).where(Operation.id.in_(part)).values(contact="", operation_body=""))
        session.execute(update(Attempt).where(Attempt.operation_pk.in_(part)).values(said=""))
    receipts.forget(session, before)
    news = marks.forget(session, before)
    lines = journal.forget(session, born(), to_local(before))
    hooks = session.execute(delete(InboxRow).where(InboxRow.last_utc < before))
    journal.write(f"DREAMKAS PURGE older than {days} days: {len(ids)} operations")
    return len(ids), news, lines, rows_changed(hooks)
