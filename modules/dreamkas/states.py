"""Where the receipt of a source is: what pages show and how soon they ask again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import bindparam, select

from modules.core.current import options
from modules.core.db import db, utc_clock
from modules.core.times import utc_now
from modules.dreamkas.birth import Paid, Source
from modules.dreamkas.health import line_health
from modules.dreamkas.models import Operation
from modules.dreamkas.words import ALARMS, STATES
from modules.dreamkas.words import reason as reason_words

FINAL = ("fiscalized", "rejected", "none", "exempt")
POLL_SECONDS = {"queued": 2, "sending": 2, "accepted": 2, "unsure": 10}
SLOW_POLL, LATE_POLL = 10, 30
QUICK_FOR = timedelta(minutes=1)  # most receipts are printed within it


# Not the whole rows: the bodies are long.
SHOWN = (
    Operation.id, Operation.state, Operation.reason, Operation.reason_text, Operation.receipt_id, Operation.alarm,
    Operation.accepted_utc, Operation.subscriber, Operation.amount, Operation.paid_local,
    Operation.source_kind, Operation.source_id, Operation.source_key, utc_clock().label("now"),
)  # fmt: skip
TOLD = (
    select(*SHOWN)
    .where(Operation.source_kind == bindparam("kind"))
    .where(Operation.source_id.in_(bindparam("ids", expanding=True)))
    .order_by(Operation.id)
)


class ReceiptState(NamedTuple):
    """Where the receipt of a source is, in the reader's words. `poll_seconds` 0: nothing to ask any more."""

    state: str
    reason: str = ""
    operation_pk: int | None = None
    receipt_id: str = ""
    final: bool = True
    poll_seconds: int = 0
    late: bool = False
    alarm: str = ""  # why a person must look, as a sentence
    paid: Paid | None = None  # whose payment, how much, when: numbers of payments alone prove nothing

    @property
    def words(self) -> str:
        """The state, as its badge says it."""
        return str(STATES.get(self.state, self.state))


def states_of(sources: Iterable[Source]) -> dict[Source, ReceiptState]:
    """Where the receipt of each source is: its live operation, else its last rejected one, else "none"."""
    wanted = list(dict.fromkeys(sources))
    if not wanted:
        return {}
    told = [operation for kind in {source.kind for source in wanted} for operation in _told(kind, wanted)]
    now = told[0].now if told else utc_now()
    found: dict[Source, Any] = {}
    for operation in told:
        source = Source(operation.source_kind, operation.source_id or 0)
        if source not in found or operation.source_key or not found[source].source_key:
            found[source] = operation
    waits = _why_all_wait() if any(operation.state == "queued" for operation in found.values()) else ""
    return {source: _state(found.get(source), now, waits) for source in wanted}


def _told(kind: str, sources: list[Source]) -> Sequence[Any]:
    # Kind by kind: SQLite walks no index for a list of pairs.
    ids = [source.id for source in sources if source.kind == kind]
    return db.session.execute(TOLD, {"kind": kind, "ids": ids}).all()


def state_of(source: Source) -> ReceiptState:
    """Where the receipt of one source is."""
    return states_of([source])[source]


def _state(operation: Any, now: datetime, waits: str) -> ReceiptState:
    if operation is None:
        return ReceiptState("none")
    waits = waits if operation.state == "queued" else ""
    poll = 0 if operation.state in FINAL else _poll_seconds(operation, now, waits)
    return ReceiptState(
        operation.state,
        reason_words(operation.reason, operation.reason_text) or waits,
        operation.id,
        operation.receipt_id,
        poll == 0,
        poll,
        _is_late(operation),
        str(ALARMS.get(operation.alarm, operation.alarm)),
        (operation.subscriber, operation.amount, operation.paid_local),
    )


def _is_late(operation: Any) -> bool:
    return operation.reason in ("late", "needs_person")


def _poll_seconds(operation: Any, now: datetime, waits: str) -> int:
    if _is_late(operation):
        return LATE_POLL
    old = operation.state == "accepted" and (operation.accepted_utc or now) < now - QUICK_FOR
    return SLOW_POLL if old or waits else POLL_SECONDS.get(operation.state, SLOW_POLL)


def _why_all_wait() -> str:
    """What keeps the whole queue from being sent now, as a sentence; "" when it is sent."""
    if not options().dreamkas_enabled:
        return _("the Dreamkas module is switched off in alter.ini")
    line = line_health()
    if line.worker_silent:
        return _("the worker is silent: it waits until the worker runs again")
    if line.stopped_by:
        return reason_words(line.stopped_by)
    if line.paused_until:
        return reason_words("throttled")
    return _("Dreamkas does not answer: it is tried again and again") if line.away else ""
