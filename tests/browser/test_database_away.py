"""The database goes away while somebody types: the sum is not lost, and what a press was refused for is said."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_payment import no_serious_findings, sign_in
from tests.line import line_to

pytestmark = pytest.mark.browser


@pytest.fixture
def line():
    with line_to("mariadb") as line:
        yield line


def test_what_was_typed_is_sent_again_by_a_button(line, make_street, browser, request):
    street = make_street(DATABASE_URL=line.url, LOCALE="en")
    request.addfinalizer(street.close)  # before its database is dropped
    page = browser.new_context().new_page()  # Chromium complains of a 503 itself
    sign_in(page, street)
    page.goto(f"{street.web_url}/?module=addcash&username=ivanov")
    page.fill("[name=newcash]", "20,50")
    line.cut()
    page.locator("#menu input[type=search], .bar input[type=search]").first.press_sequentially("ива")
    said = page.locator("#toasts .toast.bad")
    expect(said).to_contain_text("Wait a minute and reload the page.")
    expect(said).to_have_count(1)
    page.press("[name=newcash]", "Enter")
    expect(page.locator("h1")).to_have_text("The database can not be used now")
    expect(page.locator("#main")).to_contain_text("Nothing was saved.")
    no_serious_findings(page)
    page.get_by_role("button", name="Send the same again").click()
    expect(page.locator("#main")).to_contain_text("Nothing was saved.")
    line.mend()
    page.get_by_role("button", name="Send the same again").click()
    expect(page.locator("#payments")).to_contain_text("20.50")
    expect(page.get_by_text("141.00").first).to_be_visible()  # 120.50 before
    page.context.close()
