"""A file of any bank -> how it looks, and its rows one by one; pure, by content alone, in bounded memory.

    a_look = look(path)                      # shown to a person, who may say another encoding or delimiter
    for number, cells in rows(path, a_look): # the same rows, from first to last

Whatever the bytes, nothing but Unreadable is raised. Rows of one column are dropped, as in the original; their
numbers are not given to others, so that a number finds its row in the file.
"""

from dataclasses import replace
from itertools import islice
from pathlib import Path

from modules.banksta2 import delimited, recognise, text
from modules.banksta2.facts import FILE_AT_MOST, FIRST, MIB, Look, Rows, Unreadable, checked, is_row

__all__ = ["Look", "Unreadable", "look", "rows"]


def look(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, use_names: bool = False
) -> Look:
    """What the file is and its first rows; what a person says (None: guess) is believed. Raises Unreadable."""
    data = _bytes(path)
    if recognise.kind(data) != "csv":
        raise Unreadable("not_a_statement")
    return _look_csv(path, data, encoding, delimiter)


def rows(path: Path, look: Look, skip: int = 0) -> Rows:
    """(number in the file from 1, cells as text) of every row behind the first `skip`. Raises Unreadable."""
    source = delimited.rows(text.lines(path, look.encoding), look.delimiter, look.columns)
    return ((number, cells) for number, cells in checked(source) if number > skip and is_row(cells))


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > FILE_AT_MOST:
            raise Unreadable("too_large", limit=FILE_AT_MOST // MIB)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable("no_file") from error


def _look_csv(path: Path, data: bytes, encoding: str | None, delimiter: str | None) -> Look:
    guessed, sure = text.guess(data)
    encoding, sure = encoding or guessed, sure or bool(encoding)
    mark, sure_mark = delimited.guess(list(islice(text.lines(path, encoding), delimited.LOOKED_AT)))
    plain = Look("csv", encoding, delimiter or mark, 0, [], sure and (sure_mark or bool(delimiter)))
    columns = delimited.width(_first(path, plain))
    seen = replace(plain, columns=columns)
    # Without one row of two columns a person sees the lines themselves, and why nothing came of them
    first = _first(path, seen) or [[line] for line in islice(text.lines(path, encoding), FIRST)]
    return replace(seen, first=first, columns=max(columns, 1), certain=seen.certain and columns > 1)


def _first(path: Path, look: Look) -> list[list[str]]:
    return [cells for _, cells in islice(rows(path, look), FIRST)]
