"""The button credits every row that may be credited, once, with its receipt; whoever presses and however often."""

import threading
from collections import Counter
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError

from modules.banksta2 import edits, fiscal, process
from modules.banksta2.progress import progress
from modules.banksta2.troubles import NO_SUBSCRIBER, trouble_words
from modules.billing.models import Payment, UkvPayment, User
from modules.cashdesk import service as cashdesk
from modules.core.db import db, transact
from modules.core.journal import Weblog
from modules.dreamkas import life
from modules.dreamkas.models import Operation, ServiceRelation
from tests.banksta2.files import RULES, csv, taken_in
from tests.banksta2.processing import change, imported, rows_of
from tests.books import balance, count


@pytest.fixture(autouse=True)
def nudges(monkeypatch):
    """The duties that were asked for; no worker is listening."""
    heard = []
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    monkeypatch.setattr("modules.dreamkas.duties.enqueue", lambda _task, name: heard.append(name))
    return heard


def press(app, statement, rows=None, admin="buh") -> int:
    with app.app_context():
        return process.press(statement, admin, rows)


def work(app) -> None:
    """The worker, until nothing is wanted any more."""
    with app.app_context():
        process.work_through()
        assert not process.has_work(db.session())


def seen(app, statement):
    with app.app_context():
        return progress(statement)


def operations(app) -> list[Operation]:
    with app.app_context():
        return list(db.session.scalars(select(Operation).order_by(Operation.id)))


def test_every_row_becomes_one_payment_and_one_receipt(any_books, nudges):
    statement = imported(any_books, 6)
    before = {who: balance(any_books, who) for who in ("ivanov", "sidorov", "1")}
    assert press(any_books, statement) == 6
    assert nudges == ["statements"]
    assert seen(any_books, statement).wanted.rows == 6
    work(any_books)
    after = {who: balance(any_books, who) - kopecks for who, kopecks in before.items()}
    assert after == {"ivanov": 20_005, "sidorov": 20_007, "1": 20_009}
    made = operations(any_books)
    assert Counter((made.source_kind, made.state) for made in made) == {
        ("payment", "queued"): 4,
        ("ukv_payment", "queued"): 2,
    }
    assert {(one.payment_type, one.tax_mode, one.goods_id, one.device_id, one.admin) for one in made} == {
        ("CASHLESS", "SIMPLE", "inet", "123", "buh")
    }
    now = seen(any_books, statement)
    assert (now.credited.rows, now.credited.kopecks, now.ready.rows, now.wanted.rows) == (6, 60_021, 0, 0)
    assert (now.receipt("queued").rows, now.receipt("queued").kopecks, now.is_final) == (6, 60_021, False)


def test_a_payment_leads_back_to_its_row(any_books):
    statement = imported(any_books, 3)
    press(any_books, statement)
    work(any_books)
    for row in rows_of(any_books, statement):
        table, cash_type = (UkvPayment, 25) if row.service_type == "UKV" else (Payment, 24)
        with any_books.app_context():
            payment = db.session.get(table, row.payment_id)
        assert payment.note == f"BANKSTA2: [{row.id}] ASCONTRACT {row.contract} ON 2026-11-23"
        assert (payment.cashtypeid, row.payid, payment.admin) == (cash_type, cash_type, "buh")
        assert row.processed_utc and row.wanted_utc is None


def test_a_row_given_to_the_other_service_is_paid_by_the_cash_type_of_that(books):
    with books.app_context():
        internet = replace(RULES, service_type="Internet")
        statement = taken_in(csv("24.11.2026;120,50;200001;Кузнецова О.И.;за тв;op-2;"), rules=internet).id
    (row,) = rows_of(books, statement)
    assert (row.service_type, row.subscriber) == ("Internet", "")
    with books.app_context():
        assert edits.give_to(row.id, "UKV", "200001", "1")
    press(books, statement)
    work(books)
    (row,) = rows_of(books, statement)
    with books.app_context():
        assert (db.session.get(UkvPayment, row.payment_id).cashtypeid, row.payid) == (25, 25)


