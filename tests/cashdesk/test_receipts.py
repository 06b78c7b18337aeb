"""After the payment: the forgotten tick, Repeat, Cancel, and where each receipt is."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from modules.billing.models import Payment
from modules.billing.service import INTERNET, UKV
from modules.cashdesk import contacts
from modules.cashdesk import service as cashdesk
from modules.core.db import db, transact
from modules.core.journal import Weblog
from modules.dreamkas.models import Operation
from modules.dreamkas.service import state_of
from tests.books import balance, count
from tests.cashdesk.test_taking import WISH, nudges, press, token  # noqa: F401 - nudges is a fixture


@pytest.fixture
def desk(books):
    with books.app_context():
        yield books


def state(number, book=INTERNET):
    return state_of(cashdesk.source_of(book, number)).state


def shown(number, book=INTERNET):
    receipts = cashdesk.receipts_of(book, [book.payment(number)])
    return receipts[number].state if number in receipts else None


def test_the_forgotten_tick_queues_a_receipt_of_that_payment(desk):
    press(token())
    assert shown(1) == "none"
    cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")
    operation = db.session.scalar(select(Operation))
    assert (operation.state, operation.amount, operation.source_key) == ("queued", 10_000, "payment:1")
    assert operation.paid_local == INTERNET.payment(1).date
    assert balance(desk, "ivanov") == 22_050


def test_a_payment_gets_no_second_receipt(desk):
    press(token(), wish=WISH)
    with pytest.raises(cashdesk.NotFiscal, match="already"):
        cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")
    transact(lambda session: session.execute(update(Operation).values(state="fiscalized")))
    with pytest.raises(cashdesk.NotFiscal, match="already"):
        cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")
    assert count(desk, Operation) == 1


@pytest.mark.parametrize("operation", ["set", "mock"])
def test_what_is_no_income_has_no_receipt(desk, operation):
    press(token(), operation=operation)
    assert shown(1) is None
    with pytest.raises(cashdesk.NotFiscal):
        cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")


def test_a_cable_correction_has_no_receipt(desk):
    press(token(UKV, "1"), UKV, "1", operation="correct")
    assert shown(1, UKV) is None
    with pytest.raises(cashdesk.NotFiscal):
        cashdesk.fiscalize_payment(UKV, 1, WISH, "kassir")


def test_an_old_payment_needs_no_receipt(desk):
    press(token())
    long_ago = INTERNET.payment(1).date - timedelta(days=1)
    transact(lambda session: session.execute(update(Payment).values(date=long_ago)))
    assert shown(1) == "exempt"
    with pytest.raises(cashdesk.NotFiscal, match="needs no receipt"):
        cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")


def test_no_payment_no_receipt(desk):
    for act in (
        lambda: cashdesk.fiscalize_payment(INTERNET, 9, WISH, "kassir"),
        lambda: cashdesk.repeat_payment(INTERNET, 9, "kassir"),
        lambda: cashdesk.cancel_payment(INTERNET, 9, "kassir", "why not"),
    ):
        with pytest.raises(cashdesk.NotFiscal):
            act()


def test_a_rejected_receipt_is_repeated_with_the_contact_of_today(desk):
    press(token(key="petrova"), key="petrova", wish=WISH)
    assert state(1) == "rejected"
    contacts.set_mobile(INTERNET, "petrova", "8 911 000-00-02")
    cashdesk.repeat_payment(INTERNET, 1, "boss")
    assert state(1) == "queued"
    first, second = db.session.scalars(select(Operation).order_by(Operation.id))
    assert (second.repeats_id, second.contact, second.admin) == (first.id, "+79110000002", "boss")
    with pytest.raises(cashdesk.NotFiscal):
        cashdesk.repeat_payment(INTERNET, 1, "boss")
    assert count(desk) == 1


def test_a_rejected_receipt_is_repeated_never_begun_anew(desk):
    """Repeat looks first whether the old one printed after all; a new beginning would not."""
    press(token(key="petrova"), key="petrova", wish=WISH)
    with pytest.raises(cashdesk.NotFiscal, match="already has"):
        cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")
    assert count(desk, Operation) == 1


def test_a_queued_receipt_is_cancelled_once_with_a_reason(desk):
    press(token(), wish=WISH)
    cashdesk.cancel_payment(INTERNET, 1, "kassir", "wrong machine")
    assert (state(1), count(desk), balance(desk, "ivanov")) == ("rejected", 1, 22_050)
    assert any("wrong machine" in event for event in db.session.scalars(select(Weblog.event)))
    with pytest.raises(cashdesk.NotFiscal, match="not in the queue"):
        cashdesk.cancel_payment(INTERNET, 1, "kassir", "once more")


def test_a_receipt_on_its_way_is_not_cancelled(desk):
    press(token(), wish=WISH)
    transact(lambda session: session.execute(update(Operation).values(state="sending")))
    with pytest.raises(cashdesk.NotFiscal):
        cashdesk.cancel_payment(INTERNET, 1, "kassir", "too late")
    assert state(1) == "sending"


@pytest.mark.database
def test_ten_forgotten_ticks_at_once_queue_one_receipt(any_books):
    with any_books.app_context():
        press(token())
    gate, answers = threading.Barrier(10), []

    def tick():
        with any_books.app_context():
            gate.wait()
            try:
                answers.append(cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir"))
            except cashdesk.NotFiscal as refusal:
                answers.append(refusal)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=tick) for _tick in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers.count(None) == 1
    assert len(answers) == 10
    assert count(any_books, Operation) == 1


def test_a_contact_is_journalled_without_the_whole_number(desk):
    contacts.set_mobile(INTERNET, "ivanov", "89110000077")
    contacts.set_email(INTERNET, "ivanov", "someone@example.test")
    said = " ".join(db.session.scalars(select(Weblog.event)))
    assert "+7911•••0077" in said
    assert "110000077" not in said
    assert "someone" not in said
