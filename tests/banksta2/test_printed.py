"""A row whose receipt Dreamkas has printed already says so, is not ticked, and gets no second one by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from modules.banksta2 import process
from modules.banksta2.troubles import PRINTED
from modules.core.db import clock, db, transact
from modules.dreamkas import drift_decide
from modules.dreamkas.models import Duty, Operation
from modules.dreamkas.models_drift import DriftCheck
from tests.banksta2.processing import change, imported, rows_of
from tests.banksta2.test_process import nudges, press  # noqa: F401 - nudges is a fixture
from tests.books import count, nobodys_receipt


def work(app) -> None:
    with app.app_context():
        process.work_through()


def the_row(app, statement):
    [row] = rows_of(app, statement)
    return row


def test_it_is_not_credited_until_a_person_says_what_the_receipt_was(any_books):
    statement, pk = imported(any_books, 1), nobodys_receipt(any_books, "100001", 10_001)
    press(any_books, statement)
    work(any_books)
    assert (the_row(any_books, statement).trouble, count(any_books)) == (PRINTED, 0)
    with any_books.app_context():
        drift_decide.settle([pk], admin="buh", why="it was another one")
    press(any_books, statement)
    work(any_books)
    assert (count(any_books), count(any_books, Operation)) == (1, 1)


def test_without_the_tick_it_is_credited_without_a_second_receipt(any_books):
    statement = imported(any_books, 1)
    nobodys_receipt(any_books, "100001", 10_001)
    change(any_books, the_row(any_books, statement).id, tick=False)
    press(any_books, statement)
    work(any_books)
    assert (count(any_books), count(any_books, Operation)) == (1, 0)


def test_the_page_says_which_receipt_it_is(books, page, sign_in):
    statement = imported(books, 1)
    nobodys_receipt(books, "100001", 10_001)
    sign_in("BANKSTA2", "DREAMKAS", login="buh")
    shown = page(f"/?module=banksta2&showhash={rows_of(books, statement)[0].hash}")
    assert shown.shows("Dreamkas printed a receipt of ₽100.01")


def returned_from_a_copy(app, compared: bool) -> None:
    """The books stood still for an hour and came back a minute ago."""

    def work(session) -> None:
        now = clock()
        session.execute(update(Duty).where(Duty.name == "beat").values(ran_utc=now))
        back = now + timedelta(minutes=1)
        values = {"returned_utc": back, "done_utc": back if compared else now - timedelta(hours=1)}
        session.execute(update(DriftCheck).values(**values))

    with app.app_context():
        transact(work)


@pytest.mark.parametrize(("compared", "payments"), [(False, 1), (True, 2)])
def test_what_was_pressed_before_the_copy_waits_until_it_is_known_what_was_printed_since(
    any_books, compared, payments
):
    statement = imported(any_books, 2)
    change(any_books, rows_of(any_books, statement)[1].id, tick=False)  # needs no receipt: it need not wait
    press(any_books, statement)
    returned_from_a_copy(any_books, compared)
    work(any_books)
    assert count(any_books) == payments
    with any_books.app_context():
        assert not process.has_work(db.session()), "a duty that can do nothing is not due"
