"""A cell's text becomes kopecks, a date, a time; what reads two ways becomes nothing."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.banksta2.values import parse_date, parse_inn, parse_sum, parse_time
from modules.core.decimals import decimal_text
from modules.core.money import roubles


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("1234.50", 123450),
        ("1 234,50", 123450),
        ("1\u00a0234,50", 123450),
        ("1\u2009234\u202f567,8", 123456780),
        ("1'234.50", 123450),
        ("1’234.50", 123450),
        ("1,234.50", 123450),
        ("1.234,50", 123450),
        ("1.234.567", 123456700),
        ("1,234,567.89", 123456789),
        ("-5", -500),
        ("\u22125,00", -500),
        ("5-", -500),
        ("- 5", -500),
        ("+5", 500),
        ("1234-50", 123450),
        ("-1234-50", -123450),
        ("100", 10000),
        ("007", 700),
        ("0", 0),
        ("0.00", 0),
        ("-0", 0),
        (",5", 50),
        ("100.5000", 10050),
        ("1234.500", 123450),
        ("0.500", 50),
        ("1 234,500", 123450),
        ("100 руб.", 10000),
        ("100,10 ₽", 10010),
        ("100.00RUB", 10000),
        ("  12,50\u00a0", 1250),
    ],
)
def test_sums_are_read_to_the_kopeck(text, kopecks):
    assert parse_sum(text) == kopecks


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", ".", ",", "abc", "12abc34", "договор 15 от 12", "1e3", "1E+05", "nan", "inf"),
        *("1 23", "12 34", "1  234", "1,23,456", "1.234.56", "1,234 567", "--5", "-5-", "+-5", "5.", "5+"),
        *("1,234", "1.234", "12.345", "100.000", "1.005", "1234.567", "1234-5", "1-2-34", "01.02.2026"),
        *("1_000", "１２", "٣", "9" * 16, "9" * 100_000, "1\n2", "12,50 12,50", "$5"),
    ],
)
def test_what_is_no_sum_or_could_be_two_is_none(text):
    assert parse_sum(text) is None


def test_coins_are_counted_whole():
    assert parse_sum("12345", in_coins=True) == 12345
    assert parse_sum("12 345", in_coins=True) == 12345
    assert parse_sum("12345.00", in_coins=True) == 12345
    assert parse_sum("-12345", in_coins=True) == -12345
    assert parse_sum("123.45", in_coins=True) is None


@given(st.integers(-(10**14), 10**14))
def test_any_sum_as_tables_and_screens_write_it_comes_back(kopecks):
    assert parse_sum(decimal_text(kopecks)) == kopecks
    assert parse_sum(roubles(kopecks)) == kopecks
    whole, cents = divmod(abs(kopecks), 100)
    for between, mark in ((",", "."), (".", ","), ("'", "."), ("", ",")):
        assert parse_sum(f"{whole:,}".replace(",", between) + f"{mark}{cents:02d}") == abs(kopecks)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-24", "24.11.2026", "24.11.26", "24/11/2026", "24-11-2026", "24112026", "20261124"),
        *("2026/11/24", "2026.11.24", "24.11.2026 г.", "24.11.2026г", " 24.11.2026 "),
        *("2026-11-24 21:10", "2026-11-24T21:10:05", "2026-11-24T21:10:05.123+03:00", "24.11.2026 21:10:05"),
        *("20261124 211005", "24.11.2026, 21:10", "2026-11-24T21:10:05Z"),
    ],
)
def test_dates_are_read_in_the_ways_banks_write_them(text):
    assert parse_date(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text",
    [
        *("", "24.11", "31.02.2026", "2026-13-01", "0000-00-00", "1.1.1", "24.11-2026", "11242026", "241126"),
        *("24.11.20266", "24.11.2026x", "24.11.2026 обед", "24.11.1026", "2026-11-24T25:00", "٢٤.١١.٢٠٢٦"),
        *("401028108000000", "123456789"),
    ],
)
def test_what_is_no_date_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("21:10", time(21, 10)),
        ("21:10:05", time(21, 10, 5)),
        ("9:05", time(9, 5)),
        ("21-10-05", time(21, 10, 5)),
        ("211005", time(21, 10, 5)),
        ("2026-11-24T21:10:05.123+03:00", time(21, 10, 5)),
        ("24.11.2026 21:10", time(21, 10)),
        ("24:00", None),
        ("21:60", None),
        ("24.11.2026", None),
        ("2110", None),
        ("", None),
        ("обед", None),
    ],
)
def test_times_are_read(text, moment):
    assert parse_time(text) == moment


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.times())
def test_any_day_and_time_comes_back(day, moment):
    moment = moment.replace(microsecond=0)
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d%m%Y", "%Y%m%d", "%d/%m/%Y"):
        text = f"{day:{form}} {moment:%H:%M:%S}"
        assert (parse_date(text), parse_time(text)) == (day, moment)
        assert parse_date(f"{day:{form}}") == day


@given(st.text())
def test_any_other_text_is_nothing_at_all(text):
    for read in (parse_sum, parse_date, parse_time):
        read(text)


@pytest.mark.parametrize(
    ("text", "inn"),
    [
        ("7707083893", "7707083893"),
        ("770708389312", "770708389312"),
        ("7707083893/770701001", "7707083893"),
        ("7707083893 770701001", "7707083893"),
        ("ИНН 7707083893", "7707083893"),
        ("274062111", "0274062111"),
        ("27406211131", "027406211131"),
        ("", ""),
        ("0", ""),
        ("Иванов И.И", ""),
        ("40702810900000000001", ""),
        ("12345678", ""),
    ],
)
def test_an_inn_is_ten_or_twelve_digits_whatever_stands_around_it(text, inn):
    assert parse_inn(text) == inn
