"""A duty is one worker's at a time; a worker that died does not keep it for long."""

import time
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event, literal, select, update
from sqlalchemy.exc import OperationalError

from modules.core.db import clock, db, transact
from modules.core.outage import Spell
from modules.dreamkas import lease
from modules.dreamkas.models import Duty

NOW = timedelta()


def row() -> Duty:
    db.session.rollback()
    return db.session.execute(
        select(Duty).where(Duty.name == "ask").execution_options(populate_existing=True)
    ).scalar_one()


def test_a_duty_is_one_workers_at_a_time(inside):
    with lease.duty("ask", NOW) as first, lease.duty("ask", NOW) as second:
        assert (first, second) == (True, False)
    with lease.duty("ask", NOW) as third:
        assert third


def test_who_sees_it_taken_or_not_yet_due_keeps_no_writer_waiting(any_books, monkeypatch):
    with any_books.app_context():
        with lease.duty("ask", timedelta(minutes=10)), monkeypatch.context() as patch:
            patch.setattr(lease, "transact", None)
            with lease.duty("ask", NOW) as other:
                assert not other
        monkeypatch.setattr(lease, "transact", None)
        with lease.duty("ask", NOW) as too_early:
            assert not too_early


def test_of_two_who_saw_it_free_one_has_it(any_books, monkeypatch):
    monkeypatch.setattr(lease, "FREE", select(literal(1)))
    with any_books.app_context():
        with lease.duty("ask", NOW) as first, lease.duty("ask", NOW) as second:
            assert (first, second) == (True, False)
        with lease.duty("ask", timedelta(minutes=10)) as third:
            assert third
        with lease.duty("ask", NOW) as too_early:
            assert not too_early


def test_a_duty_that_is_taken_stops_no_other_one(inside):
    with lease.duty("ask", NOW), lease.duty("watch", NOW) as other:
        assert other


def test_who_looks_whether_it_is_free_needs_no_second_connection(any_books):
    """A worker has more threads than connections: each would hold one and wait for another."""
    with any_books.app_context():
        out, pool = [], db.engine.pool
        event.listen(db.engine, "checkout", lambda *_who: out.append(pool.checkedout()))
        for _time in range(2):
            db.session.scalar(select(Duty.name))
            with lease.duty("ask", timedelta(minutes=10)):
                pass
        assert out and max(out) == 1


def test_it_is_due_again_after_its_time(inside):
    with lease.duty("ask", timedelta(minutes=10)):
        pass
    with lease.duty("ask", timedelta(minutes=10)) as again:
        assert not again


def test_a_long_run_keeps_its_lease(inside, monkeypatch):
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    with lease.duty("ask", NOW):
        before = row().lease_until_utc
        time.sleep(0.3)
        assert row().lease_until_utc > before
    assert row().lease_until_utc is None


def test_a_lease_outlasts_a_renewal_that_fails():
    assert lease.LENGTH.total_seconds() > 2 * lease.RENEW_SECONDS


def test_a_lease_that_can_not_be_renewed_for_the_database_is_away_leaves_no_traceback(
    inside, monkeypatch, caplog
):
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(lease, "spell", Spell())

    def away(_work):
        raise OperationalError("UPDATE", {}, psycopg.OperationalError("server closed the connection"))

    with lease.duty("ask", NOW), monkeypatch.context() as patch:
        patch.setattr(lease, "transact", away)
        time.sleep(0.3)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_dead_workers_duty_is_free_after_its_lease(inside):
    transact(lambda session: session.execute(update(Duty).values(lease_until_utc=clock() + lease.LENGTH)))
    with lease.duty("ask", NOW) as too_early:
        assert not too_early
    transact(lambda session: session.execute(update(Duty).values(lease_until_utc=clock())))
    with lease.duty("ask", NOW) as later:
        assert later


def test_a_run_that_lost_its_lease_leaves_the_next_ones_alone(inside):
    with lease.duty("ask", NOW):
        other = clock() + timedelta(hours=1)
        transact(lambda session: session.execute(update(Duty).values(lease_until_utc=other)))
    assert row().lease_until_utc == other


def test_a_run_that_ends_leaves_the_lease_of_another_duty_that_began_with_it_alone(inside):
    with lease.duty("watch", NOW):
        pass
    with lease.duty("ask", NOW):
        same = row().lease_until_utc
        watch = update(Duty).where(Duty.name == "watch")
        transact(lambda session: session.execute(watch.values(lease_until_utc=same)))
    until = db.session.scalar(select(Duty.lease_until_utc).where(Duty.name == "watch"))
    assert (row().lease_until_utc, until) == (None, same)


def test_a_run_that_fails_gives_its_lease_back(inside):
    with pytest.raises(ZeroDivisionError), lease.duty("ask", NOW):
        1 / 0  # noqa: B018
    assert row().lease_until_utc is None
