"""Known receipts: what Dreamkas said it printed, day by day.

Pages read what is known here and never wait for Dreamkas: they say which local days (or which one receipt) they want,
the worker's duty reads those days and notes as of when they are known.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall
from functools import partial

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db, rows_changed, transact
from modules.core.lasting import Lasting
from modules.core.times import local_now, to_utc
from modules.dreamkas import contact, line
from modules.dreamkas.client import Client, DreamkasError, NotFound
from modules.dreamkas.models_receipts import KnownReceipt, ReceiptDay, ReceiptWish
from modules.dreamkas.slips import described

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
REGULAR = 3  # the last days that the worker reads anew without being asked: as late as a machine may send its receipts
FRESH = timedelta(seconds=60)  # webhooks make the worker read a day that may still grow at most so often
RETRY = timedelta(seconds=15)  # and so often somebody who looks: the receipt of a minute ago is in the list
BLOCK = 7  # days read by one listing
PAGES_AT_MOST = 100
SECONDS_AT_MOST = 20.0  # of one pass; what is left comes with the next beat
LONGEST = 366  # days that may be asked for at once
trouble = Lasting()

ASKED_DAY = and_(
    ReceiptDay.asked_utc.is_not(None),
    or_(ReceiptDay.tried_utc.is_(None), ReceiptDay.tried_utc < ReceiptDay.asked_utc),
)
ASKED_ONE = or_(ReceiptWish.tried_utc.is_(None), ReceiptWish.tried_utc < ReceiptWish.asked_utc)


@dataclass(frozen=True)
class Coverage:
    """How much of some days is known. `fetched`: as of when (UTC) those that may still grow are known."""

    days: int
    unknown: int
    pending: int
    fetched: datetime | None
    asked: datetime | None
    error: str

    @property
    def stamp(self) -> str:
        """Changes whenever there is something new to show."""
        return f"{self.unknown}-{self.pending}-{self.fetched}-{bool(self.error)}"


# --- what a page asks ---


def coverage(since: date, until: date) -> Coverage:
    """What is known of the days from `since` to `until`, both included."""
    rows = _days_between(db.session(), since, until)
    pending = [row for row in rows if _is_pending(row)]
    fetched = [row.fetched_utc for row in rows if row.fetched_utc]
    growing = [row.fetched_utc for row in rows if row.fetched_utc and row.fetched_utc < _settled(row)]
    return Coverage(
        days=(until - since).days + 1,
        unknown=(until - since).days + 1 - len(fetched),
        pending=len(pending),
        fetched=min(growing or fetched, default=None),
        asked=min((row.asked_utc for row in pending if row.asked_utc), default=None),
        error=next((row.error for row in rows if row.error), ""),
    )


def want_days(since: date, until: date) -> None:
    """Asks the worker for those of the days that are not known well enough. Commits only if there are any."""
    if _stale(db.session(), since, until, RETRY):
        transact(lambda session: _ask(session, _stale(session, since, until, RETRY)))


def mark_stale(session: Session, day: date) -> None:
    """A webhook told of a receipt of that day: the worker reads the day anew, at most once a minute."""
    _ask(session, _stale(session, day, day, FRESH))


def want_one(receipt_id: str) -> ReceiptWish:
    """Asks the worker for one receipt that is not known; how far that is. Commits."""
    wish = db.session.get(ReceiptWish, receipt_id, populate_existing=True)
    if wish is None or (wish.tried_utc and wish.asked_utc < wish.tried_utc < clock() - RETRY):
        wish = transact(lambda session: session.merge(ReceiptWish(receipt_id=receipt_id, asked_utc=clock())))
    return wish


def find(receipt_id: str) -> KnownReceipt | None:
    """The receipt of that id, if it is known."""
    return db.session.get(KnownReceipt, receipt_id, populate_existing=True)


def bounds(since: date, until: date) -> tuple[datetime, datetime]:
    """The moments (UTC) at which these local days begin and end."""
    return to_utc(datetime.combine(since, wall())), to_utc(datetime.combine(until + DAY, wall()))


def _is_pending(row: ReceiptDay) -> bool:
    return row.asked_utc is not None and (row.tried_utc is None or row.tried_utc < row.asked_utc)


def _days_between(session: Session, since: date, until: date) -> list[ReceiptDay]:
    wanted = select(ReceiptDay).where(ReceiptDay.day.between(since, until)).order_by(ReceiptDay.day)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def _stale(
    session: Session, since: date, until: date, age: timedelta, retry: timedelta = RETRY
) -> list[date]:
    """The days that are not known, or that could still grow when they were read, longer ago than `age`.

    Those that wait for the worker, and those tried within `retry`, are left out.
    """
    now, today = clock(), local_now().date()
    known = {row.day: row for row in _days_between(session, since, until)}
    days = [since + DAY * number for number in range((min(until, today) - since).days + 1)]
    return [day for day in days if day not in known or _is_stale(known[day], now - age, now - retry)]


def _is_stale(row: ReceiptDay, old: datetime, tried: datetime) -> bool:
    if _is_pending(row) or (row.tried_utc and row.tried_utc > tried):
        return False
    return row.fetched_utc is None or row.fetched_utc < min(_settled(row), old)


def _settled(row: ReceiptDay) -> datetime:
    return bounds(row.day, row.day)[1] + DAY * REGULAR


def _ask(session: Session, days: Iterable[date]) -> None:
    now = clock()
    known = {
        row.day: row for row in session.scalars(select(ReceiptDay).where(ReceiptDay.day.in_(list(days))))
    }
    for day in days:
        if day in known:
            known[day].asked_utc = now
        else:
            session.add(ReceiptDay(day=day, asked_utc=now))


# --- the duty ---


def is_due(session: Session) -> bool:
    """Whether somebody asked, or the last days have grown old."""
    asked = select(ReceiptDay.day).where(ASKED_DAY), select(ReceiptWish.receipt_id).where(ASKED_ONE)
    return any(session.scalar(some.limit(1)) is not None for some in asked) or bool(_regular(session))


def _regular(session: Session) -> list[date]:
    today = local_now().date()
    lifetime = timedelta(seconds=options().dreamkas_cache_lifetime)
    return _stale(session, today - DAY * (REGULAR - 1), today, lifetime, FRESH)


def fetch() -> None:
    """Duty: reads the receipts and the days that were asked for, the newest first, and the last days."""
    dreamkas, end = line.client(), time.monotonic() + SECONDS_AT_MOST
    transact(lambda session: _ask(session, _regular(session)))
    for receipt_id in db.session.scalars(select(ReceiptWish.receipt_id).where(ASKED_ONE).limit(20)).all():
        _fetch_one(dreamkas, receipt_id)
    for block in _blocks(db.session.scalars(select(ReceiptDay.day).where(ASKED_DAY)).all()):
        if time.monotonic() > end or not _fetch_days(dreamkas, *block):
            return


def _blocks(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Runs of following days, at most a week each, the newest first -> (first, last)."""
    left = sorted(days)
    while left:
        last = first = left.pop()
        while left and left[-1] == first - DAY and (last - first).days < BLOCK - 1:
            first = left.pop()
        yield first, last


