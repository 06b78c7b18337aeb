"""The list of fiscal operations and the whole story of one: reading only."""

import base64
import json
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from modules.core.db import db
from modules.core.search import Look
from modules.core.times import local_now, to_utc
from modules.dreamkas.models import Attempt, Operation
from modules.dreamkas.words import reason

LONGEST_CHAIN = 100

# What the filter "state" may ask, beside the six states themselves.
WAITING = Operation.state.in_(("queued", "sending"))
LATE = and_(Operation.state == "accepted", Operation.reason.in_(("late", "needs_person")))
UNDECIDED = and_(Operation.state.in_(("accepted", "unsure")), Operation.reason == "needs_person")
ALARMED = Operation.alarm > ""  # not "!=": an index finds it
# Not "or": of a list sorted by date each half is found by its own index, and not looked for among all there are.
NEEDS_PERSON = Operation.id.in_(
    select(union(*(select(Operation.id).where(half) for half in (UNDECIDED, ALARMED))).subquery().c.id)
)

SEARCHED: tuple[InstrumentedAttribute[Any], ...] = (
    Operation.operation_id,
    Operation.external_id,
    Operation.subscriber,
    Operation.contract,
    Operation.contact,
    Operation.admin,
    Operation.status,
    Operation.error_code,
    Operation.error_message,
    Operation.reason_text,
    Operation.receipt_id,
    Operation.repeated_fiscop_id,
)
# Where a list too long to be counted is searched: each has an index.
WHOSE: dict[str | LazyString, Any] = {
    _l("Subscriber"): Operation.subscriber,
    _l("Contract"): Operation.contract,
}
BEGINS: dict[str | LazyString, Any] = {
    _l("Operation ID"): Operation.operation_id,
    "externalId": Operation.external_id,
    _l("Check ID"): Operation.receipt_id,
    **WHOSE,
}


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to. Dates are local days, both included; `kopecks` None: any sum."""

    since: date | None = None
    until: date | None = None
    state: str = ""
    subscriber: str = ""
    kopecks: int | None = None

    @property
    def look(self) -> Look:
        """Where the subscriber is looked for."""
        words = [self.subscriber.casefold()] if self.subscriber else []
        return Look(words, (Operation.subscriber, Operation.contract), WHOSE)


def found_by(wanted: Filter) -> Select:
    """The operations that pass the filter but for its `look`, as a select to be sorted and paged."""
    found = select(Operation).execution_options(populate_existing=True)
    if wanted.since:
        found = found.where(Operation.date_create >= datetime.combine(wanted.since, time()))
    if wanted.until:
        # Not "before the next day": there is none after the last day ever, and people type that.
        found = found.where(Operation.date_create <= datetime.combine(wanted.until, time.max))
    if wanted.state:
        found = found.where(_state(wanted.state))
    if wanted.kopecks is not None:
        found = found.where(Operation.amount == wanted.kopecks)
    return found


def _state(word: str) -> Any:
    groups = {"waiting": WAITING, "late": LATE, "undecided": NEEDS_PERSON, "rejected_today": rejected_today()}
    return groups.get(word, Operation.state == word)


def rejected_today() -> Any:
    """Operations that were rejected since midnight here."""
    midnight = to_utc(local_now().replace(hour=0, minute=0, second=0, microsecond=0))
    return and_(Operation.state == "rejected", Operation.finished_utc >= midnight)


def explained(operation: Operation) -> str:
    """Why it is where it is: Dreamkas' own message, else our reason."""
    return operation.error_message or reason(operation.reason, operation.reason_text)


def find(text: str) -> Operation | None:
    """The operation of that number here, of that id at Dreamkas, or of that externalId."""
    by_number = text.isdecimal() and text.isascii() and len(text) <= 12
    mine = Operation.id == int(text) if by_number else _named(text)
    return db.session.scalar(select(Operation).where(mine).execution_options(populate_existing=True))


def _named(text: str) -> Any:
    return or_(Operation.operation_id == text, Operation.external_id == text)


def attempts_of(operation: Operation) -> list[Attempt]:
    """Every POST of the operation, the first one first."""
    mine = select(Attempt).where(Attempt.operation_pk == operation.id).order_by(Attempt.number)
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def chain_of(operation: Operation) -> list[Operation]:
    """The operation with all that it repeats and all that repeat it, in the order they were made."""
    family = {operation.id: operation}
    edge: Iterable[Operation] = [operation]
    while edge and len(family) < LONGEST_CHAIN:
        news = [found for found in _neighbours(edge) if found.id not in family]
        family.update((found.id, found) for found in news)
        edge = news
    return [family[pk] for pk in sorted(family)]


def _neighbours(some: Iterable[Operation]) -> Iterable[Operation]:
    older = [one.repeats_id for one in some if one.repeats_id]
    # Ubilling's own rows know each other by Dreamkas' id only.
    older_names = [one.repeated_fiscop_id for one in some if one.repeated_fiscop_id and not one.repeats_id]
    near = or_(
        Operation.id.in_(older),
        Operation.operation_id.in_(older_names),
        Operation.repeats_id.in_([one.id for one in some]),
        and_(
            Operation.repeats_id.is_(None),
            Operation.repeated_fiscop_id.in_([one.operation_id for one in some]),
        ),
    )
    return db.session.scalars(select(Operation).where(near))


def repeated_among(some: Iterable[Operation]) -> set[int]:
    """The numbers of those that were repeated already: their latest repeat is the one to look at."""
    rejected = [one.id for one in some if one.state == "rejected"]
    made = select(Operation.repeats_id).where(Operation.repeats_id.in_(rejected))
    return {pk for pk in db.session.scalars(made) if pk} if rejected else set()


def body_text(operation: Operation) -> str:
    """The exact body as readable JSON; '' when it never had one, as it is when it is no JSON."""
    try:
        plain = base64.b64decode(operation.operation_body or "", validate=False).decode("utf-8", "replace")
    except (NotBase64, ValueError):
        return operation.operation_body
    try:
        return json.dumps(json.loads(plain), ensure_ascii=False, indent=2)
    except ValueError:
        return plain
