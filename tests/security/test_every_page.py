"""What every answer must have, and what none may tell: headers, escaped words, secrets. Enumerated."""

import logging
import re

import pytest

from modules.core.serial import serial
from tests.page import Page, audit
from tests.security.filled import KEY, MACHINES, PHONE, TOKEN, filled_house
from tests.security.routes import routes

HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
RULES = (
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
# Here the key of RemoteAPI is what an admin with DREAMKASMANAGE came for: the address to be told to Dreamkas.
SHOW_THE_KEY = {
    "dreamkas.webhook_create",
    "dreamkas.webhook_edit",
    "dreamkas.webhook_address",
    "dreamkas.webhooks",
}
SHOW_THE_KEY |= {"dreamkas.webhook_delete"}


@pytest.fixture(scope="module")
def walked(house, request):
    """Every answer that root and a stranger get: (route, answer, what was logged)."""
    root, stranger = house.browser("ROOT", login="root"), house.app.test_client()
    found = []
    for route in routes(house):
        for browser in (root, stranger):
            for headers in ({}, {"HX-Request": "true"}):
                found.append((route, browser.open(route.address, method=route.method, headers=headers)))
    for address in ("/nowhere", "/?module=none", "/?module=dreamkas&module=x", "/module/dreamkas/getgoods"):
        found.append((address, root.get(address)))
    return found


def lacks(answer) -> list[str]:
    """What is missing of what every answer must carry."""
    policy, headers = answer.headers.get("Content-Security-Policy", ""), answer.headers
    wrong = [rule for rule in RULES if rule not in policy]
    wrong += ["unsafe in the policy"] if "unsafe" in policy else []
    wrong += ["nosniff"] if headers.get("X-Content-Type-Options") != "nosniff" else []
    wrong += ["X-Frame-Options"] if headers.get("X-Frame-Options") != "DENY" else []
    wrong += ["Referrer-Policy"] if headers.get("Referrer-Policy") != "same-origin" else []
    wrong += ["no-store"] if "no-store" not in headers.get("Cache-Control", "") else []
    return wrong


def test_every_answer_carries_the_headers(walked):
    wrong = [
        f"{route} {answer.status_code}: {missing}" for route, answer in walked if (missing := lacks(answer))
    ]
    assert wrong == []


def test_behind_https_every_answer_says_so_for_a_year(tmp_path, empty_tables):
    with filled_house(tmp_path, empty_tables, TRUSTED_PROXIES="1") as house:
        root = house.browser("ROOT", login="root")
        bare = [
            str(route)
            for route in routes(house)
            if "max-age=31536000"
            not in root.open(route.address, method=route.method, headers=HTTPS).headers.get(
                "Strict-Transport-Security", ""
            )
        ]
        assert bare == []


def test_no_page_holds_code_or_a_form_without_its_key(house, walked):
    """The audit of tests/page.py, for what no other test opens."""
    wrong, browser = [], house.app.test_client()
    for route, answer in walked:
        if answer.mimetype == "text/html" and answer.status_code < 300:
            address = getattr(route, "address", route)
            wrong += [f"{route}: {trouble}" for trouble in audit(Page(browser, address, answer))]
    assert wrong == []


def test_no_answer_tells_a_secret(house, walked):
    with house.app.app_context():
        remote = serial()
    wrong = []
    for route, answer in walked:
        text = answer.text + str(answer.headers)
        told = [name for name, word in {"token": TOKEN, "signing key": KEY}.items() if word in text]
        told += ["hash of a password"] if "$argon2" in text else []
        if remote in text and getattr(route, "endpoint", "") not in SHOW_THE_KEY:
            told.append("key of RemoteAPI")
        if told:
            wrong.append(f"{route}: {told}")
    assert wrong == []


def test_no_address_names_a_phone_or_a_secret(house, walked):
    """Addresses stand in logs, in the history of browsers, and in what they tell to others."""
    wrong = []
    for route, answer in walked:
        places = re.findall(r'(?:href|action|src|hx-[a-z]+)="([^"]*)"', answer.text)
        for address in (*places, answer.headers.get("Location", "")):
            if re.search(r"\+?7?9[0-9]{9}(?![0-9a-f])", address) or TOKEN in address or KEY in address:
                wrong.append(f"{route}: {address}")
    assert wrong == []


def test_no_log_line_of_any_page_names_a_phone_or_a_secret(house, caplog):
    caplog.set_level(logging.DEBUG)
    root = house.browser("ROOT", login="root")
    with house.app.app_context():
        remote = serial()
    for route in routes(house):
        root.open(route.address, method=route.method, data={"newmobile": PHONE, "a": PHONE})
        if route.endpoint in MACHINES:
            root.get(f"{route.address}&key={remote}&action=health")
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("sqlalchemy")]
    for word in (TOKEN, KEY, remote, PHONE, PHONE[2:]):
        assert not [line for line in lines if word in line]


def test_an_error_says_neither_sql_nor_path_nor_line(house, monkeypatch):
    """A failing database prints the query in Ubilling."""
    root = house.browser("ROOT", login="root")
    house.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(house.app, "testing", False)
    monkeypatch.setattr("modules.core.tables.Table.page_of", _fails)
    answer = root.get("/?module=dreamkas&getoperations=true")
    assert answer.status_code == 500
    for word in ("SELECT", "Traceback", ".py", "sqlite", "dreamkas_operations", "secret column"):
        assert word not in answer.text


def _fails(*_):
    raise RuntimeError("sqlite: SELECT secret column FROM dreamkas_operations")


def test_debugging_is_off(house):
    assert not house.app.debug
