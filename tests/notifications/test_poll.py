"""The poll behind the bell: everybody who may hears everything, once per open page; nothing new asks no table."""

import re

import pytest
from sqlalchemy import select

from modules.core.admins import Admin
from modules.core.db import db, transact
from modules.notifications import marks, news, pulse
from modules.notifications.models import Notification
from modules.notifications.service import tell
from tests.notifications.hear import HTMX, POLL, Tab, say, toasts, unread_of


@pytest.fixture
def buh(sign_in):
    """Somebody who may see notifications, with a browser."""
    return sign_in("TASKBAR", "DREAMKAS", login="buh")


# --- who ---


def test_nobody_without_the_right_hears_anything(app, sign_in):
    say(app, "secret")
    kassir = sign_in("TASKBAR", "CASH")
    assert kassir.get(POLL, headers=HTMX).status_code == 403
    page = kassir.get("/").text
    assert 'id="news"' not in page
    assert "secret" not in page


def test_only_the_admins_allowed_hear(make_app, sign_in):
    app = make_app(DREAMKAS_ADMINS_ALLOWED="Boss, kassir")
    say(app, "news")
    buh = sign_in("TASKBAR", "DREAMKAS", login="buh", browser=app.test_client())
    kassir = sign_in("TASKBAR", "CASH", login="kassir", browser=app.test_client())
    assert buh.get(POLL, headers=HTMX).status_code == 403
    assert Tab(kassir).poll() == ["news"]


def test_nobody_hears_while_they_are_off(make_app, sign_in):
    for off in ({"DREAMKAS_NOTIFICATIONS_ENABLED": "0"}, {"DREAMKAS_ENABLED": "0"}):
        app = make_app(**off)
        root = sign_in("ROOT", login="root", browser=app.test_client())
        assert root.get(POLL, headers=HTMX).status_code == 403
        assert root.get("/?module=dreamkas&notifications=true").status_code == 403
        assert 'id="news"' not in root.get("/").text


def test_a_poll_without_a_session_is_401_and_leads_nowhere(app, client):
    answer = client.get(POLL, headers=HTMX)
    assert (answer.status_code, answer.headers.get("HX-Redirect")) == (401, None)


def test_rights_that_are_taken_away_hold_as_soon_as_there_is_something_to_tell(app, buh):
    tab = Tab(buh)
    tab.poll()
    with app.app_context():
        transact(
            lambda session: setattr(session.scalar(select(Admin).where(Admin.login == "buh")), "rights", "")
        )
    say(app, "secret")
    answer = buh.get(f"{POLL}&since={tab.values['since']}", headers=HTMX)
    assert answer.status_code == 403
    assert "secret" not in answer.text


# --- once ---


def test_each_page_shows_each_notification_once(app, buh):
    first, second = Tab(buh), Tab(buh)
    say(app, "one")
    say(app, "two")
    assert (first.poll(), first.poll()) == (["one", "two"], [])
    assert (second.poll(), second.poll()) == (["one", "two"], [])


def test_a_reload_brings_what_was_missed_and_nothing_twice(app, buh):
    tab = Tab(buh)
    say(app, "one")
    assert tab.poll() == ["one"]
    say(app, "two")
    again = Tab(buh)
    assert toasts(again.page) == []
    assert (again.poll(), again.poll(), Tab(buh).poll()) == (["two"], [], [])


def test_a_page_left_before_it_drew_the_news_leaves_them_to_the_next(app, buh):
    tab = Tab(buh)
    tab.poll()
    say(app, "one")
    assert tab.poll(leaves=True) == []
    after = Tab(buh)
    assert (after.poll(), after.poll(), Tab(buh).poll()) == (["one"], [], [])


def test_a_page_that_is_behind_takes_nothing_back(app, buh):
    say(app, "one", "two")
    assert Tab(buh).poll() == ["one", "two"]
    with app.app_context():
        marks.note_shown("buh", "1")
    assert Tab(buh).poll() == []


def test_what_was_missed_more_than_a_day_ago_stands_in_the_list_only(app, buh, page):
    say(app, "old", days_ago=1.1)
    say(app, "young", days_ago=0.9)
    tab = Tab(buh)
    assert tab.poll() == ["young"]
    assert tab.poll() == []
    listed = page("/?module=dreamkas&notifications=true")
    assert listed.shows("old")
    assert listed.shows("young")


def test_two_admins_hear_each_for_themselves(app, buh, sign_in):
    boss = sign_in("ROOT", login="boss", browser=app.test_client())
    tabs = Tab(buh), Tab(boss)
    say(app, "one")
    assert [tab.poll() for tab in tabs] == [["one"], ["one"]]


def test_a_number_that_commits_late_is_heard_all_the_same(app, buh):
    """MariaDB and PostgreSQL give numbers before they commit."""
    say(app, "one", "two", "three")
    with app.app_context():
        held = transact(lambda session: _take_out(session, 2))
    tab = Tab(buh)
    assert tab.poll() == ["one", "three"]
    assert tab.poll() == []
    with app.app_context():
        transact(lambda session: session.add(Notification(**held)))
        pulse.ring()
    assert tab.poll() == ["two"]
    assert tab.poll() == []


