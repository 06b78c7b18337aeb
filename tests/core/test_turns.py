"""Whoever writes to SQLite waits for his turn, and who has just written stands behind those who wait."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select

from modules.core import db as books
from modules.core import turns
from modules.core.alone import write_alone, write_straight
from modules.core.db import db, transact
from modules.core.journal import WEBLOGS, Weblog
from modules.core.turns import turn

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from modules.core.turns import turn
with turn(sys.argv[1]):
    print("in", flush=True)
    time.sleep(60)
"""
LINE = {"date": None, "admin": "", "ip": "", "event": "written"}
STRAIGHT = insert(WEBLOGS).values(admin="", ip="", event=bindparam("event"))


def written() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Weblog.event)))


def is_waited_for(database: str) -> bool:
    """Whether somebody stands at the outer door of these turns."""
    door = os.open(f"{database}-next", os.O_RDONLY | os.O_CREAT)
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(door)
    return False


@contextmanager
def while_another_waits(database: str, work):
    """Our turn, for which a thread waits that then does the work; -> the thread."""
    thread = threading.Thread(target=work, daemon=True)
    with turn(database):
        thread.start()
        until = time.monotonic() + 30
        while not is_waited_for(database):
            assert time.monotonic() < until, "nobody came"
            time.sleep(0.001)
        yield thread


def ended(thread: threading.Thread) -> bool:
    thread.join(30)
    return not thread.is_alive()


def test_who_waits_is_next_and_not_who_has_just_been(tmp_path):
    place, order = str(tmp_path / "house.db"), []

    def wait():
        with turn(place):
            order.append("who waited")

    for _time in range(20):
        with while_another_waits(place, wait) as other:
            order.clear()
        with turn(place):
            order.append("who has just been")
        assert ended(other) and order == ["who waited", "who has just been"]


def test_other_books_have_turns_of_their_own(tmp_path):
    def enter():
        with turn(str(tmp_path / "other.db")):
            pass

    other = threading.Thread(target=enter)
    with turn(str(tmp_path / "house.db")):
        other.start()
        assert ended(other)


def test_who_was_here_first_locks_nobody_out(tmp_path):
    strict = os.umask(0o077)
    try:
        with turn(str(tmp_path / "house.db")):
            pass
    finally:
        os.umask(strict)
    made = {place.name: place.stat().st_mode & 0o777 for place in tmp_path.iterdir()}
    assert made == {"house.db-next": 0o644, "house.db-turn": 0o644}


def test_who_is_killed_leaves_the_turn_to_the_next(tmp_path):
    place = str(tmp_path / "house.db")
    with subprocess.Popen([sys.executable, "-c", HOLD, place], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout.readline() == b"in\n"
        process.kill()
    with turn(place):
        pass


def test_a_write_inside_of_a_write_says_so_and_waits_for_nobody(inside):
    with pytest.raises(RuntimeError, match="inside of a write"):
        transact(lambda _session: write_alone(insert(WEBLOGS), LINE))
    assert written() == []
    write_alone(insert(WEBLOGS), LINE)
    assert written() == ["written"], "the turn was given back"


def test_a_write_that_begins_inside_of_a_write_keeps_no_half_of_the_outer_one(inside):
    def half(session):
        session.execute(insert(WEBLOGS), LINE)
        transact(lambda _session: None)

    with pytest.raises(RuntimeError, match="inside of a write"):
        transact(half)
    assert written() == []


def test_who_waited_in_vain_goes_on_without_a_turn(inside, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    stuck, over = threading.Event(), threading.Event()

    def freeze():
        with turn(database):
            stuck.set()
            over.wait(60)

    database = db.engine.url.database
    other = threading.Thread(target=freeze, daemon=True)
    other.start()
    stuck.wait(30)
    write_alone(insert(WEBLOGS), LINE)
    assert written() == ["written"] and other.is_alive()
    over.set()
    assert ended(other)


def test_where_no_file_can_be_made_there_are_no_turns_and_no_harm(tmp_path):
    with turn(str(tmp_path / "no such folder" / "house.db")):
        pass


def test_what_follows_a_write_is_done_outside_of_its_turn(inside, monkeypatch):
    found = []

    def follow(_session):
        with turn(db.engine.url.database):
            found.append(written())

    monkeypatch.setattr(books, "AFTERWARDS", [follow])
    transact(lambda session: session.execute(insert(WEBLOGS), LINE))
    assert found == [["written"]]


@pytest.mark.parametrize(
    "write",
    [
        lambda: transact(lambda session: session.execute(insert(WEBLOGS), LINE)),
        lambda: write_alone(insert(WEBLOGS), LINE),
        lambda: write_straight(STRAIGHT, {"event": "written"}),
    ],
    ids=["transact", "write_alone", "write_straight"],
)
def test_whoever_writes_takes_a_turn(inside, write):
    def work():
        with inside.app_context():
            write()

    with while_another_waits(db.engine.url.database, work) as other:
        assert written() == []
    assert ended(other) and written() == ["written"]
