"""All 1 000 000 amounts from 0.01 to 10 000.00: typed, sent, printed, shown and read again, each to the kopeck.

The pure chain is walked for every amount; what reads and writes databases is walked for some in tests/story.
"""

import json
import re
from datetime import datetime

import pytest

from modules.core.decimals import decimal_text
from modules.core.formats import FORMATS
from modules.core.money import from_decimal_text, from_double, parse_roubles
from modules.dreamkas.facts import ReceiptFact
from modules.dreamkas.receipt import Buyer, Position, build, qr_payload
from modules.dreamkas.slips import lines_of, payments_of
from modules.sandbox import paper
from modules.sandbox.rules import receipt_errors

LAST = 1_000_000  # kopecks
PARTS = 8
DEVICE = {"id": 123, "timezoneOffset": 3}
TILL = {"shift": 1, "number": 1, "document": 204, "fn": "9999078900000001", "registry": "1"}
BUYER = Buyer("+79110000001", None, "")
GOODS = Position("Net", "NDS_NO_TAX", "b2f0c7e4")  # short: each of its letters is looked at
SIGNS = str.maketrans("", "", "\u00a0₽,.")  # all that a sum may have beside its digits
MOMENT = 1_800_000_000.0


def spellings(kopecks: int) -> list[str]:
    """Every way in which people write the sum."""
    whole, cents = divmod(kopecks, 100)
    plain = f"{whole}.{cents:02d}"
    found = [plain, f" {whole},{cents:02d} ", f"{whole:,}".replace(",", " ") + f",{cents:02d}"]
    if cents % 10 == 0:
        found.append(f"{whole},{cents // 10}")
    return [*found, str(whole)] if cents == 0 else found


def sent(kopecks: int) -> dict:
    """The receipt's body as it goes over the wire."""
    raw = build(
        external_id="x",
        device_id=123,
        tax_mode="SIMPLE",
        payment_type="CASH",
        position=GOODS,
        kopecks=kopecks,
        buyer=BUYER,
        timeout_minutes=15,
        contract_in_name=False,
        tag_1214=4,
        tag_1212=None,
    )
    return json.loads(raw)


def on_paper(body: dict) -> dict:
    """The receipt as the virtual cash register prints it."""
    body["positions"][0]["remId"] = "b2f0c7e4"  # else it draws a random id for each
    return paper.receipt(body, DEVICE, TILL, MOMENT, {})


def shown(kopecks: int) -> set[str]:
    """What people of each language read on our slip, its digits."""
    return {form.roubles(kopecks).translate(SIGNS) for form in FORMATS.values()}


def in_qr(text: str | None) -> int:
    """The sum that the QR code names, as kopecks."""
    return parse_roubles(re.search(r"&s=([0-9.]+)&", text or "")[1])


@pytest.fixture
def quick(monkeypatch):
    """What a receipt has beside its sums is made once, not a million times."""
    once = {
        "sign_of": "3209733001",
        "iso": "2026-11-23T18:10:00.000Z",
        "object_id": "69a1f132bb519c0032c9a7d1",
    }
    for name, value in once.items():
        monkeypatch.setattr(paper, name, lambda *_facts, value=value: value)
    wall = datetime(2026, 11, 23, 21, 10)  # noqa: DTZ001 - a wall clock
    monkeypatch.setattr(paper, "local", lambda *_facts: wall)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_amount_is_exact_from_the_form_to_the_slip_and_back(part, quick):
    for kopecks in range(part + 1, LAST + 1, PARTS):
        assert all(parse_roubles(typed) == kopecks for typed in spellings(kopecks)), kopecks
        body = sent(kopecks)
        row = body["positions"][0]
        sums = {body["total"]["priceSum"], row["price"], row["priceSum"], body["payments"][0]["sum"]}
        slip = on_paper(body)
        fact = ReceiptFact.read(slip)
        [line], [paid] = lines_of(slip), payments_of(slip)
        sums |= {fact.amount, line["price"], line["sum"], paid["sum"]}
        assert sums == {kopecks} and line["quantity"] == "1", kopecks
        assert shown(kopecks) == {f"{kopecks:03d}"}
        assert in_qr(qr_payload(slip)) == kopecks


def test_every_amount_is_exact_in_the_books():
    for kopecks in range(1, LAST + 1):
        text = decimal_text(kopecks)
        assert from_decimal_text(text) == kopecks  # payments.summ is a varchar
        assert from_double(float(text)) == from_double(kopecks / 100) == kopecks  # users.Cash is a double


def test_a_balance_stays_exact_however_many_payments_it_takes():
    """Ubilling's balance is a double: it is read to the kopeck, added to in kopecks, and written anew."""
    balance, exact = 0.0, 0
    for kopecks in range(1, LAST + 1, 7):
        exact += kopecks
        balance = (from_double(balance) + kopecks) / 100
    assert from_double(balance) == exact


@pytest.mark.parametrize("kopecks", [1, 99, 100, 12_345, 999_999, LAST])
def test_the_cash_register_refuses_a_body_whose_sums_differ(kopecks):
    assert receipt_errors(sent(kopecks), contact=True, sums=True, tag_1125=False) == []
    crooked = sent(kopecks)
    crooked["payments"][0]["sum"] += 1
    assert receipt_errors(crooked, contact=True, sums=True, tag_1125=False)
