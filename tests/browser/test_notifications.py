"""Two admins hear what happens, a third one does not: in Chromium, with real processes."""

import time

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from modules.core.db import db
from tests.browser.looks import look
from tests.browser.test_payment import no_serious_findings, sign_in
from tests.notifications.hear import say
from tests.story.street import Cashier, wait_for

pytestmark = pytest.mark.browser
OPTIONS = {
    "LOCALE": "en",
    "DREAMKAS_NOTIFICATIONS_ENABLED": "1",
    "DREAMKAS_CACHE_CHECK_INTERVAL": "1",
    "DREAMKAS_POPUP_TIMEOUT": "100",  # long: what is looked at does not go meanwhile, however slow the machine is
    "DREAMKAS_DESKTOP_NOTIFICATIONS": "1",
}
WATCH = """window.drawn = []; new MutationObserver((changes) => changes.forEach((change) =>
    change.addedNodes.forEach((one) => one.matches?.("#toasts .toast") && drawn.push(one.textContent.trim()))
)).observe(document, { childList: true, subtree: true });"""
SPY = """window.told = []; window.Notification = class {
    constructor(title, options) { told.push([options.body, options.tag]); }
    static permission = "default"; static async requestPermission() { return (this.permission = "granted"); } };"""


@pytest.fixture
def street(make_street, request):
    return make_street(**{**OPTIONS, **getattr(request, "param", {})})


@pytest.fixture
def teller(street):
    """teller("words", level="bad") -> told by another process than the web, as the worker does."""
    app = create_app(street.env)
    yield lambda *words, **how: say(app, *words, **how)
    with app.app_context():
        db.engine.dispose()


def corner(page: Page):
    return page.locator("#toasts .toast")


def drawn_and_told(page: Page) -> None:
    """The page has said that it drew its news. Left before that, it leaves them to the next page: no toast is lost."""
    expect(page.locator("#news:not([hx-vals*=drawn])")).to_have_count(1)


def nothing_anew(page: Page) -> None:
    """Opened again, the page asks at once and there is nothing that it has not got."""
    address = page.url
    page.goto(
        "about:blank"
    )  # so that no answer to the page that goes is taken for one to the page that comes
    with page.expect_response(lambda answer: "getnotys" in answer.url) as asked:
        page.goto(address)
    assert asked.value.status == 204
    expect(corner(page)).to_have_count(0)


def test_a_payment_is_heard_by_two_admins_and_not_by_the_third(street, make_page):
    admin, buh, kassir = (make_page() for _who in range(3))
    for page, login in ((admin, "admin"), (buh, "buh"), (kassir, "kassir")):
        sign_in(page, street, login)
    Cashier(street).pay("ivanov", "450")
    for page in (admin, buh):
        expect(corner(page).filter(has_text="Receipt for ivanov was printed")).to_have_count(1)
        expect(page.locator("#news-count")).to_be_visible()
    expect(kassir.locator("#news")).to_have_count(0)
    expect(corner(kassir)).to_have_count(0)
    Cashier(street).pay("petrova", "450")
    for page in (admin, buh):
        expect(corner(page).filter(has_text="petrova was rejected")).to_have_count(1)
    expect(corner(kassir)).to_have_count(0)


@pytest.mark.parametrize("street", [{"DREAMKAS_POPUP_TIMEOUT": "3"}], indirect=True)
def test_errors_stay_until_closed_and_the_rest_goes_by_itself(street, make_page, teller):
    page = make_page()
    page.add_init_script(WATCH)
    sign_in(page, street, "buh")
    teller("printed", level="ok")
    teller("broken", level="bad")
    wait_for("both", lambda: page.evaluate("drawn") == ["printed", "broken"])
    expect(corner(page)).to_have_text(["broken"])
    drawn_and_told(page)
    page.goto(f"{street.web_url}/?module=dreamkas&getoperations=true")
    expect(corner(page)).to_have_text(["broken"])
    with page.expect_response(lambda answer: "notifications=true" in answer.url):
        corner(page).get_by_role("button").click()
    expect(page.locator("#news-count")).to_have_text("1 unread")
    nothing_anew(page)
    page.locator("#news a").click()
    expect(page.locator("h1")).to_have_text("Notifications")
    expect(page.locator("#news-count")).to_be_hidden()


def test_a_hold_that_is_lifted_leaves_the_corner_of_a_page_that_stays_open(street, make_page, teller):
    page = make_page()
    sign_in(page, street, "buh")
    teller("held", level="bad", kind="hold")
    teller("broken", level="bad")
    expect(corner(page)).to_have_text(["held", "broken"])
    teller("lifted", level="ok", kind="hold")
    expect(corner(page)).to_have_text(["broken", "lifted"])


def test_polling_rests_while_nobody_looks_and_catches_up_at_once(street, make_page, teller):
    page = make_page()
    sign_in(page, street, "buh")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true, configurable: true })"
    )
    polls = []
    page.on("request", lambda asked: polls.append(asked.url) if "getnotys" in asked.url else None)
    teller("missed")
    page.wait_for_timeout(3000)
    assert polls == []
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(corner(page)).to_have_text(["missed"])


