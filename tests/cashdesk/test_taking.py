"""One press of a money form takes one payment: pressed ten times, at once, changed, doubled, or broken off."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask_babel import lazy_ngettext
from sqlalchemy import select, update

from modules.billing import book as billing_book
from modules.billing.models import Payment, UkvPayment
from modules.billing.service import INTERNET, UKV, NoSubscriber
from modules.cashdesk import service as cashdesk
from modules.cashdesk import take
from modules.cashdesk.models import FormToken
from modules.core.db import db, transact
from modules.core.journal import Weblog
from modules.dreamkas.models import Operation
from modules.dreamkas.service import Wish, state_of
from modules.dreamkas.words import REASONS
from modules.notifications.models import Notification
from modules.notifications.service import text
from tests.books import balance, count, fill, newest

WISH = Wish(device_id=123, tax_mode="SIMPLE", payment_type="CASH", goods_id="inet")


@pytest.fixture(autouse=True)
def nudges(monkeypatch):
    """How often the worker was nudged; nothing is listening."""
    heard = []
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: heard.append(1))
    return heard


def token(book=INTERNET, key="ivanov", admin="kassir"):
    return cashdesk.new_token(admin, book, key)


def press(form, book=INTERNET, key="ivanov", **changes):
    values = {
        "operation": "add",
        "kopecks": 10_000,
        "cash_type_id": 1,
        "note": "",
        "wish": None,
        "admin": "kassir",
        "second_ok": False,
    }
    return cashdesk.take_payment(book, key, token=form, **{**values, **changes})


def test_payment_balance_receipt_and_journal_stand_together(books, nudges):
    with books.app_context():
        taken = press(token(), wish=WISH)
        assert state_of(taken.source).state == "queued"
        operation = db.session.scalar(select(Operation))
        assert (operation.amount, operation.subscriber, operation.service) == (10_000, "ivanov", "internet")
        assert "+79110000001" in operation.contact
        assert "ivanov@example.test" in operation.contact
        assert "BALANCEADD (ivanov) ON 100.00 PAYMENT [1]" in db.session.scalars(select(Weblog.event)).all()
    assert balance(books, "ivanov") == 22_050
    assert len(nudges) == 1


def test_without_a_wish_there_is_no_receipt_and_no_nudge(books, nudges):
    with books.app_context():
        taken = press(token())
        assert (taken.again, taken.fiscal) == (False, False)
    assert count(books, Operation) == 0
    assert nudges == []


def test_the_same_form_again_leads_to_the_first_payment(books, nudges):
    with books.app_context():
        form = token()
        first, second = press(form, wish=WISH), press(form, wish=WISH)
        assert second == replace(first, again=True)
    assert (count(books), count(books, Operation), balance(books, "ivanov")) == (1, 1, 22_050)
    assert len(nudges) == 1


@pytest.mark.parametrize(
    "changed",
    [{"kopecks": 10_001}, {"note": "x"}, {"cash_type_id": 2}, {"operation": "mock"}, {"wish": WISH}],
)
def test_a_used_form_with_other_data_takes_nothing(books, changed):
    with books.app_context():
        form = token()
        press(form)
        with pytest.raises(cashdesk.TokenSpent, match=r"100\.00"):
            press(form, **changed)
    assert (count(books), balance(books, "ivanov")) == (1, 22_050)


def test_a_form_made_for_another_takes_nothing(books):
    strangers = {
        "another admin": lambda: token(admin="boss"),
        "another subscriber": lambda: token(key="sidorov"),
        "the other book": lambda: token(UKV, "ivanov"),
        "nobody": lambda: "made-up.signature",
        "nothing": lambda: "",
        "not even text": lambda: "\udcff",
    }
    for who, make in strangers.items():
        with books.app_context(), pytest.raises(cashdesk.TokenForeign):
            press(make())
            pytest.fail(f"a form of {who} was taken")
    assert count(books) == 0


def test_the_same_sum_soon_after_wants_a_word(books):
    with books.app_context():
        press(token())
        with pytest.raises(cashdesk.LooksDouble, match="kassir"):
            press(token())
        with pytest.raises(cashdesk.LooksDouble):
            press(token(admin="boss"), admin="boss")
        press(token(), second_ok=True)
        press(token(), kopecks=10_001)
        press(token(key="sidorov"), key="sidorov")
    assert (count(books), balance(books, "ivanov")) == (4, 12_050 + 30_001)


def test_the_same_sum_wants_a_word_for_ten_minutes_and_none_later(books):
    with books.app_context():
        press(token())
        taken = db.session.scalar(select(FormToken.used_utc))

        def was_taken(minutes: float) -> None:
            ago = update(FormToken).values(used_utc=taken - timedelta(minutes=minutes))
            transact(lambda session: session.execute(ago))

        was_taken(9.5)
        with pytest.raises(cashdesk.LooksDouble):
            press(token())
        was_taken(10)
        press(token())
    assert count(books) == 2


def test_nobody_pays_nothing(books):
    with books.app_context(), pytest.raises(NoSubscriber):
        press(token(key="nobody"), key="nobody")
    assert (count(books), count(books, FormToken)) == (0, 0)


def test_whatever_breaks_breaks_all_of_it(books, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the power went out")

    for place in (
        "modules.cashdesk.credit.queue",
        "modules.cashdesk.credit.write",
        "modules.cashdesk.take.FormToken",
    ):
        with books.app_context(), monkeypatch.context() as broken_place, pytest.raises(RuntimeError):
            broken_place.setattr(place, broken)
            press(token(), wish=WISH)
        assert [count(books, table) for table in (Payment, FormToken, Operation)] == [0, 0, 0], place
        assert balance(books, "ivanov") == 12_050


def test_a_balance_moved_behind_the_lock_takes_nothing(books, monkeypatch):
    monkeypatch.setattr(INTERNET.__class__, "_move_balance", lambda *_args: False)
    with books.app_context(), pytest.raises(billing_book.BalanceMovedError):
        press(token())
    assert count(books) == 0


def test_a_form_seen_too_late_leads_to_the_first_payment(books, monkeypatch):
    """A database whose row lock did not hold us: the unique row of the form does."""
    with books.app_context():
        form = token()
        first = press(form)
        looks = iter([None])
        real = take.used
        monkeypatch.setattr(
            take, "used", lambda *args: next(looks) if looks.__length_hint__() else real(*args)
        )
        assert press(form, second_ok=True) == replace(first, again=True)
    assert (count(books), balance(books, "ivanov")) == (1, 22_050)


def test_a_payment_whose_subscriber_has_no_mobile_is_taken_and_its_receipt_rejected(books):
    with books.app_context():
        taken = press(token(key="petrova"), key="petrova", wish=WISH)
        state = state_of(taken.source)
        assert (state.state, "mobile" in state.reason) == ("rejected", True)
    assert balance(books, "petrova") == -55_000


@pytest.mark.parametrize(
    "word", [lazy_ngettext("%(num)d number", "%(num)d numbers", 2), Decimal("1.5"), None, b"x", {1}, "\udcff"]
)
def test_a_payment_without_a_mobile_is_taken_whatever_the_news_says(books, monkeypatch, word):
    monkeypatch.setitem(REASONS, "no_mobile", word)
    with books.app_context():
        press(token(key="petrova"), key="petrova", wish=WISH)
        said = text(db.session.scalars(select(Notification)).one())
        assert said.startswith("Receipt for petrova was rejected: ")
    assert (newest(books, Operation).state, count(books)) == ("rejected", 1)


def test_an_exempt_cash_type_is_taken_without_a_receipt(make_app):
    app = make_app(DREAMKAS_NO_RECEIPT_CASHTYPES="2")
    with app.app_context():
        fill()
        assert press(token(), wish=WISH, cash_type_id=2).fiscal is False
    assert (count(app), count(app, Operation)) == (1, 0)


@pytest.mark.parametrize("operation", ["correct", "set", "mock"])
def test_what_is_no_payment_is_never_fiscalized(books, operation):
    with books.app_context(), pytest.raises(ValueError, match="add"):
        press(token(), operation=operation, wish=WISH)
    assert count(books) == 0


def test_a_correction_and_a_payment_of_one_number_are_two(books):
    with books.app_context():
        first = press(token(), operation="correct")
        second = press(token(), kopecks=500)
        assert first.source.id == second.source.id == 1
        assert first.source.kind != second.source.kind


def test_cable_money_is_taken_the_same_way(books):
    with books.app_context():
        press(token(UKV, "1"), UKV, "1", wish=WISH)
    assert balance(books, "1") == -13_000
    assert newest(books, UkvPayment).summ == "100.00"
    operation = newest(books, Operation)
    assert (operation.source_key, operation.service, operation.subscriber) == ("ukv_payment:1", "ukv", "1")
    assert "@" not in operation.contact


@pytest.mark.database
def test_ten_presses_at_once_take_one_payment(any_books):
    with any_books.app_context():
        form = token()
    taken = at_once(any_books, [lambda: press(form, wish=WISH)] * 10)
    assert len({one.source for one in taken}) == 1
    assert sorted(one.again for one in taken) == [False] + [True] * 9
    assert (count(any_books), count(any_books, Operation)) == (1, 1)
    assert balance(any_books, "ivanov") == 22_050


@pytest.mark.database
def test_ten_forms_at_once_all_count(any_books):
    with any_books.app_context():
        forms = [token() for _form in range(10)]
    at_once(any_books, [lambda f=form, n=n: press(f, kopecks=100 + n) for n, form in enumerate(forms)])
    assert (count(any_books), balance(any_books, "ivanov")) == (10, 12_050 + 1045)


@pytest.mark.database
def test_two_forms_with_one_sum_at_once_take_one_payment(any_books):
    with any_books.app_context():
        forms = [token(), token()]
    answers = at_once(any_books, [lambda f=form: press(f) for form in forms], (cashdesk.LooksDouble,))
    assert [type(answer).__name__ for answer in answers].count("LooksDouble") == 1
    assert (count(any_books), balance(any_books, "ivanov")) == (1, 22_050)


def at_once(app, acts, refusals=()):
    """Starts all of them behind one gate -> what each gave, or its refusal."""
    gate, answers = threading.Barrier(len(acts)), []

    def run(act):
        with app.app_context():
            gate.wait()
            try:
                answers.append(act())
            except refusals as refusal:
                answers.append(refusal)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(acts), "some press broke"
    return answers
