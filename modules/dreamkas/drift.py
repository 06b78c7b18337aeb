"""Drift: what Dreamkas lists is compared with our books, both ways, every night and when somebody asks.

What is ours there and not settled here is settled at once; what differs is kept until a person says what it was, or
until it differs no more. Receipts are read before operations: so every receipt's operation, and with it its
externalId, is in the listing, and one that is on its way this moment is never taken for a stranger.
"""

import logging
from datetime import datetime, time, timedelta
from functools import partial

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, defer

from modules.core.bulk import batches
from modules.core.current import options
from modules.core.db import clock, db, transact
from modules.core.times import local_now, to_utc
from modules.dreamkas import beginning, evidence, found, life, line, receipts
from modules.dreamkas.apart import apart
from modules.dreamkas.client import Client, DreamkasError, NotFound
from modules.dreamkas.drift_compare import Difference, Ours, Theirs, compare, may_be_missing
from modules.dreamkas.evidence import MARGIN, Listing, Receipts
from modules.dreamkas.models import Attempt, Operation
from modules.dreamkas.models_drift import Drift, DriftCheck
from modules.dreamkas.printed import SILENT
from modules.dreamkas.returned import check_row, is_behind
from modules.notifications.service import N_, tell

log = logging.getLogger(__name__)

NIGHT = time(4)  # local
RETRY, SOON = timedelta(minutes=15), timedelta(seconds=20)
LONGEST = timedelta(days=90)
ASKED_AT_MOST = 50  # receipts of ours that are asked for one by one
PART = 500


# --- when ---


def ask() -> None:
    """A person wants it now. Commits."""
    transact(
        lambda session: session.execute(
            update(DriftCheck).where(DriftCheck.id == 1).values(asked_utc=clock())
        )
    )


def is_asked(row: DriftCheck) -> bool:
    """Whether somebody waits for it."""
    return row.asked_utc is not None and (row.tried_utc is None or row.tried_utc < row.asked_utc)


def is_due(session: Session) -> bool:
    """Whether somebody asked, the books may be an older copy, or the night has come."""
    row, now = check_row(session), clock()
    tried = row.tried_utc or to_utc(beginning.since())
    if is_asked(row) or (is_behind(row) and tried < max(row.returned_utc or now, now - SOON)):
        return True
    return tried < (now - RETRY if row.error else _last_night())


def _last_night() -> datetime:
    now = local_now()
    night = datetime.combine(now.date(), NIGHT)
    return to_utc(night if night <= now else night - timedelta(days=1))


def begins(row: DriftCheck, now: datetime) -> datetime:
    """From when on it is compared (UTC): DREAMKAS_DRIFT_DAYS, longer when the books stood still, never before us."""
    first = now - timedelta(days=options().dreamkas_drift_days)
    if row.stood_utc and is_behind(row):
        first = min(first, max(row.stood_utc - timedelta(hours=1), now - LONGEST))
    return max(first, to_utc(beginning.since()) - MARGIN)


# --- the duty ---


def check() -> None:
    """Duty: one comparison."""
    begun = clock()
    since = begins(check_row(db.session()), begun)
    dreamkas = line.client()
    bird = evidence.canary(db.session(), dreamkas.door)
    db.session.rollback()  # nothing is held while the network is asked
    printed = evidence.read_receipts(dreamkas, since - MARGIN)
    listing = Listing()
    if not printed.problem:
        listing = evidence.read_operations(dreamkas, since, bird)
    problem = printed.problem or (listing.problem if listing.problem == "failed" else "")
    if problem:
        detail = printed.detail or listing.detail
        log.warning("the comparison with Dreamkas failed: %s %s", problem, detail)
        transact(partial(_failed, problem=problem, detail=detail))
        return
    _compare(dreamkas, since, begun, printed, listing)


def _failed(session: Session, problem: str, detail: str) -> None:
    values = {"tried_utc": clock(), "error": f"{problem} {detail}".strip()[: line.SAID]}
    session.execute(update(DriftCheck).where(DriftCheck.id == 1).values(**values))


