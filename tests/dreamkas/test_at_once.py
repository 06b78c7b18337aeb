"""Many workers at one queue, on each database that is given: each operation is carried once, few at a time."""

import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, func, select

from modules.core.db import clock, connect_to, db, transact
from modules.core.times import local_now
from modules.dreamkas import catalog, life, line, outbox, service
from modules.dreamkas.models import Attempt, Operation
from tests.dreamkas.desk import ask_for
from tests.dreamkas.fake import FakeDreamkas
from tests.house import upgrade

THREADS, PAYMENTS = 8, 24
SERVERS = {"mariadb": "TEST_MARIADB_URL", "postgresql": "TEST_POSTGRES_URL"}


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def house(request, make_app, monkeypatch):
    """The house on one kind of database, with Dreamkas in memory; a scratch database is dropped afterwards."""
    fake = FakeDreamkas()
    monkeypatch.setattr(line, "client", lambda: fake)
    if request.param == "sqlite":
        app = make_app()
        with app.app_context():
            catalog.refresh()
        yield app, fake
        return
    server = os.environ.get(SERVERS[request.param])
    if not server:
        pytest.skip(f"{SERVERS[request.param]} names no server")
    name = f"house_test_{uuid.uuid4().hex[:12]}"
    url, _options = connect_to(server)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        app = make_app(DATABASE_URL=f"{server.rsplit('/', 1)[0]}/{name}")
        with app.app_context():
            upgrade()
            catalog.refresh()
        yield app, fake
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
        engine.dispose()


def all_at_once(app, work: Callable[[int], None]) -> None:
    """The same work in so many threads, each in a worker's context of its own; their errors are the test's."""
    failed: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def run(number: int) -> None:
        try:
            with app.app_context():
                start.wait(20)
                work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed


@pytest.mark.database
def test_each_operation_is_carried_once_and_never_more_than_four_at_a_time(house):
    app, fake = house
    live: list[int] = []

    def look_round() -> None:
        leases = (Operation.state == "sending") & (Operation.lease_until_utc > clock())
        live.append(db.session.scalar(select(func.count()).select_from(Operation).where(leases)) or 0)
        db.session.rollback()
        time.sleep(0.01)

    fake.while_sending = look_round
    with app.app_context():
        transact(lambda session: [ask_for(number) for number in range(PAYMENTS)])

    def worker(_number: int) -> None:
        while (claimed := outbox.claim(fake.door)) is not outbox.Idle.NOTHING:
            if isinstance(claimed, outbox.Claim):
                outbox.carry(claimed, fake)
            else:
                time.sleep(0.005)

    all_at_once(app, worker)
    with app.app_context():
        states = Counter(db.session.scalars(select(Operation.state)))
        attempts = Counter(db.session.scalars(select(Attempt.operation_pk)))
    assert states == {"accepted": PAYMENTS}
    assert set(attempts.values()) == {1} and len(attempts) == PAYMENTS
    assert len(fake.posts) == len(set(fake.posts)) == PAYMENTS
    assert 1 <= max(live) <= 4


@pytest.mark.database
def test_one_payment_asked_for_by_many_at_once_has_one_operation(house):
    app, _fake = house
    refused: list[int] = []
    with app.app_context():
        paid_at = local_now()  # of one payment: on a slow machine another moment would make it another one

    def ask(number: int) -> None:
        try:
            transact(lambda session: ask_for(17, paid_at=paid_at))
        except service.AlreadyFiscalized:
            refused.append(number)

    all_at_once(app, ask)
    with app.app_context():
        assert len(list(db.session.scalars(select(Operation.id)))) == 1
    assert len(refused) == THREADS - 1


@pytest.mark.database
def test_a_receipt_told_by_many_at_once_is_written_once(house):
    app, _fake = house
    with app.app_context():
        pk = transact(lambda session: ask_for(17))
    won: list[bool] = []
    all_at_once(
        app, lambda _n: won.append(transact(lambda session: life.fiscalize(session, pk, "receipt-1")))
    )
    assert sorted(won) == [False] * (THREADS - 1) + [True]
    with app.app_context():
        operation = db.session.get(Operation, pk)
        assert (operation.state, operation.alarm) == ("fiscalized", "")
