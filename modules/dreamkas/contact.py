"""Whether a printed receipt carries the contact that we sent: a cash register drops one it dislikes, without a word."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modules.dreamkas.facts import ReceiptFact, as_dict, as_text
from modules.dreamkas.models import Operation
from modules.notifications.service import N_, tell

CODE = "other_contact"
PLACES = ("customer", "attributes")


def contacts_of(receipt: dict) -> list[str]:
    """The phone and the e-mail that a receipt of theirs names, if any."""
    given = {key: value for place in PLACES for key, value in as_dict(receipt.get(place)).items()}
    return [text for text in (as_text(given.get("phone")), as_text(given.get("email"))) if text]


def differs(operation: Operation, told: Iterable[str]) -> bool:
    """Whether none of these is the contact that was sent; False when that is forgotten by now."""
    sent = {_plain(part) for part in operation.contact.split(", ") if part}
    return bool(sent) and sent.isdisjoint(_plain(text) for text in told)


def _plain(contact: str) -> str:
    """8 911 000-00-01 and +79110000001 are one number."""
    digits = "".join(sign for sign in contact if sign.isdigit())
    return contact.strip().casefold() if "@" in contact else digits[-10:]


def check(session: Session, facts: Iterable[ReceiptFact]) -> None:
    """Warns of those receipts, met for the first time, that do not carry what was sent.

    One that names no contact counts only beside others that do: REST is not known to name customers always (4).
    """
    told = {fact.operation_id: contacts_of(fact.raw) for fact in facts if fact.operation_id}
    if any(told.values()):
        ours = select(Operation).where(Operation.operation_id.in_(told))
        for operation in session.scalars(ours).all():
            if differs(operation, told[operation.operation_id]):
                warn(session, operation)


def warn(session: Session, operation: Operation) -> None:
    """The subscriber got no receipt: kept on the operation for a person, told once. A worse alarm stays."""
    free = update(Operation).where(Operation.id == operation.id, Operation.alarm == "")
    if session.execute(free.values(alarm=CODE)).rowcount:  # type: ignore[attr-defined]
        sentence = N_("The receipt for %(subscriber)s was printed without the contact that we sent")
        tell("warn", CODE, sentence, operation.id, subscriber=operation.whose)
