"""Many rows by one statement are what they would be one by one, on each database."""

from datetime import date, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from modules.banksta2.models import StatementRow
from modules.core.bulk import batches, insert_many
from modules.core.db import db, transact
from tests.books import any_books  # noqa: F401

NOON = datetime(2026, 11, 25, 12)  # noqa: DTZ001 - naive, as the column is
EMPTY = dict.fromkeys(
    ("verdict", "error", "wanted_by", "trouble", "machine_id", "tax_system", "payment_type", "position_id"),
    "",
)
ROW = {
    **EMPTY, "filename": "%s %(x)s :x ? 'x'.csv", "notes": "Ёж \\ 100 %", "date": NOON, "hash": "h", "admin": "buh",
    "contract": "", "summ": "1.00", "address": "", "realname": "O'Хара", "pdate": "", "ptime": "", "processed": 0,
    "canceled": 0, "service_type": "", "payid": 0, "row_number": 1, "amount": 10**12,
    "paid_on": date(2026, 11, 24), "bank_id": "",
    "account": "", "payer_account": "", "payer_inn": "", "document": "", "identity": "", "occurrence": 0,
    "canceled_why": "", "subscriber": "", "tick": True, "statement_id": None,
}  # fmt: skip
OTHER = {**ROW, "row_number": 2, "date": None, "amount": None, "paid_on": None, "tick": False}


@pytest.mark.database
def test_every_kind_of_value_comes_back_as_it_was(any_books):  # noqa: F811
    both = {name: [value, OTHER[name]] for name, value in ROW.items()}
    with any_books.app_context():
        transact(lambda session: insert_many(session, insert(StatementRow.__table__), both))
        first, second = db.session.scalars(select(StatementRow).order_by(StatementRow.row_number))
        assert {name: getattr(first, name) for name in ROW} == ROW
        assert {name: getattr(second, name) for name in OTHER} == OTHER


@pytest.mark.database
def test_a_column_that_nobody_filled_is_an_error(any_books):  # noqa: F811
    with any_books.app_context(), pytest.raises((KeyError, DBAPIError)):
        transact(lambda session: insert_many(session, insert(StatementRow.__table__), {"hash": ["h"]}))


def test_batches_leave_nobody_behind():
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []
