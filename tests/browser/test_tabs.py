"""An admin clicks through all behind the icon, in Chromium: tabs, a mapping, a webhook's life, a receipt mended."""

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings, sign_in
from tests.story.street import Cashier, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tabs")]
TABS = (
    "Issued checks",
    "Board",
    "Fiscal operations",
    "Selling positions",
    "Cashiers",
    "Cash machines",
    "Webhooks",
    "Events",
)
GOODS = "1c7b5d0f-63e2-4a4b-9d38-2d0c2c1c8b21"  # cable TV's position
# What an admin looks for in a list: it stands in sight, left of the buttons that cover what is scrolled away.
GLANCE = {
    "Issued checks": "Check total",
    "Fiscal operations": "Error message",
    "Selling positions": "Mapped to service",
}


@pytest.fixture(scope="module")
def street(open_street):
    return open_street(LOCALE="en")


@pytest.fixture
def admin(street, make_page) -> Callable[..., Page]:
    """admin(width=390) -> a window where the admin has pressed the taskbar's icon."""

    def enter(**window: object) -> Page:
        page = make_page(**window)
        sign_in(page, street, "admin")
        page.locator("main a.card", has_text="Dreamkas").click()
        page.wait_for_url(re.compile("getreceipts"))
        return page

    return enter


def open_tab(page: Page, name: str) -> None:
    page.locator(".tabs").get_by_role("link", name=name).click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)


def press_and_agree(page: Page, button: Locator) -> None:
    button.click()
    page.locator("#ask").get_by_role("button", name="Yes").click()


def said(page: Page, words: str) -> None:
    expect(page.locator("main")).to_contain_text(words)


def slips(street, kopecks: int) -> int:
    """How many receipts of that sum were printed."""
    return [slip["amount"] for slip in street.printed()].count(kopecks)


def in_sight(page: Page, caption: str) -> bool:
    cell = page.locator(f'.listing tbody td[data-label="{caption}"]').first
    wait_for(caption, lambda: cell.count() or (page.reload() and cell.count()), seconds=60)
    acts = page.locator(".listing tbody td.acts").first.bounding_box()
    box = cell.bounding_box()
    return box["x"] + box["width"] <= acts["x"] + 1


def test_every_tab_opens_and_shows_what_is_looked_for(street, admin):
    Cashier(street).pay("ivanov", "450")
    wait_for("the slip", street.printed)
    page = admin()
    for name in TABS:
        open_tab(page, name)
        assert name not in GLANCE or in_sight(page, GLANCE[name]), name
    open_tab(page, "Cash machines")
    details = page.get_by_role("link", name="Details").first
    with page.context.expect_page() as beside:
        details.click(modifiers=["Control"])
    expect(beside.value.locator("header.bar")).to_be_visible()  # a whole page
    expect(page.locator("#modal")).to_be_hidden()
    details.click()
    expect(page.locator("#modal")).to_be_visible()
    no_serious_findings(page)


def test_a_search_is_in_the_address_and_comes_back_with_it(street, admin):
    page = admin()
    open_tab(page, "Selling positions")
    search = page.locator("#positions-filters [name=q]")
    search.fill("Кабель")
    expect(page.locator("#positions tbody tr")).to_have_count(1)
    page.wait_for_url(re.compile("q="))
    page.get_by_role("link", name="Price").click()
    page.wait_for_url(re.compile("sort=price"))
    page.reload()
    expect(search).to_have_value("Кабель")
    expect(page.locator("#positions tbody tr")).to_have_count(1)
    page.go_back()
    page.wait_for_url(lambda url: "sort=" not in url)


def test_a_webhook_lives_and_dies(street, admin):
    page = admin()
    open_tab(page, "Webhooks")
    page.get_by_role("link", name="Add a webhook").click()
    before = page.locator("#webhook-second").inner_text()
    page.get_by_label("Shifts").check()
    expect(page.locator("#webhook-second")).not_to_have_text(before)
    page.locator("[name=whurl]").fill("https://billing.example.net")
    no_serious_findings(page)
    page.get_by_role("button", name="Save").click()
    said(page, "The webhook is added.")
    row = page.locator("#webhooks tbody tr", has_text="billing.example.net")
    expect(row.locator(".lamp").first).to_have_class(re.compile("on"))
    row.get_by_role("link", name="Edit").click()
    page.locator("[name=whurl]").fill("https://other.example.net")
    page.get_by_role("button", name="Save").click()
    row = page.locator("#webhooks tbody tr", has_text="other.example.net")
    row.get_by_role("button", name="Switch off").click()
    expect(row.locator(".lamp").first).to_have_class(re.compile("off"))
    row.get_by_role("button", name="Switch on").click()
    expect(row.locator(".lamp").first).to_have_class(re.compile("on"))
    press_and_agree(page, row.get_by_role("button", name="Delete"))
    said(page, "No webhooks")


