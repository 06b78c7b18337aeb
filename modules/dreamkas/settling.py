"""Settling: a webhook is a hint. What it is about is asked of Dreamkas and moves by life.py alone.

Most hints ask nothing: an accepted operation is merely due now, and follow.ask reads all that are due in one listing.
A hint that nobody knows waits ten minutes, for it may have outrun our own commit, then it is filed as foreign.
With webhooks switched off all this is found by the other duties, a little later.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db, rows_changed, transact
from modules.core.queue import huey, in_app
from modules.core.times import to_local, utc_now
from modules.dreamkas import catalog, contact, follow, found, lease, life, line, receipts, truth
from modules.dreamkas.apart import apart
from modules.dreamkas.client import OperationFact, ReceiptFact
from modules.dreamkas.facts import as_dict, as_moment
from modules.dreamkas.hint import AT_ONCE, Hint, look
from modules.dreamkas.models import Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.notifications.events import tell_event

log = logging.getLogger(__name__)

DUTY = "inbox"
GATHER = 0.2  # seconds: a receipt's webhooks come together, and of a burst the more the better
PACE = timedelta(seconds=1)  # between two rounds: so a burst of hundreds is a handful of questions
STRANGER = timedelta(minutes=10)
SOON, LATER = timedelta(seconds=2), timedelta(seconds=60)
LONGEST_AGO = timedelta(days=7)  # a receipt's own day is believed so far back
CATALOG = ("PRODUCT", "DEVICE", "DEVICE_REGISTRATION", "DEVICE_REGISTRATIONS")


@dataclass
class Truth:
    """What Dreamkas said when it was asked about a round's hints."""

    operations: dict[str, OperationFact] = field(default_factory=dict)
    receipts: dict[str, ReceiptFact] = field(default_factory=dict)
    missed: set[int] = field(default_factory=set)  # rows whose answer came and could not be taken in
    whole: bool = True  # whether it does not know what it said nothing of


@huey.task()
@in_app
def soon() -> None:
    """After a webhook was kept: one round for all that come together with it."""
    if not options().dreamkas_enabled:
        return
    time.sleep(GATHER)
    with lease.duty(DUTY, PACE) as ours:
        if ours:
            settle()


def is_due(session: Session) -> bool:
    """Whether something in the inbox is to be looked into."""
    return session.scalar(select(InboxRow.id).where(InboxRow.due_utc <= clock()).limit(1)) is not None


def settle() -> None:
    """Duty: looks into all that is due, and lets the operations it is about be asked about at once."""
    hints = look(db.session())
    while hints:
        _settle(hints)
        hints = look(db.session()) if len(hints) == AT_ONCE else []
    if follow.any_due(db.session()):
        with lease.duty("ask", timedelta()) as ours:
            if ours:
                follow.ask()


def _settle(hints: list[Hint]) -> None:
    said = _ask(hints)
    for hint in hints:
        one, asks = hint.operation, hint.asks_operation or hint.asks_receipt
        if one and asks and not apart(one.id, partial(_believe, hint=hint, said=said)):
            said.missed.add(hint.row.id)
    transact(partial(_file_all, hints=hints, said=said))


def _ask(hints: list[Hint]) -> Truth:
    about = [hint for hint in hints if hint.operation and hint.asks_operation]
    printed = [hint for hint in hints if hint.operation and hint.asks_receipt]
    said = Truth()
    if about:
        ids = {hint.their_operation for hint in about}
        said.operations, said.whole = truth.operations(ids, _since(about))
    if printed:
        ids = {hint.message.object_id for hint in printed}
        said.receipts, all_told = truth.receipts(ids, _since(printed))
        said.whole = said.whole and all_told
    return said


def _since(hints: list[Hint]) -> datetime:
    return min(hint.operation.created_utc for hint in hints if hint.operation)


# --- what Dreamkas itself said ---


def _believe(session: Session, hint: Hint, said: Truth) -> bool:
    """True: it was taken in, whatever it came to."""
    if hint.asks_operation and (fact := said.operations.get(hint.their_operation)):
        line.went_well(session)
        _believe_operation(session, hint, fact)
    elif printed := said.receipts.get(hint.message.object_id):
        line.went_well(session)
        _believe_receipt(session, hint, printed)
    return True


