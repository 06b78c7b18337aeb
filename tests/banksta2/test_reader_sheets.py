"""xlsx, xls and ods: values as a person would write them, and archives that mean harm."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.banksta2 import sheets
from modules.banksta2.facts import MIB
from modules.banksta2.reader import Unreadable, look, rows
from modules.banksta2.words import unreadable
from tests.statements.make import REGISTRY, XLS, ods, xlsx

READ = [
    (1, ["Дата", "Договор", "Плательщик", "Счёт", "Сумма"]),
    (2, ["2026-11-24", "100001", "Иванов И. И.", "40702810900000000001", "1234.5"]),
    (3, ["2026-11-24 21:10:05", "100002", 'ООО "Ромашка"', "0012", "0.3"]),
]


@pytest.fixture
def file(tmp_path):
    """Writes bytes into a file with a name that lies."""

    def write(data: bytes):
        place = tmp_path / "statement.txt"
        place.write_bytes(data)
        return place

    return write


def refused(place) -> str:
    with pytest.raises(Unreadable) as error:
        list(rows(place, look(place)))
    assert unreadable(error.value)
    return error.value.code


@pytest.mark.parametrize(
    ("kind", "data"), [("xlsx", xlsx(REGISTRY)), ("ods", ods(REGISTRY)), ("xls", XLS.read_bytes())]
)
def test_the_same_registry_is_read_from_every_spreadsheet(file, kind, data):
    place = file(data)
    seen = look(place)
    assert (seen.kind, seen.columns, seen.certain) == (kind, 5, True)
    assert seen.first == [cells for _, cells in READ]
    assert list(rows(place, seen)) == READ
    assert list(rows(place, seen, skip=2)) == READ[2:]


def test_whole_numbers_have_no_point_and_no_exponent(file):
    place = file(xlsx([[100001.0, 40702810900000000001.0, 1e15, -5.0, 0.00001, 1234567.89]]))
    assert look(place).first == [
        ["100001", "40702810900000000000", "1000000000000000", "-5", "0.00001", "1234567.89"]
    ]


def test_rows_keep_the_numbers_of_the_sheet_and_lone_titles_are_dropped(file):
    place = file(xlsx([[None], ["Выписка по счёту"], [], [None, "a", "b"], [None, "1", "2"]]))
    assert list(rows(place, look(place))) == [(4, ["", "a", "b"]), (5, ["", "1", "2"])]


def test_sheets_that_are_not_read_are_named_when_there_is_something_on_them(file):
    more = {"Лист2": [], "Ещё": [["24.11.2026", "5.00"]], "Пустой": [[None]]}
    place = file(ods([["24.11.2026", "1.00"]], **more))
    assert look(place).others == ["Ещё"]
    assert [cells for _, cells in rows(place, look(place))] == [["24.11.2026", "1.00"]]
    assert look(file(ods([[None]], Ещё=REGISTRY))).others == [], (
        "the first that has anything is the one that is read"
    )


def test_archives_that_unpack_to_too_much_are_refused_before_they_are_opened(file, monkeypatch):
    monkeypatch.setattr(sheets, "_child", lambda path: pytest.fail("it was opened"))
    assert refused(file(xlsx(REGISTRY, more={"xl/media/a": bytes(30 * MIB)}))) == "bomb"
    assert refused(file(xlsx(REGISTRY, more={f"xl/{number}": b"" for number in range(1001)}))) == "bomb"


def test_a_sheet_with_two_far_corners_meets_the_limits_of_its_process(file):
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert refused(file(xlsx([], sheet=far))) in ("bomb", "broken")


def test_an_archive_that_lies_about_its_size_is_refused_all_the_same(file):
    data = bytearray(xlsx([], sheet='<row r="1"></row>' * 10_000_000))
    name = b"xl/worksheets/sheet1.xml"
    for size in (data.index(name) - 30 + 22, data.rindex(name) - 46 + 24):  # in the entry, in the directory
        data[size : size + 4] = (1000).to_bytes(4, "little")
    assert refused(file(bytes(data))) in ("broken", "bomb")


def test_other_archives_and_damaged_ones_are_refused(file):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert refused(file(out.getvalue())) == "not_a_statement"
    assert refused(file(xlsx(REGISTRY)[:-30])) == "broken"
    assert refused(file(b"PK\x03\x04 and so on")) == "broken"
    assert refused(file(XLS.read_bytes()[:3000])) == "broken"
    assert refused(file(xlsx([], sheet="<row r='1'><c r='A1'>"))) in ("broken", "empty")


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_damage_is_rows_or_a_reason(tmp_path_factory, data):
    good = bytearray(data.draw(st.sampled_from([xlsx(REGISTRY), ods(REGISTRY), XLS.read_bytes()])))
    for _ in range(data.draw(st.integers(1, 20))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    place = tmp_path_factory.mktemp("any") / "bytes"
    place.write_bytes(bytes(good))
    try:
        list(rows(place, look(place)))
    except Unreadable as error:
        assert unreadable(error)


def test_a_hundred_thousand_rows_are_read_in_a_bounded_memory(file):
    place = file(
        xlsx(
            [
                ["24.11.2026", number, f"Плательщик {number}", "Оплата за Интернет", 1234.5]
                for number in range(99_990)
            ]
        )
    )
    # VmHWM and not ru_maxrss, which would remember the process that started this one
    code = (
        "import json, re, resource, sys, time; from pathlib import Path\n"
        "from modules.banksta2.reader import look, rows\n"
        "place = Path(sys.argv[1]); began = time.monotonic(); count = sum(1 for _ in rows(place, look(place)))\n"
        "own = int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024\n"
        "child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "print(json.dumps([count, time.monotonic() - began, own, child]))"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, check=True)
    count, seconds, own, child = json.loads(ran.stdout)
    print(f"{count} rows of xlsx in {seconds:.1f} s; {own:.0f} MiB here, {child:.0f} MiB in the child")
    assert count == 99_990
    assert own + child < 300
