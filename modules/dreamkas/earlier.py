"""Earlier operations of the same payment: none of them may print when a repeat is sent."""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from modules.dreamkas import evidence, found, life
from modules.dreamkas.apart import apart, snapshot
from modules.dreamkas.client import Client, DreamkasError, NotFound
from modules.dreamkas.evidence import CLOCK_MARGIN, Listing
from modules.dreamkas.models import Operation

log = logging.getLogger(__name__)


def sent_before(session: Session, repeats: Iterable[Operation]) -> dict[int, list[Operation]]:
    """For each of these operations (by id): the others of its source of which a request may have arrived."""
    return {repeat.id: _sent_before(session, repeat) for repeat in repeats}


def _sent_before(session: Session, repeat: Operation) -> list[Operation]:
    if repeat.source_id is None:
        return []
    same = and_(Operation.source_kind == repeat.source_kind, Operation.source_id == repeat.source_id)
    # Ubilling's have no attempts. Nor have those of books that were put back to an older copy and cancelled there:
    # whatever had bytes to be sent may have been sent.
    sent = or_(Operation.attempt > 0, Operation.accepted_utc.is_not(None), Operation.operation_body != "")
    wanted = select(Operation).where(same, sent, Operation.id != repeat.id).order_by(Operation.id)
    return snapshot(session, session.scalars(wanted.execution_options(populate_existing=True)))


def settled(dreamkas: Client, earlier: Operation, listing: Listing) -> bool:
    """Whether this earlier operation surely prints nothing. One that printed is adopted instead of repeated."""
    facts = listing.of(earlier.external_id)
    if facts:
        apart(earlier.id, lambda session: found.adopt(session, earlier.id, facts))
    if any(fact.status != "ERROR" for fact in facts):
        return False
    named = set() if earlier.operation_id == earlier.external_id else {earlier.operation_id}
    if named and not _ended(dreamkas, earlier):
        return False
    # Of those that were found just now, too: an operation that failed may have printed all the same.
    theirs = named | {fact.id for fact in facts}
    return not theirs or _no_receipt(dreamkas, earlier, theirs, listing)


def _ended(dreamkas: Client, earlier: Operation) -> bool:
    try:
        fact = dreamkas.operation(earlier.operation_id)
    except NotFound:
        return True
    except DreamkasError as error:
        log.info("operation %s could not be read again: %s", earlier.id, error)
        return False
    apart(earlier.id, lambda session: life.heard(session, earlier.id, fact))
    return fact.status == "ERROR"


def _no_receipt(dreamkas: Client, earlier: Operation, theirs: set[str], listing: Listing) -> bool:
    # Not since it was accepted: one whose answer was lost may have printed long before it was found.
    receipts = evidence.read_receipts(dreamkas, earlier.created_utc + listing.skew - CLOCK_MARGIN)
    printed = [receipt for their_id in theirs if (receipt := receipts.of(their_id))]
    for receipt in printed:
        apart(earlier.id, partial(life.fiscalize, pk=earlier.id, receipt_id=receipt.id))
    return not printed and not receipts.problem


def is_settled(dreamkas: Client, all_of_it: list[Operation], listing: Listing) -> bool:
    """Whether none of them prints; every one is read, also after the first that is not settled."""
    return all([settled(dreamkas, earlier, listing) for earlier in all_of_it])


def since(repeats: list[Operation], before: dict[int, list[Operation]]) -> datetime:
    """The moment (our clock) from which all of them and all before them were made."""
    return min(
        operation.created_utc for operation in [*repeats, *(one for row in before.values() for one in row)]
    )
