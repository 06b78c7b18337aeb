"""What a payment does to a balance, in both books, and what the books tell of a subscriber."""

from datetime import datetime

import pytest
from sqlalchemy import select, update

from modules.billing.book import BalanceMovedError
from modules.billing.models import Payment, PaymentCorr, Phone, UkvPayment, User
from modules.billing.service import BOOKS, INTERNET, UKV, NoSubscriber, cash_types, contact_of
from modules.core.db import db, transact
from tests.books import balance, fill

NOON = datetime.fromisoformat("2026-11-23T12:00:05.999")
BOTH = [pytest.param(INTERNET, "ivanov", id="internet"), pytest.param(UKV, "1", id="ukv")]


@pytest.fixture
def open_books(inside):
    fill()
    return inside


def pay(book, key, operation, kopecks, note="", cash_type_id=1):
    values = {"cash_type_id": cash_type_id, "note": note, "admin": "kassir", "paid_at": NOON}
    return transact(lambda session: book.add_payment(session, key, operation, kopecks, **values))


@pytest.mark.parametrize(("book", "key"), BOTH)
def test_a_payment_raises_the_balance_and_remembers_what_it_was(open_books, book, key):
    before = book.subscriber(key).balance
    number = pay(book, key, "add", 10_010, "за ноябрь")
    assert book.subscriber(key).balance == before + 10_010
    paid = book.payment(number)
    assert (paid.kopecks, paid.before, paid.operation, paid.note) == (10_010, before, "add", "за ноябрь")
    assert paid.key == key
    assert paid.date == NOON.replace(microsecond=0)
    assert paid.is_income


@pytest.mark.parametrize(("book", "key"), BOTH)
def test_a_mock_payment_is_written_down_and_moves_nothing(open_books, book, key):
    before = book.subscriber(key).balance
    paid = book.payment(pay(book, key, "mock", 5000, "обещал"))
    assert book.subscriber(key).balance == before
    assert (paid.note, paid.operation, paid.is_income) == ("MOCK:обещал", "mock", False)


@pytest.mark.parametrize(("book", "key"), BOTH)
def test_a_balance_that_moved_behind_the_lock_keeps_nothing(open_books, book, key, monkeypatch):
    before, paid = book.subscriber(key).balance, len(book.payments(key))
    lock = book.lock
    monkeypatch.setattr(type(book), "lock", lambda _book, *asked: (lock(*asked)[0], lock(*asked)[1] + 1))
    with pytest.raises(BalanceMovedError):
        pay(book, key, "add", 10_010)
    assert (book.subscriber(key).balance, len(book.payments(key))) == (before, paid)


def test_a_set_balance_is_what_was_said(open_books):
    paid = INTERNET.payment(pay(INTERNET, "ivanov", "set", -12_345))
    assert balance(open_books, "ivanov") == -12_345
    assert (paid.note, paid.operation, paid.kopecks, paid.before) == ("BALANCESET:", "set", -12_345, 12_050)
    assert not paid.is_income


def test_an_internet_correction_has_a_table_of_its_own(open_books):
    pay(INTERNET, "ivanov", "correct", -2000)
    assert INTERNET.subscriber("ivanov").balance == 10_050
    assert db.session.scalars(select(Payment)).all() == []
    assert db.session.scalars(select(PaymentCorr.summ)).all() == ["-20.00"]
    assert [row.operation for row in INTERNET.payments("ivanov")] == ["correct"]


def test_a_cable_correction_is_not_visible(open_books):
    pay(UKV, "1", "correct", 500)
    assert db.session.scalars(select(UkvPayment.visible)).all() == [0]
    assert [row.operation for row in UKV.payments("1")] == ["correct"]


def test_sums_and_balances_are_written_as_ubilling_writes_them(open_books):
    number = pay(INTERNET, "ivanov", "add", 123_456)
    row = db.session.get(Payment, number)
    assert (row.summ, row.balance, row.login, row.admin, row.cashtypeid) == (
        "1234.56",
        "120.50",
        "ivanov",
        "kassir",
        1,
    )


def test_a_hundred_kopecks_are_a_rouble_however_often(open_books):
    transact(lambda session: session.execute(update(User).values(cash=0.0)))
    for _time in range(100):
        pay(INTERNET, "ivanov", "add", 1)
    assert db.session.scalar(select(User.cash).where(User.login == "ivanov")) == 1.0


