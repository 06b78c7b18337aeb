"""What the readers of a statement file share: how a file looks, how much is taken, and how it is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

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


def N_(message: str) -> str:
    """Marks a msgid for the catalogs."""
    return message


SENTENCES = {
    "no_file": N_("The file is not there any more. Upload it again."),
    "empty": N_("The file is empty."),
    "too_large": N_("The file is too large: at most %(limit)s MiB are taken."),
    "too_many_rows": N_("The file has more than %(limit)s rows. Split it and upload it in parts."),
    "too_many_columns": N_("Row %(row)s has more than %(limit)s columns."),
    "cell_too_long": N_("A cell of row %(row)s is longer than %(limit)s characters. Is the delimiter right?"),
    "not_a_statement": N_(
        "This is no bank statement that we can read: neither a text, a table nor a 1C exchange."
    ),
    "markup": N_(
        "This is a web page or an XML table. Open it as a spreadsheet, save it as xlsx and upload that."
    ),
    "wrong_encoding": N_("The file is not in this encoding. Choose another."),
    "wrong_delimiter": N_("There is no such delimiter."),
    "broken": N_("The file is damaged, or it is not what it says. Save it anew and upload it again."),
    "protected": N_("The file is protected by a password. Save it without one."),
    "bomb": N_("The file unpacks to more than we take. Save it as csv and upload that."),
    "truncated": N_("The file is cut off: its end (%(end)s) is missing. Download it from the bank again."),
    "records_missing": N_(
        "The file promises %(count)s records and holds fewer. Download it from the bank again."
    ),
    "unfinished": N_(
        "Document %(number)s (line %(line)s) does not end. Download the file from the bank again."
    ),
    "disk_full": N_(
        "The server's disk is full: the file was not kept. Tell whoever manages the server, then upload it again."
    ),
    "no_account": N_("The file does not say which account is yours, so debits can not be told from credits."),
}


class Unreadable(ValueError):
    """This file can not be read; `code` is a key of SENTENCES, str() a sentence in the reader's language."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params

    def __str__(self) -> str:
        return str(_l(SENTENCES[self.code], **self.params))


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
