"""What a worker says of itself in its log."""

import logging
from types import SimpleNamespace

import pytest
from sqlalchemy import make_url

from modules.core.current import options_of
from modules.dreamkas import commands, tasks


@pytest.fixture
def worker(app, monkeypatch, caplog):
    """A worker that is told to stop at once -> its log's lines."""
    run = SimpleNamespace(stop_flag=None, run=lambda: logging.getLogger("worked").info("works"))
    monkeypatch.setattr(commands, "consumer", lambda _app, threads: run)
    monkeypatch.setattr(commands.signal, "signal", lambda *_args: None)
    monkeypatch.setattr(tasks, "start", lambda _stop: None)
    caplog.set_level(logging.INFO)
    done = app.test_cli_runner().invoke(args=["worker", "--threads", "5"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [record.getMessage() for record in caplog.records]


def test_it_says_once_with_what_it_begins_and_once_that_it_ends(worker, tmp_path):
    assert ["begins" in line for line in worker] == [True, False, False]
    assert f"database sqlite:///{tmp_path}/house.db, queue sqlite:///{tmp_path}/queue.db" in worker[0]
    assert "5 threads" in worker[0] and "Dreamkas http://127.0.0.1:9/api" in worker[0]
    assert worker[1] == "works" and worker[2].startswith("the worker ends")


def test_nothing_that_opens_anything_is_said(make_app):
    app = make_app(
        QUEUE_URL="redis://:swordfish@queue.example:6379/0?password=swordfish",
        DREAMKAS_AUTH_TOKEN="swordfish",
        DREAMKAS_ENABLED="0",
    )
    database = make_url("mysql+pymysql://billing:sword%2Ffish@db.example/base?password=swordfish")
    said = commands.setting(database, options_of(app), 5)
    assert "mysql+pymysql://billing:***@db.example/base, queue redis://queue.example:6379/0," in said
    assert "Dreamkas switched off" in said
    assert "fish" not in said
