"""The beat, the duties and their leases; one sweep does it all."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from modules.core.db import clock, db, transact
from modules.dreamkas import duties, lease, line, outbox, tasks
from modules.dreamkas.health import health, line_health
from modules.dreamkas.models import Duty
from modules.dreamkas.service import Source, states_of
from tests.dreamkas.desk import (
    acknowledged,
    carry,
    change,
    due,
    last,
    later,
    lost,
    now_is,
    queue,
    state,
    worker_dies,
)
from tests.dreamkas.fake import FakeDreamkas
from tests.story.street import wait_for

OURS = {"look", "resolve", "ask", "probe", "catalog", "watch"}  # duties about operations


@pytest.fixture
def asked_for(dreamkas, monkeypatch) -> list[tuple]:
    """The tasks that were asked for, in place of a queue."""
    made: list[tuple] = []
    for room in (tasks, outbox):
        monkeypatch.setattr(room, "enqueue", lambda task, *args: made.append((name_of(task), *args)))
    for name in duties.DUTIES.keys() - OURS:
        monkeypatch.delitem(duties.DUTIES, name)
    return made


def name_of(task) -> str:
    """A task's own name."""
    return getattr(getattr(task, "func", task), "__name__", "schedule")


def duty(name: str) -> Duty:
    """Its row."""
    db.session.rollback()
    return db.session.get(Duty, name, populate_existing=True)


def test_a_quiet_house_asks_for_nothing(dreamkas, asked_for):
    tasks.go_round()
    assert asked_for == []


def test_the_beat_asks_for_whatever_has_work(dreamkas, asked_for):
    lost(dreamkas, 1)
    due(1)
    queue(2)
    later(dreamkas, minutes=11)
    queue(3)
    tasks.go_round()
    assert ("do_duty", "resolve") in asked_for
    assert ("do_duty", "look") in asked_for
    assert ("deliver",) in asked_for
    assert ("do_duty", "watch") not in asked_for


def test_who_has_carried_for_a_while_steps_back_behind_the_beat(dreamkas, asked_for, monkeypatch):
    first, second = queue(1), queue(2)
    monkeypatch.setattr(outbox, "SHIFT", 0.0)
    monkeypatch.setattr(outbox.line, "client", lambda: dreamkas)
    outbox.deliver.func.__wrapped__()
    assert (state(first), state(second)) == ("accepted", "queued")
    assert asked_for.count(("deliver",)) == 2  # one more thread, and oneself later


def test_a_duty_that_somebody_is_at_or_that_is_not_due_is_not_asked_for(dreamkas, asked_for):
    pk = queue()
    carry(dreamkas)
    due(pk)
    transact(lambda session: lease._take(session, "ask", timedelta()))
    change(pk, watch_until_utc=clock() + timedelta(hours=1))
    transact(lambda session: setattr(session.get(Duty, "watch"), "due_utc", clock() + timedelta(minutes=5)))
    tasks.go_round()
    assert asked_for == []


def test_the_beat_ends_leases_of_dead_workers(dreamkas, asked_for):
    queue()
    pk = worker_dies(dreamkas)
    later(dreamkas, seconds=91)
    tasks.go_round()
    assert state(pk) == "unsure"


def test_a_duty_is_done_by_one_worker_at_a_time(dreamkas, asked_for, monkeypatch):
    pk = queue()
    carry(dreamkas)
    due(pk)
    ran = []

    def run_and_try_again():
        ran.append(duty("ask").lease_until_utc is not None)
        duties.run_duty("ask")

    monkeypatch.setitem(duties.DUTIES, "ask", duties.Work(lambda session: True, run_and_try_again))
    duties.run_duty("ask")
    assert ran == [True]
    assert duty("ask").lease_until_utc is None and duty("ask").ran_utc is not None


def test_a_duty_that_outlasted_its_lease_leaves_the_next_ones_lease_alone(dreamkas, asked_for, monkeypatch):
    def outlasts():
        later(None, minutes=10)
        assert transact(lambda session: lease._take(session, "ask", timedelta()))

    monkeypatch.setitem(duties.DUTIES, "ask", duties.Work(lambda session: True, outlasts))
    duties.run_duty("ask")
    assert duty("ask").lease_until_utc is not None


def test_a_duty_that_fails_gives_its_lease_back(dreamkas, asked_for, monkeypatch):
    def fails():
        raise RuntimeError("nobody thought of it")

    monkeypatch.setitem(duties.DUTIES, "ask", duties.Work(lambda session: True, fails))
    with pytest.raises(RuntimeError):
        duties.run_duty("ask")
    assert duty("ask").lease_until_utc is None


def test_a_duty_with_a_pace_of_its_own_comes_back_after_it(dreamkas, asked_for):
    change(queue(), state="rejected", watch_until_utc=clock() + timedelta(hours=1), source_key=None)
    duties.run_duty("watch")
    dreamkas.asked.clear()
    duties.run_duty("watch")
    assert dreamkas.asked == []
    later(dreamkas, minutes=10)
    duties.run_duty("watch")
    assert dreamkas.asked