def test_a_rejected_operation_is_repeated_with_a_number(street, admin):
    Cashier(street).pay("petrova", "470")
    page = admin()
    page.locator("#health div", has_text="Rejected today").get_by_role("link").click()
    row = page.locator("#operations tbody tr", has_text="petrova")
    expect(row.locator(".badge.rejected")).to_be_visible()
    row.get_by_role("link", name="Repeat this operation").click()
    modal = page.locator("#modal")
    modal.locator("[name=mobile]").fill("+7 911 000-00-02")
    no_serious_findings(page)
    modal.get_by_role("button", name="Repeat").click()
    said(page, "The operation is queued again.")
    expect(page.locator("#operation-now .badge.fiscalized")).to_be_visible(timeout=60_000)
    expect(page.locator("#operation-now[data-poll]")).to_have_count(0)
    expect(page.locator("#operation-chain .badge")).to_have_text(["Rejected", "Fiscalized"])
    shot(page, "repeated")
    assert slips(street, 47000) == 1


def test_a_reason_being_typed_is_not_swept_away(street, admin):
    street.kill("worker")
    Cashier(street).pay("sidorov", "480")
    page = admin()
    open_tab(page, "Fiscal operations")
    page.locator("#operations tbody tr", has_text="sidorov").get_by_role("link", name="Details").click()
    reason = page.locator("#modal [name=cancelreason]")
    reason.press_sequentially("paid twice")
    street.start("worker")
    wait_for("the receipt", lambda: slips(street, 48000))
    page.wait_for_timeout(5000)
    expect(reason).to_have_value("paid twice")
    reason.blur()
    expect(page.locator("#operation-now .badge.fiscalized")).to_be_visible(timeout=60_000)
    expect(reason).to_have_count(0)


def test_the_board_leads_to_what_was_not_asked_for_and_asks_for_it(street, admin):
    Cashier(street).pay("sidorov", "490", fiscalize=False)
    page = admin()
    open_tab(page, "Board")
    said(page, "The buckets add up to the books, to the kopeck.")
    page.locator("#buckets tr.bucket:has(.badge.none) a.figure").first.click()
    page.locator("tbody tr", has_text="490.00").get_by_role("checkbox").check()
    page.get_by_role("button", name="Fiscalize the selected ones").click()
    no_serious_findings(page)
    page.get_by_role("button", name="Fiscalize", exact=True).click()
    said(page, "Queued")
    wait_for("the receipt", lambda: slips(street, 49000))
    shot(page, "board-asked")


def test_what_the_refreshed_cache_brought_stands_in_the_list(street, admin):
    page = admin()

    def becomes(**change: object) -> None:
        place = (
            f"{street.sandbox_url}/sandbox/{'devices/70322' if 'isOnline' in change else f'products/{GOODS}'}"
        )
        requests.patch(place, json=change, timeout=5).raise_for_status()
        page.get_by_role("button", name="Refresh cache data").click()

    open_tab(page, "Cash machines")
    row = page.locator("#machines tbody tr", has_text="70322")
    becomes(isOnline=False)
    expect(row).to_contain_text("offline")
    becomes(isOnline=True)
    expect(row).not_to_contain_text("offline")
    open_tab(page, "Selling positions")
    page.fill("#positions-filters [name=q]", "кабельное")
    expect(page.locator("#positions tbody tr")).to_have_count(1)
    becomes(name="Кабельное телевидение")
    expect(page.locator("#positions tbody tr")).to_contain_text("Кабельное телевидение")
    expect(page.locator("#positions tbody tr")).to_have_count(1)
    expect(page.locator("#mapped")).to_contain_text("has changed since it was mapped")
    becomes(name="Кабельное ТВ")


# The last one: nothing is mapped to the Internet afterwards.
def test_a_position_is_mapped_anew(street, admin):
    page = admin()
    open_tab(page, "Selling positions")
    row = page.locator("#positions tbody tr", has_text="Подключение")
    press_and_agree(page, row.get_by_role("button", name="Link to Internet service"))
    said(page, "Internet is mapped now.")
    expect(row.locator(".badge")).to_have_text("Internet")
    press_and_agree(page, row.get_by_role("button", name="Delete mapping"))
    said(page, "The mapping of Internet is deleted.")
    expect(row.locator(".badge")).to_have_count(0)
    assert Cashier(street).field("ivanov", "drssellpos") in (None, ""), "no position stands for it any more"
