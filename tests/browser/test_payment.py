"""A cashier takes a payment with its receipt, by hand, in Chromium."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.chromium import shot
from tests.story.street import Cashier, wait_for

pytestmark = pytest.mark.browser


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


def test_a_payment_by_keyboard_alone_becomes_a_receipt(street, make_page):
    page = make_page()
    sign_in(page, street)
    shot(page, "taskbar")
    no_serious_findings(page)
    page.keyboard.type("ivanov", delay=30)
    page.wait_for_selector("a.found")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("addcash"))
    expect(page.locator("[name=newcash]")).to_be_focused()
    page.keyboard.type("350,50")
    page.locator("[name=fiscalizepayment]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[name=drssellpos]")).to_be_enabled()
    shot(page, "payment")
    no_serious_findings(page)
    page.locator("[name=newcash]").focus()
    page.keyboard.press("Enter")
    badge = page.locator(".badge.fiscalized").first
    badge.wait_for(timeout=30_000)
    expect(page.locator("[data-poll]")).to_have_count(0)
    shot(page, "fiscalized")
    assert [slip["amount"] for slip in street.printed()] == [35050]


def test_a_correction_is_not_held_up_by_a_box_that_is_always_ticked(make_street, make_page):
    street = make_street(DREAMKAS_ALWAYS_FISCALIZE_ALL="1")
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


@pytest.mark.parametrize("width, dark", [(390, False), (390, True), (1280, True)])
def test_the_money_page_fits(street, make_page, width, dark):
    page = make_page(width=width, dark=dark)
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=petrova")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"payment-without-mobile-{width}{'-dark' if dark else ''}")
    no_serious_findings(page)


def test_the_virtual_cash_register_shows_what_it_printed(street, make_page):
    Cashier(street).pay("ivanov", "450")
    wait_for("the slip", street.printed)
    page = make_page()
    page.goto(street.sandbox_url)
    expect(page.get_by_text("450,00").first).to_be_visible()
    shot(page, "sandbox")
    no_serious_findings(page)