def test_the_beat_is_asked_for_again_and_again_whatever_became_of_the_last(dreamkas, asked_for, monkeypatch):
    monkeypatch.setattr(tasks, "BEAT_SECONDS", 0.01)
    before, stop = duty("beat").ran_utc, threading.Event()
    pacemaker = threading.Thread(target=tasks._pace, args=[stop])
    pacemaker.start()
    for _lost in range(3):
        wait_for("a beat", lambda: ("beat",) in asked_for)
        asked_for.clear()
    stop.set()
    pacemaker.join()
    assert duty("beat").ran_utc == before, "a queue that nobody hears must show as silence"


def test_of_all_workers_one_beats(dreamkas):
    assert transact(tasks._claim_beat)
    assert not transact(tasks._claim_beat)
    later(dreamkas, seconds=2)
    assert transact(tasks._claim_beat)


def test_a_worker_that_lost_the_queue_says_so_although_another_one_has_the_beat(dreamkas, monkeypatch):
    assert transact(tasks._claim_beat)
    assert not line_health().queue_lost
    monkeypatch.setattr(tasks, "is_lost", lambda: True)
    for _beat in range(2):
        assert not transact(tasks._claim_beat)
        assert line_health().queue_lost
    later(dreamkas, seconds=16)
    assert not line_health().queue_lost, "it has it again, or is gone"


def test_on_each_database_it_says_so_at_every_beat(any_books, monkeypatch):
    monkeypatch.setattr(tasks, "is_lost", lambda: True)
    with any_books.app_context():
        for _beat in range(2):
            transact(tasks._claim_beat)
            assert line_health().queue_lost


def test_nothing_is_done_while_the_module_is_off(make_app, monkeypatch):
    with make_app(DREAMKAS_ENABLED="0").app_context():
        asked = []
        monkeypatch.setattr(tasks, "enqueue", lambda *args: asked.append(args))
        tasks.go_round()
        assert asked == []


def test_a_duty_of_another_room_is_done_although_the_cash_register_is_off(make_app, monkeypatch):
    """It has no row yet: the first who wants it makes it."""
    ran = []
    monkeypatch.setitem(
        duties.DUTIES,
        "elsewhere",
        duties.Work(lambda session: len(ran) < 2, lambda: ran.append(1), always=True),
    )
    with make_app(DREAMKAS_ENABLED="0").app_context():
        asked = []
        monkeypatch.setattr(tasks, "enqueue", lambda _task, *args: asked.append(args))
        tasks.go_round()
        assert asked == [("elsewhere",)]
        duties.run_duty("elsewhere")
        assert ran == [1] and duty("elsewhere").ran_utc is not None
        tasks.sweep()
        assert ran == [1, 1]


def test_a_worker_has_a_thread_for_every_duty(inside, monkeypatch):
    before = tasks.threads()
    duties.add_duty("elsewhere", duties.Work(lambda session: False, lambda: None))
    monkeypatch.setitem(duties.DUTIES, "elsewhere", duties.DUTIES.pop("elsewhere"))  # forgotten afterwards
    assert tasks.threads() == before + 1


def test_one_sweep_carries_finds_and_follows(dreamkas):
    dreamkas.stranger(timedelta(hours=3))
    acknowledged(dreamkas)
    found, waiting = lost(dreamkas, 17, how="lost"), queue(18)
    asked = queue(19)
    change(asked, state="accepted", operation_id="5" * 24, due_utc=clock(), accepted_utc=clock())
    due(found)
    tasks.sweep()
    assert (state(found), state(waiting), now_is(asked).asked) == ("accepted", "accepted", 1)


def test_every_question_of_the_beat_and_of_the_pages_walks_an_index(dreamkas):
    """100 000 operations lie there; the beat asks every two seconds."""
    statements = []

    def remember(_connection, _cursor, statement, parameters, *_rest):
        statements.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", remember)
    tasks.go_round()
    health()
    states_of([Source("payment", 17), Source("ukv_payment", 5)])
    event.remove(db.engine, "before_cursor_execute", remember)
    asked = [(text, values) for text, values in statements if "dreamkas_operations" in text]
    assert len(asked) >= 5
    with db.engine.connect() as connection:
        for text, values in asked:
            plan = " ".join(
                str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))
            )
            assert "SCAN dreamkas_operations" not in plan, f"{text}\n{plan}"
    assert db.session.scalar(select(Duty.name).limit(1))


def test_what_a_sweep_sends_goes_through_the_door_that_is_written_down(dreamkas, monkeypatch):
    pk = queue()
    doors = []

    def another_token_each_time() -> FakeDreamkas:
        doors.append(FakeDreamkas())
        doors[-1].door = f"door-{len(doors)}"
        return doors[-1]

    monkeypatch.setattr(line, "client", another_token_each_time)
    tasks.sweep()
    assert [one.door for one in doors if one.posts] == [last(pk).door]
