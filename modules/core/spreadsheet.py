"""A list as a file for a spreadsheet: UTF-8 with a mark, semicolons, formulas defused; sent as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response, stream_with_context
from flask_babel import gettext as _

from modules.core.words import language

MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(name: str, titles: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Response:
    """The answer that carries the file `name`.csv: a line of titles, then a line for each row of values."""
    answer = Response(stream_with_context(_lines(titles, rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def cell_text(value: Any) -> str:
    """A value as a spreadsheet of the reader's language takes it for what it is: a date, a number, a word."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if language() == "en" else "%d.%m.%Y %H:%M:%S")
    if isinstance(value, (Decimal, float)):
        return str(value) if language() == "en" else str(value).replace(".", ",")
    return str(value)


def _lines(titles: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    yield MARK + _line(map(str, titles))
    for row in rows:
        yield _line(map(_safe, row))


def _safe(value: Any) -> str:
    """The cell's text; a text that a spreadsheet would take for a formula begins with an apostrophe. Numbers stay."""
    text = cell_text(value)
    is_number = isinstance(value, (int, float, Decimal))
    return f"'{text}" if text.lstrip(" \n\u00a0\ufeff").startswith(FORMULA) and not is_number else text


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue()
