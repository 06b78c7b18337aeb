"""Webhooks as sentences: every type has one, whatever the message holds."""

import json

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from modules.core.db import db, transact
from modules.notifications.events import SENTENCES, event_text, sentence, tell_event
from modules.notifications.models import Notification
from modules.notifications.service import Kopecks, text

RECEIPT = {
    "_id": "69a1f1718abd4b4998e5c310",
    "deviceId": 70321,
    "operationId": "69a1f132bb519c0032c9a7d1",
    "type": "SALE",
    "shiftId": 117,
    "number": 2,
    "customer": {"phone": "+79110000001"},
    "amount": 75000,
}
SHIFT = {"_id": "69a1", "shiftId": 117, "deviceId": 70321, "cashier": {"name": "Administrator"}}
MONEY = {"deviceId": 70321, "sum": 100000}
OPERATION = {"id": "69a1f132bb519c0032c9a7d1", "type": "EXTERNAL_PURCHASE"}
OFFLINE = {"error": {"code": "CashOffline", "message": "Cash is offline"}}

SAID = [
    ("OPERATION", "CREATE", OPERATION | {"status": "PENDING"}, "info", "waits for the cash machine"),
    ("OPERATION", "UPDATE", OPERATION | {"status": "IN_PROGRESS"}, "info", "is being carried out"),
    ("OPERATION", "UPDATE", OPERATION | {"status": "SUCCESS"}, "ok", "69a1f132bb519c0032c9a7d1 is done"),
    (
        "OPERATION",
        "UPDATE",
        OPERATION | {"status": "ERROR", "data": OFFLINE},
        "warn",
        "failed: Cash is offline",
    ),
    ("OPERATION", "UPDATE", OPERATION | {"status": "DREAMING"}, "info", "is now “DREAMING”"),
    ("RECEIPT", "CREATE", RECEIPT, "ok", "Check 2 of shift 117 for ₽750.00, cash machine 70321"),
    ("RECEIPT", "CREATE", RECEIPT | {"type": "REFUND"}, "info", "₽750.00 returned"),
    ("RECEIPT", "CREATE", RECEIPT | {"type": "SALE_ANNUL"}, "info", "(SALE_ANNUL)"),
    ("SHIFT", "CREATE", SHIFT, "info", "Shift 117 was opened, cash machine 70321"),
    ("SHIFT", "UPDATE", SHIFT | {"isClosed": True}, "info", "Shift 117 was closed"),
    ("SHIFT", "UPDATE", SHIFT | {"closedAt": "2026-02-28T05:55:00.000Z"}, "info", "Shift 117 was closed"),
    ("ENCASHMENT", "CREATE", MONEY | {"type": "MONEY_OUT"}, "info", "₽1,000.00 were taken out of"),
    ("ENCASHMENT", "CREATE", MONEY | {"type": "MONEY_IN"}, "info", "₽1,000.00 were put into"),
    ("ENCASHMENT", "CREATE", MONEY | {"type": "GIFT"}, "info", "Encashment GIFT"),
    ("PRODUCT", "UPDATE", {"id": "0b6a", "name": "Internet"}, "info", "position “Internet” was changed"),
    ("PRODUCT", "CREATE", {"id": "0b6a"}, "info", "position “0b6a” was added"),
    ("PRODUCT", "DELETE", {"id": "0b6a", "name": "Internet"}, "info", "was deleted"),
    ("DEVICE", "UPDATE", {"id": 7, "name": "Till", "isOnline": False}, "warn", "it is offline"),
    ("DEVICE", "UPDATE", {"id": 7, "name": "Till", "isOnline": True}, "info", "it is online"),
    ("DEVICE", "CREATE", {"id": 7}, "info", "Cash machine “7” was added"),
    ("DEVICE_REGISTRATION", "UPDATE", {}, "info", "Registration data of cash machine — have changed"),
    ("MOON", "FULL", {"id": 1}, "info", "not known here: MOON FULL"),
]


@pytest.mark.parametrize("type, action, data, level, words", SAID, ids=[f"{row[0]}-{row[4]}" for row in SAID])
def test_every_event_is_a_sentence(inside, type, action, data, level, words):
    assert words in event_text(type, action, data).replace("\u00a0", " ")
    assert sentence(type, action, data).level == level


def test_it_is_told_as_it_is_read(inside):
    transact(lambda session: tell_event("SHIFT", "CREATE", SHIFT))
    row = db.session.get(Notification, 1)
    assert (row.level, row.kind, text(row)) == ("info", "webhook", event_text("SHIFT", "CREATE", SHIFT))


def test_a_sum_is_written_in_the_language_of_who_reads_it(inside):
    with force_locale("ru"):
        transact(lambda session: tell_event("ENCASHMENT", "CREATE", MONEY | {"type": "MONEY_IN"}))
    row = db.session.get(Notification, 1)
    for language, words in {"ru": "внесено 1\u00a0000,00\u00a0₽", "en": "₽1,000.00 were put into"}.items():
        with force_locale(language):
            assert words in text(row)


def test_no_contact_of_a_buyer_gets_into_a_sentence(inside):
    assert "7911" not in json.dumps(sentence("RECEIPT", "CREATE", RECEIPT))


def test_a_name_keeps_to_one_line_and_its_percent_signs(inside):
    said = event_text("PRODUCT", "UPDATE", {"name": "100%(x)s\n\u202e<b>" + "x" * 5000})
    assert "100%(x)s <b>" in said
    assert len(said) < 200


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = ("id", "_id", "name", "status", "data", "type", "number", "shiftId", "amount", "sum", "deviceId")
FLAGS = ("isClosed", "closedAt", "isOnline")


@given(
    st.sampled_from([*SENTENCES, "?"]),
    st.text(),
    JUNK | st.dictionaries(st.sampled_from(FIELDS + FLAGS), JUNK),
)
def test_nothing_in_a_message_breaks_the_sentence(type, action, data):
    said = sentence(type, action, data)
    assert said.message % said.params
    assert all(isinstance(value, (str, Kopecks)) for value in said.params.values())
    assert json.dumps(said.params)
