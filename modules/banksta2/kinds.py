"""The rows of a statement by what there is to do about them: the chips over the list, each with its count and sum."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, ColumnElement, and_, bindparam, case, func, not_, or_, select

from modules.banksta2.fiscal import IS_COMPANY
from modules.banksta2.identity import SAME, SUSPECTED
from modules.banksta2.models import StatementRow as Row
from modules.banksta2.progress import Tally
from modules.banksta2.standing import CREDITED, INTERNET, READY, TROUBLED, UKV, WANTED
from modules.billing import service as billing
from modules.core.current import options
from modules.core.db import db
from modules.dreamkas import service as register

LIVE = register.has_live_operation(Row.payment_kind, Row.payment_id)
ANY = register.has_operation(Row.payment_kind, Row.payment_id)
OPEN = and_(Row.processed == 0, Row.canceled == 0)
SOUND = and_(OPEN, Row.error == "")
KNOWN = and_(Row.subscriber != "", Row.service_type.in_((INTERNET, UKV)))
SURE = Row.verdict.notin_((SUSPECTED, SAME))
BY_EMAIL = bindparam("by_email", callable_=lambda: options().dreamkas_email_only, type_=Boolean)
# A case asks one after the other: the key of an Internet subscriber is no number.
REACHED = case(
    (Row.service_type == UKV, billing.UKV.is_reached(Row.subscriber, BY_EMAIL)),
    else_=billing.INTERNET.is_reached(Row.subscriber, BY_EMAIL),
)
UNREACHED = and_(READY, ~WANTED, Row.tick, not_(REACHED))  # its receipt would be rejected

# What the address calls it (show=) -> (words, condition).
KINDS: dict[str, tuple[LazyString, ColumnElement[bool]]] = {
    "all": (_l("All"), Row.id.is_not(None)),
    "ready": (_l("To process"), READY),
    "nobody": (_l("Without subscriber"), and_(SOUND, SURE, not_(KNOWN))),
    "unreached": (_l("Without a mobile number"), UNREACHED),
    "suspected": (_l("Suspected duplicates"), and_(SOUND, Row.verdict == SUSPECTED)),
    "same": (_l("Duplicates"), and_(SOUND, Row.verdict == SAME)),
    "canceled": (_l("Canceled"), Row.canceled == 1),
    "errors": (_l("Errors"), or_(and_(OPEN, Row.error != ""), TROUBLED)),
    "processed": (_l("Processed"), or_(CREDITED, and_(Row.processed == 1, Row.canceled == 0))),
    "none": (_l("Without receipt"), and_(CREDITED, not_(ANY))),
    "rejected": (_l("Rejected receipts"), and_(CREDITED, ANY, not_(LIVE))),
}
AGAIN = ("none", "rejected")  # what may be fiscalized again
LEFT_OUT = ("nobody", "suspected", "same", "canceled", "errors")


@dataclass(frozen=True)
class Outlook:
    """What pressing the button would do: payments, and receipts among them. Of the others, `rest` stay as they are."""

    payments: Tally
    receipts: Tally
    companies: int  # payments without a receipt because a company paid
    unreached: Tally  # receipts that would be rejected: nobody knows where to send them
    services: frozenset[str]  # of the receipts

    @property
    def printed(self) -> Tally:
        """Receipts that may be printed."""
        return Tally(self.receipts.rows - self.unreached.rows, self.receipts.kopecks - self.unreached.kopecks)


def tallies(statement_id: int) -> dict[str, Tally]:
    """How many rows of the statement are of each kind, and their sum; one walk over them."""
    columns = []
    for _words, kind in KINDS.values():
        columns += [func.count(case((kind, 1))), func.sum(case((kind, Row.amount), else_=0))]
    said = db.session.execute(select(*columns).where(Row.statement_id == statement_id)).one()
    return {name: Tally(int(said[2 * n]), int(said[2 * n + 1] or 0)) for n, name in enumerate(KINDS)}


def kind_of(name: str) -> str:
    """The chip that the address names; nonsense is all."""
    return name if name in KINDS else "all"


def outlook(statement_id: int, unreached: Tally) -> Outlook:
    """What the button would do now; `unreached` as tallies() counted them."""
    by_service = select(
        Row.service_type,
        Row.tick,
        func.count(),
        func.sum(Row.amount),
        func.count(case((and_(IS_COMPANY, not_(Row.tick)), 1))),
    ).where(Row.statement_id == statement_id, READY, not_(WANTED))
    found = db.session.execute(by_service.group_by(Row.service_type, Row.tick)).all()
    tally = [(service, tick, Tally(rows, int(kopecks or 0))) for service, tick, rows, kopecks, _n in found]
    return Outlook(
        sum((one for _service, _tick, one in tally), start=Tally()),
        sum((one for _service, tick, one in tally if tick), start=Tally()),
        sum(row[4] for row in found),
        unreached,
        frozenset(service for service, tick, _one in tally if tick),
    )