def test_a_second_press_finds_nothing_more(books):
    statement = imported(books, 3)
    assert [press(books, statement), press(books, statement)] == [3, 0]
    work(books)
    assert press(books, statement) == 0
    work(books)
    assert (count(books), count(books, UkvPayment), count(books, Operation)) == (2, 1, 3)


LEFT_OUT = {
    "cancelled": {"canceled": 1},
    "an error": {"error": "no_date"},
    "a suspected twin": {"verdict": "suspected"},
    "the same payment": {"verdict": "same"},
    "a duplicate": {"identity_key": None},
    "nobody's": {"subscriber": ""},
    "of no service": {"service_type": ""},
    "nothing": {"amount": 0},
    "a withdrawal": {"amount": -100},
    "without a sum": {"amount": None},
    "processed by Ubilling": {"processed": 1},
}


@pytest.mark.parametrize("why", LEFT_OUT)
def test_what_may_not_be_credited_is_left_out_before_the_press_and_after_it(books, why):
    early, late = imported(books, 1, **LEFT_OUT[why]), imported(books, 2)
    assert press(books, early) == 0
    assert press(books, late) == 2
    change(books, rows_of(books, late)[0].id, **LEFT_OUT[why])
    work(books)
    assert (count(books), count(books, Operation)) == (1, 1)
    assert rows_of(books, late)[0].payment_id is None


def test_a_row_without_its_subscriber_stops_no_other(books):
    statement = imported(books, 4, tick=False)
    press(books, statement)
    with books.app_context():
        transact(lambda session: session.execute(delete(User).where(User.login == "sidorov")))
    work(books)
    rows = rows_of(books, statement)
    assert [row.trouble for row in rows] == ["", NO_SUBSCRIBER, "", ""]
    assert seen(books, statement).troubled.rows == 1
    with books.app_context():
        assert "no such subscriber" in trouble_words(NO_SUBSCRIBER)
    change(books, rows[1].id, subscriber="petrova")
    assert press(books, statement) == 1
    work(books)
    assert seen(books, statement).credited.rows == 4


def test_a_row_that_breaks_the_books_stops_no_other(books, monkeypatch):
    statement, before = imported(books, 3), balance(books, "sidorov")
    real = process.note_of
    monkeypatch.setattr(
        process, "note_of", lambda row, contract: real(row, contract) if row.row_number != 2 else 1 / 0
    )
    press(books, statement)
    work(books)
    assert [row.trouble for row in rows_of(books, statement)] == ["", "failed", ""]
    assert (balance(books, "sidorov"), count(books), count(books, Operation)) == (before, 1, 2)


def test_an_unticked_row_has_no_receipt_and_a_row_without_a_position_is_born_rejected(books):
    statement = imported(books, 3)
    with books.app_context():
        transact(
            lambda session: session.execute(delete(ServiceRelation).where(ServiceRelation.service == "ukv"))
        )
        assert fiscal.tick(statement, False, [rows_of(books, statement)[0].id]) == 1
    press(books, statement)
    work(books)
    now = seen(books, statement)
    assert {state: tally.rows for state, tally in now.receipts.items()} == {
        "queued": 1,
        "rejected": 1,
        "none": 1,
    }
    ((why, tally),) = now.rejected.items()
    assert "no selling position is mapped" in why and tally.kopecks == 10_003


def test_all_at_once_are_ticked_but_companies_by_hand_only(books):
    statement = imported(books, 2, tick=False)
    company = rows_of(books, statement)[0].id
    change(books, company, payer_inn="7707083893")
    with books.app_context():
        assert fiscal.tick(statement, True) == 1
        assert fiscal.tick(statement, True, [company]) == 1
        assert fiscal.is_company("7707083893") and not fiscal.is_company("770708389312")
        assert fiscal.choose(statement, {"payment_type": "PREPAID", "position_id": "old"}) == 2
        with pytest.raises(ValueError, match="amount"):
            fiscal.choose(statement, {"amount": "1"})
    press(books, statement)
    work(books)
    assert {(one.payment_type, one.goods_id) for one in operations(books)} == {("PREPAID", "old")}


