"""csv and txt: any encoding, any delimiter, quotes where they are meant and where they are not."""

import csv
import io
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from modules.banksta2 import text
from modules.banksta2.delimited import DELIMITERS
from modules.banksta2.facts import CELL_AT_MOST, COLUMNS_AT_MOST
from modules.banksta2.reader import Unreadable, look, rows
from modules.banksta2.words import unreadable

ONE_BYTE = ["windows-1251", "cp866", "koi8-r", "koi8-u"]
STATEMENT = """Дата;Плательщик;Назначение;Сумма
24.11.2026;Иванов Иван Иванович;Оплата за Интернет, договор 100001;1 234,50
24.11.2026;ПЕТРОВА МАРИЯ СЕРГЕЕВНА;ЗА КАБЕЛЬНОЕ ТВ ДОГОВОР 200001;500,00
"""
TABLE = [line.split(";") for line in STATEMENT.splitlines()]


@pytest.fixture
def file(tmp_path):
    """Writes bytes (or text, as UTF-8) into a file with a name that says nothing."""

    def write(data: bytes | str):
        place = tmp_path / "statement.bin"
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        return place

    return write


def read(place, skip=0, **said):
    seen = look(place, **said)
    return [cells for _, cells in rows(place, seen, skip)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", *ONE_BYTE])
def test_the_same_statement_is_read_in_every_encoding(file, encoding):
    place = file(STATEMENT.encode(encoding))
    seen = look(place)
    assert seen.certain
    assert (seen.kind, seen.delimiter, seen.columns, seen.first) == ("csv", ";", 4, TABLE)
    assert read(place) == TABLE


def test_encodings_are_named_as_people_choose_them(file):
    assert look(file(STATEMENT.encode("utf-8-sig"))).encoding == "utf-8"
    assert look(file(STATEMENT.encode("cp1251"))).encoding == "windows-1251"
    assert look(file(STATEMENT.encode("koi8-r"))).encoding == "koi8-r"
    ukrainian = STATEMENT.replace("Иванов Иван", "Їжакевич Ігор")
    assert look(file(ukrainian.encode("koi8-u"))).encoding == "koi8-u"
    assert look(file("a;b\n1;2\n")).encoding == "utf-8"


@pytest.mark.parametrize("encoding", ONE_BYTE)
@pytest.mark.parametrize(
    "words",
    [
        "Иванов",
        "ИВАНОВ",
        "Ким",
        "Петрова Анна",
        "ООО Ромашка",
        "оплата",
        "СУММА",
        "Цой В.",
        "ё-моё",
        "Щукин Ю.Ю.",
    ],
)
def test_one_word_among_digits_is_enough(file, encoding, words):
    place = file(f"24.11.2026;100001;{words};1234,50\n24.11.2026;100002;;10\n".encode(encoding))
    assert look(place).first[0][2] == words


def test_a_number_sign_is_enough_but_a_lone_letter_is_not_sworn_to(file):
    assert look(file("24.11.2026;№ 5;100,00\n".encode("cp1251"))).first[0][1] == "№ 5"
    assert not look(file("24.11.2026;а;100,00\n".encode("cp1251"))).certain


def test_what_a_person_says_is_believed(file):
    place = file(STATEMENT.encode("cp1251"))
    seen = look(place, encoding="cp866", delimiter=",")
    assert (seen.encoding, seen.delimiter) == ("cp866", ",")
    assert read(place, encoding="windows-1251") == TABLE
    for said, code in (({"encoding": "rot13"}, "wrong_encoding"), ({"delimiter": "x"}, "wrong_delimiter")):
        with pytest.raises(Unreadable) as error:
            look(place, **said)
        assert error.value.code == code


def test_half_a_letter_cut_off_by_the_bank_leaves_the_rest_as_it_is(file):
    place = file(STATEMENT.encode().replace("Иванович".encode(), "Иванови".encode() + b"\xd1") * 9)
    assert look(place).encoding == "utf-8"
    assert not look(place).certain
    assert read(place)[1][1] == "Иванов Иван Иванови\ufffd"


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_every_delimiter_is_found_with_commas_all_around(file, delimiter):
    table = [
        ["24.11.2026", "ул. Ленина, д. 5, кв. 3", "100,50"],
        ["25.11.2026", "ул. Мира, д. 7, кв. 1", "10,00"],
    ]
    quote = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quote).writerows(table)
    assert look(file(out.getvalue())).delimiter == delimiter
    assert read(file(out.getvalue())) == table


def test_a_lone_quote_does_not_swallow_the_rows_below(file):
    place = file(
        '1;ООО "Ромашка;100\n2;"Лютик;200\n3;"Клевер" и Ко;300\n4;Василёк";400\n5;"a ""b";500\n6;"x;y";600\n'
    )
    assert read(place, delimiter=";") == [
        ["1", 'ООО "Ромашка', "100"],
        ["2", '"Лютик', "200"],
        ["3", '"Клевер" и Ко', "300"],
        ["4", 'Василёк"', "400"],
        ["5", 'a "b', "500"],
        ["6", "x;y", "600"],
    ]


