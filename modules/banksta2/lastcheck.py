"""What the last check shows: which rows will be credited and which not, why, and beside which earlier row."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, case, func, or_, select

from modules.banksta2 import finder, printed
from modules.banksta2.identity import SAME, SUSPECTED
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.progress import Tally
from modules.banksta2.words import CANCELED, ERRORS
from modules.billing import service as billing
from modules.core.db import db

# Each row is in the first place that fits; so the places add up to the file.
PLACE: ColumnElement[str] = case(
    (Row.canceled == 1, "canceled"),
    (Row.error != "", "error"),
    (Row.verdict == SAME, "same"),
    (Row.verdict == SUSPECTED, "suspected"),
    (or_(Row.subscriber == "", Row.service_type == ""), "nobody"),
    else_="ready",
)
PLACES: dict[str, LazyString] = {
    "ready": _l("To be credited"),
    "nobody": _l("Without a subscriber"),
    "suspected": _l("Suspected duplicates"),
    "same": _l("Duplicates"),
    "canceled": _l("Canceled"),
    "error": _l("Errors"),
}
# The same of one row.
FATES: dict[str, LazyString] = PLACES | {
    "suspected": _l("Duplicate?"),
    "same": _l("Duplicate"),
    "error": _l("Error"),
}


@dataclass(frozen=True)
class Line:
    """A row as the list shows it. `holder` says why nobody is found, `twin` is the earlier row.

    `printed`: a receipt that Dreamkas has printed for it already, as a sentence.
    """

    row: Row
    place: str
    who: billing.Subscriber | None
    why: str
    twin: Row | None
    printed: str = ""

    @property
    def may_be_settled(self) -> bool:
        """Whether a person may say what it is."""
        return bool(self.row.verdict) and not self.row.error and not self.row.canceled


def tallies(statement: Statement) -> dict[str, Tally]:
    """Rows and kopecks of each place; all of PLACES, so that together they are the file."""
    counted = select(PLACE.label("place"), func.count(), func.sum(func.coalesce(Row.amount, 0)))
    found = db.session.execute(counted.where(Row.statement_id == statement.id).group_by("place")).all()
    known = {place: Tally(rows, int(kopecks or 0)) for place, rows, kopecks in found}
    return {place: known.get(place, Tally()) for place in PLACES}


def rows_in(statement: Statement, place: str) -> Select:
    """Its rows, those of one place only where one is named."""
    wanted = select(Row).where(Row.statement_id == statement.id)
    return wanted.where(PLACE.in_([place])) if place in PLACES else wanted


def dress(rows: Sequence[Row]) -> dict[int, Line]:
    """Rows with what stands beside them, by id; some five questions, however many rows."""
    people, twins, warned = _people(rows), _twins(rows), printed.beside(rows)
    nobody = {(row.service_type, row.contract) for row in rows if not row.subscriber}
    holders = finder.find(nobody) if nobody else {}
    lines = {}
    for row in rows:
        place, holder = place_of(row), holders.get((row.service_type, row.contract))
        who = people.get((row.service_type, row.subscriber))
        why = _why(row, place, holder.why if holder else "")
        lines[row.id] = Line(row, place, who, why, twins.get(row.twin_id or 0), warned.get(row.id, ""))
    return lines


def place_of(row: Row) -> str:
    """PLACE for a row at hand."""
    if row.canceled:
        return "canceled"
    if row.error:
        return "error"
    if row.verdict in (SAME, SUSPECTED):
        return row.verdict
    return "ready" if row.subscriber and row.service_type else "nobody"


def _why(row: Row, place: str, why: str) -> str:
    if place == "canceled":
        return str(CANCELED.get(row.canceled_why, row.canceled_why))
    if place == "error":
        return str(ERRORS.get(row.error, row.error))
    return str(finder.WHY[why]) if why else ""


def _people(rows: Sequence[Row]) -> dict[tuple[str, str], billing.Subscriber]:
    found: dict[tuple[str, str], billing.Subscriber] = {}
    for service, kind in finder.BOOKS.items():
        keys = [row.subscriber for row in rows if row.service_type == service and row.subscriber]
        if keys:
            people = billing.subscribers(kind, keys)
            found |= {(service, key): who for key, who in people.items()}
    return found


def _twins(rows: Sequence[Row]) -> dict[int, Row]:
    ids = [row.twin_id for row in rows if row.twin_id]
    return {row.id: row for row in db.session.scalars(select(Row).where(Row.id.in_(ids)))} if ids else {}
