"""Ubilling's tables as Ubilling made them: nothing where we would write "", and letters of three bytes at most."""

from datetime import date

import pytest
from sqlalchemy import select, text

from modules.billing.facts import ADD
from modules.billing.internet import INTERNET
from modules.billing.models import Payment, User
from modules.billing.search import search
from modules.billing.ukv import UKV
from modules.cashdesk import board, board_list
from modules.cashdesk.standing_sql import Wanted
from modules.core.db import db, transact
from modules.core.times import local_now

COLUMNS = (
    "date {time}, admin varchar(45), balance varchar(45), summ varchar(45), cashtypeid int, note varchar(200)"
)
UBILLINGS = f"""
CREATE TABLE payments (id {{id}}, login varchar(45), {COLUMNS}) {{engine}};
CREATE TABLE ukv_users (id {{id}}, contract varchar(40), tariffid int, cash double precision, active smallint,
  realname varchar(255), phone varchar(255), mobile varchar(255), regdate {{time}}, city varchar(255),
  street varchar(255), build varchar(255), apt varchar(255), inetlogin varchar(255), notes text) {{engine}};
CREATE TABLE ukv_payments (id {{id}}, userid int, {COLUMNS}, visible smallint) {{engine}};
INSERT INTO ukv_users (id, regdate) VALUES (1, '2026-01-01 00:00:00');
INSERT INTO payments (login, date, summ, cashtypeid) VALUES ('ivanov', '2026-11-20 12:00:00', '5', 1);
INSERT INTO payments (login, date, cashtypeid) VALUES ('ivanov', '2026-11-21 12:00:00', 1);
INSERT INTO payments (login, date, admin, summ, cashtypeid) VALUES ('ivanov', '2026-11-22 12:00:00', 'anna', '7', 1);
INSERT INTO ukv_payments (userid, date, summ, cashtypeid, visible) VALUES (1, '2026-11-20 12:00:00', '5', 1, 1)
"""
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def ubillings(after_ubilling):
    with after_ubilling(UBILLINGS).test_request_context():
        transact(lambda session: session.add(User(login="ivanov")))
        yield


def pay(book, key: str, note: str = "") -> int:
    how = {"cash_type_id": 1, "note": note, "admin": "anna", "paid_at": local_now()}
    return transact(lambda session: book.add_payment(session, key, ADD, 1250, **how))


@pytest.mark.parametrize(
    ("book", "key", "number"), [(INTERNET, "ivanov", 3), (UKV, "1", 1)], ids=["inet", "ukv"]
)
def test_nothing_is_read_as_an_empty_text(ubillings, book, key, number):
    paid = book.payments(key)
    assert [(one.note, one.operation) for one in paid] == [("", ADD)] * number
    assert (paid[-1].admin, paid[-1].kopecks, paid[-1].before) == ("", 500, None)
    assert book.payment(paid[-1].id) == paid[-1]


def test_a_balance_that_is_nothing_is_none_yet(ubillings):
    pay(UKV, "1")
    pay(UKV, "1")
    assert UKV.subscriber("1").balance == 2500


def test_the_board_counts_what_nobody_signed(ubillings):
    seen = board.reckon(*NOVEMBER)
    assert seen.agrees
    assert seen.values("cashier") == ["", "anna"]
    lines = list(board_list.dress(db.session.execute(board_list.found_by(Wanted(*NOVEMBER), local_now()))))
    assert {one.payment.admin for one in lines} == {"", "anna"}


def test_signs_that_the_table_can_not_hold_do_not_stop_a_payment(ubillings):
    number = pay(INTERNET, "ivanov", note="спасибо \U0001f600")
    kept = db.session.scalar(select(Payment.note).where(Payment.id == number))
    narrow = db.engine.dialect.name in ("mysql", "mariadb")
    assert kept == ("спасибо \ufffd" if narrow else "спасибо \U0001f600")
    assert search("\U0001f600 иванов", ukv=True) == []


def test_a_statement_that_fails_tells_no_names(ubillings):
    with pytest.raises(Exception, match="hidden") as told:
        db.session.execute(text("SELECT nothing FROM users WHERE login = :who"), {"who": "petrova"})
    assert "petrova" not in str(told.value)
