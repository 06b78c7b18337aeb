"""What monitoring sees of the cash register room."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from modules.core.current import KEY
from modules.core.db import clock, db, transact
from modules.dreamkas import line, tasks
from modules.dreamkas.health import QUEUE_LOST
from modules.dreamkas.models import CatalogState, Duty, Hold, Operation
from modules.dreamkas.service import keep_hook
from remoteapi.health import FIGURES
from tests.dreamkas.fake import failure
from tests.dreamkas.hooks import operation_hook


@pytest.fixture
def alive(app):
    """A house whose worker has just been seen."""
    with app.app_context():
        seen(0)
    return app


def seen(seconds_ago: int) -> None:
    """The worker's last beat."""

    def work(session) -> None:
        session.get(Duty, "beat").ran_utc = clock() - timedelta(seconds=seconds_ago)

    transact(work)


def operation(state: str, *, age: int = 0, **more) -> Operation:
    made = clock() - timedelta(seconds=age)
    return Operation(
        operation_id=f"{state}-{age}-{more}", state=state, created_utc=made, finished_utc=made, **more
    )


def test_all_is_well(alive, ask):
    answer = ask("health")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json["status"] == "ok"
    assert answer.json["queue_length"] == 0
    assert answer.json["queue_oldest_seconds"] is None


def test_a_silent_worker_is_503_so_that_a_plain_look_at_the_status_is_a_check(alive, ask):
    with alive.app_context():
        seen(90)
    answer = ask("health")
    assert (answer.status_code, answer.json["status"]) == (503, "down")
    assert answer.json["worker_silent"] == 1
    assert answer.json["worker_beat_seconds"] >= 90


def test_a_worker_that_never_was_is_silent_too(ask):
    answer = ask("health")
    assert (answer.status_code, answer.json["worker_beat_seconds"]) == (503, None)


def test_a_worker_that_goes_on_without_its_queue_is_worth_a_look(alive, ask, monkeypatch):
    monkeypatch.setattr(tasks, "is_lost", lambda: True)
    with alive.app_context():
        transact(tasks._claim_beat)
    answer = ask("health")
    assert (answer.status_code, answer.json["status"]) == (200, "warning")
    assert (answer.json["queue_lost"], answer.json["worker_silent"]) == (1, 0)
    with alive.app_context():
        row = db.session.get(Duty, QUEUE_LOST)
        row.ran_utc -= timedelta(seconds=16)
        db.session.commit()
    assert (ask("health").json["queue_lost"], ask("health").json["status"]) == (0, "ok")


def test_a_refused_token_is_worth_a_look_before_any_receipt_was_tried(alive, ask):
    with alive.app_context():
        transact(lambda session: line.went_wrong(session, failure("token")))
    told = ask("health").json
    assert (told["token_refused"], told["held"], told["status"]) == (1, 0, "warning")
    with alive.app_context():
        transact(line.went_well)
    told = ask("health").json
    assert (told["token_refused"], told["status"]) == (0, "ok")


def test_an_alter_ini_that_is_not_in_force_is_worth_a_look(alive, ask, options_env, monkeypatch):
    file = Path(options_env["ALTER_INI"])

    def write(text: str) -> None:
        file.write_text(text)
        os.utime(file, (0, len(text)))  # not of this very second, when it may be half written

    monkeypatch.setattr(alive.extensions[KEY], "SECONDS_BETWEEN_LOOKS", 0)
    alive.extensions[KEY]._next_look = 0
    write("DREAMKAS_CONCURRENCY=many")
    told = ask("health").json
    assert (told["config_broken"], told["status"]) == (1, "warning")
    write("DREAMKAS_CONCURRENCY=2")
    told = ask("health").json
    assert (told["config_broken"], told["status"]) == (0, "ok")


def test_the_figures_are_those_of_the_books(alive, ask):
    with alive.app_context():
        now = clock()
        db.session.add_all(
            [
                operation("queued", age=100),
                operation("sending", age=50),
                operation("unsure"),
                operation("accepted", reason="late"),
                operation("accepted", reason="needs_person", alarm="twice"),
                operation("rejected"),
                operation("rejected", age=2 * 86400),
            ]
        )
        hold = db.session.get(Hold, 1)
        hold.reason, hold.success_utc = "token", now - timedelta(seconds=30)
        hold.error_utc, hold.error = now - timedelta(seconds=40), "+79110000001 is refused"
        for age, kind in enumerate(("machines", "cashiers", "positions")):
            db.session.merge(
                CatalogState(kind=kind, error="", fetched_utc=now - timedelta(seconds=1000 + age))
            )
        db.session.commit()
        keep_hook(operation_hook("op-1"), None)
    told = ask("health").json
    assert (told["status"], told["hold"], told["held"]) == ("warning", "token", 1)
    counts = ("queue_length", "unsure", "late", "undecided", "alarms", "rejected_today")
    assert [told[name] for name in counts] == [2, 1, 2, 1, 1, 1]
    ages = {"queue_oldest": 100, "success": 30, "error": 40, "catalog": 1002, "webhook": 0}
    assert all(told[f"{name}_seconds"] >= age for name, age in ages.items())
    assert told["success_seconds"] < told["error_seconds"] < told["queue_oldest_seconds"]
    assert "7911" not in ask("health").text


def test_a_catalog_of_which_a_part_never_came_has_no_age(alive, ask):
    with alive.app_context():
        for kind, fetched in (("machines", clock()), ("cashiers", None), ("positions", clock())):
            db.session.merge(CatalogState(kind=kind, error="", fetched_utc=fetched))
        db.session.commit()
    assert ask("health").json["catalog_seconds"] is None


def test_a_receipt_that_waits_long_is_worth_a_look(alive, ask):
    with alive.app_context():
        db.session.add(operation("queued", age=301))
        db.session.commit()
    answer = ask("health")
    assert (answer.status_code, answer.json["status"]) == (200, "warning")


def test_prometheus_reads_every_figure_that_has_a_value(alive, ask):
    answer = ask("health", param="prometheus")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    told = dict(line.split() for line in lines if not line.startswith("#"))
    assert told["dreamkas_queue_length"] == "0"
    assert "dreamkas_webhook_seconds" not in told
    assert all(f"# TYPE {name} gauge" in lines for name in told)
    in_json = ask("health").json
    assert told.keys() == {f"dreamkas_{one.name}" for one in FIGURES if in_json[one.name] is not None}


def test_a_scrape_keeps_its_figures_while_the_worker_is_silent(ask):
    answer = ask("health", param="prometheus")
    assert answer.status_code == 200
    assert "dreamkas_worker_silent 1\n" in answer.text


def test_nothing_is_wrong_with_a_module_that_is_switched_off(make_app, key):
    answer = make_app(DREAMKAS_ENABLED="0").test_client().get(f"/?module=remoteapi&key={key}&action=health")
    assert (answer.status_code, answer.json["status"]) == (200, "off")


def test_no_secret_is_told(alive, ask, key):
    for param in (None, "prometheus"):
        text = ask("health", param=param).text
        assert key not in text
        assert "sandbox" not in text
