"""News of the line to Dreamkas: what later news put an end to stands in the list, and in nobody's corner any more."""

import pytest

from modules.core.db import transact
from modules.dreamkas import line
from tests.notifications.hear import Tab, toasts

HELD = "Dreamkas does not accept the token: the queue is held until DREAMKAS_AUTH_TOKEN is right"
STRANGER = "DREAMKAS_API_URL answers, but not as Dreamkas does: the queue is held"
GOES_ON = "Dreamkas answers again: the queue goes on"


@pytest.fixture
def tabs(app, sign_in) -> list[Tab]:
    """A page of each of two admins, who have all there was."""
    tabs = [
        Tab(sign_in("TASKBAR", "DREAMKAS", login=login, browser=app.test_client()))
        for login in ("buh", "boss")
    ]
    for tab in tabs:
        tab.poll()
    return tabs


def hold(app, reason: str = "token") -> None:
    with app.app_context():
        transact(lambda session: line.hold(session, reason, "HTTP 401"))


def lift(app) -> None:
    with app.app_context():
        transact(line._lift)


def test_a_hold_that_is_lifted_goes_from_every_corner_and_stays_in_the_list(app, tabs):
    hold(app)
    assert [tab.poll() for tab in tabs] == [[HELD], [HELD]]
    assert [toasts(Tab(tab.browser).page) for tab in tabs] == [[HELD], [HELD]]
    lift(app)
    assert [tab.poll() for tab in tabs] == [[GOES_ON], [GOES_ON]]
    assert all("delete:#toasts .toast:has([data-news='1'])" in tab.page for tab in tabs)
    assert [toasts(Tab(tab.browser).page) for tab in tabs] == [[], []]
    listed = tabs[0].browser.get("/?module=dreamkas&notifications=true").text
    assert HELD in listed and GOES_ON in listed


def test_one_who_comes_later_hears_only_how_it_ended(app, tabs):
    hold(app)
    lift(app)
    assert tabs[0].poll() == [GOES_ON]
    again = Tab(tabs[0].browser)
    assert (toasts(again.page), again.poll()) == ([], [])


def test_a_hold_stands_while_it_lasts_and_of_two_the_one_that_lasts(app, tabs):
    hold(app)
    lift(app)
    hold(app)
    assert tabs[0].poll() == [HELD]
    assert toasts(Tab(tabs[0].browser).page) == [HELD]
    hold(app, "door")
    assert tabs[0].poll() == [STRANGER]
    assert toasts(Tab(tabs[0].browser).page) == [STRANGER]


def test_dreamkas_that_is_back_is_not_away_in_any_corner(app, tabs):
    with app.app_context():
        transact(lambda session: line.tell("warn", "away", "it is away"))
    assert tabs[0].poll() == ["it is away"]
    with app.app_context():
        transact(lambda session: line.tell("ok", "away", "it is back"))
    assert [tab.poll() for tab in tabs] == [["it is back"], ["it is back"]]
    assert "data-news='1'" in tabs[0].page