def test_a_cell_may_run_over_lines_and_rows_keep_their_numbers(file):
    place = file('a;b;c\n1;"два\nтри; четыре";5\n\nодин столбец\n"6";"семь ""восемь""\r\nдевять";"10\n11"\n')
    assert list(rows(place, look(place, delimiter=";"))) == [
        (1, ["a", "b", "c"]),
        (2, ["1", "два\nтри; четыре", "5"]),
        (5, ["6", 'семь "восемь"\nдевять', "10\n11"]),
    ]


def test_the_first_rows_of_the_file_are_skipped_by_their_numbers(file):
    place = file("Выписка\nпо счёту;1\nдата;сумма\n24.11.2026;5\n")
    assert list(rows(place, look(place), skip=3)) == [(4, ["24.11.2026", "5"])]
    assert read(place, skip=99) == []


def test_without_two_columns_a_person_sees_the_lines_as_they_are(file):
    seen = look(file("просто слова\nи ещё слова\n"))
    assert not seen.certain
    assert seen.first == [["просто слова"], ["и ещё слова"]]
    assert read(file("просто слова\nи ещё слова\n")) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\x1a", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"%PDF-1.7\nabc", "not_a_statement"),
        (bytes(range(256)) * 4, "not_a_statement"),
        (b"<html><table><tr><td>1</td></tr></table>", "markup"),
        (b"<?xml version='1.0'?><Workbook/>", "markup"),
        (b"a;b\n" * 100_001, "too_many_rows"),
        (b";" * (COLUMNS_AT_MOST + 1), "too_many_columns"),
        (b'"' + b'"";' * (COLUMNS_AT_MOST + 9), "too_many_columns"),
        (b"a;" + b"b" * (CELL_AT_MOST + 1), "cell_too_long"),
        (b"a;b\n" * (21 * 2**18), "too_large"),
    ],
)
def test_what_is_beyond_us_is_refused_with_its_reason(file, data, code):
    place = file(data)
    with pytest.raises(Unreadable) as error:
        list(rows(place, look(place)))
    assert error.value.code == code
    assert unreadable(error.value).endswith((".", "?"))


def test_a_file_that_is_gone_is_said_to_be_gone(file, tmp_path):
    place = file(STATEMENT)
    seen = look(place)
    place.unlink()
    for act in (lambda: look(place), lambda: list(rows(place, seen)), lambda: look(tmp_path)):
        with pytest.raises(Unreadable) as error:
            act()
        assert error.value.code == "no_file"


LETTERS = st.text(st.sampled_from('абвгдеийклмнопрстуАИО abc019.;|,\t"\n№'), max_size=12).map(str.strip)
TABLES = st.integers(2, 5).flatmap(
    lambda columns: st.lists(
        st.lists(LETTERS, min_size=columns, max_size=columns).filter(any), min_size=1, max_size=12
    )
)


def stands_alone(table, delimiter):
    """Whether a cell of several lines is, line by line, rows of the same width: nobody can tell those apart."""
    marked = [cell for cells in table for cell in cells if "\n" in cell and delimiter in cell]
    return bool(marked)


@settings(max_examples=300, deadline=None)
@given(
    TABLES,
    st.sampled_from(DELIMITERS),
    st.sampled_from(["utf-8", "utf-16", "windows-1251"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example([['"', "1"], ["2", "3"]], ";", "utf-8", csv.QUOTE_MINIMAL)
def test_any_table_comes_back_as_it_was_written(tmp_path_factory, table, delimiter, encoding, quoting):
    assume(not stands_alone(table, delimiter))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(table)
    place = tmp_path_factory.mktemp("any") / "table"
    place.write_bytes(out.getvalue().encode(text.CODECS[encoding]))
    assert read(place, encoding=encoding, delimiter=delimiter) == table


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.binary(),
        st.text(st.sampled_from(';,|\t"\n\rаб1 \0\x85\u2028')).map(lambda drawn: drawn.encode("utf-16")),
        st.text(st.sampled_from(';,|\t"\n\rаб1 \0\x85\u2028')).map(
            lambda drawn: drawn.encode("cp1251", "replace")
        ),
    ),
    st.sampled_from([None, *text.ENCODINGS]),
)
def test_any_bytes_are_rows_or_a_reason(tmp_path_factory, data, encoding):
    place = tmp_path_factory.mktemp("any") / "bytes"
    place.write_bytes(data)
    try:
        for number, cells in rows(place, look(place, encoding=encoding)):
            assert number > 0
            assert len(cells) > 1
    except Unreadable as error:
        assert unreadable(error)


def test_quotes_that_never_close_cost_no_more_than_others(file):
    hostile = ('1;"' + '""' * 20 + ";2\n") * 50_000
    began = time.monotonic()
    assert len(read(file(hostile))) == 50_000
    print(f"50 000 rows of hostile quotes in {time.monotonic() - began:.1f} s")
