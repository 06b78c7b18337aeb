"""Every list of the house: sorted, searched, paged on the server, its state in the address, the whole of it as CSV.

    TABLE = Table([Column("date", _l("Date"), Operation.created_utc), …], sort="-date", search=[Operation.subscriber])

    view = TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, wanted, "operations")
    page = TABLE.page_of(wanted, view)          # wanted: a select, or a list of rows

templates/_table.html draws the page. The address carries q, sort ("date" or "-date": descending), page and csv beside
the flags and filters of the page itself; links made here keep all of those.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain, islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Response, request, stream_with_context, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from modules.core.db import db
from modules.core.formats import readers
from modules.core.search import COUNTED, Found, Look, find
from modules.core.words import language

Rows = Sequence[Any]
LONGEST, MOST_WORDS = 100, 6  # of what is searched for
DEEPEST = 100_000  # pages
BATCH = 500  # rows of a file that are in memory at once
OWN = ("q", "sort", "page", "csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    """What the address asks of a list."""

    q: str = ""
    sort: str = ""
    descending: bool = False
    number: int = 1
    csv: bool = False

    @property
    def words(self) -> list[str]:
        """What is looked for; each must be found somewhere in a row."""
        return self.q.casefold().split()[:MOST_WORDS]


@dataclass(frozen=True)
class Page:
    """One page of a list, ready to be drawn. `total` is None when there are more than are counted."""

    table: "Table"
    view: View
    rows: Rows
    total: int | None
    more: bool
    filters: Mapping[str, Any] = field(default_factory=dict)
    begins: Sequence[str | LazyString] = ()  # only how these columns begin was searched
    newest: bool = False  # only the newest rows were searched

    @property
    def searched(self) -> str:
        """What was searched, where that was not the whole of the list: a sentence, or ""."""
        if self.begins:
            where = ", ".join(map(str, self.begins))
            return _(
                "The list is long: words were looked for at the beginning of %(where)s only. "
                "Narrow the dates, and they are looked for everywhere.",
                where=where,
            )
        many = f"{COUNTED:,}".replace(",", "\u00a0")
        return (
            _("The list is long: words were looked for in its newest %(many)s rows.", many=many)
            if self.newest
            else ""
        )

    @property
    def first(self) -> int:
        """The number of the first row shown, from 0."""
        return (self.view.number - 1) * self.table.size

    @property
    def total_text(self) -> str:
        """How many there are, as words."""
        return f"{readers().count(COUNTED)}+" if self.total is None else str(self.total)

    @property
    def text(self) -> str:
        """Which of how many are shown."""
        last = self.first + len(self.rows)
        return _("%(first)s–%(last)s of %(total)s", first=self.first + 1, last=last, total=self.total_text)

    @property
    def previous_url(self) -> str | None:
        """The page before, if any."""
        number = self.view.number - 1
        return here(page=number if number > 1 else None) if number else None

    @property
    def next_url(self) -> str | None:
        """The page after, if any."""
        return here(page=self.view.number + 1) if self.more else None

    @property
    def csv_url(self) -> str:
        """The whole list, as it is filtered and sorted, as a file."""
        return here(page=None, csv=True)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The columns as table_head() wants them."""
        return [self._head(column) for column in self.table.columns]

    def _head(self, column: Column) -> dict[str, Any]:
        mine = column.name == self.view.sort
        head = {"name": column.name, "title": column.title, "cls": column.cls, "url": None, "dir": None}
        if column.key is not None and (column.indexed or self.total is not None):
            turned = mine and not self.view.descending
            head["url"] = here(sort=f"-{column.name}" if turned else column.name, page=None)
            head["dir"] = ("desc" if self.view.descending else "asc") if mine else None
        return head

    @cached_property
    def fixed(self) -> list[tuple[str, str]]:
        """The module and the flags of this page: what the search form sends hidden."""
        own = parse_qsl(urlsplit(url_for(request.endpoint or "")).query)
        return [(name, request.args.get(name, value)) for name, value in own]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """How the list is sorted, if not as ever: sent hidden with the search."""
        return [("sort", request.args["sort"])] if request.args.get("sort") else []

    @property
    def is_filtered(self) -> bool:
        """Whether the address narrows the list: an empty one says so then."""
        own = {name for name, _value in self.fixed} | {"sort", "page", "csv"}
        return any(value for name, value in request.args.items() if name not in own)


