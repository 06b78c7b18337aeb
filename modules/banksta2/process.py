"""From rows to payments: the button marks, the worker credits row by row and goes on wherever it was stopped.

A row that is wanted (`wanted_utc`) is credited in one transaction: payment, balance, queued operation, and the row's
own mark, which is also the lock: no row is credited twice, whoever presses and however many workers there are.
A wanted row that is credited already gets its receipt anew.
"""

import logging
import time
from collections.abc import Collection
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, true, update
from sqlalchemy.orm import Session

from modules.banksta2.fiscal import usual, wish_of
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.printed import is_printed
from modules.banksta2.standing import CREDITED, INTERNET, READY, UKV, WANTED
from modules.banksta2.troubles import FAILED, NO_SUBSCRIBER, PRINTED
from modules.billing import service as billing
from modules.cashdesk import service as cashdesk
from modules.core import journal
from modules.core.current import options
from modules.core.db import clock, db, rows_changed, transact, utc_clock
from modules.core.outage import is_outage
from modules.dreamkas import service as register

log = logging.getLogger(__name__)

DUTY = "statements"
BATCH = 100
SHORT = 255
NUDGE_EVERY = 0.2  # seconds: receipts leave while the rows after them are still being credited
AS_IT_IS = {"synchronize_session": False}  # rows in memory are read anew where they matter
BOOKS: dict[str, billing.Book] = {INTERNET: billing.INTERNET, UKV: billing.UKV}
BOOKS_BY_SOURCE = {book.source_kind: book for book in BOOKS.values()}
# What each row asks and tells, put together once: that takes longer than to run it.
ROWS: Any = Row.__table__
TO_CREDIT = select(ROWS).where(Row.id == bindparam("pk"), WANTED, READY).with_for_update()
MARKED = (
    update(ROWS)
    .where(Row.id == bindparam("pk"), Row.processed == 0, Row.payment_id.is_(None))
    .values(processed=1, processed_utc=utc_clock(), wanted_utc=None, trouble="")
)


class AlreadyPrinted(RuntimeError):
    """Dreamkas has a receipt of that contract and sum that no payment here has: a person must say whose it is."""


class Credited(RuntimeError):
    """The row was credited by somebody else in the same instant: nothing of ours may stay."""


def press(statement_id: int, admin: str, rows: Collection[int] | None = None) -> int:
    """The button: marks all ready rows of the statement (or these of them) for the worker -> how many. Commits.

    One UPDATE. Pressed again it finds only what is ready and not marked yet; a row in trouble is tried anew.
    """
    return _mark_wanted(READY, "PROCESS", statement_id, admin, rows)


def refiscalize(statement_id: int, admin: str, rows: Collection[int] | None = None) -> int:
    """Marks credited rows without a receipt, or with a rejected one, for a new one -> how many. Commits.

    These rows as they are chosen; None: all that are ticked. Pressed again while the new one is on its way: nothing.
    """
    wanted = CREDITED & ~register.has_live_operation(Row.payment_kind, Row.payment_id)
    return _mark_wanted(
        wanted if rows is not None else wanted & Row.tick, "REFISCALIZE", statement_id, admin, rows
    )


def _mark_wanted(which, word: str, statement_id: int, admin: str, rows: Collection[int] | None) -> int:
    where = [Row.statement_id == statement_id, Row.wanted_utc.is_(None), which]
    if rows is not None:
        where.append(Row.id.in_(rows))

    def work(session: Session) -> int:
        values = {"wanted_utc": clock(), "wanted_by": admin, "trouble": ""}
        marked = rows_changed(
            session.execute(update(Row).where(*where).values(**values), execution_options=AS_IT_IS)
        )
        if marked:
            journal.write(f"BANKSTA2 {word} [{statement_id}] {marked} rows", admin)
        return marked

    marked = transact(work)
    register.nudge_duty(DUTY)
    return marked


def has_work(session: Session) -> bool:
    """Whether any row is wanted; a look at an index. Nothing is done while the module is off."""
    if not options().banksta2_enabled:
        return False
    return session.scalar(select(Row.id).where(WANTED, _may_go_on(session)).limit(1)) is not None


def _may_go_on(session: Session) -> ColumnElement[bool]:
    """In books that were put back to an older copy what was pressed before may have been done, and its receipt printed.

    So such rows wait until it is known what Dreamkas printed meanwhile; those without a receipt need not.
    """
    moment = register.catching_up_since(session)
    return or_(Row.wanted_utc > moment, and_(Row.processed == 0, Row.tick.is_(False))) if moment else true()


