"""Webhooks come in: kept before they are answered; garbage is refused in words, never with a page or a 500."""

import base64
import io
import json

import pytest
from sqlalchemy.exc import OperationalError

from modules.dreamkas.hooks import door
from remoteapi import dreamkas
from tests.dreamkas.hooks import kept, operation_hook, receipt_hook
from tests.remoteapi.conftest import journal

HOOK = operation_hook("op-1")
MIB = 1 << 20


def param(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def inbox(app) -> list:
    with app.app_context():
        return kept()


def test_a_hook_is_kept_byte_for_byte_and_answered(app, send):
    answer = send(HOOK)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert [row.raw for row in inbox(app)] == [HOOK]


def test_the_address_that_the_form_prints_is_the_one_that_works(app, client, key):
    address = door(["receipts", "operations"], key)
    assert client.post(address, data=HOOK, content_type="application/json; charset=utf-8").status_code == 200
    assert (
        client.post(address, data=receipt_hook("r-1", "op-1"), content_type="application/json").text == "OK"
    )
    assert [row.fate for row in inbox(app)] == ["new", "new"]


def test_an_event_that_the_address_does_not_name_is_kept_and_marked(app, send):
    assert send(HOOK, param=param(["receipts"])).status_code == 200
    assert [row.fate for row in inbox(app)] == ["unasked"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_probe_is_answered_and_nothing_is_done(app, send, method):
    answer = send(None, method=method)
    assert (answer.status_code, answer.data) == (200, b"")
    assert inbox(app) == []


def test_a_probe_needs_the_key(send):
    assert send(None, method="GET", key="UBwrong").status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "JSON"),
        (b"hello", "JSON"),
        (b"\xff\xfe\x00", "CHARSET"),
        ('{"type": "Касса"}'.encode("cp1251"), "CHARSET"),
        (b"[" * 100_000, "DEPTH"),
        (b"[" * 50 + b"]" * 50, "DEPTH"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "DEPTH"),
        (b"[]", "SHAPE"),
        (b"null", "SHAPE"),
        (b'{"type": 5}', "SHAPE"),
        (b'{"type": "OPERATION", "action": "UPDATE", "data": []}', "SHAPE"),
        (b'{"type": "OPERATION", "data": {"id": NaN}}', "JSON"),
        (b"9" * 10_000, "JSON"),
    ],
    ids=range(13),
)
def test_garbage_is_refused_and_kept_nowhere(app, send, body, code):
    answer = send(body)
    assert (answer.status_code, answer.text) == (400, f"ERROR:HOOK_{code}")
    assert inbox(app) == []
    assert journal(app) == [f"DREAMKAS webhook refused: {code.lower()}"]


@pytest.mark.parametrize(
    "type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_only_json_is_taken(app, send, type):
    answer = send(HOOK, type=type)
    assert (answer.status_code, answer.text) == (400, "ERROR:HOOK_TYPE")
    assert inbox(app) == []


def test_another_charset_than_json_has_is_refused(send):
    assert send(HOOK, type="application/json; charset=windows-1251").text == "ERROR:HOOK_CHARSET"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "%%%",
        "receipts",
        "ключ",
        "WyJ",
        param({"receipts": 1}),
        param("receipts"),
        param(["receipts", 1]),
        base64.b64encode(b"\xff[]").decode(),
        base64.b64encode(b"[" * 3000).decode(),
    ],
    ids=range(10),
)
def test_a_param_that_names_no_events_is_refused(app, send, bad):
    answer = send(HOOK, param=bad)
    assert (answer.status_code, answer.text) == (400, "ERROR:HOOK_PARAM")
    assert inbox(app) == []


# --- size ---


def test_a_mebibyte_is_taken_and_a_byte_more_is_not(app, send):
    padding = b" " * (MIB - len(HOOK))
    assert send(HOOK + padding).status_code == 200
    answer = send(HOOK + padding + b" ")
    assert (answer.status_code, answer.text) == (413, "ERROR:HOOK_SIZE")
    assert len(inbox(app)) == 1
    assert journal(app) == ["DREAMKAS webhook refused: size"]


def test_two_mebibytes_without_their_length_are_counted_on_the_way(app, client, key):
    body = io.BytesIO(b"{" + b" " * (2 * MIB))
    answer = client.post(
        f"/?module=remoteapi&key={key}&action=dreamkas",
        input_stream=body,
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},  # as gunicorn marks what it takes apart
    )
    assert (answer.status_code, answer.text) == (413, "ERROR:HOOK_SIZE")
    assert 0 < body.tell() <= MIB + 1
    assert inbox(app) == []


def test_a_flood_of_garbage_leaves_one_line(app, send):
    for number in range(50):
        assert send(b"garbage %d" % number).status_code == 400
    assert journal(app) == ["DREAMKAS webhook refused: json"]


# --- never a 200 for what is not kept ---


def test_when_it_can_not_be_kept_the_sender_is_asked_to_try_again(send, monkeypatch):
    def fail(raw, allowed):
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    monkeypatch.setattr(dreamkas, "keep_hook", fail)
    answer = send(HOOK)
    assert (answer.status_code, answer.text) == (503, "ERROR:DATABASE")


def test_what_nobody_thought_of_is_no_delivery_either(app, send, monkeypatch):
    def fail(raw, allowed):
        raise RuntimeError("secret words")

    monkeypatch.setattr(dreamkas, "keep_hook", fail)
    app.testing = False
    answer = send(HOOK)
    assert (answer.status_code, answer.text) == (500, "ERROR:INTERNAL_SERVER_ERROR")