def _take_out(session, number: int) -> dict:
    row = session.get(Notification, number)
    values = {column.name: getattr(row, column.name) for column in Notification.__table__.columns}
    session.delete(row)
    return values


def test_a_link_from_elsewhere_marks_nothing_as_shown(app, buh):
    say(app, "one")
    assert "one" in buh.get(POLL).text
    assert Tab(buh).poll() == ["one"]


def test_a_cursor_that_we_did_not_sign_is_none(app, buh):
    say(app, "one")
    tab = Tab(buh)
    tab.values["since"] = "999999.forged"
    assert tab.poll() == ["one"]


# --- how many, how long ---


def test_five_at_once_are_five_and_five_hundred_a_summary(app, buh):
    tab = Tab(buh)
    say(app, *"abcde")
    assert tab.poll() == list("abcde")
    say(app, *(str(number) for number in range(499)))
    say(app, "broken", level="bad")
    assert tab.poll() == ["500 notifications, errors among them: 1"]
    assert unread_of(tab.page) == "99+"


def test_errors_stay_from_page_to_page_until_they_are_closed(app, buh):
    tab = Tab(buh)
    say(app, "fine", level="ok")
    say(app, "broken", level="bad")
    assert tab.poll() == ["fine", "broken"]
    assert re.findall(r'data-seconds="(\d+)"', tab.page) == ["10", "0"]
    again = Tab(buh)
    assert toasts(again.page) == ["broken"]
    assert again.poll() == [], "it stands there already"
    assert (unread_of(again.page), unread_of(tab.post(closed="2").text)) == ("2", "1")
    assert tab.post(closed="2").status_code == 200, "closed in another window too"
    assert toasts(Tab(buh).page) == []


def test_many_errors_stand_as_one_line_that_closes_them_all(app, buh):
    tab = Tab(buh)
    say(app, *"abcde", level="bad")
    assert len(tab.poll()) == 5
    say(app, "f", level="bad")
    assert len(tab.poll()) == 1
    page = Tab(buh).page
    assert toasts(page) == ["6 notifications, errors among them: 6"]
    closing = re.search(r'hx-vals="\{&#34;read&#34;: &#34;([^&]*)&#34;\}"', page)[1]
    assert unread_of(tab.post(read=closing).text) == ""
    assert toasts(Tab(buh).page) == []


def test_errors_that_pile_up_in_an_open_page_become_one_line(app, buh):
    tab = Tab(buh)
    for word in "abcde":
        say(app, word, level="bad")
        assert tab.poll() == [word]
    say(app, "fine", level="ok")
    say(app, "k", level="bad")
    assert tab.poll() == ["6 notifications, errors among them: 6", "fine"]
    assert 'hx-swap-oob="innerHTML:#toasts"' in tab.page, "in place of the five"
    tab.post(closed="1")
    tab.post(closed="2")
    say(app, "l", level="bad")
    assert tab.poll() == ["l"]
    say(app, *(str(number) for number in range(20)))
    say(app, "m", level="bad")
    assert tab.poll() == ["26 notifications, errors among them: 6"]


def test_the_popup_time_and_the_interval_are_alter_ini_s(make_app, sign_in):
    app = make_app(DREAMKAS_POPUP_TIMEOUT="3", DREAMKAS_CACHE_CHECK_INTERVAL="17")
    buh = sign_in("TASKBAR", "DREAMKAS", browser=app.test_client())
    tab = Tab(buh)
    assert "every 17s" in tab.page
    say(app, "one")
    tab.poll()
    assert 'data-seconds="3"' in tab.page
    assert "every 17s" in tab.page


def test_only_the_taskbar_polls_when_alter_ini_says_so(make_app, sign_in):
    app = make_app(DREAMKAS_NOTIFY_ANYWHERE="0")
    buh = sign_in("TASKBAR", "DREAMKAS", browser=app.test_client())
    say(app, "broken", level="bad")
    assert Tab(buh).poll() == ["broken"]
    elsewhere = buh.get("/?module=dreamkas&getoperations=true").text
    assert "getnotys" not in elsewhere
    assert toasts(elsewhere) == []
    assert unread_of(elsewhere) == "1", "the bell itself hangs everywhere"


def test_a_hostile_word_stays_a_word(app, buh):
    tab = Tab(buh)
    say(app, "<script>alert(1)</script>")
    assert tab.poll() == ["<script>alert(1)</script>"]
    assert "<script>alert" not in tab.page


# --- only what is committed ---


def test_what_is_rolled_back_is_not_told(app, buh):
    tab = Tab(buh)
    tab.poll()

    def work(session):
        tell("bad", "test", "never")
        raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        transact(work)
    assert tab.poll() == []


def test_a_poll_does_not_keep_a_session_alive(app):
    view = app.view_functions["dreamkas.notys"]
    assert view.keeps_alive is False


def test_a_cursor_knows_everything_but_the_numbers_it_names(app):
    say(app, *"abcde")
    with app.app_context():
        transact(lambda session: session.delete(session.get(Notification, 2)))
        pulse.ring()
        assert news.position() == "5-2"
        wanted = select(Notification.id).where(news.unseen("4-3-2")).order_by(Notification.id)
        assert db.session.scalars(wanted).all() == [3, 5]
