"""Writing money into the books: payment, balance, journal and queued fiscal operation, all in one transaction.

The desk (take.py) and whoever brings money from elsewhere (bank statements) write it here, the same way.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from modules.billing.service import Book, Subscriber
from modules.cashdesk.order import Money, Order
from modules.cashdesk.receipts import queue
from modules.core.db import clock, transact
from modules.core.decimals import decimal_text
from modules.core.journal import write
from modules.core.times import to_local
from modules.dreamkas import service as register

EVENTS = {"add": "BALANCEADD", "correct": "BALANCECORRECT", "set": "BALANCESET", "mock": "BALANCEMOCK"}
Ask = Callable[[Session], Order | None]
Mark = Callable[[Session, register.Source, Order], None]


def credit(ask: Ask, mark: Mark) -> bool:
    """Credits what `ask` says and lets `mark` write down where it went, all in one transaction; False: ask said None.

    `ask` locks what the money stands in (a statement's row) and reads it anew; both may be run again from the start.
    `mark` gets the payment as the cash register knows it, so that no receipt can be asked for a second time elsewhere,
    and what `ask` said.
    Killed at any instant, either all of it stands or nothing. Raises NoSubscriber, NotFiscal and whatever they raise.
    The worker is not nudged: the caller has many.
    """
    return transact(lambda session: _credit(session, ask, mark))


def _credit(session: Session, ask: Ask, mark: Mark) -> bool:
    order = ask(session)
    if order is None:
        return False
    source, _fiscal = enter(session, order.book, order.who, order.money, order.admin, clock())
    mark(session, source, order)
    return True


def enter(
    session: Session, book: Book, who: Subscriber, money: Money, admin: str, now: datetime
) -> tuple[register.Source, bool]:
    """Writes the payment inside the caller's transaction -> (its source, whether a fiscal operation was made with it).

    A payment that needs no receipt (its cash type says so) is written without one, whatever the wish; `now` is UTC.
    Raises NoSubscriber and NotFiscal.
    """
    paid_at = to_local(now)
    payment_id = book.add_payment(
        session,
        who.key,
        money.operation,
        money.kopecks,
        cash_type_id=money.cash_type_id,
        note=money.note,
        admin=admin,
        paid_at=paid_at,
    )
    write(
        f"{EVENTS[money.operation]} ({who.key}) ON {decimal_text(money.kopecks)} PAYMENT [{payment_id}]",
        admin,
    )
    fiscal = money.wish is not None and register.payable(paid_at, money.cash_type_id)
    if money.wish and fiscal:
        # To the second, as the books have it.
        queue(book, payment_id, who, money.kopecks, paid_at.replace(microsecond=0), money.wish, admin)
    return register.Source(book.source_kind_of(money.operation), payment_id), fiscal
