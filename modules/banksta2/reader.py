"""A file of any bank -> how it looks, and its rows one by one; pure, by content alone, in bounded memory.

    a_look = look(path)                      # shown to a person, who may say another encoding or delimiter
    for number, cells in rows(path, a_look): # the same rows, from first to last

Whatever the bytes, nothing but Unreadable is raised; it may come after some rows (a cut-off file), so whoever
keeps rows keeps them in one transaction. Rows of one column are dropped, as in the original; their numbers are
not given to others, so that a number finds its row in the file.
"""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from modules.banksta2 import dbf, delimited, one_c, recognise, sheets, text
from modules.banksta2.facts import FILE_AT_MOST, FIRST, MIB, Look, Row, Rows, Unreadable, checked, is_row

__all__ = ["Look", "Unreadable", "look", "rows"]


def look(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, use_names: bool = False
) -> Look:
    """What the file is and its first rows; what a person says (None: guess) is believed. Raises Unreadable.

    `use_names`: the columns' names of a dbf stand as its row 1, as the original offers.
    """
    data = _bytes(path)
    kind = recognise.kind(data)
    if kind == "csv":
        return _look_csv(path, data, encoding, delimiter)
    if kind == "dbf":
        guessed, sure = dbf.guess(data)
        chosen = encoding or guessed
        names = dbf.names(path, chosen)
        return _seen(path, Look(kind, chosen, "", 0, [], sure or bool(encoding), names, use_names))
    if kind == "1c":
        return _look_1c(path, data, encoding)
    return _look_sheets(path, kind)


def rows(path: Path, look: Look, skip: int = 0) -> Rows:
    """(number in the file from 1, cells as text) of every row behind the first `skip`. Raises Unreadable."""
    return _good(_all(path, look), skip)


def _good(rows: Iterable[Row], skip: int = 0) -> Rows:
    return ((number, cells) for number, cells in checked(rows) if number > skip and is_row(cells))


def _all(path: Path, look: Look) -> Rows:
    if look.kind == "csv":
        return delimited.rows(text.lines(path, look.encoding), look.delimiter, look.columns)
    if look.kind == "dbf":
        return dbf.rows(path, look.encoding, look.use_names)
    if look.kind == "1c":
        return one_c.rows(path, look.encoding)
    return sheets.rows(path)


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


def _look_1c(path: Path, data: bytes, encoding: str | None) -> Look:
    guessed, sure = one_c.guess(data)
    seen = Look("1c", encoding or guessed, "", 0, [], sure or bool(encoding), list(one_c.ONE_C_COLUMNS))
    for _ in rows(path, seen):  # to the end: a file that is cut off should be told at once
        pass
    return replace(_seen(path, seen), columns=len(one_c.ONE_C_COLUMNS))


def _look_sheets(path: Path, kind: str) -> Look:
    first, others = sheets.look(path)
    return _with(Look(kind, "", "", 0, [], True, others=others), [cells for _, cells in _good(first)])


def _seen(path: Path, look: Look) -> Look:
    return _with(look, _first(path, look))


def _with(look: Look, first: list[list[str]]) -> Look:
    return replace(look, first=first, columns=max(map(len, first), default=len(look.names)))


def _first(path: Path, look: Look) -> list[list[str]]:
    with closing(rows(path, look)) as found:  # type: ignore[type-var]  # a generator can be closed
        return [cells for _, cells in islice(found, FIRST)]
