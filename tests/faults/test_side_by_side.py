"""Twenty at once, in one process and in four, on each database that is given: one effect."""

import os
from collections import Counter

import pytest
from sqlalchemy import func, select

from app import create_app
from modules.banksta2.models import StatementRow
from modules.billing.models import Payment, UkvPayment
from modules.billing.service import INTERNET
from modules.cashdesk import service as cashdesk
from modules.core.db import db, transact
from modules.dreamkas import life
from modules.dreamkas.models import Attempt, Operation
from tests.banksta2.processing import imported
from tests.books import SERVERS, balance, fill, scratch_database
from tests.dreamkas.desk import queue
from tests.faults.crowd import WISH, carry_all, crowd, press_form, process_statement, repeat
from tests.house import env_for, upgrade

pytestmark = pytest.mark.database
CROWDS = pytest.mark.parametrize("processes, threads", [(1, 20), (4, 5)])
ROWS, PAYMENTS = 6, 12


@pytest.fixture(params=SERVERS)
def house(request, tmp_path):
    """(the house in this process, what other processes make theirs of)."""
    env = env_for(tmp_path)
    if request.param == "sqlite":
        yield from _opened(env)
    elif server := os.environ.get(SERVERS[request.param]):
        with scratch_database(server) as url:
            yield from _opened({**env, "DATABASE_URL": url})
    else:
        pytest.skip(f"{SERVERS[request.param]} is not set")


def _opened(env):
    app = create_app(env)
    with app.app_context():
        upgrade()
        fill()
        db.session.remove()
    yield app, env
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def how_many(app, what) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(what))


@CROWDS
def test_one_form_takes_the_money_once(house, processes, threads):
    app, env = house
    before = balance(app, "ivanov")
    with app.app_context():
        token = cashdesk.new_token("kassir", INTERNET, "ivanov")
    took = crowd(env, processes, threads, press_form, token)
    assert Counter(took) == {True: 1, False: processes * threads - 1}
    assert (how_many(app, Payment), how_many(app, Operation)) == (1, 1)
    assert balance(app, "ivanov") == before + 75_000


@CROWDS
def test_one_queue_is_carried_once(house, processes, threads):
    app, env = house
    with app.app_context():
        for number in range(PAYMENTS):
            queue(number, 10_000 + number, wish=WISH)
    sent = [one for some in crowd(env, processes, threads, carry_all) for one in some]
    assert len(sent) == len(set(sent)) == how_many(app, Attempt) == PAYMENTS


@CROWDS
def test_one_statement_is_credited_once(house, processes, threads):
    app, env = house
    statement = imported(app, ROWS)
    marked = crowd(env, processes, threads, process_statement, statement)
    assert sum(marked) == ROWS
    assert how_many(app, Payment) + how_many(app, UkvPayment) == how_many(app, Operation) == ROWS
    with app.app_context():
        rows = list(db.session.scalars(select(StatementRow)))
        sums = Counter(db.session.scalars(select(Operation.amount)))
    assert all(row.processed == 1 and row.payment_id and not row.trouble for row in rows)
    assert sums == Counter(row.amount for row in rows)


@CROWDS
def test_one_rejected_receipt_is_repeated_once(house, processes, threads):
    app, env = house
    with app.app_context():
        pk = queue(17, wish=WISH)
        transact(lambda session: life.reject(session, life.fresh(session, pk), ("queued",), "cancelled"))
    let = crowd(env, processes, threads, repeat, pk)
    assert Counter(let) == {True: 1, False: processes * threads - 1}
    with app.app_context():
        states = Counter(db.session.scalars(select(Operation.state)))
    assert states == {"rejected": 1, "queued": 1}
