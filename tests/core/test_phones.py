"""Phones and e-mails: a receipt goes to the subscriber, or the admin reads why it can not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.phones import (
    NOT_A_PHONE,
    NOT_MOBILE,
    NOT_RUSSIAN,
    TOO_LONG,
    TOO_SHORT,
    EmailError,
    Mobile,
    check_email,
    mask,
    read_mobile,
)

ONE = "+79110000001"


@pytest.mark.parametrize(
    "field",
    [
        "+79110000001",
        "79110000001",
        "89110000001",
        "9110000001",
        "8 911 000-00-01",
        "+7(911)0000001",
        "+7 (911) 000–00–01",
        " 8\u00a0(911)\u00a0000.00.01 ",
        "моб. 8-911-000-00-01 (Иван)",
        "т89110000001",
        "(911) 000 00 01",
        "89110000001;",
    ],
)
def test_a_mobile_number_is_read_however_it_is_written(field):
    assert read_mobile(field) == read_mobile(ONE)
    assert read_mobile(field).number == ONE


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("89110000001, 84951234567", [("84951234567", NOT_MOBILE)]),
        ("8(495)1234567 моб. 8-911-000-00-01", [("8(495)1234567", NOT_MOBILE)]),
        ("84951234567/89110000001", [("84951234567", NOT_MOBILE)]),
        ("89110000001 89210000002", []),
        ("8 911 000 00 01 8 921 000 00 02", []),
        ("+79110000001+79210000002", []),
        ("123-45-67 8 911 000-00-01", [("123-45-67", TOO_SHORT)]),
        ("8 911 000-00-01 123-45-67", [("123-45-67", TOO_SHORT)]),
        ("дом. 123456\nмоб 9110000001", [("123456", TOO_SHORT)]),
        ("+375 29 123-45-67; 89110000001", [("+375 29 123-45-67", NOT_RUSSIAN)]),
    ],
)
def test_of_several_numbers_the_first_usable_one_is_taken(field, refused):
    assert read_mobile(field).number == ONE
    assert list(read_mobile(field).refusals) == refused


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("84951234567", NOT_MOBILE),
        ("8 800 100-00-01", NOT_MOBILE),
        ("123456", TOO_SHORT),
        ("8911000000", TOO_SHORT),
        ("891100000012", TOO_LONG),
        ("8911000000189210000002", TOO_LONG),
        ("89110000001 9", TOO_LONG),
        ("+7 701 123-45-67", NOT_RUSSIAN),
        ("+375291234567", NOT_RUSSIAN),
        ("0000000000", NOT_A_PHONE),
        ("нет телефона", NOT_A_PHONE),
        ("８９１１０００００００１", NOT_A_PHONE),
    ],
)
def test_a_number_that_is_not_usable_says_why(field, reason):
    mobile = read_mobile(field)
    assert mobile.number is None
    assert [str(why) for _, why in mobile.refusals] == [str(reason)]


def test_an_empty_field_has_nothing_to_refuse():
    assert read_mobile("") == read_mobile("  \n") == Mobile(None, ())


def test_numbers_that_can_be_cut_in_two_ways_are_never_guessed():
    assert read_mobile("91234 56789 91234 56789").number is None


def test_a_field_stuffed_with_digits_is_read_at_once():
    assert read_mobile("12345 " * 500).number is None
    assert read_mobile("91234 " * 16).number is None
    assert read_mobile("9" * 100_000).number is None


@given(st.text(alphabet="+78901 ()-,;.\u00a0абв/\n", max_size=60))
def test_no_field_yields_anything_but_a_russian_mobile_number(field):
    number = read_mobile(field).number
    assert number is None or (number.startswith("+79") and len(number) == 12 and number[1:].isdigit())


def test_a_log_never_shows_a_whole_number():
    assert mask(ONE) == "+7911•••0001"
    assert mask("12345") == mask("") == "•••"


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        (" Ivanov@Example.TEST ", "Ivanov@example.test"),
        ("a.b+c-d_e@mail.example.org", "a.b+c-d_e@mail.example.org"),
        ("ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai"),
    ],
)
def test_an_address_is_normalised_to_ascii(typed, taken):
    assert check_email(typed) == taken
    assert check_email(taken) == taken


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        *((junk, "has an @") for junk in ("", "ivanov", "ivanov.example.test")),
        *(
            (junk, "not an e-mail")
            for junk in (
                *("@example.org", "ivan@", "a@b@example.org", "ivan @example.org", "ivan@localhost"),
                *('"ivan ov"@example.org', "ivan@[192.0.2.1]", "Ivan <ivan@example.org>", "a..b@example.org"),
                *("иван@example.org", "a\nb@example.org", "ivan@exa_mple.org", "a" * 65 + "@example.org"),
            )
        ),
        *((junk, "only Latin letters") for junk in ("a'b@example.org", "a|b@example.org", "a/b@example.org")),
    ],
)
def test_what_the_cash_register_might_drop_is_refused_beforehand(typed, sentence):
    with pytest.raises(EmailError, match=sentence):
        check_email(typed)
