"""What three databases say each in its own way, as SQL that means the same on all of them, to the kopeck."""

import functools
from typing import Any

from sqlalchemy import BigInteger, Boolean, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from modules.core.money import MoneyError, from_decimal_text

SPACE = "[[:space:]]*"
SUM = f"^{SPACE}[+-]?([0-9]{{1,15}}([.][0-9]{{0,60}})?|[.][0-9]{{1,60}}){SPACE}$"  # money.from_decimal_text's own


class kopecks(FunctionElement[int]):
    """A varchar sum of Ubilling's -> kopecks as from_decimal_text() reads it (half up); NULL where it is no sum."""

    type = BigInteger()
    inherit_cache = True


class exact(FunctionElement[str]):
    """A text that equals only itself: by MariaDB's usual rules "Ivanov" is "ivanov" and "a " is "a"."""

    type = String()
    inherit_cache = True


class near(FunctionElement[bool]):
    """Whether two moments are less than two seconds apart; one that is not known is near to any."""

    type = Boolean()
    inherit_cache = True


@functools.lru_cache(maxsize=8192)
def kopecks_or_none(text: str) -> int | None:
    """What SQLite, which has no decimals, asks for each row."""
    try:
        return from_decimal_text(text)
    except (MoneyError, AttributeError):
        return None


@compiles(kopecks, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"kopecks({compiler.process(element.clauses, **kw)})"


@compiles(kopecks, "mysql")
@compiles(kopecks, "mariadb")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    # Three digits after the point say how a sum is rounded; more of them CAST would round by itself, once too often.
    cut = f"REGEXP_REPLACE({text}, '([.][0-9]{{3}})[0-9]*', '\\\\1')"
    return (
        f"CASE WHEN {text} REGEXP '{SUM}' THEN CAST(ROUND(CAST({cut} AS DECIMAL(20,3)) * 100) AS SIGNED) END"
    )


@compiles(kopecks, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"CASE WHEN {text} ~ '{SUM}' THEN CAST(round(CAST({text} AS numeric) * 100) AS bigint) END"


@compiles(exact)
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(exact, "mysql")
@compiles(exact, "mariadb")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CONVERT({compiler.process(element.clauses, **kw)} USING utf8mb4) COLLATE utf8mb4_nopad_bin"


@compiles(near, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    one, other = (compiler.process(clause, **kw) for clause in element.clauses)
    # A day as a double is exact to some hundredths of a millisecond.
    return f"coalesce(abs(julianday({one}) - julianday({other})) * 86400 < 1.9999, 1)"


@compiles(near, "mysql")
@compiles(near, "mariadb")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    one, other = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"coalesce(abs(TIMESTAMPDIFF(MICROSECOND, {one}, {other})) < 2000000, TRUE)"


@compiles(near, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    one, other = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"coalesce(abs(extract(epoch FROM ({one} - {other}))) < 2, TRUE)"
