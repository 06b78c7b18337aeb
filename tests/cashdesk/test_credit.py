"""Money that comes from elsewhere than the desk: once, whole, and marked where it came from in the same commit."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from modules.billing.service import INTERNET, NoSubscriber
from modules.cashdesk import service as cashdesk
from modules.core.db import db, rows_changed, transact
from modules.core.journal import Weblog
from modules.dreamkas.models import Duty, Operation
from modules.dreamkas.service import Source, Wish, state_of
from tests.books import balance, count, newest

WISH = Wish(device_id=123, tax_mode="SIMPLE", payment_type="CASHLESS", goods_id="inet")
MONEY = cashdesk.Money("add", 10_000, 24, "BANKSTA2: [7] x", WISH)


class Taken(Exception):
    """Somebody else was quicker."""


def spend(_session, source: Source, _order) -> None:
    """The mark of these tests: a row that can be marked once."""
    free = update(Duty).where(Duty.name == "paper", Duty.ran_utc.is_(None), Duty.due_utc.is_(None))
    when = db.session.scalar(select(Weblog.date).limit(1))
    if not rows_changed(db.session.execute(free.values(ran_utc=when, due_utc=when))):
        raise Taken(source)


@pytest.fixture
def paper(any_books):
    with any_books.app_context():
        transact(lambda session: session.add(Duty(name="paper")))
        db.session.remove()
    return any_books


def order() -> cashdesk.Order:
    who = INTERNET.subscriber("ivanov")
    return cashdesk.Order(INTERNET, who, MONEY, "buh")


def credit(ask=order, mark=spend) -> bool:
    return cashdesk.credit(lambda _session: ask(), mark)


def test_payment_receipt_journal_and_mark_stand_together(paper):
    told = []
    with paper.app_context():
        assert credit(mark=lambda *said: (spend(*said), told.append(said[1:])))
        ((source, said),) = told
        assert (said.money, said.who.key) == (MONEY, "ivanov")
        assert state_of(source).state == "queued"
        assert "BALANCEADD (ivanov) ON 100.00 PAYMENT [1]" in db.session.scalars(select(Weblog.event)).all()
    payment = newest(paper)
    assert (payment.note, payment.cashtypeid, payment.admin) == ("BANKSTA2: [7] x", 24, "buh")
    assert (source, balance(paper, "ivanov")) == (Source("payment", payment.id), 22_050)


def test_what_may_not_be_credited_any_more_is_not(paper):
    with paper.app_context():
        assert not credit(lambda: None)
    assert (count(paper), count(paper, Operation)) == (0, 0)


def test_a_mark_that_fails_takes_all_of_it_back(paper):
    with paper.app_context():
        credit()
        with pytest.raises(Taken):
            credit()
    assert (count(paper), count(paper, Operation), balance(paper, "ivanov")) == (1, 1, 22_050)


def test_nobody_is_credited_with_nothing_and_the_paper_stays_free(paper):
    def nobody() -> cashdesk.Order:
        return replace(order(), who=replace(order().who, key="nobody"))

    with paper.app_context():
        with pytest.raises(NoSubscriber):
            credit(nobody)
        assert credit()


def test_five_at_once_credit_once(paper):
    outcomes, together = [], threading.Barrier(5)

    def one() -> None:
        with paper.app_context():
            together.wait(10)
            try:
                outcomes.append(credit())
            except Taken:
                outcomes.append(False)

    threads = [threading.Thread(target=one) for _ in range(5)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert sorted(outcomes) == [False] * 4 + [True]
    assert (count(paper), count(paper, Operation), balance(paper, "ivanov")) == (1, 1, 22_050)
