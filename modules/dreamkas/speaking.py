"""Which operation speaks for a source, in SQL: states_of()'s choice and alike()'s judgement for many at once."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from modules.core.portable import exact, near
from modules.dreamkas.models import Operation

SPEAKS = aliased(Operation, name="speaks")
_BETTER = aliased(Operation, name="better")


def speaks_for(kind: str, source_id: Any) -> ColumnElement[bool]:
    """Joins SPEAKS to the source in this column: its live operation, else its last rejected one."""
    same = and_(_BETTER.source_kind == kind, _BETTER.source_id == source_id)
    better = exists().where(same, or_(_BETTER.source_key.is_not(None), _BETTER.id > SPEAKS.id))
    mine = and_(SPEAKS.source_kind == kind, SPEAKS.source_id == source_id)
    return and_(mine, or_(SPEAKS.source_key.is_not(None), ~better))


def speaks_of_another(subscriber: Any, kopecks: Any, paid_at: Any) -> ColumnElement[bool]:
    """Whether SPEAKS is another payment's that bore the same number (books put back to an older copy)."""
    return or_(
        exact(SPEAKS.subscriber) != exact(subscriber),
        SPEAKS.amount.is_(None),
        SPEAKS.amount != kopecks,
        ~near(SPEAKS.paid_local, paid_at),
    )
