"""A webhook's message beside the operation of ours that it is about, and what has to be asked before it counts."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from modules.core.db import clock
from modules.dreamkas import contact
from modules.dreamkas.facts import as_dict, as_text
from modules.dreamkas.message import BadHook, Message
from modules.dreamkas.models import Operation
from modules.dreamkas.models_inbox import InboxRow

AT_ONCE = 200  # rows filed in one transaction: nobody else writes meanwhile on SQLite
FINAL = ("fiscalized", "rejected")


@dataclass(frozen=True)
class Hint:
    """One row of the inbox as it was read; `operation` None: nobody's here, as far as we know."""

    row: InboxRow
    message: Message
    operation: Operation | None = None

    @property
    def their_operation(self) -> str:
        """The id at Dreamkas of the operation that it is about; "" when it names none."""
        return operation_id_of(self.message)

    @property
    def asks_operation(self) -> bool:
        """Whether GET /operations/{id} has to be read: the operation can not be followed by its own id, or is over."""
        one = self.operation
        if self.message.type != "OPERATION" or one is None or one.state == "sending":
            return False
        if (
            one.operation_id != self.their_operation
        ):  # an answer that was lost, or a second operation of theirs
            return not (self._was_settled and one.state in FINAL)
        # What is over can be surprised by a receipt only.
        return one.state == "rejected" and self.status == "SUCCESS" and not self._was_settled

    @property
    def asks_receipt(self) -> bool:
        """Whether GET /receipts/{id} has to be read: it would surprise, or it lacks the contact that we sent."""
        one = self.operation
        if self.message.type != "RECEIPT" or one is None or self._was_settled:
            return False
        surprises = one.state == "rejected" or one.receipt_id not in ("", self.message.object_id)
        return surprises or contact.differs(one, contact.contacts_of(self.message.data))

    @property
    def status(self) -> str:
        """Their word for the operation's state."""
        return as_text(as_dict(self.message.data).get("status")) or ""

    @property
    def _was_settled(self) -> bool:
        return self.row.fate == "settled"


def look(session: Session) -> list[Hint]:
    """What is due in the inbox, the oldest first, as it is now. Ends the reading transaction."""
    due = select(InboxRow).where(InboxRow.due_utc <= clock()).order_by(InboxRow.due_utc).limit(AT_ONCE)
    rows = list(session.scalars(due.execution_options(populate_existing=True)))
    read = [(row, message_of(row)) for row in rows]
    messages = [message for _row, message in read]
    theirs = _by(session, Operation.operation_id, map(operation_id_of, messages))
    ours = _by(session, Operation.external_id, map(external_id_of, messages))
    hints = [
        Hint(row, told, theirs.get(operation_id_of(told)) or ours.get(external_id_of(told)))
        for row, told in read
    ]
    session.expunge_all()  # they stay as they were
    session.rollback()
    return hints


def message_of(row: InboxRow) -> Message:
    """What it says; of one that an older version took in and this one would not, its type alone."""
    try:
        return Message.read(row.raw)
    except BadHook:
        return Message(row.type, row.action, {})


def operation_id_of(message: Message) -> str:
    """The id at Dreamkas of the operation that the message is about, or ""."""
    if message.type == "OPERATION":
        return message.object_id
    return (as_text(message.data.get("operationId")) or "") if message.type == "RECEIPT" else ""


def external_id_of(message: Message) -> str:
    """Our own id of the operation, if an OPERATION names it, or ""."""
    return (as_text(message.data.get("externalId")) or "") if message.type == "OPERATION" else ""


def _by(session: Session, key: InstrumentedAttribute, ids: Iterable[str]) -> dict[str, Operation]:
    wanted = select(Operation).where(key.in_({id[:255] for id in ids if id}))
    found = session.scalars(wanted.execution_options(populate_existing=True))
    return {getattr(operation, key.key): operation for operation in found}