def test_a_server_that_is_away_is_asked_less_and_less(street, browser, teller):
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, street, "buh")
    polls = []

    def fail(route):
        polls.append(time.monotonic())
        route.abort()

    page.route("**/*getnotys*", fail)
    expect(page.locator("#offline")).to_be_visible(timeout=5000)
    while len(polls) < 4:
        page.wait_for_timeout(200)
    # The wait begins when the failure is known, so a slow machine only makes it longer: 2, 4, 8 s, less a quarter.
    assert polls[2] - polls[1] >= 3 and polls[3] - polls[2] >= 6, "every second it would be one"
    teller("missed")
    page.unroute("**/*getnotys*")
    expect(corner(page)).to_have_text(["missed"])
    expect(page.locator("#offline")).to_be_hidden()
    context.close()


def test_a_server_stopped_and_started_again_tells_both_admins_what_they_missed(street, browser, teller):
    context = {login: browser.new_context() for login in ("admin", "buh", "kassir")}
    pages = {login: one.new_page() for login, one in context.items()}
    for login, page in pages.items():
        sign_in(page, street, login)
    street.kill("web")
    for login in ("admin", "buh"):
        expect(pages[login].locator("#offline")).to_be_visible(timeout=10_000)
    teller("missed", "this too")
    street.start("web")
    for login in ("admin", "buh"):
        expect(corner(pages[login])).to_have_text(["missed", "this too"])
        expect(pages[login].locator("#offline")).to_be_hidden()
        drawn_and_told(pages[login])
        nothing_anew(pages[login])
        expect(pages[login].locator("#news-count")).to_have_text("2 unread")
    expect(corner(pages["kassir"])).to_have_count(0)
    for one in context.values():
        one.close()


def test_a_page_whose_session_has_ended_says_so_until_one_is_signed_in_again(street, browser, teller):
    context = browser.new_context()
    page, other = context.new_page(), context.new_page()
    sign_in(page, street, "buh")
    expect(page.locator("#signed-out")).to_be_hidden()
    context.clear_cookies()
    teller("missed")
    expect(page.locator("#signed-out")).to_contain_text("Your session has ended")
    expect(corner(page)).to_have_count(0)
    expect(page.locator("#offline")).to_be_hidden()
    no_serious_findings(page)
    sign_in(other, street, "buh")
    expect(corner(page)).to_have_text(["missed"])
    expect(page.locator("#signed-out")).to_be_hidden()
    context.clear_cookies()
    page.goto(f"{street.web_url}/?module=dreamkas&notifications=true")
    expect(page.locator("[name=password]")).to_be_visible()
    context.close()


def test_errors_that_pile_up_become_one_line_that_closes_them_all(street, make_page, teller):
    page = make_page()
    sign_in(page, street, "buh")
    for number in range(11):
        teller(f"broken {number}", level="bad")
    line = corner(page).filter(has_text="11 notifications, errors among them: 11")
    expect(line).to_have_count(1)
    expect(corner(page)).to_have_count(1)
    line.get_by_role("button").click()
    expect(page.locator("#news-count")).to_be_hidden()
    drawn_and_told(page)
    nothing_anew(page)


def test_the_desktop_is_asked_for_by_a_click_and_told_each_thing_once(street, make_page, teller):
    page = make_page()
    page.add_init_script(SPY)
    sign_in(page, street, "buh")
    page.locator("#news a").click()
    teller("before the click")
    expect(corner(page)).to_have_count(1)
    assert page.evaluate("told") == []
    page.get_by_role("button", name="on the desktop too").click()
    expect(page.get_by_text("Notifications appear on the desktop too")).to_be_visible()
    teller("broken", level="bad")
    expect(corner(page)).to_have_count(2)
    # htmx settles a moment after the toast stands there. A function: the CSP forbids to evaluate a string once more.
    page.wait_for_function("() => told.length")
    assert page.evaluate("told") == [["broken", "news-2"]], (
        "what was seen before the click is no news after it"
    )
    drawn_and_told(page)
    page.reload()
    expect(corner(page)).to_have_count(1)
    assert page.evaluate("told") == [], "it stood there already"


def test_plain_http_is_explained(street, make_page):
    page = make_page()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    sign_in(page, street, "buh")
    page.goto(f"{street.web_url}/?module=dreamkas&notifications=true")
    expect(page.get_by_text("only for sites opened by HTTPS")).to_be_visible()
    expect(page.locator("[data-desktop-ask]")).to_be_hidden()


def test_the_corner_fits(street, make_page, teller):
    page = make_page()
    sign_in(page, street, "buh")
    for level in ("info", "ok", "warn", "bad"):
        teller(
            f"Receipt for ivanov: a rather long sentence that says what happened and why ({level})",
            level=level,
        )
    expect(corner(page)).to_have_count(4)
    assert look(page, "notifications-corner") == []
