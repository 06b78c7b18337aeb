"""Each route, each role: who lacks a right that it wants is refused, who has it is let in. Enumerated."""

import re

import pytest
from werkzeug.test import TestResponse

from modules.core.admins import RIGHTS as ALL_RIGHTS
from tests.security.filled import MACHINES, changed, digests
from tests.security.routes import NAMED, ONE_OF, RIGHTS, rights_of, routes, rules

KASSIR = ("TASKBAR", "USERPROFILE", "CASH", "UKV")
BUH = ("TASKBAR", "USERPROFILE", "DREAMKAS", "DREAMKASMANAGE", "BANKSTA2")
ROLES = {
    "nothing": (),
    **{right: (right,) for right in ALL_RIGHTS},
    "all but one of two": ("DREAMKASMANAGE", "CASH"),
    "kassir": KASSIR,
    "buh": BUH,
}
READ_BY_ALL = {"dreamkas.notys"}  # looks late: nothing new is nothing told, to anybody (tests/notifications)


def test_every_route_stands_in_the_table_and_nothing_else_does(house):
    endpoints = {rule.endpoint for rule in rules(house.app)}
    for endpoint in endpoints:
        assert rights_of(endpoint), f"who may go to {endpoint}?"
    named = {name for name in RIGHTS if not name.endswith("*")}
    assert named | set(NAMED) | set(ONE_OF) <= endpoints, "a row about a route that is gone"
    modules = {endpoint.split(".")[0] for endpoint in endpoints}
    assert {name[:-2] for name in RIGHTS if name.endswith("*")} <= modules


def refused(answer: TestResponse) -> bool:
    """Whether whoever came was not let in."""
    to_sign_in = answer.status_code in (302, 303) and "module=login" in answer.headers["Location"]
    return answer.status_code in (401, 403) or to_sign_in


def signed(browser) -> str:
    """The key that a form of this session carries."""
    page = browser.get("/?module=login&password=true")
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"|csrf-token" content="([^"]+)"', page.text)
    return next(filter(None, found.groups())) if found else ""


def test_nobody_gets_in_without_signing_in(house):
    stranger = house.app.test_client()
    open_doors = [
        str(route)
        for route in routes(house)
        if not route.is_public
        and route.endpoint not in READ_BY_ALL
        and not refused(stranger.open(route.address, method=route.method))
        and route.method == "GET"
    ]
    assert open_doors == []


def test_a_stranger_changes_nothing_by_any_method(house):
    before = digests(house.app)
    for route in routes(house):
        house.app.test_client().open(route.address, method=route.method, data={"a": "b"})
    assert changed(before, digests(house.app)) <= {"weblogs"}, (
        "wrong keys at the machines' door are journalled"
    )


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_refused_where_it_lacks_a_right(house, role):
    """By GET and by POST with its own CSRF key; nothing is sent that would be an act."""
    browser, wrong = house.browser(*ROLES[role]), []
    before = digests(house.app)
    key = signed(browser)
    for route in routes(house):
        if route.lets_in(ROLES[role]) or route.endpoint in MACHINES or route.endpoint in READ_BY_ALL:
            continue
        answer = browser.open(
            route.address, method=route.method, data={"csrf_token": key} if route.method != "GET" else None
        )
        if not refused(answer):
            wrong.append(f"{route}: {answer.status_code}")
    assert wrong == []
    assert changed(before, digests(house.app)) <= {"panel_sessions"}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reads_what_its_rights_allow(house, role):
    browser = house.browser(*ROLES[role])
    shut = [
        str(route)
        for route in routes(house)
        if route.method == "GET"
        and route.lets_in(ROLES[role])
        and route.endpoint not in MACHINES
        and refused(browser.get(route.address))
    ]
    assert shut == []


def test_root_finds_a_page_at_every_address(house):
    """Else the tests above would prove nothing of a page that no address of theirs reaches."""
    browser = house.browser("ROOT", login="root")
    lost = [
        f"{route}: {answer.status_code}"
        for route in routes(house)
        if route.method == "GET"
        and route.endpoint not in MACHINES
        and (answer := browser.get(route.address)).status_code >= 400
    ]
    assert lost == []


@pytest.mark.parametrize("rights", [("CASH",), KASSIR])
def test_another_admins_draft_is_not_there(house, rights):
    draft = house.names["draft"]
    other = house.browser("BANKSTA2", login="other")
    for route in routes(house):
        if draft in route.address or house.names["mapping"] in route.address:
            assert other.get(route.address).status_code in (404, 405), route
