"""The quick search: every word is found somewhere, whatever its case; hostile signs are just signs."""

import pytest
from sqlalchemy import update

from modules.billing.demo import fill_books
from modules.billing.models import RealName
from modules.billing.search import words_of
from modules.billing.service import UKV, search, ukv_where
from modules.core.db import transact


def keys(text, **books):
    return [found.key for found in search(text, **books)]


@pytest.fixture
def people(any_books):
    with any_books.app_context():
        yield any_books


KNOWN_BY = {
    "ivanov": "ivanov",
    "IVA": "ivanov",
    "100001": "ivanov",
    "иванов": "ivanov",
    "ИВАН": "ivanov",
    "иванович ИВАНОВ": "ivanov",
    "петр сид": "sidorov",  # ё is as good as е
    "ленина 1/2": "ivanov",
    "8 911 000-00-03": "sidorov",
    "+79110000003": "sidorov",
    "0000003": "sidorov",
    "приозерск анна": "petrova",
}
NOBODY = ("%", "_", "*", "[а-я]", "?", "' OR 1=1 --", "\\", "\0", "никого", "", "   ")


@pytest.mark.database
def test_a_subscriber_is_found_by_whatever_one_knows(people):
    assert {typed: keys(typed)[:1] for typed in KNOWN_BY} == {typed: [who] for typed, who in KNOWN_BY.items()}


@pytest.mark.database
def test_signs_of_search_languages_are_just_signs(people):
    assert {typed: keys(typed, ukv=True) for typed in NOBODY} == {typed: [] for typed in NOBODY}


@pytest.mark.database
def test_cable_subscribers_are_found_when_asked_for(people):
    assert keys("кузнецова") == []
    assert keys("кузнецова", ukv=True) == ["1"]
    assert keys("200002", ukv=True) == ["2"]
    assert keys("89110000011", ukv=True) == ["1"]
    assert keys("иванов", ukv=True, internet=False) == ["1"]  # Ивановна


@pytest.mark.database
def test_percent_in_a_name_is_found_by_percent(people):
    hostile = "100% <b>O'Brien</b> _*[x]"
    transact(
        lambda session: session.execute(
            update(RealName).where(RealName.login == "petrova").values(realname=hostile)
        )
    )
    for typed in ("100%", "o'brien", "_*[x]", "<b>"):
        assert keys(typed) == ["petrova"]


@pytest.mark.database
def test_an_exact_contract_comes_first_and_the_list_is_short(people):
    transact(lambda session: session.execute(update(RealName).values(realname="100002 сосед")))
    assert keys("100002")[0] == "petrova"
    assert len(keys("1000", limit=2)) == 2


@pytest.mark.database
def test_neither_book_crowds_the_other_out(inside):
    transact(lambda session: fill_books(60))
    for text in ("семенов", "семенов приозерск"):
        kinds = [found.kind for found in search(text, limit=6, ukv=True)]
        assert kinds.count("ukv") == kinds.count("internet") == 3


@pytest.mark.database
def test_the_cable_list_searches_the_same_way(people):
    where = ukv_where("МИХАЙЛОВ")
    assert UKV.count(where) == 1
    assert [who.key for who in UKV.listing(where, 10, 0)] == ["2"]
    assert UKV.count([]) == 2


def test_a_phone_with_gaps_is_one_word():
    assert words_of("8 911 000 00 03") == ["89110000003"]
    assert words_of("Ленина, 5 иванов") == ["Ленина", "5", "иванов"]
    assert words_of("a " * 50) == ["a"] * 6


def test_made_up_subscribers_are_the_same_each_time(inside):
    transact(lambda session: fill_books(300))
    assert search("u00123")[0].name == "Королёв Максим Борисович"
    assert len(search("Семёнов", 20)) == 20
    assert keys("110300") == ["u00300"]
