"""What the readers of a statement file share: how a file looks, how much is taken, and how it is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MIB = 2**20
FILE_AT_MOST = 20 * MIB  # bytes
ROWS_AT_MOST = 100_000
COLUMNS_AT_MOST = 256  # what an .xls sheet can hold
CELL_AT_MOST = 32_767  # characters: what a cell of a spreadsheet can hold
FIRST = 50  # rows that are shown before anything is read in earnest

Row = tuple[int, list[str]]  # its number in the file, from 1; its cells
Rows = Iterator[Row]


@dataclass(frozen=True)
class Look:
    """What a file was taken for; an encoding and a delimiter are '' where the kind has none."""

    kind: str  # csv (txt too), dbf, xls, xlsx, ods, 1c
    encoding: str
    delimiter: str
    columns: int  # of the widest (csv: the most common) row among the first
    first: list[list[str]]  # at most FIRST rows
    certain: bool  # False: encoding or delimiter is a guess that a person should look at
    names: list[str] = field(default_factory=list)  # of the columns (dbf, 1C)
    use_names: bool = False  # the names stand as row 1 (dbf), as the original offers
    others: list[str] = field(
        default_factory=list
    )  # sheets that are not read though there is something in them


class Unreadable(ValueError):
    """This file can not be read; `code` is a key of words.UNREADABLE, `params` are what its sentence names."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def is_row(cells: list[str]) -> bool:
    """The original drops rows of one column; a row of blanks says nothing either."""
    return len(cells) > 1 and any(cells)


def checked(rows: Iterable[Row]) -> Rows:
    """The same rows, cleaned; raises Unreadable at the first that is beyond a limit."""
    for number, cells in rows:
        if number > ROWS_AT_MOST:
            raise Unreadable("too_many_rows", limit=ROWS_AT_MOST)
        if len(cells) > COLUMNS_AT_MOST:
            raise Unreadable("too_many_columns", row=number, limit=COLUMNS_AT_MOST)
        if max(map(len, cells), default=0) > CELL_AT_MOST:
            raise Unreadable("cell_too_long", row=number, limit=CELL_AT_MOST)
        # Without blanks around it and without NUL, which no database keeps in a text
        yield number, [cell.replace("\0", "").strip() for cell in cells]
