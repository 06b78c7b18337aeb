"""A statement becomes receipts although the worker is killed: one press, one payment and one printed receipt a row."""

from collections import Counter

import pytest

from app import create_app
from modules.banksta2 import process
from modules.banksta2.progress import progress
from modules.core.db import db
from tests.banksta2.processing import imported
from tests.story.street import wait_for

pytestmark = pytest.mark.story
ROWS = 60


def test_a_statement_becomes_receipts_although_the_worker_is_killed(make_street):
    # Killed before a byte left, an operation is unsure: its lease and the grace are over within the wait below.
    street = make_street(BANKSTA2_ENABLED="1", DREAMKAS_DEADLINE="10", DREAMKAS_UNSURE_GRACE="3")
    house = create_app(street.env)
    statement = imported(house, ROWS)

    def now():
        with house.app_context():
            db.session.rollback()
            return progress(statement)

    with house.app_context():
        assert process.press(statement, "buh") == ROWS
    # Killed somewhere between the first payment and the last receipt; test_process_killed.py is sure to hit crediting.
    wait_for("the first payment", lambda: now().credited.rows)
    street.kill("worker")
    street.start("worker")
    wait_for("the last receipt", lambda: now().receipt("fiscalized").rows == ROWS and now().is_final, 240)
    assert Counter(slip["amount"] for slip in street.printed()) == {10_000 + n: 1 for n in range(1, ROWS + 1)}
    with house.app_context():
        db.engine.dispose()