def _fetch_days(dreamkas: Client, first: date, last: date) -> bool:
    """Reads these days whole; False when Dreamkas could not be read: then all that wait are told so."""
    begun = clock()
    db.session.commit()  # nothing is held while the network is asked
    since, until = bounds(first, last)
    try:
        for facts in _pages(dreamkas, since, until):
            transact(partial(keep, facts=facts, about=since))
    except DreamkasError as error:
        reason = error
        if trouble.begins():
            log.warning("receipts of %s … %s could not be read: %s", first, last, error)
        transact(lambda session: _failed(session, reason))
        return False
    transact(lambda session: _done(session, first, last, begun))
    if (seconds := trouble.ends()) is not None:
        log.info("receipts can be read again, after %d s", seconds)
    return True


def _pages(dreamkas: Client, since: datetime, until: datetime) -> Iterator[list]:
    """Page by page until one is empty or brings nothing new: a short page is no end, the service may cap pages."""
    seen: set[str] = set()
    offset = 0
    for _number in range(PAGES_AT_MOST):
        page = dreamkas.receipts(since, until, offset=offset)
        if all(fact.id in seen for fact in page.rows):
            return
        yield page.rows
        seen.update(fact.id for fact in page.rows)
        offset += page.came


def _fetch_one(dreamkas: Client, receipt_id: str) -> None:
    db.session.commit()
    try:
        fact = dreamkas.receipt(receipt_id)
    except DreamkasError as error:
        values = {"missing": isinstance(error, NotFound), "error": str(error)[: line.SAID]}
        mine = update(ReceiptWish).where(ReceiptWish.receipt_id == receipt_id)
        transact(lambda session: session.execute(mine.values(tried_utc=clock(), **values)))
        return
    transact(lambda session: keep(session, [fact], clock()))


def _done(session: Session, first: date, last: date, begun: datetime) -> None:
    line.went_well(session)
    for row in _days_between(session, first, last):
        row.fetched_utc, row.tried_utc, row.error = begun, clock(), ""


def _failed(session: Session, error: DreamkasError) -> None:
    line.went_wrong(session, error)
    values = {"tried_utc": clock(), "error": str(error)[: line.SAID]}
    session.execute(update(ReceiptDay).where(ASKED_DAY).values(**values))


# --- the store ---


def keep(session: Session, facts: Iterable, about: datetime) -> None:
    """Writes what is new of these receipts. `about` (UTC) dates one that names no date at all.

    The contact is kept when a receipt is met for the first time only: once forgotten it stays so.
    """
    facts = list(facts)
    rows = {fact.id: described(fact, about, to_utc) for fact in facts}
    known = {
        row.id: row for row in session.scalars(select(KnownReceipt).where(KnownReceipt.id.in_(list(rows))))
    }
    for receipt_id, values in rows.items():
        if receipt_id in known:
            _mend(known[receipt_id], {name: value for name, value in values.items() if name != "contact"})
        else:
            session.add(KnownReceipt(id=receipt_id, seen_utc=clock(), **values))
    contact.check(session, [fact for fact in facts if fact.id not in known])
    wishes = session.scalars(select(ReceiptWish).where(ReceiptWish.receipt_id.in_(list(rows))))
    for wish in wishes:
        session.delete(wish)


def _mend(row: KnownReceipt, values: dict) -> None:
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def forget(session: Session, before: datetime) -> int:
    """The buyers' contacts of receipts older than that moment (UTC) go, so do wishes; the receipts themselves stay."""
    old = and_(KnownReceipt.date_utc < before, KnownReceipt.contact != "")
    session.execute(delete(ReceiptWish).where(ReceiptWish.asked_utc < before))
    return rows_changed(session.execute(update(KnownReceipt).where(old).values(contact="")))
