"""CSRF: no route changes anything by GET, and none by a POST without its key. Enumerated from the url map."""

import pytest

from tests.security.filled import MACHINES, changed, digests, filled_house
from tests.security.routes import routes, rules

# What a GET may write, and why. Nothing of it is money, a receipt, a right or a choice of anybody.
READING = {
    "panel_sessions": "a visit keeps the session alive",
    "dreamkas_receipt_days": "a page asks the worker to read the days that are looked at",
    "dreamkas_receipt_wishes": "a page asks the worker for the receipt that is looked at",
    "dreamkas_webhooks": "a page asks the worker to read the list of webhooks",
    "dreamkas_notification_cursors": "what was told to this admin is told once",
    "weblogs": "a wrong key at the machines' door stands in the journal, once a minute",
}
# Which GET may write which of these; whatever is not named here writes nothing at all (but its own session's visit).
MAY_WRITE = {
    "dreamkas.receipts": {"dreamkas_receipt_days"},
    "dreamkas.receipts_now": {"dreamkas_receipt_days"},
    "dreamkas.receipt": {"dreamkas_receipt_wishes"},
    "dreamkas.receipt_now": {"dreamkas_receipt_wishes"},
    "dreamkas.webhooks": {"dreamkas_webhooks"},
    "dreamkas.notys": {"dreamkas_notification_cursors"},
    "remoteapi.door": {"weblogs"},
}
# Routes that look after the key themselves, so that what was typed is not lost: they say so on their own page.
KEEP_TYPED = {"addcash.money", "ukv.user", "login.index", "banksta2.upload"}
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def root(house):
    return house.browser("ROOT", login="root")


@pytest.mark.parametrize(
    "rights", [("ROOT",), ("TASKBAR", "USERPROFILE", "CASH", "UKV"), ("DREAMKAS", "BANKSTA2"), ()]
)
def test_no_get_changes_anything(house, rights):
    login = "root" if "ROOT" in rights else ""
    browser, wrong = house.browser(*rights, login=login), []
    before = digests(house.app)
    for route in routes(house):
        if route.method != "GET":
            continue
        browser.get(route.address, headers={"HX-Request": "true"})
        browser.get(route.address)
        browser.head(route.address)
        after = digests(house.app)
        moved = changed(before, after) - {"panel_sessions"}
        if moved - MAY_WRITE.get(route.endpoint, set()):
            wrong.append(f"{route}: {sorted(moved)}")
        before = after
    assert wrong == []


def test_every_exception_is_justified_and_of_a_route_that_is_there(house):
    assert set().union(*MAY_WRITE.values()) | {"panel_sessions"} == set(READING)
    assert all(READING.values())
    assert {*MAY_WRITE, *KEEP_TYPED} <= {rule.endpoint for rule in rules(house.app)}


def test_the_values_of_a_post_do_nothing_in_an_address(house, root):
    """Ubilling repeats a fiscal operation, maps a position and empties its cache by a link."""
    before, names = digests(house.app), house.names
    for query in (
        f"module=dreamkas&repeatFiscOp={names['rejected']}&confirm=true",
        f"module=dreamkas&cancelFiscOp={names['operation']}&cancelreason=x",
        "module=dreamkas&getgoods=true&setselpossrvmapping=ukv&goodsid=old&servicetype=ukv",
        "module=dreamkas&setselpossrvmapping=ukv&goodsid=old",
        "module=dreamkas&delselpossrvmapping=true&servicetype=internet",
        "module=dreamkas&dreamkasforcecacheupdate=true",
        f"module=dreamkas&matchdrift=true&driftrow={names['drift']}",
        f"module=banksta2&showhash={names['statement']}&bankstaneedpaymentspush=true",
        f"module=banksta2&statementdelete={names['statement']}&confirm=true",
        "module=addcash&username=ivanov&newcash=100&operation=add&cashtype=1",
        "module=login&signout=true",
    ):
        root.get(f"/?{query}")
        root.head(f"/?{query}")
    assert changed(before, digests(house.app)) <= {"panel_sessions"}


def test_no_post_without_its_key_does_anything(house, root):
    wrong = []
    before = digests(house.app)
    for route in routes(house):
        if route.method not in WRITES or route.endpoint in MACHINES:
            continue
        answer = root.open(route.address, method=route.method, data={"newcash": "1", "operation": "add"})
        expected = (422, 400, 303, 302) if route.endpoint in KEEP_TYPED else (400,)
        if answer.status_code not in expected:
            wrong.append(f"{route}: {answer.status_code}")
    assert wrong == []
    assert changed(before, digests(house.app)) <= {"panel_sessions"}


@pytest.mark.parametrize("key", ["", "x", "IjAwMDAi.made.up"])
def test_a_key_that_is_not_this_sessions_is_none(house, root, key):
    other = house.browser("ROOT", login="another")
    stolen = (
        other.get("/?module=login&password=true").text.partition('csrf-token" content="')[2].partition('"')[0]
    )
    wrong = []
    for route in routes(house):
        if route.method in WRITES and route.endpoint not in MACHINES and route.endpoint not in KEEP_TYPED:
            codes = {
                root.post(route.address, data={"csrf_token": word}).status_code for word in (key, stolen)
            }
            if codes != {400}:
                wrong.append(f"{route}: {codes}")
    assert stolen and wrong == []


def test_the_machines_door_is_the_only_one_that_wants_no_key(house):
    exempt = house.app.extensions["csrf"]._exempt_views | house.app.extensions["csrf"]._exempt_blueprints
    views = {f"{view.__module__}.{view.__name__}": name for name, view in house.app.view_functions.items()}
    assert {views.get(name, name) for name in exempt} <= {*MACHINES, *KEEP_TYPED}


def test_the_cookie_is_not_sent_by_other_sites_nor_read_by_scripts(tmp_path, empty_tables):
    with filled_house(tmp_path, empty_tables, TRUSTED_PROXIES="1") as house:
        https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        cookie = house.app.test_client().get("/?module=login", headers=https).headers["Set-Cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Secure"))
