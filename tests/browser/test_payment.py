"""The money form of a cashier, by hand, in Chromium; the walk of every day is counted in test_with_a_watch.py."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("payment")]


def sign_in(page: Page, street, login: str = "kassir") -> None:
    page.goto(street.web_url)
    page.fill("[name=login]", login)
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("h1")


def no_serious_findings(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [
        (rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.fixture(scope="module")
def street(open_street):
    return open_street(DREAMKAS_ALWAYS_FISCALIZE_ALL="1", DREAMKAS_CASHLESS_CASHTYPES="2")


def test_a_correction_is_not_held_up_by_a_box_that_is_always_ticked(street, make_page):
    page = make_page()
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=ivanov")
    box = page.locator("#fiscalizepayment")
    expect(box).to_be_checked()
    page.check("[name=operation][value=correct]")
    expect(box).to_be_hidden()
    page.fill("[name=newcash]", "-20,50")
    page.press("[name=newcash]", "Enter")
    expect(page.get_by_text("100,00").first).to_be_visible()  # 120,50 before
    expect(box).to_be_checked()
    page.check("[name=operation][value=mock]")
    page.check("[name=operation][value=add]")
    expect(box).to_be_checked()
    expect(page.locator("[name=drssellpos]")).to_be_enabled()


def test_what_was_said_of_an_old_vat_rate_is_not_said_of_the_next_position(street, make_page):
    page = make_page()
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=ivanov")
    page.check("[name=fiscalizepayment]")
    page.select_option("[name=drssellpos]", label="Настройка роутера")
    expect(page.locator("[name=drsoldvat]")).to_be_visible()
    page.fill("[name=newcash]", "70")
    # Chromium complains of a 422, which is what a refused form is answered with.
    page.route(re.compile("addcash"), lambda route: route.fulfill(response=route.fetch(), status=200))
    page.press("[name=newcash]", "Enter")
    error = page.locator("#drssellpos-errors")
    expect(error).to_be_visible()
    page.select_option("[name=drssellpos]", label="Доступ в Интернет")
    expect(error).to_have_count(0)
    expect(page.locator("[name=drsoldvat]")).to_be_hidden()


def test_money_that_came_by_card_has_a_receipt_that_says_so(street, make_page):
    page = make_page()
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=sidorov")
    said, card = page.locator("[name=drspaymtypes]"), page.locator("[name=cashtype]")
    expect(said).to_have_value("CASH")
    card.select_option(label="Банковская карта")
    expect(said).to_have_value("CASHLESS")
    card.select_option(label="Наличные")
    expect(said).to_have_value("CASH")
    said.select_option("PREPAID")
    page.fill("[name=newcash]", "44")
    expect(said).to_have_value("PREPAID")


def test_a_note_of_one_long_word_is_read_to_its_end_on_a_phone(street, make_page):
    page = make_page(width=390)
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=sidorov")
    page.check("[name=operation][value=mock]")
    page.fill("[name=newpaymentnote]", "№" + "1234567890" * 6)
    page.fill("[name=newcash]", "7")
    page.press("[name=newcash]", "Enter")
    note = page.locator("td", has_text="1234567890").first
    expect(note).to_be_visible()
    assert note.evaluate("cell => cell.scrollWidth - cell.clientWidth") == 0
