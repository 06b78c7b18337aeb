"""Which operation speaks for a source, in SQL: states_of()'s choice and alike()'s judgement for many at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from modules.core.portable import exact, near
from modules.dreamkas.models import Operation
from modules.dreamkas.models_receipts import KnownReceipt

SPEAKS = aliased(Operation, name="speaks")
_BETTER = aliased(Operation, name="better")


def speaks_for(kind: str, source_id: Any) -> ColumnElement[bool]:
    """Joins SPEAKS to the source in this column: its live operation, else its last rejected one."""
    same = and_(_BETTER.source_kind == kind, _BETTER.source_id == source_id)
    better = exists().where(same, or_(_BETTER.source_key.is_not(None), _BETTER.id > SPEAKS.id))
    mine = and_(SPEAKS.source_kind == kind, SPEAKS.source_id == source_id)
    return and_(mine, or_(SPEAKS.source_key.is_not(None), ~better))


def printed_between(kind: str, since: datetime, until: datetime) -> Select[Any]:
    """The sources whose receipt was printed from `since` (UTC) on and before `until`: by the receipt's own date.

    A receipt whose date is not known was printed when its operation was finished. None is heard of before it is
    printed, so that what was finished earlier need not be looked at.
    """
    mine = (Operation.source_kind == kind, Operation.state == "fiscalized", Operation.finished_utc >= since)
    printed = func.coalesce(KnownReceipt.date_utc, Operation.finished_utc)
    known = select(Operation.source_id).outerjoin(KnownReceipt, KnownReceipt.id == Operation.receipt_id)
    return known.where(*mine, printed >= since, printed < until)


def speaks_of_another(subscriber: Any, paid_at: Any) -> ColumnElement[bool]:
    """Whether SPEAKS is another payment's that bore the same number (books put back to an older copy).

    So it also is when its amount is not the payment's, in kopecks.
    """
    return or_(exact(SPEAKS.subscriber) != exact(subscriber), ~near(SPEAKS.paid_local, paid_at))
