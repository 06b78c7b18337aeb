"""A row that the books keep is met again by the same row of another file, on each database."""

from dataclasses import fields, replace
from datetime import date, datetime
from uuid import uuid4

import pytest
from pymysql.cursors import Cursor
from sqlalchemy import event

from modules.banksta2 import checking
from modules.banksta2.identity import NEW, SAME, SUSPECTED, Fact, judge
from modules.banksta2.mapping import Rules, understand
from modules.banksta2.models import Statement, StatementRow
from modules.banksta2.twins import known
from modules.core.db import db, transact
from tests.banksta2.files import as_columns, csv, draft_of
from tests.books import any_books  # noqa: F401

NOON = datetime(2026, 11, 25, 12)  # noqa: DTZ001 - naive, as the columns are
RULES = Rules(
    col_paydate="0", col_paysum="1", col_realname="2", col_paypurpose="3", col_bank_id="4", col_document="5"
)
TIMED = ["24.11.2026 21:10:05", "350,00", "Иванов", "Интернет", "", ""]
NUMBERED = ["24.11.2026", "350,00", "Петрова", "Интернет", "op-1", ""]
PLAIN = ["24.11.2026", "350,00", "Сидоров", "Интернет", "", ""]
LONG = ["24.11.2026", "350,00", "я " * 400, "за интернет " * 90, "x- " * 90, "№ 1 " * 60]


@pytest.fixture
def inside_books(any_books):  # noqa: F811
    with any_books.app_context():
        yield any_books


def keep(cells, state="imported", **changed):
    """The row as an import would keep it."""

    def work(session):
        statement = Statement(hash=uuid4().hex, filename="a.csv", admin="buh", state=state)
        statement.created_utc = NOON
        session.add(statement)
        session.flush()
        row = StatementRow(hash=statement.hash, date=NOON, statement_id=statement.id)
        for name, value in (as_columns(understand(cells, RULES)) | changed).items():
            setattr(row, name, value)
        session.add(row)
        session.flush()
        return row.id

    return transact(work)


def told(cells):
    """What the row of the file says, and that it is known by the same digits before and after it is compared."""
    row = understand(cells, RULES)
    fact = Fact(**{field.name: getattr(row, field.name) for field in fields(Fact)})
    assert row.identity == fact.digest
    return fact


def verdict_on(cells):
    fact = told(cells)
    return judge([fact], known(db.session, [fact]))[0]


@pytest.mark.parametrize(
    ("cells", "kind"), [(TIMED, SAME), (NUMBERED, SAME), (PLAIN, SUSPECTED), (LONG, SAME)], ids="tnpl"
)
def test_what_was_kept_is_met_again(inside_books, cells, kind):
    row = keep(cells)
    assert (verdict_on(cells).kind, verdict_on(cells).twin) == (kind, row)


def test_another_day_or_sum_is_another_payment(inside_books):
    keep(NUMBERED)
    assert verdict_on(["25.11.2026", *NUMBERED[1:]]).kind == NEW
    assert verdict_on([NUMBERED[0], "350,01", *NUMBERED[2:]]).kind == NEW


def test_drafts_and_errors_and_rows_that_are_twins_themselves_hide_nothing(inside_books):
    keep(NUMBERED, state="draft")
    keep(NUMBERED, error="slow_pattern")
    keep(NUMBERED, verdict=SAME)
    assert verdict_on(NUMBERED).kind == NEW


def test_a_row_that_was_left_out_is_met_again_too(inside_books):
    keep(NUMBERED, canceled=1, processed=1)
    assert verdict_on(NUMBERED).kind == SAME


def test_a_row_of_ubilling_that_knows_little_is_met_as_a_doubt(inside_books):
    keep(NUMBERED, bank_id="", row_number=0)
    assert verdict_on(NUMBERED).kind == SUSPECTED


def test_a_number_that_is_held_is_known(inside_books):
    fact = told(PLAIN)
    keep(PLAIN, identity=fact.digest, occurrence=3, identity_key=f"{fact.digest}:3")
    again = judge([fact, fact], known(db.session, [fact, fact]))
    assert [verdict.occurrence for verdict in again] == [3, 4]


def test_only_rows_of_that_day_and_sum_are_read(inside_books):
    keep(PLAIN)
    fact = told(PLAIN)
    assert known(db.session, [replace(fact, kopecks=1), replace(fact, date=date(2020, 1, 1)), None]) == []


def test_rows_of_a_file_go_to_the_database_together(inside_books, monkeypatch):
    lines = [f"24.11.2026;{number},00;100001;А;б;op-{number};" for number in range(1, 301)]
    draft, said, query = draft_of(csv(*lines)), [], Cursor._query
    # PyMySQL by itself parts what SQLAlchemy hands over together, when the statement is not to its taste.
    monkeypatch.setattr(Cursor, "_query", lambda self, sql: said.append(str(sql)) or query(self, sql))
    event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(f"to the driver: {told[2]}"))
    checking.check(draft)
    assert checking.count_of(draft.id) == 300
    handed = [sql for sql in said if "INSERT INTO banksta2 " in sql]
    assert len(handed) == (2 if db.engine.driver == "pymysql" else 1)
