"""The quick search: every word is found somewhere, whatever its case; hostile signs are just signs."""

import pytest
from sqlalchemy import update

from modules.billing.demo import fill_books
from modules.billing.models import RealName, UkvUser
from modules.billing.search import words_of
from modules.billing.service import UKV, search, ukv_found
from modules.core.db import db, transact


def keys(text, **books):
    return [found.key for found in search(text, **books)]


def cable(text: str) -> list[str]:
    """The numbers of the list of cable-TV subscribers, in its order."""
    return [UKV.person(row).key for row in db.session.execute(ukv_found(text).order_by(UkvUser.id))]


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
    assert cable("МИХАЙЛОВ") == ["2"]
    assert cable("") == ["1", "2"]


@pytest.mark.database
def test_an_exact_login_contract_or_number_comes_first_whatever_else_was_typed(people):
    """Twelve neighbours hold the same words in their names, and begin with the same digits."""

    def crowd(session) -> None:
        for number in range(20, 32):
            whole = f"{number} 2 200002 ivanov 100001 Ленина"
            session.add(UkvUser(id=number, contract=f"2{number:05}", realname=whole, cash=0))
        session.execute(update(UkvUser).where(UkvUser.id == 2).values(realname="Ленина"))
        session.execute(update(UkvUser).where(UkvUser.id == 31).values(contract="200002x"))
        session.execute(update(RealName).values(realname="ivanov 100001 Ленина"))

    transact(crowd)
    for typed in ("200002", "200002 ленина", "ленина 200002", "2"):
        assert cable(typed)[0] == "2", typed
        assert search(typed, 3, ukv=True)[0].key == "2", typed
    for typed in ("ivanov", "100001", "100001 ленина", "ленина IVANOV"):
        assert search(typed, 3, ukv=True)[0].key == "ivanov", typed


def test_a_phone_with_gaps_is_one_word():
    assert words_of("8 911 000 00 03") == ["89110000003"]
    assert words_of("Ленина, 5 иванов") == ["Ленина", "5", "иванов"]
    assert words_of("a " * 50) == ["a"] * 6


def test_made_up_subscribers_are_the_same_each_time(inside):
    transact(lambda session: fill_books(300))
    assert search("u00123")[0].name == "Королёв Максим Борисович"
    assert len(search("Семёнов", 20)) == 20
    assert keys("110300") == ["u00300"]
