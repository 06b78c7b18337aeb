"""Many at once: SQLAlchemy makes each value ready by itself, which takes as long as SQLite takes to write it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Dialect, Insert
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

T = TypeVar("T")


def batches(many: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time, the last ones fewer."""
    left = iter(many)
    while some := list(islice(left, size)):
        yield some


def insert_many(session: Session, statement: Insert, columns: Mapping[str, Sequence[Any]]) -> None:
    """The statement for each row of these columns, equally long: name -> values, also what the table would fill in."""
    connection = session.connection()
    spelt: Any = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    order = spelt.positiontup or list(columns)
    ready = [_ready(columns[name], statement.table.c[name].type, connection.dialect) for name in order]
    values: list[Any] = list(zip(*ready, strict=True))
    if not spelt.positional:
        values = [dict(zip(order, each, strict=True)) for each in values]
    connection.exec_driver_sql(str(spelt), values)


def _ready(values: Sequence[Any], kind: TypeEngine[Any], dialect: Dialect) -> Sequence[Any]:
    """A column as the driver takes it; what stands in many of its rows, as a day does, is made ready once."""
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    made = {value: process(value) for value in set(values)} if process else {}
    return [made[value] for value in values] if process else values
