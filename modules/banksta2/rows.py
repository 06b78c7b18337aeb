"""A row as its page shows it: the statement's data beside the subscriber, what becomes of it, and its receipt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext as _
from sqlalchemy import func, select

from modules.banksta2 import finder, printed
from modules.banksta2.drafts import IMPORTED
from modules.banksta2.fiscal import is_company, usual, wish_of
from modules.banksta2.identity import SAME, SUSPECTED
from modules.banksta2.models import Statement
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.process import BOOKS, BOOKS_BY_SOURCE
from modules.banksta2.troubles import trouble_words
from modules.banksta2.words import CANCELED, ERRORS, VERDICTS
from modules.billing import service as billing
from modules.cashdesk.contacts import goes_to
from modules.core.db import db
from modules.dreamkas import service as register


@dataclass(frozen=True)
class Line:
    """One row and what stands beside it. `fellows`: how many rows of the statement pay for the same subscriber."""

    row: Row
    who: billing.Subscriber | None
    receipt: register.ReceiptState | None
    fellows: int
    twin: Row | None
    wish: register.Wish
    why_nobody: str  # as a sentence, where nobody was found
    printed: str = ""  # a receipt that Dreamkas has printed for it already, as a sentence
    nowhere: str = ""  # why its receipt could be sent nowhere, as a sentence

    @cached_property
    def standing(self) -> str:
        """Where it is: credited, canceled, error, same, suspected, nobody, old, wanted or ready."""
        row = self.row
        first = (
            ("canceled", row.canceled),
            ("credited", row.processed),
            ("error", row.error),
            (row.verdict, row.verdict in (SAME, SUSPECTED)),
            ("nobody", self.who is None or row.service_type not in BOOKS),
            ("old", row.identity_key is None),
            ("wanted", row.wanted_utc),
        )
        return next((name for name, holds in first if holds), "ready")

    @property
    def moves(self) -> bool:
        """Whether something becomes of it by itself, so that the page looks again."""
        return bool(self.row.wanted_utc) or bool(self.receipt and not self.receipt.final)

    @property
    def is_open(self) -> bool:
        """Whether a person may still change what it is."""
        return not self.row.processed and not self.row.canceled and not self.row.wanted_utc

    @property
    def takes_wishes(self) -> bool:
        """Whether its receipt may still be chosen: before it is asked for, and before it is asked for again."""
        if self.standing == "credited":
            return self.receipt is not None and self.receipt.state in ("none", "rejected") and not self.moves
        return self.standing in ("ready", "nobody", SUSPECTED)

    @property
    def is_company(self) -> bool:
        """Whether a company pays."""
        return is_company(self.row.payer_inn)

    @property
    def short(self) -> str:
        """Where it is, in a word or two."""
        said = {
            "credited": _("Processed"),
            "canceled": _("Canceled"),
            "error": _("Error"),
            SAME: _("Duplicate"),
            SUSPECTED: _("Duplicate?"),
            "nobody": _("Unknown contract"),
            "old": _("of Ubilling"),
            "wanted": _("is being processed…"),
        }
        return said.get(self.standing, "")

    @property
    def words(self) -> str:
        """Where it is, and why, as a sentence."""
        row = self.row
        if self.standing == "canceled":
            return str(CANCELED.get(row.canceled_why, _("Canceled")))
        if self.standing == "error":
            return str(ERRORS.get(row.error, row.error))
        if self.standing in (SAME, SUSPECTED):
            return str(VERDICTS[self.standing])
        said = {
            "credited": _("Processed"),
            "nobody": self.why_nobody,
            "old": _("Imported by Ubilling: it is not credited here."),
            "wanted": _("is being processed…"),
            "ready": _("To process"),
        }
        return said[self.standing]

    @property
    def trouble(self) -> str:
        """Why processing it failed, as a sentence."""
        return trouble_words(self.row.trouble)


def find(row_id: int) -> Row | None:
    """A row of an imported statement; a draft's rows are its admin's alone."""
    mine = select(Row).join(Statement, Statement.id == Row.statement_id).where(Row.id == row_id)
    return db.session.scalar(
        mine.where(Statement.state == IMPORTED).execution_options(populate_existing=True)
    )


def some(statement_id: int, ids: Iterable[int]) -> list[Row]:
    """These rows, of that statement only, as they are now."""
    mine = select(Row).where(Row.statement_id == statement_id, Row.id.in_(list(ids))).order_by(Row.id)
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def dress(rows: Sequence[Row]) -> list[Line]:
    """Rows with all that stands beside them: a handful of questions, however many rows."""
    people, receipts = _people(rows), _receipts(rows)
    fellows, twins, whys = _fellows(rows), _twins(rows), _whys(rows)
    wishes, warned = {service: usual(book.kind) for service, book in BOOKS.items()}, printed.beside(rows)
    spare = next(iter(wishes.values()))
    return [
        Line(
            row,
            people.get((row.service_type, row.subscriber.casefold())),
            receipts.get((row.payment_kind or "", row.payment_id or 0)),
            fellows.get((row.statement_id, row.service_type, row.subscriber), 0),
            twins.get(row.twin_id or 0),
            wish_of(row, wishes.get(row.service_type, spare)),
            whys.get(row.id, ""),
            warned.get(row.id, ""),
            _nowhere(row, people.get((row.service_type, row.subscriber.casefold()))),
        )
        for row in rows
    ]


def _nowhere(row: Row, who: billing.Subscriber | None) -> str:
    if who is None or not row.tick or row.processed or row.canceled:
        return ""
    contact = billing.contact_of(who, BOOKS[row.service_type].takes_email)
    return "" if goes_to(contact) else contact.why


def _people(rows: Sequence[Row]) -> dict[tuple[str, str], billing.Subscriber]:
    found: dict[tuple[str, str], billing.Subscriber] = {}
    for service, book in BOOKS.items():
        keys = sorted({row.subscriber for row in rows if row.service_type == service and row.subscriber})
        if keys:
            known = billing.subscribers(book.kind, keys)
            found |= {(service, key.casefold()): who for key, who in known.items()}
    return found


def _whys(rows: Sequence[Row]) -> dict[int, str]:
    """Why nobody stands in a row."""
    empty = [row for row in rows if not row.subscriber]
    found = finder.find({(row.service_type, row.contract) for row in empty}) if empty else {}
    said = {row.id: found[row.service_type, row.contract] for row in empty}
    gone = {row.id: _("there is no such subscriber any more") for row in rows if row.subscriber}
    return gone | {
        pk: str(finder.WHY.get(holder.why, _("choose the subscriber"))) for pk, holder in said.items()
    }


def _receipts(rows: Sequence[Row]) -> dict[tuple[str, int], register.ReceiptState]:
    sources = [
        register.Source(row.payment_kind, row.payment_id)
        for row in rows
        if row.payment_id and row.payment_kind in BOOKS_BY_SOURCE
    ]
    states = register.states_of(sources)
    return {(source.kind, source.id): state for source, state in states.items()}


def _fellows(rows: Sequence[Row]) -> dict[tuple[int | None, str, str], int]:
    """(statement, service, subscriber) -> how many rows are payments, where there are several."""
    whom = {row.subscriber for row in rows if row.subscriber}
    papers = {row.statement_id for row in rows}
    three = (Row.statement_id, Row.service_type, Row.subscriber)
    mine = select(*three, func.count()).where(Row.statement_id.in_(papers), Row.subscriber.in_(whom))
    payments = mine.where(Row.canceled == 0, Row.error == "", Row.verdict != SAME)
    many = payments.group_by(*three).having(func.count() > 1)
    return {(paper, service, who): number for paper, service, who, number in db.session.execute(many)}


def _twins(rows: Sequence[Row]) -> dict[int, Row]:
    ids = {row.twin_id for row in rows if row.twin_id}
    return {twin.id: twin for twin in db.session.scalars(select(Row).where(Row.id.in_(ids)))} if ids else {}
