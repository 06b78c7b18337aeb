"""Money for which Dreamkas has printed a receipt already, though no payment here has it: a person is asked first."""

import pytest
from sqlalchemy import select

from modules.billing.service import INTERNET, UKV
from modules.cashdesk import service as cashdesk
from modules.core.db import db
from modules.dreamkas import drift_decide
from modules.dreamkas.models import Operation
from tests.books import count, nobodys_receipt
from tests.cashdesk.test_taking import WISH, nudges, press, token  # noqa: F401 - nudges is a fixture


@pytest.fixture
def desk(books):
    nobodys_receipt(books, "100001", 10_000)
    with books.app_context():
        yield books


def test_it_wants_a_tick_and_says_which_receipt(desk):
    with pytest.raises(cashdesk.LooksDouble, match=r"receipt of .?100.00.*contract 100001"):
        press(token(), wish=WISH)
    assert count(desk) == 0
    press(token(), wish=WISH, second_ok=True)
    assert (count(desk), count(desk, Operation)) == (1, 1)


def test_without_a_receipt_it_is_taken_at_once(desk):
    press(token(), wish=None)
    assert (count(desk), count(desk, Operation)) == (1, 0)


@pytest.mark.parametrize(
    "other", [{"key": "sidorov"}, {"kopecks": 10_001}, {"book": UKV, "key": "1"}], ids=["who", "sum", "book"]
)
def test_another_contract_or_sum_is_another_payment(desk, other):
    book, key = other.get("book", INTERNET), other.get("key", "ivanov")
    press(token(book, key), book=book, key=key, kopecks=other.get("kopecks", 10_000), wish=WISH)
    assert count(desk, Operation) == 1


@pytest.mark.parametrize("changes", [{"type": "REFUND"}, {"kind": "missing"}], ids=str)
def test_what_is_no_sale_of_that_contract_warns_of_nothing(books, changes):
    nobodys_receipt(books, "100001", 10_000, **changes)
    with books.app_context():
        press(token(), wish=WISH)


def test_once_explained_it_warns_no_more(books):
    pk = nobodys_receipt(books, "100001", 10_000)
    with books.app_context():
        drift_decide.settle([pk], admin="buh", why="a hand's mistake")
        press(token(), wish=WISH)


def test_a_payment_taken_without_receipt_gets_none_later_until_it_is_known_whose_it_is(desk):
    press(token(), wish=None)
    with pytest.raises(cashdesk.NotFiscal, match="Differences"):
        cashdesk.fiscalize_payment(INTERNET, 1, WISH, "kassir")
    assert db.session.scalar(select(Operation)) is None