def test_a_balance_with_more_than_kopecks_is_rounded(open_books):
    transact(lambda session: session.execute(update(User).values(cash=33.333333)))
    pay(INTERNET, "ivanov", "add", 10_000)
    assert db.session.scalar(select(User.cash).where(User.login == "ivanov")) == 133.33


@pytest.mark.parametrize(
    ("book", "nobody"), [(INTERNET, "nobody"), (UKV, "77"), (UKV, "ivanov"), (UKV, "9" * 30)]
)
def test_nobody_gets_no_payment(open_books, book, nobody):
    with pytest.raises(NoSubscriber):
        pay(book, nobody, "add", 100)
    assert book.subscriber(nobody) is None
    assert book.payments(nobody) == []


def test_a_payment_number_is_never_given_twice(open_books):
    first = pay(INTERNET, "ivanov", "add", 100)
    transact(lambda session: session.execute(Payment.__table__.delete()))
    assert pay(INTERNET, "ivanov", "add", 100) > first


def test_a_cable_balance_is_never_set(open_books):
    with pytest.raises(ValueError, match="no operation"):
        pay(UKV, "1", "set", 100)


def test_a_note_is_cut_to_the_column(open_books):
    number = pay(INTERNET, "ivanov", "set", 100, "я" * 300)
    assert len(db.session.get(Payment, number).note) == 200


def test_payments_come_newest_first_and_no_more_than_asked(open_books):
    for kopecks in (100, 200, 300):
        pay(INTERNET, "ivanov", "add", kopecks)
    assert [row.kopecks for row in INTERNET.payments("ivanov", 2)] == [300, 200]


def test_a_sum_that_is_no_sum_is_shown_as_it_stands(open_books):
    number = pay(INTERNET, "ivanov", "add", 100)
    transact(lambda session: session.execute(update(Payment).values(summ="сто")))
    paid = INTERNET.payment(number)
    assert (paid.kopecks, paid.summ, paid.is_income) == (None, "сто", False)


def test_a_subscriber_is_told_whole(open_books):
    who = INTERNET.subscriber("ivanov")
    assert (who.key, who.contract, who.name) == ("ivanov", "100001", "Иванов Иван Иванович")
    assert (who.tariff, who.fee, who.balance, who.active) == ("Домашний 100", 45_000, 12_050, True)
    assert who.address == "Приозёрск, Ленина 1/2"
    cable = UKV.subscriber("1")
    assert (cable.contract, cable.fee, cable.balance, cable.address) == (
        "200001",
        23_000,
        -23_000,
        "Приозёрск, Ленина 1/5",
    )


def test_an_internet_receipt_goes_to_the_mobile_and_the_mail(open_books):
    contact = contact_of(INTERNET.subscriber("ivanov"), INTERNET.takes_email)
    assert (contact.phone.number, contact.email, contact.why) == ("+79110000001", "ivanov@example.test", "")


def test_of_several_numbers_the_first_usable_one_counts(open_books):
    transact(
        lambda session: INTERNET.set_mobile(session, "ivanov", "8(812)1234567, 8 921 000-00-02, 89110000001")
    )
    assert INTERNET.contact("ivanov").phone.number == "+79210000002"


def test_without_a_number_the_books_say_why(open_books):
    assert INTERNET.contact("petrova").why == "No mobile number is filled in."
    transact(lambda session: INTERNET.set_mobile(session, "petrova", "8(812)3334455"))
    assert "not a mobile number" in INTERNET.contact("petrova").why
    assert INTERNET.contact("nobody") is None


def test_a_subscriber_without_a_phone_row_gets_one(open_books):
    transact(lambda session: session.execute(Phone.__table__.delete()))
    transact(lambda session: INTERNET.set_mobile(session, "petrova", "89110000002"))
    assert INTERNET.subscriber("petrova").mobile_text == "89110000002"
    assert INTERNET.subscriber("ivanov").mobile_text == ""


def test_a_cable_number_is_kept(open_books):
    transact(lambda session: UKV.set_mobile(session, "2", "89110000012"))
    assert UKV.contact("2").phone.number == "+79110000012"
    assert UKV.contact("2").email is None


def test_bank_payments_have_their_cash_types(open_books):
    assert {1, 24, 25} <= cash_types().keys()
    assert set(BOOKS) == {"internet", "ukv"}
