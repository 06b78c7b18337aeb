"""Words in a select: looked for everywhere while the list is short, by how indexed columns begin when it is long.

A list is long when it has more rows than are counted. To look into each of a million takes seconds; a beginning is
found by an index, and an exact login, contract or number is a beginning too. Where nothing is indexed the newest rows
are looked into, as many as are counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union

from modules.core.db import db

COUNTED = 10_000  # more are not counted: a list that long is filtered, not paged through
# Rows with such a beginning: up to so many are fetched and sorted, of more the next page is near in any order.
FEW = 3_000
LAST_SIGN = "\U0010ffff"


@dataclass(frozen=True)
class Look:
    """Words (case-folded), each of which must be somewhere in a row: `places` are the columns of a short list.

    `begins`: title -> indexed column, of a long list that joins no other table. `newest`: of a long list only its
    newest rows are looked into. With neither every list is searched whole.
    """

    words: Sequence[str]
    places: Sequence[Any]
    begins: Mapping[str | LazyString, Any] = field(default_factory=dict)
    newest: bool = False


@dataclass(frozen=True)
class Found:
    """The rows that are wanted, as a select to be sorted and paged, and one that is quick to count.

    `known`: how many there are, where that is known already, more than are counted as one more. `begins`: the titles of
    the columns where only beginnings were looked for; `newest`: only the newest rows were.
    """

    rows: Select
    counted: Select
    begins: tuple[str | LazyString, ...] = ()
    newest: bool = False
    known: int | None = None

    def count(self) -> int | None:
        """How many there are; None when more than are counted."""
        if self.known is None:
            return count(self.counted)
        return self.known if self.known <= COUNTED else None


def find(wanted: Select, looks: Sequence[Look], key: Any) -> Found:
    """The rows of `wanted` that hold what each look asks for; `key` numbers them, the newest with the highest."""
    found = Found(wanted, wanted)
    looks = [look for look in looks if look.words]
    is_long = any(look.begins or look.newest for look in looks) and found.count() is None
    held: list[ColumnElement[bool]] = []
    for look in looks:
        if is_long and look.newest:
            found = _newest(found, key)
        for word in look.words:
            if is_long and look.begins:
                found = _begin(found, look, word, key)
            else:
                held.append(hold(look.places, word))
    return _walked(found, held, key) if held else found


def count(found: Select) -> int | None:
    """How many rows a select has; None when more than are counted."""
    some = found.order_by(None).with_only_columns(literal(1).label("one"), maintain_column_froms=True)
    total = db.session.scalar(select(func.count()).select_from(some.limit(COUNTED + 1).subquery())) or 0
    return None if total > COUNTED else total


def hold(places: Sequence[Any], word: str) -> ColumnElement[bool]:
    """Whether one of some SQL texts holds the word (case-folded, no blanks in it), whatever its case."""
    if db.engine.dialect.name == "sqlite":  # its LIKE folds ASCII only
        return func.fold(*places).contains(word, autoescape=True)
    return or_(*(place.icontains(word, autoescape=True) for place in places))


def _walked(found: Found, held: list[ColumnElement[bool]], key: Any) -> Found:
    """Those rows that hold it, looked for once: to find a page of them and then to count them takes twice as long."""
    every = found.rows.where(*held)
    keys = every.order_by(None).with_only_columns(key, maintain_column_froms=True).limit(COUNTED + 1)
    some = db.session.connection().scalars(keys).all()
    rows = found.rows.where(key.in_(some)) if len(some) <= min(FEW, COUNTED) else every
    return replace(found, rows=rows, counted=rows, known=len(some))


def _newest(found: Found, key: Any) -> Found:
    oldest = (
        found.rows.with_only_columns(key).order_by(None).order_by(key.desc()).offset(COUNTED - 1).limit(1)
    )
    rows = found.rows.where(key >= db.session.scalar(oldest))
    return Found(rows, rows, newest=True)


def _begin(found: Found, look: Look, word: str, key: Any) -> Found:
    columns = look.begins.values()
    some = db.session.scalars(_near(columns, word, key, FEW + 1).limit(FEW + 1)).all()
    here = key.in_(some)
    if len(some) > FEW:
        # Written so that no index is taken for it: the rows are walked in the order asked for until a page is full.
        here = or_(*(func.substr(column, 1, len(word)) == word for column in columns))
    rows = found.rows.where(here)
    is_all = len(some) > FEW and found.rows.whereclause is None  # nothing but this word narrows the list
    return Found(rows, _near(columns, word, key, COUNTED + 1) if is_all else rows, tuple(look.begins))


def _near(columns: Iterable[Any], word: str, key: Any, most: int) -> Select:
    """The keys of rows where one of the columns begins with the word: all, or of some column so many."""
    parts = (select(key.label("key")).where(begins(column, word)).limit(most) for column in columns)
    return select(union(*(select(part.subquery()) for part in parts)).subquery().c.key)


def begins(column: Any, word: str) -> ColumnElement[bool]:
    """Whether an SQL text begins with the word, as an index is asked: in this very case on SQLite and PostgreSQL."""
    if db.engine.dialect.name == "sqlite":  # its LIKE takes no index
        return (column >= word) & (column < word + LAST_SIGN)
    return column.startswith(word, autoescape=True)
