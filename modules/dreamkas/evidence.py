"""What Dreamkas' own lists say, and what they do not prove.

A listing finds an operation whenever it holds it. That it does *not* hold it is proved only by a listing that was
read whole, that holds our canary (the newest operation they acknowledged to us), that is no shorter than the last whole
one of the day, and together with a list of receipts in which nothing unknown could be ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modules.core.bulk import batches
from modules.core.db import clock, db, transact
from modules.core.times import utc_now
from modules.dreamkas import line
from modules.dreamkas.client import Client, DreamkasError, OperationFact, Page, ReceiptFact
from modules.dreamkas.models import Attempt, Hold, Operation

PAGES_AT_MOST = 500
MARGIN = timedelta(minutes=15)
# Whose clock a receipt bears is a doubt: a cash machine's own may be minutes slow.
CLOCK_MARGIN = timedelta(minutes=5)
CANARY_AGE = timedelta(days=7)
LISTING_AGE = timedelta(hours=24)


@dataclass
class Listing:
    """Operations as Dreamkas listed them, and why (if so) the listing proves no absence."""

    rows: dict[str, OperationFact] = field(default_factory=dict)  # by their id, in their order
    whole: bool = False
    problem: str = "not_read"  # a code of words.PROBLEMS, "" = none
    detail: str = ""
    oldest: datetime | None = None  # createdAt, their clock; known only while newest-first holds
    newest_first: bool = True
    oldest_first: bool = True
    pages: int = 0
    odd: int = 0  # rows that could not be read: any of them might be the one that is looked for
    skew: timedelta = timedelta()  # their clock minus ours, the lowest seen

    def of(self, external_id: str | None) -> list[OperationFact]:
        """Every operation that carries this externalId."""
        return [fact for fact in self.rows.values() if external_id and fact.external_id == external_id]

    def ordered(self) -> bool:
        """Whether paging could not have stepped over a row: one page, or one order kept throughout."""
        return self.pages <= 1 or self.newest_first or self.oldest_first

    def reaches(self, when_theirs: datetime) -> bool:
        """Whether everything since that moment (their clock) is in the listing."""
        if not self.ordered():
            return False
        return self.whole or (
            self.newest_first and self.oldest is not None and self.oldest < when_theirs - MARGIN
        )


@dataclass(frozen=True)
class Canary:
    """The newest operation they acknowledged to us: a listing without it is not a listing of our operations."""

    operation_id: str
    external_id: str
    sent_utc: datetime


def canary(session: Session, door: str) -> Canary | None:
    """The newest acknowledgement of the last 7 days under the same address and token."""
    row = session.execute(
        select(Operation.operation_id, Operation.external_id, Attempt.started_utc)
        .join(Attempt, Attempt.operation_pk == Operation.id)
        .where(
            Attempt.outcome == "accepted", Attempt.door == door, Attempt.their_id == Operation.operation_id
        )
        .where(Operation.accepted_utc > clock() - CANARY_AGE, Operation.external_id.is_not(None))
        .order_by(Operation.accepted_utc.desc(), Operation.id.desc())
        .limit(1)
    ).first()
    return Canary(row[0], row[1] or "", row[2]) if row else None


def read_operations(dreamkas: Client, since_utc: datetime | None, bird: Canary | None) -> Listing:
    """Reads GET /operations page by page, on by as many rows as came, until an empty page ends it.

    With `since_utc` (our clock) and the canary it may stop early: once newest-first has held all the way and the rows
    are 15 minutes older than that moment by their clock. Never raises: a failure is the listing's `problem`.
    """
    listing = Listing()
    try:
        for page in _pages(dreamkas):
            listing.pages += 1
            if not _take_page(listing, page, bird) or _far_enough(listing, since_utc, bird):
                break
        else:
            listing.problem = "endless"
    except DreamkasError as error:
        listing.problem, listing.detail = "failed", str(error)
    if listing.odd and not listing.problem:
        listing.problem = "odd_rows"
    return listing


def _pages(dreamkas: Client) -> Iterator[Page]:
    offset = 0
    for _number in range(PAGES_AT_MOST):
        page = dreamkas.operations(offset=offset)
        offset += page.came
        yield page


def _take_page(listing: Listing, page: Page, bird: Canary | None) -> bool:
    """Adds a page; False when it was the last (empty), or brought nothing new (it repeats: no proof)."""
    if listing.pages == 1 and page.answer.their_date:
        listing.skew = page.answer.their_date - utc_now()
    listing.odd += page.odd
    if not page.came:
        listing.pages -= 1
        listing.whole, listing.problem = True, ""
        return False
    news = [fact for fact in page.rows if fact.id not in listing.rows]
    if not news:
        listing.problem = "repeats"
        return False
    for fact in news:
        _take_row(listing, fact, bird)
    return True


def _take_row(listing: Listing, fact: OperationFact, bird: Canary | None) -> None:
    last = next(reversed(listing.rows.values()), None)
    if fact.created_at is None:
        listing.newest_first = listing.oldest_first = False
    elif last is not None and last.created_at is not None:
        listing.newest_first = listing.newest_first and fact.created_at <= last.created_at
        listing.oldest_first = listing.oldest_first and fact.created_at >= last.created_at
    listing.oldest = fact.created_at if listing.newest_first else None
    listing.rows[fact.id] = fact
    if bird and fact.id == bird.operation_id and fact.created_at:
        listing.skew = min(listing.skew, fact.created_at - bird.sent_utc)


def _far_enough(listing: Listing, since_utc: datetime | None, bird: Canary | None) -> bool:
    # Seen to hold: rows of one and the same second are as much oldest-first as newest-first.
    if since_utc is None or not listing.newest_first or listing.oldest_first:
        return False
    if bird is not None and bird.operation_id not in listing.rows:
        return False
    if listing.reaches(since_utc + listing.skew):
        listing.problem = ""
        return True
    return False


def canary_problem(listing: Listing, bird: Canary | None) -> str:
    """Why the listing is not known to be of our operations (a code of words.PROBLEMS), or ''."""
    if bird is None:
        return "no_canary"
    fact = listing.rows.get(bird.operation_id)
    if fact is None or fact.external_id != bird.external_id:
        return "canary_missing"
    return ""


def shrunk(listing: Listing) -> str:
    """'shrunk' when a whole listing is too short to prove anything, or ''; remembers the longest one of the day."""
    if not listing.whole:
        return ""
    return transact(lambda session: _shrunk(session, len(listing.rows)))


def _shrunk(session: Session, rows: int) -> str:
    hold, now = line.line(session, lock=True), clock()
    recent = hold.listing_utc is not None and hold.listing_utc > now - LISTING_AGE
    if recent and rows < hold.listing_rows:
        return "shrunk"
    session.execute(update(Hold).where(Hold.id == 1).values(listing_rows=rows, listing_utc=now))
    return ""


@dataclass(frozen=True)
class Receipts:
    """Receipts as Dreamkas listed them, and why (if so) there may be more."""

    rows: list[ReceiptFact]
    problem: str = ""  # a code of words.PROBLEMS
    detail: str = ""

    def of(self, operation_id: str) -> ReceiptFact | None:
        """The receipt of that operation of theirs."""
        return next((fact for fact in self.rows if fact.operation_id == operation_id), None)


def read_receipts(dreamkas: Client, since_theirs: datetime) -> Receipts:
    """All receipts since then (their clock). Never raises: a failure is the list's `problem`."""
    found: dict[str, ReceiptFact] = {}
    offset = odd = 0
    try:
        for _number in range(PAGES_AT_MOST):
            page = dreamkas.receipts(since_theirs, None, offset=offset)
            odd += page.odd
            if not page.came:
                return Receipts(list(found.values()), "receipts_odd" if odd else "")
            if all(fact.id in found for fact in page.rows):
                return Receipts(list(found.values()), "receipts_repeat")
            found.update({fact.id: fact for fact in page.rows})
            offset += page.came
    except DreamkasError as error:
        return Receipts(list(found.values()), "receipts_failed", str(error))
    return Receipts(list(found.values()), "receipts_endless")


def strangers(
    receipts: list[ReceiptFact], known: set[str], operation: Operation, since_theirs: datetime
) -> list[ReceiptFact]:
    """Receipts of its machine and sum since then whose operation we do not know: any of them might be its own."""
    return [
        fact
        for fact in receipts
        if (fact.operation_id is None or fact.operation_id not in known)
        and (fact.amount is None or fact.amount == operation.amount)
        and (fact.device_id is None or str(fact.device_id) == operation.device_id)
        and (fact.date is None or fact.date >= since_theirs)
    ]


def known_ids(receipts: list[ReceiptFact]) -> set[str]:
    """Which of the receipts' operations are ours."""
    db.session.rollback()  # what is known now, not when this session looked last
    ids = [fact.operation_id for fact in receipts if fact.operation_id]
    known: set[str] = set()
    for part in batches(ids, 500):
        known.update(
            db.session.scalars(select(Operation.operation_id).where(Operation.operation_id.in_(part)))
        )
        left = [their_id for their_id in part if their_id not in known]
        known.update(db.session.scalars(select(Attempt.their_id).where(Attempt.their_id.in_(left))))
    db.session.rollback()
    return known
