"""An accountant sends a statement of 60 rows out with one button, in Chromium, and watches it come true."""

import contextlib

import pytest
from playwright.sync_api import Error, expect

from app import create_app
from modules.banksta2.models import Statement
from modules.core.db import db
from tests.banksta2.processing import change, imported, rows_of
from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def statement(make_street):
    """(street, the statement's address, its rows): 60 payments, some of which want a person."""
    street = make_street(BANKSTA2_ENABLED="1")
    app = create_app(street.env)
    number = imported(app, 60)
    found = rows_of(app, number)
    change(app, found[0].id, subscriber="", contract="unknown_1", service_type="", realname="Кузнецов Пётр")
    change(app, found[1].id, payer_inn="7707083893", tick=False, realname="ООО «Ромашка»")
    change(app, found[2].id, verdict="suspected", twin_id=found[5].id, identity_key=None, identity="x")
    change(app, found[3].id, canceled=1, canceled_why="skip_row")
    change(app, found[4].id, error="no_date")
    with app.app_context():
        name = db.session.get(Statement, number).hash
        db.engine.dispose()
    return street, f"{street.web_url}/?module=banksta2&showhash={name}", found


def test_what_changes_while_the_outlook_is_being_asked_for_is_seen_too(statement, make_page):
    street, address, rows = statement
    page, held = make_page(), []

    def hold_the_first(route):
        held.append((route, route.fetch()))  # what the server knew then
        if len(held) > 1:
            route.fulfill(response=held[-1][1])

    page.route(lambda url: "progress" in url, hold_the_first)
    sign_in(page, street, "buh")
    page.goto(address)
    expect(page.locator("#push")).to_contain_text("56")
    third = page.locator(f"#row-{rows[2].id}")
    third.get_by_text("Это другой платёж").click()
    expect(third).not_to_contain_text("Это другой платёж")
    while not held:
        page.wait_for_timeout(20)
    company = page.locator(f"#row-{rows[1].id}")
    company.locator("input[type=checkbox]").check()
    expect(company).not_to_contain_text("платит организация")
    route, answer = held[0]
    with contextlib.suppress(Error):  # nobody waits for it any more
        route.fulfill(response=answer)
    expect(page.locator("#push")).to_contain_text("напечатано 57 чеков", timeout=10_000)


def test_sixty_payments_go_out_with_one_button(statement, make_page):
    street, address, rows = statement
    page = make_page()
    sign_in(page, street, "buh")
    page.goto(address)
    shot(page, "statement-before")
    no_serious_findings(page)
    first = page.locator(f"#row-{rows[0].id}")
    first.get_by_text("Изменить", exact=True).click()
    first.locator("input[name=q]").type("сидоров", delay=20)
    first.locator("button[name=payer]").first.wait_for()
    shot(page, "statement-search")
    first.locator("button[name=payer]").first.click()
    expect(first).to_contain_text("100003")
    third = page.locator(f"#row-{rows[2].id}")
    third.get_by_text("Это другой платёж").click()
    expect(third).not_to_contain_text("Это другой платёж")
    company = page.locator(f"#row-{rows[1].id}")
    company.locator("input[type=checkbox]").check()
    expect(company).not_to_contain_text("платит организация")
    expect(page.locator("#push")).to_contain_text("58")
    page.locator(f"#row-{rows[6].id} a.change").click()
    page.locator(f"#fiscal-{rows[6].id} select").first.wait_for()
    shot(page, "statement-controls")
    no_serious_findings(page)
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator(f"#fiscal-{rows[6].id} button[type=submit]").click()
    page.locator(f"#row-{rows[6].id} a.change").wait_for()
    page.locator("#push button").click()
    page.locator(".notice.ok").wait_for()  # said for good, however soon the work is over
    shot(page, "statement-under-way")
    expect(page.locator("#progress[data-poll]")).to_have_count(0, timeout=240_000)
    expect(page.locator(f"#row-{rows[0].id} .badge.fiscalized")).to_be_visible()
    expect(page.locator("td .moving")).to_have_count(0)
    shot(page, "statement-after")
    no_serious_findings(page)
    assert len(street.printed()) == 58
    page.locator(f"#row-{rows[0].id} td a").first.click()
    page.locator("#modal .trace").wait_for()
    shot(page, "statement-trace")
    assert sum(slip["amount"] for slip in street.printed()) == sum(
        row.amount for place, row in enumerate(rows) if place not in (3, 4)
    )
    page.goto(f"{street.web_url}/?module=banksta2&bankstalist=true")
    listed = page.locator(".tablewrap")
    assert listed.evaluate("box => box.scrollWidth <= box.clientWidth"), "the progress stands in sight"
