"""dbf: the registries of old, their codepages, deleted records, and headers that lie."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.banksta2.reader import Unreadable, look, rows
from modules.banksta2.words import unreadable
from tests.statements.make import dbf

FIELDS = [("DATE", "D", 8), ("CONTRACT", "N", 10), ("NAME", "C", 30), ("SUM", "N", 12), ("OK", "L", 1)]
RECORDS = [
    ["20261124", "100001", "Иванов Иван", "1234.50", "T"],
    ["20261124", "100002", "ООО «Ромашка»".replace("«", '"').replace("»", '"'), "0.10", "F"],
    ["        ", "", "ПЕТРОВА МАРИЯ", "99999999.99", "?"],
]
READ = [
    ["2026-11-24", "100001", "Иванов Иван", "1234.50", "T"],
    ["2026-11-24", "100002", 'ООО "Ромашка"', "0.10", "F"],
    ["", "", "ПЕТРОВА МАРИЯ", "99999999.99", "?"],
]


@pytest.fixture
def file(tmp_path):
    """Writes bytes into a file with a name that lies."""

    def write(data: bytes):
        place = tmp_path / "statement.xlsx"
        place.write_bytes(data)
        return place

    return write


def refused(place) -> str:
    with pytest.raises(Unreadable) as error:
        list(rows(place, look(place)))
    assert unreadable(error.value)
    return error.value.code


@pytest.mark.parametrize("encoding", ["cp866", "windows-1251", "koi8-r"])
@pytest.mark.parametrize("driver", [0, 0x65, 0xC9])
def test_a_table_is_read_in_its_codepage_whatever_the_header_says(file, encoding, driver):
    place = file(dbf(FIELDS, RECORDS, encoding=encoding, driver=driver))
    seen = look(place)
    assert (seen.kind, seen.encoding, seen.columns) == ("dbf", encoding, 5)
    assert seen.names == ["DATE", "CONTRACT", "NAME", "SUM", "OK"]
    assert list(rows(place, seen)) == list(enumerate(READ, 1))


def test_the_header_decides_where_the_letters_are_too_few(file):
    for driver, encoding in ((0x65, "cp866"), (0xC9, "windows-1251")):
        assert (
            look(file(dbf([("A", "C", 3), ("B", "C", 3)], [[b"\xe0  ", "1"]], driver=driver))).encoding
            == encoding
        )


def test_a_person_may_say_another_codepage(file):
    place = file(dbf(FIELDS, RECORDS, encoding="cp866"))
    seen = look(place, encoding="windows-1251")
    assert seen.encoding == "windows-1251"
    assert seen.first[0][2] == "Иванов Иван".encode("cp866").decode("cp1251", "replace")


def test_deleted_records_are_left_out_and_the_first_are_skipped(file):
    place = file(dbf(FIELDS, RECORDS, deleted=(0,)))
    assert [cells for _, cells in rows(place, look(place))] == READ[1:]
    assert [cells for _, cells in rows(place, look(place), skip=1)] == READ[2:]


def test_the_names_may_stand_as_the_first_row(file):
    place = file(dbf(FIELDS, RECORDS))
    seen = look(place, use_names=True)
    assert seen.first[0] == seen.names
    assert list(rows(place, seen, skip=1)) == list(enumerate(READ, 2))


def test_a_memo_file_that_nobody_uploaded_is_not_missed(file):
    place = file(
        dbf(
            [("SUM", "N", 8), ("NOTE", "M", 10), ("NAME", "C", 9)],
            [["5.00", "         1", "ООО"]],
            version=0x83,
        )
    )
    assert look(place).first == [["5.00", "", "ООО"]]


def test_binary_numbers_of_foxpro_are_exact(file):
    fields = [("ID", "I", 4), ("SUM", "Y", 8), ("AT", "T", 8)]
    moment = struct.pack("<LL", 2461369, (21 * 3600 + 600) * 1000)
    place = file(
        dbf(fields, [[struct.pack("<i", -7), struct.pack("<q", 12_345_678_900), moment]], version=0x30)
    )
    assert look(place).first == [["-7", "1234567.8900", "2026-11-24 21:10:00"]]


def test_headers_that_lie_are_refused(file):
    good = dbf(FIELDS, RECORDS)

    def lying(place, form, value):
        data = bytearray(good)
        struct.pack_into(form, data, place, value)
        return file(bytes(data))

    assert refused(lying(10, "<H", 0)) == "broken"  # the length of a record: would be read forever
    assert refused(lying(10, "<H", 60)) == "broken"
    assert refused(lying(8, "<H", 65000)) == "broken"
    assert refused(lying(8, "<H", 0)) == "broken"
    assert refused(lying(4, "<I", 4)) == "records_missing"  # more records than there are
    assert refused(file(good[:-20])) == "records_missing"
    assert refused(file(good[:40])) == "broken"


def test_records_are_read_to_the_end_mark_however_few_the_header_promises(file, monkeypatch):
    monkeypatch.setattr("modules.banksta2.dbf.AT_ONCE", 2)
    good = dbf(FIELDS, RECORDS)
    few = good[:4] + struct.pack("<I", 1) + good[8:]
    for data in (few, few + few[-62:], few[:-1], few[:-1] + b"  \r\n"):
        place = file(data)
        assert [cells for _, cells in rows(place, look(place))] == READ
    assert refused(file(few[:-20])) == "broken", "the last record is cut off"
    missing = file(few[: len(good) - 62 - 1])
    assert len(list(rows(missing, look(missing)))) == 2, "it is not there, and nobody promised it"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_is_rows_or_a_reason(tmp_path_factory, data):
    good = bytearray(dbf(FIELDS, RECORDS, version=data.draw(st.sampled_from([3, 0x30, 0x83, 0xF5]))))
    for _ in range(data.draw(st.integers(1, 8))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    place = tmp_path_factory.mktemp("any") / "bytes"
    place.write_bytes(bytes(good[: data.draw(st.integers(30, len(good)))]))
    try:
        list(rows(place, look(place)))
    except Unreadable as error:
        assert unreadable(error)
