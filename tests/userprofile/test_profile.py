"""The profile of an Internet subscriber."""

import pytest

PROFILE = "/?module=userprofile&username=ivanov"


def test_the_profile_says_who_it_is(books, sign_in, page):
    sign_in("USERPROFILE")
    profile = page(PROFILE)
    for words in ("Иванов Иван Иванович", "100001", "ivanov", "Домашний 100", "₽120.50", "+79110000001"):
        assert profile.shows(words)
    assert profile.title.startswith("User profile: Иванов")


def test_money_and_contacts_are_for_those_who_may(books, sign_in, page):
    sign_in("USERPROFILE")
    assert not any("addcash" in link or "mobileedit" in link for link in page(PROFILE).links)
    sign_in("USERPROFILE", "CASH")
    assert any("addcash" in link for link in page(PROFILE).links)
    assert any("mobileedit" in link for link in page(PROFILE).links)


@pytest.mark.parametrize("username", ["nobody", "", "%00", "%27%20OR%201=1", "a" * 3000])
def test_nobody_has_no_profile(books, sign_in, page, username):
    sign_in("USERPROFILE")
    assert page(f"/?module=userprofile&username={username}", 404).shows("There is no such subscriber.")


def test_the_profile_wants_its_right(books, sign_in, page):
    sign_in("CASH")
    assert page(PROFILE, 403).shows("Access denied")
