"""Ubilling's own module goes on writing beside us: what it knows of the bank is known here too."""

from datetime import date

import pytest
from sqlalchemy import select, text

from modules.banksta2 import importing
from modules.banksta2.identity import NEW, SUSPECTED
from modules.banksta2.models import Statement, StatementRow
from modules.core.db import db
from tests.banksta2.files import UNNUMBERED, checked, csv, rows
from tests.banksta2.test_migration import UBILLINGS

THEIRS = "date, hash, filename, admin, contract, summ, realname, notes, pdate, processed, canceled, service_type, payid"


@pytest.fixture
def books(after_ubilling):
    return after_ubilling(UBILLINGS)


def ubilling_writes(summ: str, pdate: str = "24.11.2026", name: str = "cc", processed: int = 1) -> None:
    words = (
        f"'{name}', 'x.csv', 'buh', '100001', '{summ}', 'Иванов И.И.', 'за интернет', '{pdate}', {processed}"
    )
    line = f"INSERT INTO banksta2 ({THEIRS}) VALUES ('2026-11-25 12:00:00', {words}, 0, '', 24)"
    db.session.execute(text(line))
    db.session.commit()


def file_of(name: str) -> Statement:
    return db.session.scalars(
        select(Statement).where(Statement.hash == name).execution_options(populate_existing=True)
    ).one()


def test_a_payment_that_ubilling_has_taken_meanwhile_is_no_news(books):
    ubilling_writes("350")
    ubilling_writes("много", "вчера")
    draft = checked(csv(), rules=UNNUMBERED)
    first, second = rows(draft)[:2]
    theirs, unread = rows(file_of("cc"))
    assert (theirs.amount, theirs.paid_on, theirs.row_number) == (35000, date(2026, 11, 24), 1)
    assert (unread.amount, unread.paid_on, unread.row_number) == (None, None, 2)
    assert (first.verdict, first.twin_id, second.verdict) == (SUSPECTED, theirs.id, NEW)
    assert (file_of("cc").state, file_of("cc").rows_total, file_of("cc").sum_total) == ("imported", 2, 35000)


def test_what_comes_between_the_check_and_the_import_is_known_too(books):
    draft = checked(csv(), rules=UNNUMBERED)
    assert rows(draft)[0].verdict == NEW
    ubilling_writes("350.00")
    importing.take_in(draft.id, "buh")
    first, second = rows(draft)[:2]
    assert (first.verdict, first.identity_key) == (SUSPECTED, None)
    assert second.identity_key


def test_a_file_that_grows_keeps_its_one_line(books):
    for summ in ("350", "120.50"):
        ubilling_writes(summ)
        checked(csv(f"24.11.2026;{summ};100001;Иванов И.И.;за интернет;;"), rules=UNNUMBERED)
    assert [row.row_number for row in rows(file_of("cc"))] == [1, 2]
    assert (file_of("cc").rows_total, file_of("cc").sum_total) == (2, 47050)
    assert db.session.scalar(select(StatementRow.id).where(StatementRow.statement_id.is_(None))) is None
