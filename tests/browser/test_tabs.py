"""An admin clicks through all behind the icon, in Chromium: tabs, a mapping, a webhook's life, a receipt mended."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings, sign_in
from tests.story.street import Cashier, wait_for

pytestmark = pytest.mark.browser
TABS = (
    "Issued checks",
    "Fiscal operations",
    "Selling positions",
    "Cashiers",
    "Cash machines",
    "Webhooks",
    "Events",
)
# What an admin looks for in a list: it stands in sight, left of the buttons that cover what is scrolled away.
GLANCE = {
    "Issued checks": "Check total",
    "Fiscal operations": "Error message",
    "Selling positions": "Mapped to service",
}


@pytest.fixture
def street(make_street):
    return make_street(LOCALE="en")


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


def in_sight(page: Page, caption: str) -> bool:
    cell = page.locator(f'.listing tbody td[data-label="{caption}"]').first
    wait_for(caption, lambda: cell.count() or (page.reload() and cell.count()), seconds=60)
    acts = page.locator(".listing tbody td.acts").first.bounding_box()
    box = cell.bounding_box()
    return box["x"] + box["width"] <= acts["x"] + 1


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_every_tab_opens_fits_and_hinders_nobody(street, admin, width, dark):
    Cashier(street).pay("ivanov", "450")
    wait_for("the slip", street.printed)
    page = admin(width=width, dark=dark)
    for name in TABS:
        open_tab(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert width < 1280 or name not in GLANCE or in_sight(page, GLANCE[name]), name
        no_serious_findings(page)
        shot(page, f"tab-{name.lower().replace(' ', '-')}-{width}{'-dark' if dark else ''}")
    open_tab(page, "Cash machines")
    page.get_by_role("link", name="Details").first.click()
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
    Cashier(street).pay("petrova", "450")
    page = admin()
    page.locator("#health a", has_text="1").last.click()
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
    assert [slip["amount"] for slip in street.printed()] == [45000]


def test_a_reason_being_typed_is_not_swept_away(street, admin):
    street.kill("worker")
    Cashier(street).pay("ivanov", "450")
    page = admin()
    open_tab(page, "Fiscal operations")
    page.locator("#operations tbody tr", has_text="ivanov").get_by_role("link", name="Details").click()
    reason = page.locator("#modal [name=cancelreason]")
    reason.press_sequentially("paid twice")
    street.start("worker")
    wait_for("the receipt", street.printed)
    page.wait_for_timeout(5000)
    expect(reason).to_have_value("paid twice")
    reason.blur()
    expect(page.locator("#operation-now .badge.fiscalized")).to_be_visible(timeout=60_000)
    expect(reason).to_have_count(0)
