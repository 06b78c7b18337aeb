"""Reads one spreadsheet in a process of its own, started as a script: `sheets_child.py FILE MEMORY SECONDS`.

The parser of foreign binaries gets a fixed share of memory and time; what breaks it breaks only this process.
Prints a JSON line per row that has anything in it: [number, cells]; at the end "end", or the code of a refusal.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum


def main(path: str, memory: int, seconds: int) -> str:
    """Prints the rows of the first visible sheet that has any; returns "end" or a key of facts.SENTENCES."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        _print_rows(CalamineWorkbook.from_path(path))
    except PasswordError:
        return "protected"
    except MemoryError:
        return "bomb"
    except BaseException:  # a panic of the library is no Exception
        return "broken"
    return "end"


def _print_rows(book: CalamineWorkbook) -> None:
    for place, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_index(place)
            if sheet.start is not None:
                return _print_sheet(sheet, sheet.start[1])
    return None


def _print_sheet(sheet: CalamineSheet, indent: int) -> None:
    """Rows are counted from the sheet's top; `indent` empty columns stand left of what the library gives."""
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [_text(value) for value in values]
        if any(cells):
            print(json.dumps([number, [""] * indent + cells]))


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
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))), flush=True)
