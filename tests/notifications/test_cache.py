"""Polling is cheap: nothing new asks no table, in files and in Redis; a cache that is lost loses nothing."""

import os
import shutil
from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from modules.core.cache import cache
from modules.core.db import db
from tests.notifications.hear import Tab, say


@pytest.fixture(params=["files", "redis"])
def make_house(request, make_app) -> Iterator:
    """make_house() -> a process of the house; all of them share a database and a cache, of files or of Redis."""
    redis = os.environ.get("TEST_REDIS_URL", "")
    if request.param == "redis" and not redis:
        pytest.skip("TEST_REDIS_URL is not set")
    shared = {"SECRET_KEY": uuid4().hex} | ({"CACHE_URL": redis} if request.param == "redis" else {})
    house = make_app(**shared)
    yield lambda: make_app(**shared)
    lose_cache(house)


@pytest.fixture
def house(make_house) -> Flask:
    """The web."""
    return make_house()


@pytest.fixture
def tab(house, sign_in) -> Tab:
    """A page that has all there was."""
    tab = Tab(sign_in("TASKBAR", "DREAMKAS", login="buh", browser=house.test_client()))
    tab.poll()
    return tab


@pytest.fixture
def asked(house) -> list[str]:
    """Every statement that the web gives to its database."""
    statements: list[str] = []
    with house.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    return statements


def lose_cache(app: Flask) -> None:
    """Every key of the house is gone, as after FLUSHDB or `rm var/cache/*`."""
    with app.app_context():
        cache.clear()


def test_a_poll_with_nothing_new_asks_no_table(house, tab, asked):
    say(house, "one")
    assert tab.poll() == ["one"]
    asked.clear()
    assert [tab.poll() for _time in range(3)] == [[], [], []]
    assert asked == []


def test_what_another_process_tells_is_heard_by_the_next_poll(make_house, tab):
    say(make_house(), "from the worker")
    assert tab.poll() == ["from the worker"]


def test_a_lost_cache_costs_one_look_and_loses_nothing(house, tab, asked):
    say(house, "one")
    lose_cache(house)
    assert tab.poll() == ["one"]
    lose_cache(house)
    asked.clear()
    assert tab.poll() == []
    selects = [said for said in asked if said.startswith("SELECT")]
    assert len(selects) == 2, "the highest number, and the gaps below it"
    asked.clear()
    assert (tab.poll(), asked) == ([], [])


def test_a_cache_lost_between_two_processes_loses_nothing(make_house, house, tab):
    worker = make_house()
    lose_cache(worker)
    say(worker, "one")
    lose_cache(house)
    say(worker, "two")
    assert (tab.poll(), tab.poll()) == (["one", "two"], [])


def test_a_folder_of_the_cache_that_is_deleted_loses_nothing(make_app, sign_in):
    app = make_app()
    tab = Tab(sign_in("TASKBAR", "DREAMKAS", login="buh", browser=app.test_client()))
    tab.poll()
    with app.app_context():
        shutil.rmtree(cache.cache._path)
    say(app, "one")
    assert (tab.poll(), tab.poll()) == (["one"], [])


def test_a_cache_out_of_reach_loses_nothing_and_is_told_of_once_a_minute(
    make_app, sign_in, monkeypatch, caplog
):
    monkeypatch.setattr(cache, "_next_word", 0.0)
    app = make_app(CACHE_URL="redis://:swordfish@127.0.0.1:9/0")  # nobody listens there
    tab = Tab(sign_in("TASKBAR", "DREAMKAS", login="buh", browser=app.test_client()))
    tab.poll()
    say(app, "one")
    assert (tab.poll(), tab.poll()) == (["one"], [])
    [line] = [record for record in caplog.records if record.name == "modules.core.cache"]
    assert "out of reach" in line.getMessage() and line.exc_info is None
    assert "swordfish" not in caplog.text