def _believe_operation(session: Session, hint: Hint, fact: OperationFact) -> None:
    """Adopted only if Dreamkas, too, says that it is this operation's."""
    one = life.fresh(session, hint.operation.id)  # type: ignore[union-attr]
    if fact.id == one.operation_id:
        life.heard(session, one.id, fact)
    elif fact.external_id and fact.external_id == one.external_id:
        try:
            found.adopt(session, one.id, [fact])
        except ValueError as error:  # another payment's here, see doubts.py
            found.mark_look(session, one, "anothers", str(error))


def _believe_receipt(session: Session, hint: Hint, fact: ReceiptFact) -> None:
    one = life.fresh(session, hint.operation.id)  # type: ignore[union-attr]
    receipts.keep(session, [fact], clock())
    if fact.operation_id != one.operation_id:
        return
    life.fiscalize(session, one.id, fact.id)
    # REST names the customer or keeps silent; a silence does not contradict what the webhook said.
    told = contact.contacts_of(fact.raw) or contact.contacts_of(hint.message.data)
    if contact.differs(one, told):
        contact.warn(session, one)


# --- what becomes of the rows ---

INBOX: Any = InboxRow.__table__
# A duplicate that came meanwhile keeps its row due: it is looked into once more.
FILED = (
    update(INBOX)
    .where(InboxRow.id == bindparam("pk"), InboxRow.times == bindparam("seen"))
    .values(fate=bindparam("new_fate"), due_utc=bindparam("due"), operation_pk=bindparam("about"))
)


def _file_all(session: Session, hints: list[Hint], said: Truth) -> None:
    now, busy = clock(), catalog.is_under_way(session)
    quiet = []
    for hint in hints:
        fate, due = _fate(hint, said, now, busy)
        row = {"pk": hint.row.id, "seen": hint.row.times, "new_fate": fate, "due": due}
        row["about"] = hint.operation.id if hint.operation else None
        if not _is_news(hint, fate):
            quiet.append(row)
        elif rows_changed(session.connection().execute(FILED, row)):
            tell_event(hint.message.type, hint.message.action, hint.message.data)
    if quiet:  # nearly all, and all at once: whoever writes meanwhile waits
        session.connection().execute(FILED, quiet)
    about = {one.id for hint in hints if (one := hint.operation) and one.operation_id == hint.their_operation}
    to_ask = update(Operation).where(Operation.id.in_(about), Operation.state == "accepted")
    session.execute(to_ask.values(due_utc=now), execution_options={"synchronize_session": False})
    if not busy and any(hint.message.type in CATALOG for hint in hints):
        catalog.has_changed(session)
    for day in {_day_of(hint) for hint in hints if hint.message.type == "RECEIPT"}:
        receipts.mark_stale(session, day)


def _fate(hint: Hint, said: Truth, now: datetime, busy: bool) -> tuple[str, datetime | None]:
    """(what became of it, when to look again)."""
    if hint.message.type in CATALOG:
        # A round of the catalog that is under way may have read what was there before.
        return (hint.row.fate, now + SOON) if busy else ("noted", None)
    if hint.message.type != "OPERATION" and not hint.their_operation:
        return "noted", None
    if hint.operation and hint.operation.state != "sending" and not _unanswered(hint, said):
        return "settled", None
    age = now - hint.row.came_utc
    if age >= _patience(hint, said):
        return "foreign", None
    return "waiting", now + min(max(SOON, age), LATER)


def _patience(hint: Hint, said: Truth) -> timedelta:
    """How long it may wait. Ours is nobody else's because Dreamkas is away, or because we could not write."""
    open_yet = hint.operation and (not said.whole or hint.row.id in said.missed)
    return life.PERSON_AFTER if open_yet else STRANGER


def _unanswered(hint: Hint, said: Truth) -> bool:
    asked = hint.asks_operation and hint.their_operation not in said.operations
    printed = hint.asks_receipt and hint.message.object_id not in said.receipts
    return asked or printed or hint.row.id in said.missed


def _day_of(hint: Hint) -> date:
    """The local day of a receipt; today, when what it says can hardly be."""
    told, now = as_moment(as_dict(hint.message.data).get("date")), utc_now()
    return to_local(told if told and now - LONGEST_AGO < told < now else now).date()


def _is_news(hint: Hint, fate: str) -> bool:
    """Whether the screens are told, once, what nobody else tells: our own receipts are told when they move."""
    if fate == hint.row.fate or fate not in ("noted", "foreign"):
        return False
    # Another program's operation is told by its receipt, or nothing is worth saying yet.
    return hint.message.type != "OPERATION" or hint.status == "ERROR"
