"""The tab "Events" in Chromium: what webhooks told, the message behind it, and words that would like to be markup."""

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings, sign_in
from tests.dreamkas.hooks import hook
from tests.story.street import Cashier, wait_for

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "ж" * 300
WINDOWS = ((1280, False), (1280, True), (390, False), (390, True))
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def street(make_street):
    """A street where a receipt was printed, heard of by webhook, and somebody told nonsense."""
    street = make_street(LOCALE="en")
    address = street.listen()
    for raw in (
        hook("PRODUCT", "CREATE", id="p-1", name=HOSTILE),
        hook(HOSTILE, HOSTILE, id=HOSTILE, name=HOSTILE),
        hook("RECEIPT", "CREATE", _id="x" * 64, operationId=HOSTILE, amount="many", number=HOSTILE),
    ):
        assert requests.post(address, data=raw, headers=JSON, timeout=20).status_code == 200
    Cashier(street).pay("ivanov", "450")
    wait_for("the slip", street.printed)
    return street


def open_events(page: Page, street) -> None:
    page.goto(f"{street.web_url}/?module=dreamkas&getevents=true")
    expect(page.locator(".tabs [aria-current]")).to_have_text("Events")


def rows(page: Page, words: str):
    return page.locator("#events tbody tr", has_text=words)


def test_events_are_read_filtered_and_opened(street, make_page):
    for width, dark in WINDOWS:
        _read_events(street, make_page(width=width, dark=dark), width, dark)


def _read_events(street, page: Page, width: int, dark: bool) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    sign_in(page, street, "buh")
    open_events(page, street)
    _reload_until(page, rows(page, "450"))
    table = page.locator("#events .tablewrap")
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), "no word pushes the rest out of sight"
    _fits(page, width, f"events-{width}{'-dark' if dark else ''}")

    page.get_by_label("Type").select_option("products")
    expect(page.locator("#events tbody tr")).to_have_count(1)
    row = rows(page, "Selling position “<img src=x onerror=alert(1)>")
    row.get_by_role("link", name="Details").click()
    modal = page.locator("#modal")
    expect(modal.locator("pre")).to_contain_text('"name": "<img src=x onerror=alert(1)>')
    assert page.locator("#events img, #modal img").count() == 0
    _fits(page, width, f"event-{width}{'-dark' if dark else ''}")
    page.keyboard.press("Escape")
    expect(modal).to_be_hidden()

    page.get_by_label("Type").select_option("other")
    expect(rows(page, "something not known here")).to_have_count(1)
    page.get_by_label("Type").select_option("")
    page.locator("#events-filters [name=q]").fill("p-1")
    expect(page.locator("#events tbody tr")).to_have_count(1)


def _reload_until(page: Page, row) -> None:
    wait_for("the event", lambda: page.reload() and row.count())


def _fits(page: Page, width: int, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    no_serious_findings(page)
    shot(page, name)
