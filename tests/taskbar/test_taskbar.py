"""The first page and the quick search."""

import pytest

from modules.billing.models import Contract, RealName, User
from modules.core.db import transact


@pytest.fixture
def subscribers(app):
    """Three subscribers of the Internet, one with a hostile name."""
    names = {
        "ivanov": "Иванов Иван",
        "petrova": "Петрова Анна",
        "mallory": "<script>alert(1)</script> Иванов",
    }

    def work(session):
        for number, (login, name) in enumerate(names.items(), 100001):
            session.add_all([User(login=login), RealName(login=login, realname=name)])
            session.add(Contract(login=login, contract=str(number)))

    with app.app_context():
        transact(work)


def found(page):
    return [(tag.attrs["href"], tag.text) for tag in page.all("a", class_="found")]


def test_a_stranger_is_asked_who_he_is(page):
    assert page("/", status=303).location.startswith("/?module=login")


def test_both_addresses_lead_to_the_taskbar_and_its_search_has_the_focus(page, sign_in):
    sign_in("TASKBAR", "USERPROFILE")
    for address in ("/", "/?module=taskbar"):
        shown = page(address)
        assert shown.h1 == "Taskbar"
        assert "autofocus" in shown.by_id("seek").attrs


def test_who_may_see_no_subscribers_has_no_field_to_search_them(page, sign_in):
    sign_in("TASKBAR")
    shown = page("/")
    assert not shown.all("input", name="q")
    assert shown.shows("There is nothing here for you yet")


def test_who_has_not_the_taskbar_reads_so(page, sign_in):
    sign_in("CASH")
    assert page("/", status=403).h1 == "Access denied"


def test_icons_are_shown_by_right_and_option(make_app, page, sign_in):
    for rights, option, icons in ((["UKV"], "1", True), (["UKV"], "0", False), ([], "1", False)):
        browser = make_app(UKV_ENABLED=option).test_client()
        sign_in("TASKBAR", *rights, browser=browser)
        cards = [tag.attrs["href"] for tag in page("/", browser=browser).all("a", class_="card")]
        assert ("/?module=ukv&users=true&userslist=true" in cards) == icons


# --- the search ---


def test_a_part_of_a_name_finds_them_as_one_types(page, sign_in, subscribers):
    sign_in("USERPROFILE")
    part = page("/?module=taskbar&search=true&q=иван", htmx=True)
    assert not part.is_whole
    assert [href for href, _ in found(part)] == [
        f"/?module=userprofile&username={login}" for login in ("ivanov", "mallory")
    ]
    assert "100001" in found(part)[0][1]


def test_who_takes_money_lands_at_the_money_form(page, sign_in, subscribers):
    sign_in("USERPROFILE", "CASH")
    part = page("/?module=taskbar&search=true&q=petrova", htmx=True)
    assert [href for href, _ in found(part)] == ["/?module=addcash&username=petrova"]


def test_enter_opens_the_only_one_found(page, sign_in, subscribers):
    sign_in("USERPROFILE", "CASH", "TASKBAR")
    arrived = page("/").form("q").submit(303, q="100002")
    assert arrived.location == "/?module=addcash&username=petrova"


def test_enter_shows_all_when_there_are_several(page, sign_in, subscribers):
    sign_in("USERPROFILE")
    shown = page("/?module=taskbar&search=true&q=Иванов")
    assert len(found(shown)) == 2
    assert shown.by_id("seek").attrs["value"] == "Иванов"


def test_a_hostile_name_is_text(page, sign_in, subscribers):
    sign_in("USERPROFILE")
    for htmx in (False, True):
        shown = page("/?module=taskbar&search=true&q=Иванов", htmx=htmx)
        assert shown.shows("<script>alert(1)</script> Иванов")
        assert not [tag for tag in shown.all("script") if "src" not in tag.attrs]


def test_nobody_found_says_what_would_do(page, sign_in, subscribers):
    sign_in("USERPROFILE")
    assert page("/?module=taskbar&search=true&q=zzz", htmx=True).shows("Nobody was found")
    assert page("/?module=taskbar&search=true&q=+", htmx=True).text == ""
    assert page("/?module=taskbar&search=true", htmx=True).text == ""


def test_the_search_is_for_those_who_may_see_subscribers(page, sign_in, subscribers):
    sign_in("TASKBAR", "CASH")
    assert page("/?module=taskbar&search=true&q=ivanov", status=403).h1 == "Access denied"
    sign_in("UKV")
    assert not found(page("/?module=taskbar&search=true&q=ivanov", htmx=True))
