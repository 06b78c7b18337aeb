"""Reads one spreadsheet in a process of its own, started as a script: `sheets_child.py WHAT FILE FIRST MEMORY SECONDS`.

The parser of foreign binaries gets a fixed share of memory and time; what breaks it breaks only this process.
WHAT is "rows": a JSON line per row of two cells and more, [number, cells]; or "look": FIRST such lines, and one with
the names of the sheets that are not read though there is something in them. At the end "end", or a refusal's code.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum


def main(what: str, path: str, first: int, memory: int, seconds: int) -> str:
    """Prints what is asked for; returns "end" or a key of words.UNREADABLE."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        _print_book(CalamineWorkbook.from_path(path), first if what == "look" else None)
    except PasswordError:
        return "protected"
    except MemoryError:
        return "bomb"
    except BaseException:  # a panic of the library is no Exception
        return "broken"
    return "end"


def _filled(book: CalamineWorkbook) -> Iterator[CalamineSheet]:
    """The visible sheets that have anything; each is unpacked when its turn comes."""
    for place, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_index(place)
            if any(any(map(_text, row)) for row in sheet.iter_rows()):
                yield sheet


def _print_book(book: CalamineWorkbook, first: int | None) -> None:
    """The rows of its first sheet; of a look (`first`) so many, and the names of the other sheets."""
    sheets = _filled(book)
    _print_rows(sheets, first)
    if first is not None:
        print(json.dumps([sheet.name for sheet in sheets]))


def _print_rows(sheets: Iterator[CalamineSheet], first: int | None) -> None:
    for sheet in islice(sheets, 1):
        for row in islice(_rows(sheet), first):
            print(json.dumps(row))


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Rows are counted from the sheet's top; empty columns stand left of what the library gives."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [value if type(value) is str else _text(value) for value in values]
        if sum(map(bool, cells)) > 1:
            yield number, left + cells


def _text(value: object) -> str:
    """A value as a person would write it: a contract without ".0", an account without an exponent, an ISO date."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        value = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat() if not isinstance(value, time) else value.isoformat("seconds")
    return str(value)


def _number(value: float) -> str:
    """15 digits, which is what a spreadsheet keeps and shows: 0.1 + 0.2 is 0.3."""
    shown = f"{value:.15g}"
    return f"{Decimal(shown):f}" if "e" in shown else shown


if __name__ == "__main__":
    _, wanted, place, *numbers = sys.argv
    print(json.dumps(main(wanted, place, *map(int, numbers))), flush=True)
