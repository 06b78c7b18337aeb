"""Dreamkas holds our operation after all: it is adopted, whatever became of the answer to its request."""

from sqlalchemy import and_, update
from sqlalchemy.orm import Session

from modules.core.db import clock
from modules.dreamkas import life
from modules.dreamkas.client import OperationFact
from modules.dreamkas.models import Attempt, Operation


def best(facts: list[OperationFact]) -> OperationFact:
    """Of several operations with our externalId the one that printed, else one that still may, else the first."""
    printed = [fact for fact in facts if fact.status == "SUCCESS" and fact.receipt_id]
    alive = [fact for fact in facts if fact.status != "ERROR"]
    return (printed or alive or facts)[0]


def adopt(session: Session, pk: int, facts: list[OperationFact]) -> None:
    """Accepts the best of these; more than one of them is an alarm. Raises ValueError as life.accept does."""
    fact = best(facts)
    life.accept(session, pk, fact)
    operation = life.fresh(session, pk)
    mark_look(session, operation, "found", fact.id)
    printed = {other.receipt_id for other in facts if other.receipt_id}
    if len(facts) > 1:
        others = ", ".join(other.id for other in facts)
        life.alarm(session, operation, "two_receipts" if len(printed) > 1 else "two_operations", others)


def mark_look(
    session: Session, operation: Operation, code: str, detail: str = "", proofs: int | None = None
) -> None:
    """Writes down on its last attempt what a look showed: a code of words.PROBLEMS, '' when it proved absence."""
    values = {"looked_utc": clock(), "looked_code": code, "looked_detail": detail[: life.SAID]}
    if proofs is not None:
        values["proofs"] = proofs
    mine = and_(Attempt.operation_pk == operation.id, Attempt.number == operation.attempt)
    session.execute(update(Attempt).where(mine).values(**values))
