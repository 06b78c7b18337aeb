"""Who is let in at the door for machines, and what the others are told."""

import time

import pytest
from sqlalchemy import delete, update

from modules.core.db import LATELY, db, transact
from modules.core.journal import Weblog
from modules.core.serial import UbStat
from tests.remoteapi.conftest import journal


def told(answer) -> tuple[int, str]:
    return answer.status_code, answer.text


def test_with_the_key_the_instance_tells_its_last_four_characters(ask, key):
    answer = ask("identify")
    assert told(answer) == (200, key[-4:])
    assert answer.mimetype == "text/plain"


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ({"key": None}, 401, "GET_NO_KEY"),
        ({"key": ""}, 401, "GET_NO_KEY"),
        ({"key": "UB"}, 403, "GET_WRONG_KEY"),
        ({"key": "ключ"}, 403, "GET_WRONG_KEY"),
        ({"action": None}, 400, "GET_NO_ACTION"),
        ({"action": "backup"}, 400, "GET_WRONG_ACTION"),
        ({"action": "__init__"}, 400, "GET_WRONG_ACTION"),
    ],
)
def test_everybody_else_is_told_why_not(ask, asked, status, word):
    assert told(ask(**{"action": "identify", **asked})) == (status, f"ERROR:{word}")


def test_bytes_that_are_no_text_are_a_wrong_key(client):
    answer = client.get("/?module=remoteapi&key=%FF%ED%A0%80&action=identify")
    assert told(answer) == (403, "ERROR:GET_WRONG_KEY")


def test_without_the_key_nothing_is_identified(ask, key):
    assert key[-4:] not in ask("identify", key=None).text


def test_a_key_said_twice_is_no_key(client, key):
    answer = client.get(f"/?module=remoteapi&key=x&key={key}&action=identify")
    assert told(answer) == (400, "ERROR:GET_DOUBLED")
    assert client.get(f"/?module=remoteapi&key={key}&action=health&action=identify").status_code == 400


def test_a_database_without_a_serial_lets_nobody_in(app, ask):
    with app.app_context():
        transact(lambda session: session.execute(delete(UbStat)))
    assert told(ask("identify")) == (503, "ERROR:NO_UBSERIAL_EXISTS")
    assert ask("identify", key="").status_code == 401


def test_another_key_opens_at_once_and_the_old_one_is_forgotten_soon(app, ask, key, monkeypatch):
    assert ask("dreamkas").status_code == 200
    with app.app_context():
        transact(lambda session: session.execute(update(UbStat).values(value="UB1")))
    assert ask("dreamkas", key="UB1").status_code == 200
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + LATELY)
    assert told(ask("dreamkas", key=key)) == (403, "ERROR:GET_WRONG_KEY")


def test_alter_ini_shuts_the_door(make_app, key):
    shut = make_app(REMOTEAPI_ENABLED="0").test_client()
    assert told(shut.get(f"/?module=remoteapi&key={key}&action=identify")) == (503, "ERROR:API_DISABLED")


def test_alter_ini_switches_single_calls_off(make_app, key):
    half = make_app(REMOTEAPI_DISABLE_CALLS="identify, backup").test_client()
    assert told(half.get(f"/?module=remoteapi&key={key}&action=identify")) == (503, "ERROR:CALL_DISABLED")
    assert half.get(f"/?module=remoteapi&key={key}&action=dreamkas").status_code == 200


def test_before_the_tables_are_there_a_sender_may_try_again(make_app, tmp_path):
    (tmp_path / "house.db").touch()
    answer = make_app().test_client().get("/?module=remoteapi&key=UB0&action=identify")
    assert told(answer) == (503, "ERROR:SERVICE_UNAVAILABLE")


def test_a_database_that_fails_is_503(app, ask, caplog):
    assert ask("identify").status_code == 200
    with app.app_context():
        transact(lambda session: session.execute(db.text("ALTER TABLE ubstats RENAME TO gone")))
    assert told(ask("identify")) == (503, "ERROR:DATABASE")
    assert "ubstats" in caplog.text


# --- no admin here ---


@pytest.mark.parametrize("action", ["identify", "dreamkas", "health", "nothing"])
def test_no_session_no_cookie_no_page(ask, action):
    answer = ask(action)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "<html" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_signed_in_admin_gains_nothing_and_loses_nothing(sign_in, ask):
    browser = sign_in("ROOT")
    assert ask("identify", key=None).status_code == 401
    assert "Set-Cookie" not in ask("identify").headers
    assert browser.get("/?module=taskbar").status_code == 200


def test_other_methods_are_not_for_this_door(client, key):
    for method in ("PUT", "PATCH", "DELETE"):
        answer = client.open(f"/?module=remoteapi&key={key}&action=dreamkas", method=method)
        assert told(answer) == (405, "ERROR:METHOD_NOT_ALLOWED")
        assert "Set-Cookie" not in answer.headers


# --- what is written down ---


def test_wrong_keys_are_in_the_journal_but_do_not_fill_it(app, ask):
    for _guess in range(30):
        ask("identify", key="UBwrong")
    assert journal(app) == ["REMOTEAPI wrong key"]


def test_a_minute_later_the_journal_says_it_again(app, ask):
    ask("identify", key="UBwrong")
    with app.app_context():
        line = db.session.scalar(db.select(Weblog))
        line.date = line.date.replace(year=2020)
        db.session.commit()
    ask("identify", key="UBwrong")
    assert len(journal(app)) == 2