def _compare(dreamkas: Client, since: datetime, begun: datetime, printed: Receipts, listing: Listing) -> None:
    theirs = Theirs(printed.rows, list(listing.rows.values()), since + listing.skew)
    adopted = _settle_ours(theirs, _ours(theirs, since))
    ours = _ours(theirs, since)
    differences = [*compare(theirs, ours), *_missing(dreamkas, theirs, ours, begun)]
    strange = {one.receipt_id for one in differences}
    facts = [fact for fact in printed.rows if fact.id in strange]
    for part in batches(facts, PART):
        transact(partial(receipts.keep, facts=part, about=begun))
    counts = {"receipts": len(printed.rows), "operations": len(listing.rows), "adopted": adopted}
    transact(partial(_keep, differences=differences, since=since, begun=begun, counts=counts))


def _ours(theirs: Theirs, since: datetime) -> Ours:
    """Our operations that these lists speak of, and those that ought to be in them."""
    session = db.session()
    session.rollback()  # what is known now, not when this session looked last
    rows: dict[int, Operation] = {}
    named: dict[str, int] = {}
    for column, names in (
        (Operation.operation_id, theirs.operation_ids),
        (Operation.external_id, theirs.external_ids),
        (Operation.receipt_id, theirs.receipt_ids),
    ):
        for part in batches(sorted(names), PART):
            rows.update((one.id, one) for one in session.scalars(select(Operation).where(column.in_(part))))
    for part in batches(sorted(theirs.operation_ids), PART):
        twins = select(Attempt.their_id, Operation).join(Operation, Operation.id == Attempt.operation_pk)
        for their_id, one in session.execute(twins.where(Attempt.their_id.in_(part))):
            named[their_id], rows[one.id] = one.id, one
    should = select(Operation).where(Operation.state == "fiscalized", Operation.created_utc >= since)
    lean = should.options(defer(Operation.operation_body))
    rows.update((one.id, one) for one in session.scalars(lean))
    session.expunge_all()
    session.rollback()
    return Ours(rows, named)


def _settle_ours(theirs: Theirs, ours: Ours) -> int:
    """What is ours there and not settled here: adopted by its externalId, fiscalized by its receipt -> how many."""
    settled = set()
    for fact in theirs.operations:
        one = ours.by_external.get(fact.external_id or "")
        if one and one.operation_id != fact.id and one.state in ("queued", "unsure"):
            apart(one.id, partial(found.adopt, pk=one.id, facts=theirs.of(fact.external_id)))
            settled.add(one.id)
    for receipt in theirs.receipts:
        one = ours.of_receipt(receipt, theirs)
        if one and receipt.type == "SALE" and one.state != "fiscalized":
            apart(one.id, partial(life.fiscalize, pk=one.id, receipt_id=receipt.id))
            settled.add(one.id)
    return len(settled)


def _missing(dreamkas: Client, theirs: Theirs, ours: Ours, begun: datetime) -> list[Difference]:
    """Receipts of ours that their list does not hold, and that they say, asked for each, not to know."""
    lost = []
    for one in may_be_missing(theirs, ours, begun - MARGIN)[:ASKED_AT_MOST]:
        try:
            dreamkas.receipt(one.receipt_id)
        except NotFound:
            lost.append(Difference.of_ours("missing", one))
        except DreamkasError as error:
            log.info("receipt %s could not be asked for: %s", one.receipt_id, error)
            break
    return lost


# --- the store ---


def _keep(
    session: Session, differences: list[Difference], since: datetime, begun: datetime, counts: dict[str, int]
) -> None:
    known = {row.name: row for row in session.scalars(select(Drift))}
    fresh = [one for one in differences if one.name not in known]
    for one in fresh:
        session.add(Drift(found_utc=begun, **one.columns(begun)))
    still = {one.name for one in differences}
    gone = [
        row.id
        for row in known.values()
        if row.name not in still and row.settled_utc is None and row.date_utc >= since
    ]
    for part in batches(gone, PART):
        session.execute(delete(Drift).where(Drift.id.in_(part)))
    values = {"tried_utc": clock(), "done_utc": begun, "since_utc": since, "error": "", **counts}
    session.execute(update(DriftCheck).where(DriftCheck.id == 1).values(**values))
    line.went_well(session)
    _tell(sum(one.kind not in SILENT for one in fresh))


def _tell(number: int) -> None:
    if number:
        sentence = N_(
            "Dreamkas and this billing differ, new differences: %(number)s. See Fiscal operations, Differences"
        )
        tell("warn", "drift", sentence, number=number)
