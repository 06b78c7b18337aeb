"""Sums, dates and counts in the three languages of the house."""

from datetime import date, datetime

import pytest
from babel.numbers import format_currency, format_decimal
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from modules.core.formats import FORMATS, MINUS, NBSP, readers
from modules.core.words import LOCALES

MOMENT = datetime.fromisoformat("2026-09-03 21:05:07")


def plain(text):
    """The text with usual spaces."""
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("language", "sums", "day"),
    [
        ("ru", ("1 234,50 ₽", "−1 000 000,05 ₽", "0,00 ₽"), "03.09.2026"),
        ("uk", ("1 234,50 ₽", "−1 000 000,05 ₽", "0,00 ₽"), "03.09.2026"),
        ("en", ("₽1,234.50", "−₽1,000,000.05", "₽0.00"), "3 Sep 2026"),
    ],
)
def test_each_language_writes_sums_and_dates_in_its_own_way(language, sums, day):
    way = FORMATS[language]
    assert tuple(plain(way.roubles(kopecks)) for kopecks in (123450, -100_000_005, 0)) == sums
    assert plain(way.day(date(2026, 9, 3))) == plain(way.day(MOMENT)) == day
    assert plain(way.moment(MOMENT)) == f"{day} 21:05"
    assert plain(way.second(MOMENT)) == f"{day} 21:05:07"


def test_no_language_of_the_house_lacks_its_formats():
    assert tuple(FORMATS) == LOCALES


@given(st.sampled_from(LOCALES), st.integers(-(10**12), 10**12))
def test_numbers_are_written_as_babel_writes_them(language, kopecks):
    theirs = format_currency(kopecks / 100, "RUB", locale=language).replace("RUB", "₽").replace("-", MINUS)
    # en: a no-break space stands between their letters and the number, not behind a sign
    assert FORMATS[language].roubles(kopecks) == theirs.replace(f"₽{NBSP}", "₽")
    whole = abs(kopecks)
    assert FORMATS[language].count(whole) == format_decimal(whole, locale=language)


def test_a_reader_gets_the_format_of_the_language_that_is_spoken(inside):
    assert readers() is FORMATS["en"]
    with force_locale("uk"):
        assert readers() is FORMATS["uk"]


def test_where_nobody_reads_it_is_the_russian_one():
    assert readers() is FORMATS["ru"]
