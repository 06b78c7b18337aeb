"""Every list of the house: sorted, searched, paged on the server, its state in the address, the whole of it as CSV.

    TABLE = Table([Column("date", _l("Date"), Operation.created_utc), …], sort="-date", search=[Operation.subscriber])

    view = TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, wanted, "operations")
    page = TABLE.page_of(wanted, view)          # wanted: a select, or a list of rows

templates/_table.html draws the page. The address carries q, sort ("date" or "-date": descending), page and csv beside
the flags and filters of the page itself; links made here keep all of those.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from flask import Response
from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from modules.core.bulk import batches
from modules.core.db import db
from modules.core.listing import Page
from modules.core.paging import Order, Slice, page_asked, slice_of
from modules.core.search import Found, Look, find
from modules.core.spreadsheet import cell_text, sheet

Rows = Sequence[Any]
LONGEST, MOST_WORDS = 100, 6  # of what is searched for
BATCH = 500  # rows of a file that are in memory at once


@dataclass(frozen=True)
class Column:
    """A column: `key` sorts: an SQL expression (or some, in a tuple) for a select, a function of the row for rows in
    memory, or None.

    `cell` is what CSV says of a row: None takes the key's value (rows in memory) or the attribute `name` (a select).
    `cls` is the class of its head (see table_head in templates/_macros.html); a column of buttons has neither.
    `indexed`: a list that is too long to be counted may be sorted by it as well.
    """

    name: str
    title: str | LazyString
    key: Any = None
    cls: str = ""
    cell: Callable[[Any], Any] | None = None
    in_csv: bool = True
    indexed: bool = True


@dataclass(frozen=True)
class View:
    """What the address asks of a list; `beside`: which row its page stands beside, see paging.py."""

    q: str = ""
    sort: str = ""
    descending: bool = False
    number: int = 1
    csv: bool = False
    beside: str = ""

    @property
    def words(self) -> list[str]:
        """What is looked for; each must be found somewhere in a row."""
        return self.q.casefold().split()[:MOST_WORDS]


@dataclass(frozen=True)
class Table:
    """A list: its columns, how it is sorted at first ("name" or "-name"), and where its search looks.

    `search`: SQL expressions for a select (rows in memory are searched in all their cells); a select without them
    has searched for itself. `begins`: title -> indexed column, where a list too long to be counted is searched, by
    beginnings (search.py). What a select orders by itself, an exact hit say, comes before the column asked for;
    `tie`: an SQL expression that no two rows share, which every select needs.
    """

    columns: Sequence[Column]
    sort: str
    search: Sequence[Any] = ()
    tie: Any = None
    size: int = 50
    begins: Mapping[str | LazyString, Any] = field(default_factory=dict)
    newest: bool = False

    def read(self, args: Mapping[str, str]) -> View:
        """What the address asks; nonsense in it is as if it were not there."""
        sort = args.get("sort", "")
        known = {column.name for column in self.columns if column.key is not None}
        sort = sort if sort.removeprefix("-") in known else self.sort
        number, beside = page_asked(args.get("page", ""))
        return View(
            q=" ".join(args.get("q", "").replace("\0", " ").split())[:LONGEST],
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            number=number,
            csv=args.get("csv", "") == "true",
            beside=beside,
        )

    def page_of(self, wanted: Select | Rows, view: View, *looks: Look) -> Page:
        """One page of a select or of rows in memory: its last one when the address asks for more than there are.

        `looks`: what else is looked for in a select, beside the view's words.
        """
        said: dict[str, Any] = {}
        if isinstance(wanted, Select):
            found = self._found(wanted, view, looks)
            total = found.count()
            view = self._sortable(view, total)
            part = slice_of(found.rows, self._order(view), view.number, view.beside, self.size)
            said = {"edges": part.edges, "begins": found.begins, "newest": found.newest}
        else:
            chosen, start = self._rows(wanted, view), (view.number - 1) * self.size
            total = len(chosen)
            part = Slice(chosen[start : start + self.size], view.number, total > start + self.size)
        if not part.rows and view.number > 1:  # rows went away since the address was made
            last = max(1, -(-total // self.size)) if total else 1
            earlier = replace(view, number=min(last, view.number - 1), beside="")
            return self.page_of(wanted, earlier, *looks)
        return Page(self, replace(view, number=part.number), part.rows, total, part.more, **said)

    def csv(
        self,
        view: View,
        wanted: Select | Rows,
        name: str,
        dress: Callable[[list[Any]], Iterable[Any]] | None = None,
        looks: Sequence[Look] = (),
    ) -> Response:
        """The whole list as it is filtered and sorted: UTF-8 with a mark, semicolons, formulas defused; streamed.

        `dress` is given the rows some hundreds at a time, and gives what the cells are made of.
        """
        if isinstance(wanted, Select):
            rows: Iterable[Any] = _streamed(self._order(view).sort(self._found(wanted, view, looks).rows))
        else:
            rows = self._rows(wanted, view)
        if dress:
            rows = chain.from_iterable(map(dress, batches(rows, BATCH)))
        columns = [column for column in self.columns if column.in_csv]
        cells = ([self._cell(column, row) for column in columns] for row in rows)
        return sheet(name, (column.title for column in columns), cells)

    # --- a select ---

    def _found(self, wanted: Select, view: View, looks: Sequence[Look]) -> Found:
        words = view.words if self.search else ()
        return find(wanted, [*looks, Look(words, self.search, self.begins, self.newest)], self.tie)

    def _sortable(self, view: View, total: int | None) -> View:
        """The view, sorted as ever when what it asks would sort a million rows for the sake of one page."""
        if total is not None or self._column(view.sort).indexed:
            return view
        return replace(view, sort=self.sort.removeprefix("-"), descending=self.sort.startswith("-"))

    def _order(self, view: View) -> Order:
        key = self._column(view.sort).key
        keys = [one for one in (key if isinstance(key, tuple) else [key]) if one is not self.tie]
        return Order([*keys, self.tie], view.descending)

    # --- rows in memory ---

    def _rows(self, rows: Rows, view: View) -> Rows:
        chosen = [row for row in rows if self._holds(row, view.words)] if view.words else list(rows)
        key = self._column(view.sort).key
        known = [row for row in chosen if key(row) not in (None, "")]
        known.sort(key=lambda row: _rank(key(row)), reverse=view.descending)
        return known + [
            row for row in chosen if key(row) in (None, "")
        ]  # what is missing comes last either way

    def _holds(self, row: Any, words: list[str]) -> bool:
        text = "\n".join(cell_text(self._cell(column, row)) for column in self.columns).casefold()
        return all(word in text for word in words)

    # --- both ---

    def _column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def _cell(self, column: Column, row: Any) -> Any:
        if column.cell:
            return column.cell(row)
        if callable(column.key) and not isinstance(column.key, ColumnElement):
            return column.key(row)
        return getattr(row, column.name, "")


def _streamed(wanted: Select) -> Iterator[Any]:
    # A session of its own: the request's is closed before the first line is on its way.
    with Session(db.engine) as session:
        yield from _result(session, wanted.execution_options(yield_per=BATCH))


def _result(session: Session, wanted: Select) -> Iterable[Any]:
    """Entities or values where the select names one thing, rows where it names several."""
    one = len(wanted.column_descriptions) == 1
    return session.scalars(wanted) if one else session.execute(wanted)


def _rank(value: Any) -> tuple[int, Any]:
    """Numbers, then dates, then words in any case: whatever their cabinet sent can be sorted."""
    if isinstance(value, (int, float, Decimal)):
        return 0, value
    if isinstance(value, (date, datetime)):
        return 1, value.isoformat()
    return 2, str(value).casefold()
