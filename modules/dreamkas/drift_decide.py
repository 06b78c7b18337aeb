"""What a person decides about a difference: say what it was, or which payment its receipt belongs to."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.db import clock, rows_changed, transact
from modules.core.decimals import decimal_text
from modules.core.times import local_now
from modules.dreamkas.birth import Source
from modules.dreamkas.models import Operation
from modules.dreamkas.models_drift import Drift
from modules.dreamkas.printed import NOBODYS

SHORT = 255


def settle(pks: list[int], *, admin: str, why: str) -> int:
    """A person says what these were -> how many were still open. Commits."""

    def work(session: Session) -> int:
        values = {"settled_utc": clock(), "settled_by": admin, "settled_why": why[:SHORT]}
        still = update(Drift).where(Drift.id.in_(pks), Drift.settled_utc.is_(None)).values(**values)
        done = rows_changed(session.execute(still))
        if done:
            journal.write(f"DREAMKAS DRIFT {pks} settled: {why}", admin)
        return done

    return transact(work)


def match(
    pk: int,
    source: Source,
    *,
    service_kind: str,
    subscriber: str,
    contract: str,
    kopecks: int,
    paid_at: datetime | None,
    admin: str,
) -> bool:
    """The receipt is this payment's: an operation of its own, fiscalized, that is never sent. Commits.

    False when the receipt is somebody's by now, the payment has a receipt or a live operation, or the sums differ.
    """

    def work(session: Session) -> bool:
        row = session.scalar(select(Drift).where(Drift.id == pk).with_for_update())
        if row is None or row.settled_utc or row.kind not in NOBODYS or row.amount != kopecks:
            return False
        now = clock()
        session.add(
            Operation(
                operation_id=row.their_operation or f"receipt:{row.receipt_id}"[:SHORT],
                state="fiscalized",
                status="SUCCESS",
                receipt_id=row.receipt_id,
                source_kind=source.kind,
                source_id=source.id,
                source_key=source.key,
                amount=kopecks,
                service=service_kind,
                subscriber=subscriber,
                contract=contract,
                admin=admin,
                reason="adopted",
                created_utc=now,
                finished_utc=now,
                date_create=local_now(),
                date_finish=local_now(),
                paid_local=paid_at,
            )
        )
        row.settled_utc, row.settled_by, row.settled_why = now, admin, source.key
        journal.write(
            f"DREAMKAS MATCH receipt {row.receipt_id} to {source.key} ({subscriber}) {decimal_text(kopecks)}",
            admin,
        )
        session.flush()
        return True

    try:
        return transact(work)
    except IntegrityError:  # the payment has a live operation, or the operation is another payment's
        return False
