"""Where a page of a select begins: beside a row, by what the list is sorted by, so that no page is deep.

The address carries the page's number, for people, and how the row of the page before or after it is sorted:
`page=3>["2026-11-20 12:00:00",17]` begins after the row of that date and id, `page=2<[…]` ends before it.
A number alone is counted off, as far as rows are counted.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select

from modules.core import search
from modules.core.db import ZERO_DATE, LocalTime, db

AFTER, BEFORE = ">", "<"
ASKED = re.compile(r"([0-9]{1,8})([<>]\[.{1,1000}\])?")
DEEPEST = 100_000  # pages
KINDS = (bool, int, float, str, date, datetime)  # of values that an address can carry


def page_asked(text: str) -> tuple[int, str]:
    """What `page` says in an address -> number, what stands beside it; nonsense is the first page."""
    asked = ASKED.fullmatch(text)
    number = min(int(asked[1]), DEEPEST) if asked else 1
    return (number, asked[2] or "") if asked and number > 1 else (1, "")


def page_text(number: int, side: str, edge: str) -> str | None:
    """As an address says it; None for the first page."""
    return None if number == 1 else f"{number}{side}{edge}" if edge else str(number)


@dataclass(frozen=True)
class Order:
    """How a select is sorted: by SQL expressions, the last of which no two rows share."""

    keys: Sequence[Any]
    descending: bool

    @property
    def is_told(self) -> bool:
        """Whether an address can tell of a row."""
        return all(_kind(key) in KINDS for key in self.keys)

    def sort(self, wanted: Select[Any]) -> Select[Any]:
        """The select, sorted; what it orders by itself comes first."""
        return wanted.order_by(*(key.desc() if self.descending else key.asc() for key in self.keys))

    def beside(self, wanted: Select[Any], text: str, many: int) -> list[Any] | None:
        """The rows next to the one that `text` tells of, in this order; None for what tells of none."""
        values = self._understood(text[1:])
        if values is None:
            return None
        if text[0] == AFTER:
            return self._after(wanted, values, many)
        return Order(self.keys, not self.descending)._after(wanted, values, many)[::-1]

    def _after(self, wanted: Select[Any], values: Sequence[Any], many: int) -> list[Any]:
        rows: list[Any] = []
        for here in self._steps(values):
            if len(rows) < many:
                rows += db.session.execute(self.sort(wanted.where(*here)).limit(many - len(rows)))
        return rows

    def _steps(self, values: Sequence[Any]) -> Iterator[list[ColumnElement[bool]]]:
        """Rows that differ in the last key only, then in the one before it, …: each step is a walk along an index."""
        for depth in reversed(range(len(self.keys))):
            pairs = zip(self.keys[:depth], values[:depth], strict=True)
            same = [key.is_(None) if value is None else key == value for key, value in pairs]
            yield from ([*same, further] for further in self._further(self.keys[depth], values[depth]))

    def _further(self, key: Any, value: Any) -> Iterator[ColumnElement[bool]]:
        """Where the key is beyond the value; each database has its own place for what is missing."""
        missing_last = self.descending != (db.engine.dialect.name == "postgresql")
        if value is not None:
            yield key < value if self.descending else key > value
        if missing_last and value is not None and not _has_zero(key):
            yield key.is_(None)
        if value is None and not missing_last:
            yield key.is_not(None)

    def _understood(self, text: str) -> list[Any] | None:
        try:
            return [_value(key, said) for key, said in zip(self.keys, json.loads(text), strict=True)]
        except (ValueError, TypeError, RecursionError):
            return None


@dataclass(frozen=True)
class Slice:
    """The rows of a page; `edges`: how its first and last row are sorted, as an address says it."""

    rows: Sequence[Any]
    number: int
    more: bool
    edges: tuple[str, str] = ("", "")


def slice_of(wanted: Select[Any], order: Order, number: int, beside: str, size: int) -> Slice:
    """The page of that number beside that row; the first one where too few rows are left before it.

    Without a row it is counted off, as far as rows are counted. A select that orders by itself is always counted off.
    """
    if wanted._order_by_clauses or not order.is_told:
        rows = db.session.execute(order.sort(wanted).offset((number - 1) * size).limit(size + 1)).all()
        return Slice(_shown(wanted, rows[:size]), number, len(rows) > size)
    keyed = wanted.add_columns(*(key.label(f"key_{place}") for place, key in enumerate(order.keys)))
    found = order.beside(keyed, beside, size + 1) if beside else None
    if found is not None and beside[0] == BEFORE:
        if len(found) <= size:
            return slice_of(wanted, order, 1, "", size)
        found = [*found[1:], found[0]]  # the one too many says that there is more, here as ever
    elif found is None:
        number = min(number, -(-search.COUNTED // size))
        found = list(db.session.execute(order.sort(keyed).offset((number - 1) * size).limit(size + 1)))
    shown = found[:size]
    first, last = (_said(row[-len(order.keys) :]) for row in (shown[0], shown[-1])) if shown else ("", "")
    return Slice(_shown(wanted, shown), number, len(found) > size, (first, last))


def _shown(wanted: Select[Any], rows: Sequence[Any]) -> Sequence[Any]:
    """Entities or values where the select names one thing, rows where it names several."""
    return [row[0] for row in rows] if len(wanted.column_descriptions) == 1 else rows


def _said(values: Sequence[Any]) -> str:
    return json.dumps(list(values), default=str, ensure_ascii=False, separators=(",", ":"))


def _value(key: Any, said: Any) -> Any:
    """What a key can be compared with; raises ValueError or TypeError for what it can not."""
    kind = _kind(key)
    if said is None:
        return ZERO_DATE if _has_zero(key) else None
    if kind is datetime:
        return datetime.fromisoformat(said).replace(tzinfo=None)
    if kind is date:
        return date.fromisoformat(said)
    if type(said) is not kind or (kind is not str and not abs(said) < 2**63):
        raise ValueError(said)
    return said.encode().decode() if kind is str else said  # half of a pair is no text


def _kind(key: Any) -> Any:
    """The class of a key's values; a column type of ours has that of the type it is made of."""
    return getattr(key.type, "impl_instance", key.type).python_type


def _has_zero(key: Any) -> bool:
    """Whether the column's "no date" is a date, the first of all."""
    return isinstance(key.type, LocalTime) and db.engine.dialect.name in ("mysql", "mariadb")
