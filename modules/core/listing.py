"""One page of a list as a template draws it (templates/_table.html), and the links that lead away from it.

Links keep the flags, filters, search and order of the address, and change what they say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _

from modules.core import search
from modules.core.formats import readers
from modules.core.paging import AFTER, BEFORE, page_text

if TYPE_CHECKING:
    from modules.core.tables import Column, Table, View


@dataclass(frozen=True)
class Page:
    """One page of a list, ready to be drawn. `total` is None when there are more than are counted.

    `edges`: how its first and last row are sorted, see paging.py; "" where pages are counted off.
    """

    table: "Table"
    view: "View"
    rows: Sequence[Any]
    total: int | None
    more: bool
    edges: tuple[str, str] = ("", "")
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
        many = f"{search.COUNTED:,}".replace(",", "\u00a0")
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
        return f"{readers().count(search.COUNTED)}+" if self.total is None else str(self.total)

    @property
    def text(self) -> str:
        """Which of how many are shown."""
        last = self.first + len(self.rows)
        return _("%(first)s–%(last)s of %(total)s", first=self.first + 1, last=last, total=self.total_text)

    @property
    def previous_url(self) -> str | None:
        """The page before, if any."""
        number = self.view.number - 1
        return here(page=page_text(number, BEFORE, self.edges[0])) if number else None

    @property
    def next_url(self) -> str | None:
        """The page after, if any."""
        return here(page=page_text(self.view.number + 1, AFTER, self.edges[1])) if self.more else None

    @property
    def csv_url(self) -> str:
        """The whole list, as it is filtered and sorted, as a file."""
        return here(page=None, csv=True)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The columns as table_head() wants them."""
        return [self._head(column) for column in self.table.columns]

    def _head(self, column: "Column") -> dict[str, Any]:
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


def here(**changes: Any) -> str:
    """The address of this page with these values changed; None leaves one out."""
    args: dict[str, Any] = {
        name: values
        for name, values in request.args.to_dict(flat=False).items()
        # url_for's own words are no part of a page's address: _scheme=javascript would make a link of it.
        if name not in ("module", "endpoint") and not name.startswith("_")
    }
    return url_for(request.endpoint or "", **{**args, **changes})
