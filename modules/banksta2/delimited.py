"""Lines of csv or txt -> rows, quotes understood and mistrusted: `ООО "Ромашка` must not swallow the rows below it.

Written by hand because Python's csv lets a quote that is never closed run to the end of the file. Here a cell is
quoted only when its quotes end where a cell ends; a cell may run over lines only when that, too, comes out even.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice

from modules.banksta2.facts import COLUMNS_AT_MOST, Rows, Unreadable
from modules.banksta2.values import parse_date

DELIMITERS = (
    "\t",
    ";",
    "|",
    ",",
)  # of two that fit equally the first: commas stand in sums and addresses too
LOOKED_AT = 200  # lines
LINES_OF_A_CELL = 50
LONGEST = 100_000  # characters of a row that runs over lines

Cells = list[str]


def rows(lines: Iterable[str], delimiter: str, columns: int = 0) -> Rows:
    """Every row with its number (a row over several lines is one), also those of one column.

    `columns` is how many a row should have (0: nobody knows): where each line is such a row by itself, a quote
    that seems to join them is taken for a lone one, because a payment swallowed by a name is a payment lost.
    """
    if delimiter not in DELIMITERS:
        raise Unreadable("wrong_delimiter")
    field, feed = _field(delimiter), _Feed(lines)
    for number, line in enumerate(feed, 1):
        if '"' not in line:
            yield number, line.split(delimiter, COLUMNS_AT_MOST + 1)
            continue
        joined = _joined(line, feed, field, columns) if line.count('"') % 2 else None
        yield number, joined or _split(line, field) or [line]


def guess(lines: list[str]) -> tuple[str, bool]:
    """The first lines -> (delimiter, whether that is sure)."""
    scores = {delimiter: _fit(lines, delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=scores.__getitem__)
    return (best if scores[best] else ";"), scores[best] >= 0.5


def width(rows: Iterable[Cells]) -> int:
    """How many columns most rows have, rows of one column aside; 0 when there are no others."""
    counts = Counter(len(cells) for cells in rows if len(cells) > 1)
    return max(counts, key=lambda columns: (counts[columns], columns), default=0)


def _fit(lines: list[str], delimiter: str) -> float:
    """The share of lines that have the same columns; twice as much when one column holds dates."""
    table = [cells for _, cells in rows(islice(lines, LOOKED_AT), delimiter) if any(cells)]
    columns = width(table)
    even = [cells for cells in table if len(cells) == columns > 1]
    dated = any(
        sum(parse_date(cell) is not None for cell in column) * 2 > len(even)
        for column in zip(*even, strict=True)
    )
    return len(even) / max(len(table), 1) * (2 if dated else 1)


class _Feed:
    """Lines that may be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self._back = iter(lines), deque[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._back.popleft() if self._back else next(self._lines)

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


def _field(delimiter: str) -> re.Pattern[str]:
    """A quoted cell (1) that ends where a cell ends, else a literal one (2), which never holds a line's end."""
    mark = re.escape(delimiter)
    return re.compile(rf' *+"([^"]*+(?:""[^"]*+)*+)" *+(?={mark}|\Z)|([^{mark}\n]*+)')


def _split(text: str, field: re.Pattern[str]) -> Cells | None:
    """None when a line ends outside of quotes."""
    cells: Cells = []
    place = 0
    while len(cells) <= COLUMNS_AT_MOST and (found := field.match(text, place)):
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        place = found.end() + 1
        if place > len(text):
            break
        if text[place - 1] == "\n":
            return None
    return cells


def _joined(line: str, feed: _Feed, field: re.Pattern[str], columns: int) -> Cells | None:
    """The row that this line and the next ones are together, the quotes come out even; None, and they stay, if none."""
    ahead: Cells = []
    for following in islice(feed, LINES_OF_A_CELL):
        ahead.append(following)
        if following.count('"') % 2:
            break
    text = "\n".join((line, *ahead))
    cells = _split(text, field) if len(text) <= LONGEST else None
    alone = columns and all(len(_split(one, field) or ()) >= columns for one in (line, *ahead))
    if cells and not alone and text.count('"') % 2 == 0:
        return cells
    feed.give_back(ahead)
    return None