@dataclass(frozen=True)
class Table:
    """A list: its columns, how it is sorted at first ("name" or "-name"), and where its search looks.

    `search`: SQL expressions for a select (rows in memory are searched in all their cells); a select without them
    has searched for itself. `begins`: title -> indexed column, where a list too long to be counted is searched, by
    beginnings (search.py). What a select orders by itself, an exact hit say, comes before the column asked for;
    `tie`: an SQL expression that makes the order of equal rows certain.
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
        number = args.get("page", "1")
        return View(
            q=" ".join(args.get("q", "").replace("\0", " ").split())[:LONGEST],
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            number=max(1, min(int(number), DEEPEST)) if number.isdecimal() and len(number) < 9 else 1,
            csv=args.get("csv", "") == "true",
        )

    def page_of(self, wanted: Select | Rows, view: View, *looks: Look) -> Page:
        """One page of a select or of rows in memory: its last one when the address asks for more than there are.

        `looks`: what else is looked for in a select, beside the view's words.
        """
        start = (view.number - 1) * self.size
        said: dict[str, Any] = {}
        if isinstance(wanted, Select):
            found = self._found(wanted, view, looks)
            total, said = found.count(), {"begins": found.begins, "newest": found.newest}
            view = self._sortable(view, total)
            some = self._sorted(found.rows, view).offset(start).limit(self.size + 1)
            rows: Rows = list(_result(db.session(), some))
        else:
            chosen = self._rows(wanted, view)
            rows, total = chosen[start : start + self.size + 1], len(chosen)
        shown = rows[: self.size]
        if not shown and view.number > 1:  # rows went away since the address was made
            last = max(1, -(-total // self.size)) if total else 1
            return self.page_of(wanted, replace(view, number=min(last, view.number - 1)), *looks)
        return Page(self, view, shown, total, len(rows) > self.size, **said)

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
            rows: Iterable[Any] = _streamed(self._sorted(self._found(wanted, view, looks).rows, view))
        else:
            rows = self._rows(wanted, view)
        if dress:
            rows = chain.from_iterable(map(dress, _batches(rows)))
        answer = Response(stream_with_context(self._lines(rows)), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer

    # --- a select ---

    def _found(self, wanted: Select, view: View, looks: Sequence[Look]) -> Found:
        words = view.words if self.search else ()
        return find(wanted, [*looks, Look(words, self.search, self.begins, self.newest)], self.tie)

    def _sortable(self, view: View, total: int | None) -> View:
        """The view, sorted as ever when what it asks would sort a million rows for the sake of one page."""
        if total is not None or self._column(view.sort).indexed:
            return view
        return replace(view, sort=self.sort.removeprefix("-"), descending=self.sort.startswith("-"))

    def _sorted(self, wanted: Select, view: View) -> Select:
        key = self._column(view.sort).key
        keys = [*(key if isinstance(key, tuple) else [key]), *([] if self.tie is None else [self.tie])]
        return wanted.order_by(*(key.desc() if view.descending else key.asc() for key in keys))

    # --- rows in memory ---

    def _rows(self, rows: Rows, view: View) -> Rows:
        chosen = [row for row in rows if self._holds(row, view.words)] if view.words else list(rows)
        key = self._column(view.sort).key
        known = [row for row in chosen if key(row) not in (None, "")]
        known.sort(key=lambda row: _order(key(row)), reverse=view.descending)
        return known + [
            row for row in chosen if key(row) in (None, "")
        ]  # what is missing comes last either way

    def _holds(self, row: Any, words: list[str]) -> bool:
        text = "\n".join(_text(self._cell(column, row)) for column in self.columns).casefold()
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

    def _lines(self, rows: Iterable[Any]) -> Iterator[str]:
        columns = [column for column in self.columns if column.in_csv]
        yield "\ufeff" + _line(str(column.title) for column in columns)
        for row in rows:
            yield _line(_safe(self._cell(column, row)) for column in columns)


def here(**changes: Any) -> str:
    """The address of this page with these values changed; None leaves one out."""
    args: dict[str, Any] = {
        name: values
        for name, values in request.args.to_dict(flat=False).items()
        # url_for's own words are no part of a page's address: _scheme=javascript would make a link of it.
        if name not in ("module", "endpoint") and not name.startswith("_")
    }
    return url_for(request.endpoint or "", **{**args, **changes})


def _streamed(wanted: Select) -> Iterator[Any]:
    # A session of its own: the request's is closed before the first line is on its way.
    with Session(db.engine) as session:
        yield from _result(session, wanted.execution_options(yield_per=BATCH))


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _result(session: Session, wanted: Select) -> Iterable[Any]:
    """Entities or values where the select names one thing, rows where it names several."""
    one = len(wanted.column_descriptions) == 1
    return session.scalars(wanted) if one else session.execute(wanted)


def _order(value: Any) -> tuple[int, Any]:
    """Numbers, then dates, then words in any case: whatever their cabinet sent can be sorted."""
    if isinstance(value, (int, float, Decimal)):
        return 0, value
    if isinstance(value, (date, datetime)):
        return 1, value.isoformat()
    return 2, str(value).casefold()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        # What a spreadsheet of that language takes for a date, and below for a number.
        return value.strftime("%Y-%m-%d %H:%M:%S" if language() == "en" else "%d.%m.%Y %H:%M:%S")
    if isinstance(value, (Decimal, float)):
        return str(value) if language() == "en" else str(value).replace(".", ",")
    return str(value)


def _safe(value: Any) -> str:
    """The cell's text; a text that a spreadsheet would take for a formula begins with an apostrophe. Numbers stay."""
    text = _text(value)
    is_number = isinstance(value, (int, float, Decimal))
    return f"'{text}" if text.lstrip(" \n\u00a0\ufeff").startswith(FORMULA) and not is_number else text


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue()
