"""The receipt's body: exactly the keys Dreamkas knows, exactly the same bytes ever after."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.dreamkas.receipt import (
    PAYMENT_TYPES,
    TAX_MODES,
    VAT,
    VAT_OLD,
    Buyer,
    Position,
    ReceiptError,
    build,
    qr_payload,
)

INTERNET = Position("Доступ в Интернет", "NDS_NO_TAX", "0b6a4c9e-52d1-4f3a-8c27-1c9b1b0b7a10")
IVANOV = Buyer("+79110000001", None, "100001")


def body(**changes):
    facts = dict(
        external_id="5a1e2c66-3b9f-4a1e-9a4c-0f4d2b7f0c11",
        device_id=70321,
        tax_mode="SIMPLE_WO",
        payment_type="CASHLESS",
        position=INTERNET,
        kopecks=75000,
        buyer=IVANOV,
        timeout_minutes=15,
        contract_in_name=True,
        tag_1214=None,
        tag_1212=None,
    )
    return build(**(facts | changes))


def name_of(**changes):
    return json.loads(body(**changes))["positions"][0]["name"]


def test_a_payment_becomes_these_very_bytes():
    assert (
        body()
        == (
            '{"externalId":"5a1e2c66-3b9f-4a1e-9a4c-0f4d2b7f0c11","deviceId":70321,"type":"SALE","timeout":15,'
            '"taxMode":"SIMPLE_WO","positions":[{"name":"Доступ в Интернет, договор 100001","type":"SERVICE",'
            '"quantity":1,"price":75000,"priceSum":75000,"tax":"NDS_NO_TAX"}],'
            '"payments":[{"sum":75000,"type":"CASHLESS"}],"attributes":{"phone":"+79110000001"},'
            '"total":{"priceSum":75000}}'
        ).encode()
    )


def test_an_email_stands_beside_the_phone_or_alone():
    both = replace(IVANOV, email="ivanov@example.test")
    assert json.loads(body(buyer=both))["attributes"] == {
        "phone": "+79110000001",
        "email": "ivanov@example.test",
    }
    alone = replace(both, phone=None)
    assert json.loads(body(buyer=alone))["attributes"] == {"email": "ivanov@example.test"}


def test_tags_stand_on_the_position_only_when_they_are_set():
    assert "tags" not in json.loads(body())["positions"][0]
    assert json.loads(body(tag_1214=3, tag_1212=10))["positions"][0]["tags"] == [
        {"tag": 1214, "value": 3},
        {"tag": 1212, "value": 10},
    ]
    assert json.loads(body(tag_1212=4))["positions"][0]["tags"] == [{"tag": 1212, "value": 4}]


@pytest.mark.parametrize("tax", VAT)
def test_every_vat_word_is_passed_through(tax):
    assert json.loads(body(position=replace(INTERNET, tax=tax)))["positions"][0]["tax"] == tax


def test_the_vat_words_are_those_of_the_reference_and_the_old_ones_are_known():
    assert set(VAT) == {
        *("NDS_NO_TAX", "NDS_0", "NDS_5", "NDS_5_CALCULATED", "NDS_7", "NDS_7_CALCULATED", "NDS_10"),
        *("NDS_10_CALCULATED", "NDS_18", "NDS_18_CALCULATED", "NDS_20", "NDS_20_CALCULATED", "NDS_22"),
        "NDS_22_CALCULATED",
    }
    assert set(VAT) > VAT_OLD


@pytest.mark.parametrize("tax", [None, ""])
def test_without_a_vat_word_the_cash_register_decides(tax):
    assert "tax" not in json.loads(body(position=replace(INTERNET, tax=tax)))["positions"][0]


def test_the_contract_may_be_left_out_of_the_name():
    assert name_of(contract_in_name=False) == "Доступ в Интернет"
    assert name_of(buyer=replace(IVANOV, contract=" ")) == "Доступ в Интернет"


def test_a_long_name_is_cut_and_the_contract_is_not():
    name = name_of(position=replace(INTERNET, name="Ы" * 500))
    assert len(name) == 128 and name.endswith("Ы, договор 100001")
    assert name_of(position=replace(INTERNET, name="Ы" * 500), contract_in_name=False) == "Ы" * 128


def test_a_name_is_cleaned_of_what_no_printer_can_print():
    dirty = " Доступ\t\r\n в\u00a0 Интернет\x00 \u202e<b>\ud800\u200b</b>\u2028 "
    assert name_of(position=replace(INTERNET, name=dirty)) == "Доступ в Интернет <b></b>, договор 100001"


@given(st.text(), st.text())
def test_any_name_is_printable_and_short_or_refused(name, contract):
    try:
        printed = name_of(position=replace(INTERNET, name=name), buyer=replace(IVANOV, contract=contract))
    except ReceiptError as error:
        assert error.reason == "bad_name"
    else:
        assert 0 < len(printed) <= 128 and printed == " ".join(printed.split())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"buyer": Buyer(None, None, "1")}, "no_contact"),
        ({"buyer": Buyer("", "", "1")}, "no_contact"),
        *(
            ({"buyer": Buyer(phone, "a@b.ru", "1")}, "bad_phone")
            for phone in ("89110000001", "+7911000000", "+79110000001\n", "+7911000000１", "+375291234567")
        ),
        *(
            ({"buyer": Buyer(None, email, "1")}, "bad_email")
            for email in ("+79110000001", "иван@b.ru", "a b@c.ru", "a@b.ru\n", "a@b@c.ru")
        ),
        *(({"tax_mode": mode}, "bad_tax_mode") for mode in ("ENVD", "OSN", "", "default", None)),
        *(({"payment_type": kind}, "bad_payment_type") for kind in ("CARD", "", "cash", None)),
        *(({"kopecks": kopecks}, "bad_sum") for kopecks in (0, -1, 12.5, True, "100", None)),
        *(({"device_id": device}, "bad_device") for device in (0, -1, "70321", True, None)),
        *(({"position": replace(INTERNET, name=name)}, "bad_name") for name in ("", " \n", "\u200b")),
        ({"buyer": replace(IVANOV, contract="9" * 200)}, "bad_name"),
        *(
            ({"position": replace(INTERNET, tax=tax)}, "bad_vat")
            for tax in ("NDS_MIXED", "NDS_MANUAL", "NDS_20_120", "nds_20", "20")
        ),
    ],
)
def test_what_dreamkas_would_refuse_is_refused_here_with_a_reason(changes, reason):
    with pytest.raises(ReceiptError) as refusal:
        body(**changes)
    assert refusal.value.reason == reason


def test_every_tax_system_and_payment_type_is_taken():
    for mode in TAX_MODES:
        assert json.loads(body(tax_mode=mode))["taxMode"] == mode
    for kind in PAYMENT_TYPES:
        assert json.loads(body(payment_type=kind))["payments"] == [{"sum": 75000, "type": kind}]


PRINTED = {
    "type": "SALE",
    "amount": 75005,
    "localDate": "2026-02-27 22:33:01",
    "fiscalDocumentNumber": "204",
    "fiscalDocumentSign": "3209733001",
    "fnNumber": "9999078900000001",
}


@pytest.mark.parametrize("local_date", ["2026-02-27 22:33:01", "2026-02-27T22:33:01.000Z"])
def test_the_qr_code_tells_wall_time_in_both_formats(local_date):
    assert qr_payload(PRINTED | {"localDate": local_date}) == (
        "t=20260227T2233&s=750.05&fn=9999078900000001&i=204&fp=3209733001&n=1"
    )


def test_the_qr_code_knows_the_kind_of_receipt_and_numbers_that_are_no_text():
    assert qr_payload(PRINTED | {"type": "REFUND"}).endswith("&n=2")
    assert qr_payload(PRINTED | {"fiscalDocumentNumber": 204}) == qr_payload(PRINTED)


@pytest.mark.parametrize("key", list(PRINTED))
@pytest.mark.parametrize("value", [None, "", "junk&s=1", {}, []])
def test_there_is_no_qr_code_while_something_of_it_is_missing(key, value):
    assert qr_payload(PRINTED | {key: value}) is None
    assert qr_payload({other: kept for other, kept in PRINTED.items() if other != key}) is None
