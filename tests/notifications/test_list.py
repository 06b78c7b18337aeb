"""The list of all notifications, and the language they are read in."""

import html
import re
from functools import partial

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from modules.core.db import clock, db, transact
from modules.dreamkas.models import Operation
from modules.dreamkas.privacy import purge
from modules.dreamkas.words import REASONS
from modules.notifications.models import Closed, Notification
from modules.notifications.service import N_, tell, text
from tests.books import fill
from tests.notifications.hear import Tab, say, toasts, unread_of

LIST = "/?module=dreamkas&notifications=true"


@pytest.fixture
def buh(sign_in):
    return sign_in("TASKBAR", "DREAMKAS", login="buh")


def test_an_empty_list_says_what_will_stand_there(buh, page):
    assert page(LIST).shows("No notifications")


def test_the_list_shows_the_newest_first_and_tells_the_unread_ones(app, buh, page):
    say(app, "one", "<b>two</b>", level="bad")
    listed = page(LIST)
    assert listed.h1 == "Notifications"
    assert listed.text.index("<b>two</b> (unread)") < listed.text.index("one (unread)")
    assert page(LIST + "&q=two", htmx=True).shows("<b>two</b>")
    assert "one" not in page(LIST + "&q=two", htmx=True).text


def test_reading_the_list_is_noted_by_a_post_only(app, buh, page):
    say(app, "one")
    listed = page(LIST)
    assert unread_of(page("/").html) == "1", "looking alone changes nothing"
    say(app, "came meanwhile")
    after = listed.form("read").submit().follow()
    assert unread_of(after.html) == "1"
    assert after.shows("came meanwhile (unread)")
    assert not after.shows("one (unread)")


def test_nonsense_in_the_post_changes_nothing(app, buh, page):
    say(app, "one", level="bad")
    tab = Tab(buh)
    tab.poll()
    for form in ({}, {"closed": "x"}, {"closed": "-1"}, {"closed": "9" * 40}, {"read": "5.forged"}):
        assert tab.post(**form).status_code == 200
    assert unread_of(page("/").html) == "1"


def test_one_without_the_right_neither_reads_nor_marks(app, sign_in, page):
    sign_in("TASKBAR", "CASH")
    start = page("/")
    assert page(LIST, status=403).h1 == "Access denied"
    assert start.post(LIST, {"read": "1"}, status=403)


def test_the_whole_list_comes_as_a_file(app, buh):
    say(app, "=1+1", level="warn")
    answer = buh.get(LIST + "&csv=true")
    assert answer.mimetype == "text/csv"
    assert "Warning;'=1+1" in answer.text


def test_a_notification_leads_to_its_operation_only_who_may_see_it(make_app, sign_in):
    app = make_app(DREAMKAS_ADMINS_ALLOWED="buh,kassir")
    with app.app_context():
        transact(lambda session: tell("bad", "test", "about an operation", 7))
    buh = sign_in("TASKBAR", "DREAMKAS", login="buh", browser=app.test_client())
    kassir = sign_in("TASKBAR", login="kassir", browser=app.test_client())
    for browser, leads in ((buh, True), (kassir, False)):
        tab = Tab(browser)
        assert tab.poll() == ["about an operation"]
        assert ("showdetailedFiscOp=7" in tab.page) is leads
        assert ("showdetailedFiscOp=7" in browser.get(LIST).text) is leads


def test_a_cashier_is_led_to_the_payment(make_app, sign_in):
    app = make_app(DREAMKAS_ADMINS_ALLOWED="kassir")
    with app.app_context():
        fill()
        for kind, subscriber in (("payment", "ivanov"), ("ukv_payment", "1")):
            transact(partial(_rejected, source_kind=kind, subscriber=subscriber))
    kassir = sign_in("TASKBAR", "CASH", login="kassir", browser=app.test_client())
    tab = Tab(kassir)
    assert len(tab.poll()) == 2
    leads = re.findall(r'<a href="([^"]*)">rejected', tab.page)
    assert [html.unescape(url) for url in leads] == ["/?module=addcash&username=ivanov"], (
        "cable TV is not theirs"
    )
    assert kassir.get(html.unescape(leads[0])).status_code == 200


def _rejected(session, **of: str) -> None:
    one = Operation(operation_id=of["subscriber"], created_utc=clock(), source_id=1, state="rejected", **of)
    session.add(one)
    session.flush()
    tell("bad", "test", "rejected", one.id)


def test_desktop_notifications_are_offered_only_where_they_are_on(make_app, sign_in):
    for on in ("0", "1"):
        app = make_app(DREAMKAS_DESKTOP_NOTIFICATIONS=on)
        browser = sign_in("TASKBAR", "DREAMKAS", browser=app.test_client())
        assert ("data-desktop-ask" in browser.get(LIST).text) is (on == "1")
        assert ("data-desktop" in browser.get("/").text) is (on == "1")


def test_a_word_of_ours_inside_is_translated_when_it_is_read(app):
    sentence = N_("Receipt for %(subscriber)s was rejected: %(reason)s")
    with app.test_request_context():
        transact(
            lambda session: tell("bad", "test", sentence, subscriber="ivanov", reason=REASONS["no_mobile"])
        )
        row = db.session.get(Notification, 1)
        with force_locale("en"):
            english = text(row)
        with force_locale("ru"):
            russian = text(row)
            assert str(REASONS["no_mobile"]) in russian
    assert english == "Receipt for ivanov was rejected: the subscriber has no usable mobile phone number"
    assert "mobile phone" not in russian


def test_purge_forgets_the_old_ones_and_that_they_were_closed(app, sign_in):
    buh = sign_in("TASKBAR", "DREAMKAS", login="buh", browser=app.test_client())
    say(app, "old", level="bad", days_ago=10)
    say(app, "young", level="bad")
    tab = Tab(buh)
    tab.poll()
    for number in ("1", "2"):
        tab.post(closed=number)
    with app.app_context():
        assert purge(5)[1] == 1
        assert db.session.scalars(select(Closed.notification_id)).all() == [2]
    assert toasts(Tab(buh).page) == []
    say(app, "new", level="bad")
    assert Tab(buh).poll() == ["new"]