def test_a_rejected_receipt_is_asked_for_again_and_a_missing_one_too(any_books):
    statement = imported(any_books, 3)
    first, second, third = (row.id for row in rows_of(any_books, statement))
    with any_books.app_context():
        fiscal.tick(statement, False, [first])
    press(any_books, statement)
    work(any_books)
    with any_books.app_context():
        refused = db.session.scalars(select(Operation).order_by(Operation.id)).first()
        transact(
            lambda session: life.reject(session, life.fresh(session, refused.id), ("queued",), "refused")
        )
        assert process.refiscalize(statement, "buh") == 1  # the unticked one was left without on purpose
        assert process.refiscalize(statement, "buh", [first, second, third]) == 1
        assert process.refiscalize(statement, "buh", [first, second, third]) == 0
    work(any_books)
    with any_books.app_context():
        assert process.refiscalize(statement, "buh", [first, second, third]) == 0
        live = db.session.scalar(select(func.count()).where(Operation.source_key.is_not(None)))
    assert (live, count(any_books, Operation), count(any_books)) == (3, 4, 2)
    assert {state: tally.rows for state, tally in seen(any_books, statement).receipts.items()} == {
        "queued": 3
    }


def test_the_first_receipt_may_leave_while_the_rows_after_it_are_being_credited(books, monkeypatch):
    statement, at_nudge = imported(books, 3), []
    press(books, statement)
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: at_nudge.append(count(books, Operation)))
    work(books)
    assert at_nudge[0] == 1


def test_a_kill_after_the_receipt_was_asked_for_asks_for_no_second_one(books, monkeypatch):
    statement = imported(books, 1, tick=False)
    press(books, statement)
    work(books)
    with books.app_context():
        process.refiscalize(statement, "buh", [rows_of(books, statement)[0].id])
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(process, "_done", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
            process.work_through()
    work(books)
    assert count(books, Operation) == 1
    assert rows_of(books, statement)[0].trouble == ""


def test_five_workers_and_five_presses_at_once_credit_each_row_once(any_books):
    statement = imported(any_books, 30)
    together, failures = threading.Barrier(5), []

    def one() -> None:
        with any_books.app_context():
            try:
                together.wait(20)
                process.press(statement, "buh")
                process.work_through()
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(5)]
    [thread.start() for thread in threads]
    [thread.join(120) for thread in threads]
    assert failures == []
    assert (count(any_books), count(any_books, UkvPayment), count(any_books, Operation)) == (20, 10, 30)
    now = seen(any_books, statement)
    assert (now.credited.rows, now.credited.kopecks, now.troubled.rows) == (30, 300_465, 0)
    assert len({(row.payment_kind, row.payment_id) for row in rows_of(any_books, statement)}) == 30


def test_nothing_is_done_while_the_module_is_off(make_app, books):
    statement = imported(books, 1)
    press(books, statement)
    with make_app(BANKSTA2_ENABLED="0").app_context():
        assert not process.has_work(db.session())


def test_the_press_is_journalled(books):
    statement = imported(books, 2)
    press(books, statement)
    with books.app_context():
        assert f"BANKSTA2 PROCESS [{statement}] 2 rows" in db.session.scalars(select(Weblog.event)).all()


@pytest.mark.parametrize("lost", ["before the commit", "the answer to the commit"])
def test_a_database_that_goes_away_is_no_trouble_of_a_row(books, monkeypatch, lost):
    """It stays wanted and is credited once when the database is back: nobody need press again."""
    statement, real = imported(books, 2), cashdesk.credit
    before = count(books) + count(books, UkvPayment)
    press(books, statement)

    def away(*given):
        if lost == "the answer to the commit":
            real(*given)
        monkeypatch.setattr(cashdesk, "credit", real)
        raise OperationalError("COMMIT", {}, psycopg.OperationalError("server closed the connection"))

    monkeypatch.setattr(cashdesk, "credit", away)
    with pytest.raises(OperationalError):
        work(books)
    assert seen(books, statement).troubled.rows == 0
    work(books)
    now = seen(books, statement)
    assert (now.credited.rows, now.troubled.rows, now.wanted.rows) == (2, 0, 0)
    assert count(books) + count(books, UkvPayment) - before == len(operations(books)) == 2
