"""Money: what people type, what the tables keep, what the screen shows; always whole kopecks between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core.decimals import decimal_text
from modules.core.money import (
    MoneyError,
    from_decimal_text,
    from_double,
    parse_roubles,
    roubles,
)


@pytest.mark.parametrize(
    ("typed", "kopecks"),
    [
        ("12,50", 1250),
        (" 1 000.5 ", 100050),
        ("1 000", 100000),
        ("12", 1200),
        ("0,01", 1),
        ("007", 700),
        ("1000000", 100_000_000),
        ("1 000 000.00", 100_000_000),
        ("1\u00a0234,50", 123450),
        ("1\u2009234\u202f567,89".replace("1\u2009", ""), 23456789),
        ("\u00a012\u00a0", 1200),
        ("0000000000000000012", 1200),
    ],
)
def test_what_people_type_is_read_to_the_kopeck(typed, kopecks):
    assert parse_roubles(typed) == kopecks


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        *(
            (junk, "This is not a sum of money")
            for junk in (
                *("1e3", "abc", "", "  ", "1,000.50", "12.", "+5", "１２", "٣", "0x10", ".5", ",5", "1_000"),
                *("1 00", "10 0000", "1  000", "1234 000", "1 000 00", "12 р", "₽", "1,2,3"),
                *("--5", "inf", "nan"),
                *("12\n50", "12\x0050", "1\t000"),
            )
        ),
        ("12.345", "at most two digits"),
        ("1,000", "at most two digits"),
        ("0", "can not be zero"),
        ("0,00", "can not be zero"),
        ("1000000.01", "too large"),
        ("99999999", "too large"),
        ("9" * 100_000, "too large"),
        ("-5", "can not be negative"),
        ("\u22125", "can not be negative"),
    ],
)
def test_anything_else_is_refused_with_its_own_sentence(typed, sentence):
    with pytest.raises(MoneyError, match=sentence):
        parse_roubles(typed)


def test_a_minus_is_read_only_where_it_is_allowed():
    assert parse_roubles("-5", negative=True) == -500
    assert parse_roubles("\u22121 000,05", negative=True) == -100005
    assert parse_roubles("5", negative=True) == 500
    for typed, sentence in (("-0", "zero"), ("-1000000.01", "too large"), ("- 5", "not a sum")):
        with pytest.raises(MoneyError, match=sentence):
            parse_roubles(typed, negative=True)


def test_every_sum_up_to_ten_thousand_roubles_survives_the_whole_way():
    for kopecks in range(1, 1_000_001):
        text = decimal_text(kopecks)
        if parse_roubles(text) != kopecks or from_decimal_text(text) != kopecks:
            pytest.fail(f"{kopecks} kopecks were written as {text} and read as something else")


@given(st.integers(-(10**15), 10**15))
def test_any_sum_survives_the_tables(kopecks):
    assert from_decimal_text(decimal_text(kopecks)) == kopecks


@given(st.integers(-(10**12), 10**12))
def test_any_balance_survives_a_double(kopecks):
    assert from_double(float(decimal_text(kopecks))) == kopecks


@given(st.integers(1, 100_000_000))
def test_what_the_screen_shows_can_be_typed_back(kopecks):
    assert parse_roubles(roubles(kopecks)) == kopecks
    assert parse_roubles(roubles(-kopecks), negative=True) == -kopecks


@given(st.text())
def test_any_other_text_is_a_sum_or_a_sentence(text):
    for read in (parse_roubles, from_decimal_text):
        try:
            assert isinstance(read(text), int)
        except MoneyError as error:
            assert str(error).endswith(".") or str(error).endswith(".00.")


@pytest.mark.parametrize(
    ("stored", "kopecks"),
    [
        ("100", 10000),
        ("100.5", 10050),
        ("-3.00", -300),
        ("1234.567899999", 123457),
        ("0.005", 1),
        ("-0.005", -1),
        ("0.0049999", 0),
        (" 7. ", 700),
        (".5", 50),
        ("-0.00", 0),
    ],
)
def test_sums_kept_as_text_are_read_half_a_kopeck_up(stored, kopecks):
    assert from_decimal_text(stored) == kopecks


@pytest.mark.parametrize("junk", ["", ".", "-", "1e3", "NaN", "Infinity", "1,5", "abc", "9" * 16, "１２"])
def test_junk_kept_as_text_is_no_sum(junk):
    with pytest.raises(MoneyError):
        from_decimal_text(junk)


def test_a_double_is_read_as_the_number_it_shows():
    assert from_double(0.1 + 0.2) == 30
    assert from_double(1.005) == 101  # as it is written, though the double itself is a hair less
    assert from_double(-1.005) == -101
    assert from_double(-1e-9) == 0
    for nonsense in (float("nan"), float("inf"), 1e300):
        with pytest.raises(MoneyError):
            from_double(nonsense)


def test_the_screen_shows_no_break_spaces_and_a_real_minus():
    assert roubles(123450) == "1\u00a0234,50\u00a0₽"
    assert roubles(-100_000_005) == "\u22121\u00a0000\u00a0000,05\u00a0₽"
    assert roubles(0) == "0,00\u00a0₽"
