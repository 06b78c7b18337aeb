"""Where the receipts of many sources are, counted by the database: a statement has thousands."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from modules.core.db import db
from modules.dreamkas.models import Operation
from modules.dreamkas.words import reason as reason_words


@dataclass(frozen=True)
class Tally:
    """So many operations in that state, their sum in kopecks, and the reason in the reader's words."""

    state: str
    reason: str
    operations: int
    kopecks: int


def tally(source_kind: str, source_ids: Select[Any]) -> list[Tally]:
    """The operations that speak for these sources (states_of's choice), by state and reason; none is left out.

    `source_ids` is a select of one column.
    """
    mine = and_(Operation.source_kind == source_kind, Operation.source_id.in_(source_ids))
    live = func.max(case((Operation.source_key.is_not(None), Operation.id)))
    speaks = select(func.coalesce(live, func.max(Operation.id))).where(mine).group_by(Operation.source_id)
    counted = select(Operation.state, Operation.reason, func.count(), func.sum(Operation.amount))
    rows = db.session.execute(
        counted.where(Operation.id.in_(speaks)).group_by(Operation.state, Operation.reason)
    )
    return [
        Tally(state, reason_words(reason, ""), number, int(kopecks or 0))
        for state, reason, number, kopecks in rows
    ]


def has_live_operation(
    kind: InstrumentedAttribute[Any], source_id: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """Whether the source in these columns has an operation that is not rejected, as an SQL condition."""
    return exists().where(_of(kind, source_id), Operation.source_key.is_not(None))


def has_operation(
    kind: InstrumentedAttribute[Any], source_id: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """Whether the source in these columns ever had an operation, rejected or not, as an SQL condition."""
    return exists().where(_of(kind, source_id))


def _of(kind: InstrumentedAttribute[Any], source_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return and_(Operation.source_kind == kind, Operation.source_id == source_id)
