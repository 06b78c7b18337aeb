"""Cable-TV subscribers: the list, the profile, and the same desk as for the Internet."""

import pytest

from modules.billing.models import UkvPayment
from modules.billing.service import UKV
from modules.dreamkas.models import Operation
from tests.books import TICKED, balance, count, newest

LIST = "/?module=ukv&users=true&userslist=true"
FIRST = "/?module=ukv&users=true&showuser=1"
SECOND = "/?module=ukv&users=true&showuser=2"


@pytest.fixture
def cashier(books, sign_in, monkeypatch):
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    return sign_in("TASKBAR", "UKV")


def pay(page, address=FIRST, status=303, **values):
    return page(address).form("paymentsumm").submit(status=status, **values)


def test_the_list_shows_and_finds(cashier, page):
    everybody = page(LIST)
    assert everybody.shows("Кузнецова Ольга Ивановна")
    assert everybody.shows("1–2 of 2")
    assert FIRST in everybody.links
    found = page(LIST + "&q=МИХАЙЛОВ")
    assert found.shows("200002")
    assert not found.shows("200001")
    assert page(LIST + "&q=<b>nobody").shows("Nothing found")
    assert page(LIST + "&q=200002", htmx=True).shows("200002")


def test_the_list_is_sorted_by_what_its_head_says(cashier, page):
    def first(sort: str) -> str:
        return next(link for link in page(f"{LIST}&sort={sort}").links if "showuser" in link)

    assert [first(sort) for sort in ("name", "-name", "-contract", "balance")] == [
        FIRST,
        SECOND,
        SECOND,
        FIRST,
    ]


def test_the_list_is_a_file_too(cashier, page):
    text = cashier.get(LIST + "&csv=true").data.decode("utf-8-sig")
    lines = [line.split(";") for line in text.splitlines()]
    assert lines[0][:3] == ["ID", "Contract", "Real Name"]
    assert [line[1] for line in lines[1:]] == ["200001", "200002"]
    assert lines[1][5] == "-230", "a number for the spreadsheet"


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30])
def test_a_page_that_does_not_exist_is_the_nearest_one(cashier, page, number):
    assert page(f"{LIST}&page={number}").shows("200001")


def test_the_module_s_own_address_leads_to_the_list(cashier, page):
    assert page("/?module=ukv", 302).location == LIST


def test_cable_money_is_taken_with_its_receipt(books, cashier, page):
    back = pay(page, paymentsumm="230", paymentnotes="за ноябрь", **TICKED).follow()
    assert back.shows("Payment taken: ₽230.00. Queued")
    assert (newest(books, UkvPayment).note, balance(books, "1")) == ("за ноябрь", 0)
    assert newest(books, Operation).source_key == "ukv_payment:1"
    assert page(FIRST + "&receiptbadge=1", htmx=True).shows("Queued")


def test_a_correction_is_no_payment(books, cashier, page):
    pay(page, paymentsumm="-5", paymenttype="correct", status=422, **TICKED)
    assert count(books, UkvPayment) == 0
    pay(page, paymentsumm="-5", paymenttype="correct")
    assert (newest(books, UkvPayment).visible, balance(books, "1")) == (0, -23_500)


def test_a_balance_is_never_set(books, cashier, page):
    pay(page, paymentsumm="5", paymenttype="set", status=422)
    assert count(books, UkvPayment) == 0


def test_a_form_of_another_subscriber_takes_nothing(books, cashier, page):
    stranger = page(SECOND).form("paymentsumm").values["formtoken"]
    again = page(FIRST).form("paymentsumm").submit(paymentsumm="5", formtoken=stranger, status=422)
    assert again.shows("not made for you")
    assert count(books, UkvPayment) == 0


def test_a_form_that_came_without_its_token_comes_back_without_one(books, cashier, page):
    again = page(FIRST).form("paymentsumm").submit(without=("formtoken",), paymentsumm="many", status=422)
    assert again.form("paymentsumm").values["formtoken"] == ""


def test_without_a_mobile_the_form_says_so_and_takes_one(books, cashier, page):
    assert page(SECOND).shows("A receipt would be rejected")
    page(SECOND).form("newmobile").submit(newmobile="89110000012", status=303)
    assert page(SECOND).shows("The receipt goes to +79110000012")
    with books.app_context():
        assert UKV.subscriber("2").mobile_text == "89110000012"


def test_the_number_is_looked_at_while_one_types(cashier, page):
    address = "/?module=ukv&users=true&showuser=2&checkmobile=true"
    assert page(SECOND).post(address, {"newmobile": "8 812 3334455"}, 200).shows("not a mobile number")


def test_the_whole_life_of_a_receipt_at_the_cable_desk(books, cashier, page):
    pay(page, SECOND, paymentsumm="10", **TICKED)
    assert page(SECOND).shows("Rejected")
    page(SECOND).form("newmobile").submit(newmobile="89110000012", status=303)
    assert page(SECOND).form("repeatreceipt").submit(status=303).follow().shows("Queued")
    page(SECOND + "&cancelreceipt=1").form("reason").submit(reason="ошибка", status=303)
    assert page(SECOND).shows("cancelled by a person: ошибка")
    pay(page, SECOND, paymentsumm="11")
    page(SECOND + "&fiscalizelater=2").form("drssellpos").submit(status=303, **TICKED)
    assert newest(books, Operation).source_key == "ukv_payment:2"


@pytest.mark.parametrize("number", ["3", "x", "", "-1", "1.5", "٣", "9" * 30, "1 OR 1=1"])
def test_nobody_is_nobody(cashier, page, number):
    assert page(f"/?module=ukv&users=true&showuser={number}", 404).shows("There is no such subscriber.")


def test_the_module_wants_its_right_and_its_option(books, sign_in, page, make_app):
    sign_in("CASH", "USERPROFILE")
    assert page(LIST, 403).shows("Access denied")
    assert page(FIRST, 403).shows("Access denied")
    browser = make_app(UKV_ENABLED="0").test_client()
    sign_in("UKV", browser=browser)
    for address in (LIST, FIRST, FIRST + "&receiptbadge=1"):
        assert page(address, 403, browser=browser).shows("This module is disabled")
