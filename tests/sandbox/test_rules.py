"""What POST /receipts accepts and refuses."""

import pytest

from modules.sandbox import rules
from tests.sandbox.conftest import receipt

POSITION = {"name": "Интернет", "type": "SERVICE", "quantity": 1, "price": 75000}


def codes(body, **options):
    options = {"contact": True, "sums": True, "tag_1125": True} | options
    return [one["code"] for one in rules.receipt_errors(body, **options)]


def position(**changes):
    return receipt(positions=[POSITION | changes])


def test_an_ordinary_receipt_is_accepted():
    assert codes(receipt()) == []


def test_numeric_strings_are_coerced_as_the_service_does():
    assert codes(receipt(deviceId="70321", timeout="7")) == []


@pytest.mark.parametrize(
    "tax", ["NDS_NO_TAX", "NDS_0", "NDS_5", "NDS_7_CALCULATED", "NDS_20", "NDS_22_CALCULATED"]
)
def test_every_vat_of_today_and_yesterday_is_accepted(tax):
    assert codes(position(tax=tax)) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "OBJECT_BASE"),
        (receipt(cashier="Иванов"), "OBJECT_ALLOW_UNKNOWN"),
        (receipt(tags={}), "ARRAY_BASE"),
        (receipt(type="CORRECTION_INFLOW"), "ANY_ALLOW_ONLY"),
        (receipt(taxMode="ENVD"), "ANY_ALLOW_ONLY"),
        (receipt(taxMode="OSN"), "ANY_ALLOW_ONLY"),
        (receipt(timeout=4), "NUMBER_MIN"),
        (receipt(timeout="soon"), "NUMBER_BASE"),
        (receipt(deviceId=None), "ANY_REQUIRED"),
        (receipt(deviceId=True), "NUMBER_BASE"),
        (receipt(positions=[]), "ARRAY_MIN"),
        (receipt(positions=[POSITION] * 101), "ARRAY_MAX"),
        (receipt(positions={}), "ARRAY_BASE"),
        (receipt(positions=None), "ANY_REQUIRED"),
        (receipt(positions=["x"]), "OBJECT_BASE"),
        (receipt(payments=[]), "ARRAY_MIN"),
        (receipt(payments=[{"sum": 75000, "type": "CARD"}]), "ANY_ALLOW_ONLY"),
        (receipt(total=None), "ANY_REQUIRED"),
        (receipt(total={"priceSum": 1.5}), "NUMBER_INTEGER"),
        (receipt(attributes={"email": ""}), "ANY_EMPTY"),
        (receipt(attributes={"phone": None}), "OBJECT_MISSING"),
        (receipt(attributes=None), "OBJECT_MISSING"),
        (receipt(externalId=""), "ANY_EMPTY"),
        (receipt(tags=[{"tag": 1227}]), "ANY_REQUIRED"),
        (receipt(tags=[{"tag": "x", "value": 1}]), "NUMBER_BASE"),
        (position(taxSum=None), "NUMBER_BASE"),
        (position(price=0), "NUMBER_MIN"),
        (position(price=float("nan")), "NUMBER_BASE"),
        (position(price=10**20), "NUMBER_BASE"),
        (position(price="٧٥"), "NUMBER_BASE"),
        (position(quantity=float("inf")), "NUMBER_BASE"),
        (position(quantity=1_000_001), "NUMBER_MIN"),
        (position(name="\ud800"), "STRING_BASE"),
        (position(remId=[1]), "STRING_BASE"),
        (position(quantity=0), "NUMBER_MIN"),
        (position(quantity=None), "NUMBER_BASE"),
        (position(tax="NDS_20_120"), "ANY_ALLOW_ONLY"),
        (position(tax=None), "ANY_ALLOW_ONLY"),
        (position(type="ALCOHOL"), "ANY_ALLOW_ONLY"),
        (position(name="ы" * 129), "STRING_MAX"),
        (position(name="  "), "ANY_EMPTY"),
        (position(discount=1), "OBJECT_ALLOW_UNKNOWN"),
        (receipt(total={"priceSum": 74000}), "EMU_SUMS"),
    ],
)
def test_a_wrong_receipt_is_refused_by_its_own_code(body, code):
    assert f"E_VALIDATION_{code}" in codes(body)


def test_all_errors_are_told_at_once():
    assert len(codes(receipt(type="X", taxMode="ENVD", cashier="x"))) == 3


def test_unknown_rules_can_be_switched_off():
    assert codes(receipt(attributes=None), contact=False) == []
    assert codes(receipt(total={"priceSum": 74000}), sums=False) == []
    assert codes(receipt(tags=[{"tag": 1125, "value": 1}]), tag_1125=False) == [
        "E_VALIDATION_EMU_TAG_NOT_ALLOWED"
    ]


@pytest.mark.parametrize("value", [None, -1, 1.5, [], {}])
def test_the_machine_itself_refuses_odd_tag_values(value):
    assert rules.till_refuses(receipt(tags=[{"tag": 1227, "value": value}])) == "Bad tag 1227"


def test_the_machine_takes_words_whole_numbers_and_yes_no():
    tags = [{"tag": 1227, "value": "ООО"}, {"tag": 1214, "value": 4}, {"tag": 1125, "value": True}]
    assert rules.till_refuses(receipt(tags=tags)) is None
