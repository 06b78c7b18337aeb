"""The compliance board: every payment in exactly one bucket, the one its badge says; the kopecks are the billing's."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

from modules.billing.service import INTERNET, LEDGERS, UKV
from modules.cashdesk import board
from modules.cashdesk import service as cashdesk
from modules.cashdesk.standing import PLACES, standing_of
from modules.cashdesk.standing_sql import Wanted, read, rows
from modules.core.db import db
from modules.core.money import MoneyError, from_decimal_text
from modules.core.times import local_now
from modules.dreamkas.service import SPEAKS, Source, states_of
from tests.cashdesk import ledgers

BOOKS = {"payment": INTERNET, "ukv_payment": UKV, "correction": None}


@pytest.fixture(params=[1, 2, 3])
def full_books(request, options_env, any_books):
    with any_books.app_context():
        now = local_now()
        ledgers.fill(request.param, 400, now, odd=0.6)
        yield any_books, now


@pytest.fixture
def options_env(options_env):
    days_ago = local_since().strftime("%Y-%m-%d %H:%M:%S")
    options_env |= {"DREAMKAS_NO_RECEIPT_CASHTYPES": "3", "DREAMKAS_SINCE": days_ago}
    return options_env


def local_since():
    return datetime.now() - timedelta(days=9)  # noqa: DTZ005 - nine days or so


def each_alone(since, until):
    """Every row of the books with its standing, found one by one: by the badge, and by the text of its sum."""
    for ledger in LEDGERS:
        found = db.session.scalars(select(ledger.table).where(ledger.within(since, until)))
        book = BOOKS[ledger.source_kind]
        for row in found:
            if book is None:
                yield ledger, row, "correction"
                continue
            payment = book.payment(row.id)
            yield ledger, row, standing_of(payment, cashdesk.receipts_of(book, [payment]))


def kopecks(text):
    try:
        return from_decimal_text(text)
    except MoneyError:
        return 0


def test_the_operation_that_speaks_for_a_payment_is_the_one_of_its_badge(full_books):
    _app, now = full_books
    for ledger in LEDGERS:
        wanted = read(ledger, (ledger.table.id, SPEAKS.id)).where(
            ledger.within(now.date() - timedelta(9), now.date())
        )
        spoken = {Source(ledger.source_kind, number): pk for number, pk in db.session.execute(wanted)}
        assert spoken
        assert {source: state.operation_pk for source, state in states_of(spoken).items()} == spoken


def test_the_board_says_of_each_payment_what_its_badge_says(full_books):
    _app, now = full_books
    since, until = now.date() - timedelta(days=20), now.date() - timedelta(days=1)
    counted, sums = Counter(), Counter()
    in_lists = {}
    for ledger in LEDGERS:
        for row in db.session.execute(rows(ledger, Wanted(since, until), now)):
            assert (ledger.source_kind, row.id) not in in_lists, "a payment stands on a list twice"
            in_lists[ledger.source_kind, row.id] = row.place
    for ledger, row, place in each_alone(since, until):
        assert in_lists.pop((ledger.source_kind, row.id)) == place, (row.id, row.summ, row.note)
        key = (ledger.book_kind, place, row.admin, row.cashtypeid)
        counted[key] += 1
        sums[key] += kopecks(row.summ)
    assert not in_lists
    reckoned = board.reckon(since, until)
    found = reckoned.by("service", "place", "cashier", "cash_type")
    assert {key: figure.count for key, figure in found.items()} == counted
    assert {key: figure.kopecks for key, figure in found.items()} == sums
    assert reckoned.agrees
    assert reckoned.billing == board.Figure(counted.total(), sum(sums.values()))
    assert set(PLACES) == {place for (_service, place, *_rest) in counted}, "the books miss a standing"


def test_of_an_operation_the_board_reads_an_index_and_no_more(inside):
    """Rows of a kilobyte each, and a month may have 200 000: SQLite says which it opens."""
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    board.reckon(local_since().date(), local_now().date())
    counting = [(sql, values) for sql, values in asked if "speaks" in sql]
    assert len(counting) == len(LEDGERS)
    with db.engine.connect() as connection:
        for sql, values in counting:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            [opens] = [step for *_ids, step in plan if " speaks " in step]
            assert "COVERING INDEX ix_dreamkas_operations_speaks" in opens
