"""Where the receipt of a source is: what pages show and how soon they ask again."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from modules.core.db import db
from modules.dreamkas.birth import Source
from modules.dreamkas.models import Operation
from modules.dreamkas.words import ALARMS
from modules.dreamkas.words import reason as reason_words

FINAL = ("fiscalized", "rejected", "none", "exempt")
POLL_SECONDS = {"queued": 2, "sending": 2, "accepted": 2, "unsure": 10}
LATE_POLL = 30


@dataclass(frozen=True)
class ReceiptState:
    """Where the receipt of a source is, in the reader's words. `poll_seconds` 0: nothing to ask any more."""

    state: str
    reason: str = ""
    operation_pk: int | None = None
    receipt_id: str = ""
    final: bool = True
    poll_seconds: int = 0
    late: bool = False
    alarm: str = ""  # why a person must look, as a sentence
    subscriber: str = ""  # whose operation it is, and of how much: payment numbers alone prove nothing
    kopecks: int | None = None


def states_of(sources: Iterable[Source]) -> dict[Source, ReceiptState]:
    """Where the receipt of each source is: its live operation, else its last rejected one, else "none"."""
    wanted = list(dict.fromkeys(sources))
    if not wanted:
        return {}
    mine = select(Operation).where(or_(*(_of(kind, wanted) for kind in {source.kind for source in wanted})))
    found: dict[Source, Operation] = {}
    for operation in db.session.scalars(
        mine.order_by(Operation.id).execution_options(populate_existing=True)
    ):
        source = Source(operation.source_kind, operation.source_id or 0)
        if source not in found or operation.source_key or not found[source].source_key:
            found[source] = operation
    return {source: _state(found.get(source)) for source in wanted}


def _of(kind: str, sources: list[Source]):
    # Kind by kind: SQLite walks no index for a list of pairs.
    ids = [source.id for source in sources if source.kind == kind]
    return and_(Operation.source_kind == kind, Operation.source_id.in_(ids))


def state_of(source: Source) -> ReceiptState:
    """Where the receipt of one source is."""
    return states_of([source])[source]


def _state(operation: Operation | None) -> ReceiptState:
    if operation is None:
        return ReceiptState("none")
    late = operation.reason in ("late", "needs_person")
    poll = 0 if operation.state in FINAL else LATE_POLL if late else POLL_SECONDS[operation.state]
    return ReceiptState(
        operation.state,
        reason_words(operation.reason, operation.reason_text),
        operation.id,
        operation.receipt_id,
        poll == 0,
        poll,
        late,
        str(ALARMS.get(operation.alarm, operation.alarm)),
        operation.subscriber,
        operation.amount,
    )
