"""The inbox keeps every webhook before it is believed."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from modules.core.db import db, transact
from modules.dreamkas.models import Duty
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.service import BadHook, keep_hook
from tests.dreamkas.hooks import hook, kept, operation_hook, receipt_hook

WEBHOOKS = Path(__file__).parents[1] / "webhooks"


def test_a_hook_is_kept_byte_for_byte_on_every_database(any_books):
    raw = operation_hook("op-1", note="Касса №1 😀\\u0000")
    with any_books.app_context():
        keep_hook(raw, None)
        row = kept()[0]
        assert row.raw == raw
        assert (row.type, row.action, row.object_id, row.times, row.fate) == (
            "OPERATION",
            "UPDATE",
            "op-1",
            1,
            "new",
        )
        assert row.due_utc - row.came_utc < timedelta(seconds=1)
        assert db.session.get(Duty, "inbox") is not None


def test_the_same_again_is_counted_on_the_first_on_every_database(any_books):
    with any_books.app_context():
        keep_hook(operation_hook("op-1"), None)
        came = kept()[0].came_utc
        long_ago = came - timedelta(minutes=1)
        transact(
            lambda session: session.execute(update(InboxRow).values(came_utc=long_ago, last_utc=long_ago))
        )
        for _time in range(2):
            keep_hook(operation_hook("op-1"), None)
        keep_hook(receipt_hook("r-1", "op-1"), None)
        first, second = kept()
        assert (first.times, second.times) == (3, 1)
        assert (first.came_utc, first.last_utc >= came) == (long_ago, True)


def test_the_same_object_in_the_same_state_is_the_same_whatever_else_is_said(books):
    with books.app_context():
        keep_hook(operation_hook("op-1", "IN_PROGRESS", createdAt="2026-11-24T10:00:00Z"), None)
        keep_hook(operation_hook("op-1", "IN_PROGRESS", createdAt="2026-11-24T10:00:01Z"), None)
        keep_hook(operation_hook("op-1", "SUCCESS"), None)
        assert [row.times for row in kept()] == [2, 1]


def test_the_order_of_keys_makes_no_new_event(books):
    with books.app_context():
        keep_hook(b'{"type": "RECEIPT", "action": "CREATE", "data": {"_id": "r", "number": 1}}', None)
        keep_hook(b'{"data":{"number":1,"_id":"r"},"action":"CREATE","type":"RECEIPT"}', None)
        assert [row.times for row in kept()] == [2]


def test_a_cash_machine_that_goes_off_tomorrow_too_says_so_anew(books, monkeypatch):
    off = hook("DEVICE", id=70321, isOnline=False)
    with books.app_context():
        keep_hook(off, None)
        keep_hook(off, None)
        monkeypatch.setattr("modules.dreamkas.inbox.time.time", lambda: 4_000_000_000.0)
        keep_hook(off, None)
        assert [row.times for row in kept()] == [2, 1]


def test_a_receipt_told_again_a_day_later_is_the_same(books, monkeypatch):
    with books.app_context():
        keep_hook(receipt_hook("r-1", "op-1"), None)
        monkeypatch.setattr("modules.dreamkas.inbox.time.time", lambda: 4_000_000_000.0)
        keep_hook(receipt_hook("r-1", "op-1"), None)
        assert [row.times for row in kept()] == [2]


def test_what_the_webhook_was_not_made_for_is_kept_and_marked(books):
    with books.app_context():
        keep_hook(receipt_hook("r-1", "op-1"), frozenset({"operations"}))
        keep_hook(operation_hook("op-1"), frozenset({"operations"}))
        assert [(row.fate, row.due_utc is None) for row in kept()] == [("unasked", True), ("new", False)]


def test_it_counts_once_a_webhook_brings_it_that_may(books):
    with books.app_context():
        keep_hook(receipt_hook("r-1", "op-1"), frozenset({"operations"}))
        keep_hook(receipt_hook("r-1", "op-1"), frozenset({"receipts"}))
        row = kept()[0]
        assert (row.fate, row.times) == ("new", 2)
        assert row.due_utc is not None


def test_a_type_that_nobody_knows_is_kept_whatever_the_webhook_may_bring(books):
    with books.app_context():
        keep_hook(b'{"type": "TEAPOT", "action": "BREW", "data": ["any", 1]}', frozenset({"operations"}))
        keep_hook(b'{"type": "TEAPOT"}', None)
        assert [(row.type, row.action, row.fate) for row in kept()] == [
            ("TEAPOT", "BREW", "new"),
            ("TEAPOT", "", "new"),
        ]


GARBAGE = {
    "nothing": (b"", "json"),
    "no json": (b"status=SUCCESS", "json"),
    "a form": (b"{", "json"),
    "not a number": (b'{"type": "X", "data": NaN}', "json"),
    "a number without end": (b'{"type": "X", "data": ' + b"9" * 5000 + b"}", "json"),
    "another charset": ('{"type": "Касса"}'.encode("cp1251"), "charset"),
    "utf-16": ('{"type": "X"}'.encode("utf-16"), "charset"),
    "deep": (b'{"type":"X","data":' + b"[" * 40 + b"]" * 40 + b"}", "depth"),
    "very deep": (b"[" * 200_000, "depth"),
    "deep objects": (b'{"type":"X","data":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "depth"),
    "a list": (b'[{"type": "OPERATION"}]', "shape"),
    "a word": (b'"OPERATION"', "shape"),
    "no type": (b'{"action": "UPDATE", "data": {}}', "shape"),
    "an empty type": (b'{"type": " "}', "shape"),
    "a type that is a number": (b'{"type": 5}', "shape"),
    "an action that is a list": (b'{"type": "X", "action": []}', "shape"),
    "an operation that is a list": (
        b'{"type": "OPERATION", "data": [{"id": "1", "status": "SUCCESS"}]}',
        "shape",
    ),
    "an operation without an id": (b'{"type": "OPERATION", "data": {"status": "SUCCESS"}}', "shape"),
    "an operation without a status": (b'{"type": "OPERATION", "data": {"id": "1"}}', "shape"),
    "an id with a line break": (b'{"type": "RECEIPT", "data": {"_id": "a\\nb"}}', "shape"),
    "a shift that is nothing": (b'{"type": "SHIFT", "data": null}', "shape"),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_refused_with_its_reason_and_not_kept(books, name):
    raw, code = GARBAGE[name]
    with books.app_context():
        with pytest.raises(BadHook) as refused:
            keep_hook(raw, None)
        assert refused.value.code == code
        assert kept() == []


def test_odd_but_honest_words_are_kept(books):
    with books.app_context():
        keep_hook(b'\xef\xbb\xbf{"type": "X\\u0000\\ud800", "action": "' + b"A" * 500 + b'"}', None)
        row = kept()[0]
        assert row.type.startswith("X")
        assert len(row.action) == 64


def test_every_sample_of_the_reference_is_kept(books):
    samples = sorted(WEBHOOKS.glob("*.json"))
    assert len(samples) >= 10
    with books.app_context():
        for sample in samples:
            keep_hook(sample.read_bytes(), None)
        assert {row.type for row in kept()} == {json.loads(one.read_bytes())["type"] for one in samples}
