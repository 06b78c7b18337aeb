"""The migration beside statements that Ubilling itself has imported."""

from datetime import date, datetime

import pytest
from sqlalchemy import insert, select, text

from modules.banksta2.models import Preset, Statement, StatementRow
from modules.core.db import db

UBILLINGS = """
CREATE TABLE banksta2 (id {id}, date {time}, hash varchar(255) NOT NULL, filename varchar(255) NOT NULL,
  admin varchar(255) NOT NULL, contract varchar(255), summ varchar(42), address varchar(255), realname varchar(255),
  notes varchar(255), pdate varchar(42), ptime varchar(42), processed smallint NOT NULL, canceled smallint NOT NULL,
  service_type varchar(100), payid int NOT NULL);
CREATE TABLE banksta2_presets (id {id}, presetname varchar(80) NOT NULL, col_realname varchar(10),
  col_paysum varchar(10), guess_contract smallint NOT NULL);
INSERT INTO banksta2_presets (presetname, col_realname, col_paysum, guess_contract) VALUES ('Сбербанк', '7', '9', 1);
INSERT INTO banksta2 (date, hash, filename, admin, contract, summ, realname, notes, pdate, processed, canceled, payid)
  VALUES ('2026-03-01 12:00:00', 'aa', 'm.txt', 'buh', '100001', '350.50', NULL, 'Интернет', '28.02.2026', 1, 0, 24);
INSERT INTO banksta2 (date, hash, filename, admin, contract, summ, realname, notes, pdate, processed, canceled, payid)
  VALUES ('2026-03-01 12:00:00', 'aa', 'm.txt', 'buh', '100002', '12', 'Петрова', NULL, '2026-02-28', 0, 0, 24);
INSERT INTO banksta2 (date, hash, filename, admin, contract, summ, realname, notes, pdate, processed, canceled, payid)
  VALUES ('2026-03-02 12:00:00', 'bb', 'other.txt', 'buh', '100002', 'много', 'Петрова', NULL, 'вчера', 0, 1, 24)
"""
NOON = datetime(2026, 3, 4, 12)  # noqa: DTZ001 - local, as Ubilling's dates are


@pytest.fixture
def ubillings(after_ubilling):
    """A database that holds Ubilling's statements and nothing else, migrated."""
    return after_ubilling(UBILLINGS)


def test_rows_of_ubilling_stay_and_our_columns_learn_their_sum_and_date(ubillings):
    first, second, third = db.session.scalars(select(StatementRow).order_by(StatementRow.id))
    assert (first.contract, first.summ, first.realname, first.processed) == ("100001", "350.50", "", 1)
    assert (first.amount, first.paid_on) == (35050, date(2026, 2, 28))
    assert (second.amount, second.paid_on, second.row_number) == (1200, date(2026, 2, 28), 2)
    assert (third.amount, third.paid_on) == (None, None)
    assert (third.identity_key, third.payment_id, third.verdict, third.tick) == (None, None, "", False)


def test_each_file_of_ubilling_has_its_line(ubillings):
    march, other = db.session.scalars(select(Statement).order_by(Statement.id))
    assert (march.hash, march.filename, march.admin, march.state) == ("aa", "m.txt", "buh", "imported")
    assert (march.rows_total, march.sum_total, other.rows_total, other.sum_total) == (2, 36250, 1, 0)
    files = {row.statement_id for row in db.session.scalars(select(StatementRow))}
    assert files == {march.id, other.id}


def test_a_preset_of_an_older_ubilling_gets_the_columns_it_lacks(ubillings):
    preset = db.session.scalars(select(Preset)).one()
    assert (preset.presetname, preset.col_paysum, preset.guess_contract) == ("Сбербанк", "9", 1)
    assert (preset.skip_row, preset.strs_to_remove, preset.payment_type_id) == (0, "", 0)


def test_the_old_module_could_go_on_writing(ubillings):
    names = "date, hash, filename, admin, contract, summ, processed, canceled, service_type, payid"
    values = "'2026-03-03 12:00:00', 'cc', 'x', 'buh', '1', '1', 0, 0, '', 24"
    for _each in range(2):
        db.session.execute(text(f"INSERT INTO banksta2 ({names}) VALUES ({values})"))
    assert db.session.scalars(select(StatementRow.trouble).where(StatementRow.hash == "cc")).all() == ["", ""]


def test_two_rows_cannot_hold_one_identity_nor_one_payment(ubillings):
    for held in ({"identity_key": "x:1"}, {"payment_kind": "payment", "payment_id": 17}):
        db.session.execute(insert(StatementRow).values(hash="d", date=NOON, **held))
        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            db.session.execute(insert(StatementRow).values(hash="d", date=NOON, **held))
        db.session.rollback()
