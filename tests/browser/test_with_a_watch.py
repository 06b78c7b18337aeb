"""The walks of every day, counted: keys of a cashier, clicks of an accountant. Nothing typed, no place is lost."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings, sign_in
from tests.statements.make import one_c
from tests.story.street import Cashier

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("watch")]
LONG = 30_000  # ms for what a worker does
DOCUMENT = {
    "Дата": "24.11.2026",
    "Плательщик1": "Иванов Иван Иванович",
    "ПолучательСчет": "40702810900000000001",
    "НазначениеПлатежа": "Оплата по договору 100001",
}


@pytest.fixture(scope="module")
def street(open_street):
    return open_street(
        BANKSTA2_ENABLED="1", DREAMKAS_NOTIFICATIONS_ENABLED="1", DREAMKAS_CACHE_CHECK_INTERVAL="1"
    )


class Mouse:
    """Clicks, and counts."""

    clicks = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()


def test_six_keys_and_the_sum_make_a_payment_with_its_receipt(street, make_page):
    page = make_page()
    sign_in(page, street)
    keys = []

    def press(*names: str) -> None:
        for name in names:
            keys.append(name)
            page.keyboard.press(name)

    press(*"iva")
    expect(page.locator("#results a.found").first).to_contain_text("Иванов")
    shot(page, "taskbar-found")
    press("Enter")
    expect(page.locator("[name=newcash]")).to_be_focused()
    page.keyboard.type("350,50")
    press("+")
    expect(page.locator("[name=fiscalizepayment]")).to_be_checked()
    expect(page.locator("[name=newcash]")).to_have_value("350,50")
    no_serious_findings(page)
    press("Enter")
    said = page.locator(".notice.ok", has_text="350,50")
    expect(said.locator(".badge.fiscalized")).to_be_in_viewport(
        timeout=LONG
    )  # where the eyes are, and by itself
    shot(page, "paid")
    expect(page.locator("#payments .badge.fiscalized").first).to_be_visible(timeout=LONG)
    expect(page.locator("#payments [data-poll]")).to_have_count(0)
    assert len(keys) <= 6
    assert [slip["amount"] for slip in street.printed()] == [35050]


def test_what_is_typed_stays_while_a_receipt_moves_beside_it(street, make_page):
    street.faults(print_seconds=3)
    Cashier(street).pay("sidorov", "450")
    page = make_page()
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=sidorov")
    place, way = page.locator("[name=newcash]"), page.locator("#payments .badge").first
    expect(place).to_be_focused()
    page.keyboard.type("12")
    before = way.inner_text()
    expect(way).not_to_have_text(before, timeout=LONG)
    page.keyboard.type("34")
    expect(place).to_have_value("1234")
    expect(way).to_have_class(re.compile("fiscalized"), timeout=LONG)
    expect(place).to_be_focused()
    street.faults(print_seconds=0)


def test_the_focus_stays_in_a_part_that_asks_for_itself(street, make_page):
    page = make_page()
    sign_in(page, street, "buh")
    page.goto(f"{street.web_url}/?module=dreamkas&getoperations=true")
    link = page.locator("#health a").first
    link.focus()
    old = page.locator("#health").element_handle()
    page.wait_for_function("old => !old.isConnected", arg=old, timeout=LONG)
    expect(link).to_be_focused()


def test_three_clicks_from_the_toast_say_why_a_receipt_failed_and_repeat_it(street, make_page):
    page, mouse = make_page(), Mouse()
    sign_in(page, street, "buh")
    Cashier(street).pay("petrova", "450")
    mouse.click(page.locator("#toasts").get_by_role("link", name="petrova"))
    expect(page.locator("main")).to_contain_text("у абонента нет подходящего мобильного номера")
    shot(page, "failed-why")
    mouse.click(page.locator("main").get_by_role("link", name="Повторить эту операцию"))
    page.locator("[name=mobile]").fill("+7 911 000-00-02")
    no_serious_findings(page)
    mouse.click(page.get_by_role("button", name="Повторить", exact=True))
    expect(page.locator("#operation-now .badge.fiscalized")).to_be_visible(timeout=LONG)
    assert mouse.clicks <= 3


def test_five_clicks_bring_a_statement_from_its_file_to_its_receipts(street, make_page):
    page, mouse = make_page(), Mouse()
    sign_in(page, street, "buh")
    page.goto(f"{street.web_url}/?module=banksta2&uploadform=true")
    with page.expect_file_chooser() as asked:
        mouse.click(page.locator("[name=uploadbnksta2]"))
    papers = [{**DOCUMENT, "Номер": str(number), "Сумма": f"{number}.00"} for number in range(101, 106)]
    asked.value.set_files([{"name": "kl_to_1c.txt", "mimeType": "text/plain", "buffer": file_of(papers)}])
    mouse.click(page.locator("#upload-form button.main"))
    expect(page.locator("#parts")).to_be_visible()
    mouse.click(page.locator("#import-form button"))
    mouse.click(page.get_by_role("button", name="Выбрать все доступные для фискализации записи"))
    expect(page.locator("#push")).to_contain_text("5 чеков")
    mouse.click(page.locator("#push button"))
    expect(page.locator("#progress progress").first).to_be_visible()
    expect(page.locator("#progress[data-poll]")).to_have_count(0, timeout=90_000)
    expect(page.locator(".badge.fiscalized")).to_have_count(5)
    assert mouse.clicks <= 5


def file_of(papers: list[dict[str, str]]) -> bytes:
    return one_c(*papers).encode("cp1251")
