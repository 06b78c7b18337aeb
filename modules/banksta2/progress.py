"""How far a statement is: rows and kopecks, credited and not, and where their receipts are. Three grouped questions."""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, case, func, select

from modules.banksta2.models import StatementRow as Row
from modules.banksta2.process import BOOKS_BY_SOURCE
from modules.banksta2.standing import CREDITED, READY, TROUBLED, WANTED
from modules.core.db import db
from modules.dreamkas import service as register

ON_THE_WAY = ("queued", "sending", "accepted", "unsure")


@dataclass(frozen=True)
class Tally:
    """So many rows, and their sum in kopecks."""

    rows: int = 0
    kopecks: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.rows + other.rows, self.kopecks + other.kopecks)


@dataclass(frozen=True)
class Progress:
    """Of one statement. `ready`: may be pressed, those in trouble too; `wanted`: pressed, the worker comes to it.

    `again`: credited rows whose receipt is wanted anew;
    `receipts` by state, of the credited rows ("none": without an operation); `rejected` by its reason in words.
    """

    total: Tally = Tally()
    ready: Tally = Tally()
    wanted: Tally = Tally()
    again: Tally = Tally()
    credited: Tally = Tally()
    troubled: Tally = Tally()
    receipts: dict[str, Tally] = field(default_factory=dict)
    rejected: dict[str, Tally] = field(default_factory=dict)

    def receipt(self, *states: str) -> Tally:
        """Receipts in any of these states."""
        return sum((self.receipts.get(state, Tally()) for state in states), start=Tally())

    @property
    def is_final(self) -> bool:
        """Whether nothing moves by itself any more: no row wanted, no receipt on its way."""
        return not (self.wanted.rows or self.again.rows or self.receipt(*ON_THE_WAY).rows)


def progress(statement_id: int) -> Progress:
    """How far the statement is; cheap enough to be asked every second, with 5000 rows."""
    rows = _rows(statement_id)
    receipts, rejected = _receipts(statement_id)
    known = sum(receipts.values(), start=Tally())
    rest = Tally(rows["credited"].rows - known.rows, rows["credited"].kopecks - known.kopecks)
    return Progress(**rows, receipts={**receipts, "none": rest} if rest.rows else receipts, rejected=rejected)


def _rows(statement_id: int) -> dict[str, Tally]:
    """What the rows themselves say, in one walk over them."""
    kinds: dict[str, ColumnElement[bool]] = {
        "total": Row.id.is_not(None),
        "ready": and_(READY, ~WANTED),
        "wanted": and_(READY, WANTED),
        "again": and_(CREDITED, WANTED),
        "credited": CREDITED,
        "troubled": TROUBLED,
    }
    columns = [column for where in kinds.values() for column in _tally(where)]
    said = db.session.execute(select(*columns).where(Row.statement_id == statement_id)).one()
    return {name: Tally(int(said[2 * n] or 0), int(said[2 * n + 1] or 0)) for n, name in enumerate(kinds)}


def _tally(where: ColumnElement[bool]) -> tuple[ColumnElement, ColumnElement]:
    return func.count(case((where, 1))), func.sum(case((where, Row.amount), else_=0))


def _receipts(statement_id: int) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Tallies of the operations of its payments: by state, and of the rejected ones by reason."""
    receipts: dict[str, Tally] = {}
    rejected: dict[str, Tally] = {}
    for kind in BOOKS_BY_SOURCE:
        mine = and_(Row.statement_id == statement_id, Row.payment_kind == kind)
        for found in register.tally(kind, select(Row.payment_id).where(mine, CREDITED)):
            tally = Tally(found.operations, found.kopecks)
            receipts[found.state] = receipts.get(found.state, Tally()) + tally
            if found.state == "rejected":
                rejected[found.reason] = rejected.get(found.reason, Tally()) + tally
    return receipts, rejected
