"""Every list and detail answers whatever stands in its address, whatever Dreamkas said, on each database."""

import pytest

from modules.core.db import clock, db, transact
from modules.core.times import local_now
from modules.dreamkas import receipts
from modules.dreamkas.client import ReceiptFact
from modules.dreamkas.models import Attempt, Operation

STATES = ("queued", "sending", "accepted", "fiscalized", "rejected", "unsure")
SORTS = {
    "getoperations": "state operation_id date_create subscriber amount error_message error_code status date_finish "
    "receipt_id repeated_fiscop_id repeat_count",
    "getreceipts": "device_id date total type cashier shift number shop_id",
    "getgoods": "category name service type quantity price barcode vendorcode tax created edited",
    "getcashiers": "tabNumber name inn deviceId",
    "getcashmachines": "id online name code model expires receipts",
    "getwebhookss": "url active",
    "getevents": "",
}
NARROWED = ("", "&q=%D1%91%D0%96", "&q=%25_%27%5C", "&q=%00", "&page=7", "&csv=true", "&sort=nonsense")
ODD = (
    "getoperations=true&fopsdatefrom=bad&fopssum=x&fopsstate=nonsense",
    "getoperations=true&fopsdatefrom=9999-12-31&fopsdateto=9999-12-31",
    "getoperations=true&fopsdatefrom=0001-01-01&fopsdateto=0001-01-01",
    "getreceipts=true&rcptdatefrom=0001-01-01&rcptdateto=9999-12-31&rcptmaxcount=99999999999999999999",
    "getreceipts=true&rcptdatefrom=2030-01-01&rcptmaxcount=-5&rcptdeviceid=%27",
    "getreceipts=true&rcptdeviceid=%00",
)
NOWHERE = (
    "showdetailedFiscOp=99999999999999999999",
    "showdetailedFiscOp=%00",
    "showdetailedGoods=",
    "showdetailedCM=x",
    "showdetailedrcpt=%00",
    "showdetailedEvent=99999999999999999999",
)


@pytest.fixture
def ask(any_books, sign_in):
    """ask("getgoods=true") -> the answer to a module's address, of a house with operations and odd receipts."""
    with any_books.app_context():
        transact(fill)
        db.session.remove()
    browser = sign_in("ROOT", login="root", browser=any_books.test_client())
    return lambda flags: browser.get(f"/?module=dreamkas&{flags}")


def fill(session):
    for number, state in enumerate(STATES, 1):
        one = operation(number, state)
        session.add(one)
        session.flush()
        session.add(attempt(one))
    now = clock()
    said = {"positions": [{"name": "Ёжик <b>", "price": 100}], "payments": [{"type": "CASH", "amount": 100}]}
    odd = {"positions": "x", "payments": [None, 5], "localDate": "bad", "cashier": [], "new": {"a": [1]}}
    facts = [
        ReceiptFact("r4", "their-4", 123, 1000, now, "SALE", said),
        ReceiptFact("odd-1", None, None, None, None, None, {}),
        ReceiptFact("odd-2", "nobody's", None, 5, now, "WEIRD", odd),
    ]
    receipts.keep(session, facts, now)


def operation(number, state):
    now = clock()
    return Operation(
        operation_id=f"their-{number}",
        external_id=f"ours-{number}",
        state=state,
        source_kind="payment",
        source_id=number,
        subscriber="ivanov",
        amount=100,
        created_utc=now,
        due_utc=now,
        date_create=local_now(),
        reason="late" if state == "accepted" else "",
        error_message="Ёлка",
        attempt=1,
        receipt_id="r4" if state == "fiscalized" else "",
        operation_body="no base64",
    )


def attempt(one):
    now, strange = clock(), {"looked_utc": clock(), "looked_code": "strangers", "looked_detail": "a, b"}
    return Attempt(operation_pk=one.id, number=1, door="d", started_utc=now, lease_until_utc=now, **strange)


def test_every_list_answers_whatever_is_asked_of_it(ask):
    asked = [f"{tab}=true{more}" for tab in SORTS for more in NARROWED]
    asked += [f"{tab}=true&sort=-{name}" for tab, names in SORTS.items() for name in names.split()]
    assert {flags: ask(flags).status_code for flags in (*asked, *ODD)} == dict.fromkeys((*asked, *ODD), 200)


def test_every_operation_and_receipt_has_its_page_and_what_is_none_has_not(ask):
    pages = [f"showdetailedFiscOp=their-{number}" for number in range(1, len(STATES) + 1)]
    pages += [f"showdetailedrcpt={name}" for name in ("r4", "odd-1", "odd-2", "not-known-yet")]
    assert {flags: ask(flags).status_code for flags in pages} == dict.fromkeys(pages, 200)
    assert {flags: ask(flags).status_code for flags in NOWHERE} == dict.fromkeys(NOWHERE, 404)
