"""The files: which were imported, how far each is, and taking one away while nothing of it is in the books."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, or_, select
from sqlalchemy.orm import Session

from modules.banksta2.bereft import bereft_by, judge_bereft
from modules.banksta2.drafts import IMPORTED, forget_file
from modules.banksta2.importing import stop_imports
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.standing import CREDITED, READY, WANTED
from modules.core import journal
from modules.core.db import db, transact

# In the books, or just being written there: credited here, or by Ubilling in former days.
TOUCHED: ColumnElement[bool] = or_(and_(Row.processed == 1, Row.canceled == 0), CREDITED, WANTED)


class NoStatement(LookupError):
    """There is no such statement."""


class InTheBooks(RuntimeError):
    """Something of this statement is credited or wanted: it stays."""


@dataclass(frozen=True)
class Counts:
    """Rows of one statement. `ready` may be credited, pressed or not."""

    processed: int = 0
    canceled: int = 0
    ready: int = 0
    wanted: int = 0

    @property
    def is_touched(self) -> bool:
        """Whether something of it is in the books, or on the way there."""
        return bool(self.processed or self.wanted)


def imported() -> Select:
    """Every statement that was imported, by whomever."""
    return select(Statement).where(Statement.state == IMPORTED)


def find(name: str) -> Statement:
    """The imported statement that showhash= names. Raises NoStatement."""
    found = db.session.scalar(imported().where(Statement.hash == name))
    if found is None:
        raise NoStatement(name)
    return found


def counts_of(ids: Iterable[int]) -> dict[int | None, Counts]:
    """The counts of these statements in one walk over their rows."""
    kinds = (and_(Row.processed == 1, Row.canceled == 0), Row.canceled == 1, READY, WANTED)
    columns = [func.count(case((kind, 1))) for kind in kinds]
    mine = select(Row.statement_id, *columns).where(Row.statement_id.in_(list(ids)))
    found = db.session.execute(mine.group_by(Row.statement_id))
    return {pk: Counts(*numbers) for pk, *numbers in found}


def remove(statement: Statement) -> None:
    """Takes the statement and its rows away; its payments may be imported again, and rows that
    were duplicates of its rows are judged anew. Raises InTheBooks. Commits."""
    transact(lambda session: _remove(session, statement))
    forget_file(statement)


def _remove(session: Session, statement: Statement) -> None:
    stop_imports(session)
    mine = Row.statement_id == statement.id
    # The rows first: whoever presses the button in this instant waits for us, or has been seen.
    session.execute(select(Row.id).where(mine).with_for_update())
    if session.scalar(select(Row.id).where(mine, TOUCHED).limit(1)) is not None:
        raise InTheBooks(statement.hash)
    bereft = bereft_by(session, statement.id)
    session.execute(delete(Row).where(mine), execution_options={"synchronize_session": False})
    judge_bereft(session, bereft)
    session.execute(delete(Statement).where(Statement.id == statement.id))
    journal.write(f"BANKSTA2 DELETE [{statement.id}] {statement.filename}")
