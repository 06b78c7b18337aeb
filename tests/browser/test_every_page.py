"""Every page an admin can reach by links: it fits and hinders nobody, by day and night, at a desk and on a phone."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from modules.core.db import db
from tests.banksta2.files import LINES, csv
from tests.banksta2.processing import change, imported, rows_of
from tests.browser.looks import look
from tests.browser.test_payment import sign_in
from tests.notifications.hear import say
from tests.statements.make import one_c
from tests.story.street import Cashier, Street, hidden, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("every-page")]
LONG = "ООО «Ромашка и партнёры с очень длинным именем, какие бывают у плательщиков»"
DOCUMENT = {
    "Номер": "15",
    "Дата": "24.11.2026",
    "Сумма": "350.00",
    "Плательщик1": LONG,
    "ПолучательСчет": "40702810900000000001",
    "НазначениеПлатежа": "Оплата по договору 100001",
}
# Values of these choose what a list shows, not another page.
SAME = {"q", "sort", "page", "next", "show", "back"}
LEAST = 30  # pages; fewer, and the walk has lost its way


@pytest.fixture(scope="module")
def street(open_street) -> Street:
    """A street where something has happened: receipts printed and refused, a statement, news, a webhook."""
    street = open_street(BANKSTA2_ENABLED="1", DREAMKAS_NOTIFICATIONS_ENABLED="1")
    street.listen()
    cashier = Cashier(street)
    for subscriber, roubles, fiscalize in (
        ("ivanov", "450", True),
        ("petrova", "12 345,67", True),
        ("sidorov", "90", False),
    ):
        cashier.pay(subscriber, roubles, fiscalize=fiscalize)
    wait_for("the slip", street.printed)
    bring(street, "реестр с очень длинным именем от банка.csv", csv(*LINES))
    bring(street, "kl_to_1c.txt", one_c(DOCUMENT).encode("cp1251"))
    app = create_app(street.env)
    first, second, third, *_rest = rows_of(app, imported(app, 12))
    change(app, first.id, subscriber="", contract="unknown", service_type="", realname=LONG)
    change(app, second.id, verdict="suspected", twin_id=third.id, identity_key=None, identity="x")
    change(app, third.id, payer_inn="7707083893", tick=False, realname=LONG)
    for level in ("info", "ok", "warn", "bad"):
        say(app, f"{LONG}: {level}", level=level)
    with app.app_context():
        db.engine.dispose()
    return street


def bring(street: Street, name: str, data: bytes) -> None:
    """The admin uploads a file; its import stays a draft."""
    desk, address = Cashier(street, "admin"), "/?module=banksta2&uploadform=true"
    form = {"csrf_token": hidden(desk.get(address).text, "csrf_token")}
    answer = desk.browser.post(
        street.web_url + address, data=form, files={"uploadbnksta2": (name, data)}, timeout=60
    )
    assert answer.ok, answer.text


def kind_of(address: str) -> tuple[str, ...]:
    """What page that is, whoever and whatever it is about."""
    pairs = parse_qsl(urlsplit(address).query)
    return tuple(sorted(value if name == "module" else name for name, value in pairs if name not in SAME))


def links(page: Page) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    return [
        address for address in found if re.match(r"/(\?module=|$)", address) and "csv=true" not in address
    ]


def test_the_virtual_cash_register_shows_what_it_printed(street, make_page):
    page = make_page()
    page.goto(street.sandbox_url)
    expect(page.get_by_text("450,00").first).to_be_visible()
    assert look(page, "sandbox") == []


def test_every_page_fits_and_hinders_nobody(street, make_page):
    page = make_page()
    page.goto(f"{street.web_url}/?module=login")
    wrong = look(page, "login")
    sign_in(page, street, "admin")
    waiting, seen = (
        ["/?module=taskbar", *(f"/?module=addcash&username={who}" for who in ("petrova", "ivanov"))],
        set(),
    )
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(street.web_url + address)
        assert answer.status == 200, address
        wrong += look(page, "-".join(kind) or "home")
        waiting += links(page)
    assert wrong == []
    assert len(seen) >= LEAST