def work_through() -> None:
    """Duty: every wanted row of every statement, in the order of the presses. A row in trouble stops no other."""
    nudged = 0.0
    while batch := db.session.scalars(
        select(Row.id).where(WANTED, _may_go_on(db.session())).order_by(Row.wanted_utc, Row.id).limit(BATCH)
    ).all():
        wishes = {book.kind: usual(book.kind) for book in BOOKS.values()}
        for pk in batch:
            _one(pk, wishes)
            now = time.monotonic()
            if now >= nudged + NUDGE_EVERY:
                nudged = now
                register.nudge()


def _one(pk: int, wishes: dict[str, register.Wish]) -> None:
    """One wanted row, so that afterwards it is wanted no more. Raises only what passes by itself."""
    try:
        if cashdesk.credit(partial(_order, pk=pk, wishes=wishes), partial(_credited, pk=pk)):
            return
        row = db.session.scalar(
            select(Row).where(Row.id == pk, WANTED, CREDITED).execution_options(populate_existing=True)
        )
        if row is not None:
            _receipt_anew(row, wishes)
        _done(pk)  # or what was ready when it was pressed is so no more: somebody cancelled it, say
    except billing.NoSubscriber:
        _done(pk, NO_SUBSCRIBER)
    except AlreadyPrinted:
        _done(pk, PRINTED)
    except cashdesk.Refusal as refusal:
        _done(pk, str(refusal))
    except Exception as error:
        db.session.rollback()
        if is_outage(error):
            raise
        log.exception("row %s of a statement could not be processed", pk)
        _done(pk, FAILED)


def _order(session: Session, pk: int, wishes: dict[str, register.Wish]) -> cashdesk.Order | None:
    """The row, locked and looked at anew: what it is worth, or None when it may not be credited (any more)."""
    row: Any = session.connection().execute(TO_CREDIT, {"pk": pk}).first()
    if row is None:
        return None
    book = BOOKS[row.service_type]
    who = book.subscriber(row.subscriber)
    if who is None:
        raise billing.NoSubscriber(row.subscriber)
    if row.tick and is_printed(who.contract or row.contract, row.amount):
        raise AlreadyPrinted(row.id)
    wish = wish_of(row, wishes[book.kind]) if row.tick else None
    money = cashdesk.Money("add", row.amount, cash_type_of(row), note_of(row, who.contract), wish)
    return cashdesk.Order(book, who, money, row.wanted_by)


def _credited(session: Session, source: register.Source, order: cashdesk.Order, pk: int) -> None:
    said = {"payment_kind": source.kind, "payment_id": source.id, "payid": order.money.cash_type_id}
    if rows_changed(session.connection().execute(MARKED, {"pk": pk, **said})) != 1:
        raise Credited(f"row {pk}")


def _receipt_anew(row: Row, wishes: dict[str, register.Wish]) -> None:
    """What was asked for and is on its way already is left alone: killed half-way, this is run again."""
    book, payment_id = BOOKS_BY_SOURCE[row.payment_kind or ""], row.payment_id or 0
    wish = wish_of(row, wishes[book.kind])
    source = register.Source(book.source_kind, payment_id)
    try:
        if register.state_of(source).state == "none":
            cashdesk.fiscalize_payment(book, payment_id, wish, row.wanted_by)
        elif register.state_of(source).state == "rejected":
            cashdesk.repeat_payment(book, payment_id, row.wanted_by, wish)
    except cashdesk.NotFiscal:
        if register.state_of(source).state in ("none", "rejected"):  # else somebody else was quicker
            raise


def _done(pk: int, trouble: str = "") -> None:
    """No longer wanted. A row that somebody else has credited meanwhile is left as it is."""
    still = update(Row).where(Row.id == pk, WANTED).values(wanted_utc=None, trouble=trouble[:SHORT])
    transact(lambda session: session.execute(still, execution_options=AS_IT_IS))


def cash_type_of(row: Any) -> int:
    """The cash type of a row's payment: what a preset named, else BANKSTA2_PAYMENTID_UKV or _INET of alter.ini."""
    now = options()
    return row.payid or (
        now.banksta2_paymentid_ukv if row.service_type == UKV else now.banksta2_paymentid_inet
    )


def note_of(row: Row, contract: str) -> str:
    """The payment's note as Ubilling words it: an accountant finds the row, and through it the file."""
    when = f" ON {row.pdate} {row.ptime}".rstrip() if row.pdate else ""
    return journal.clean(f"BANKSTA2: [{row.id}] ASCONTRACT {contract or row.contract}{when}")
