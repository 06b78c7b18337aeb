"""All that was written into the books in some days, line by line, as SQL: three tables of one shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, select

from modules.billing.facts import ADD, CORRECT, MOCK, MOCK_PREFIX, SET, SET_PREFIX
from modules.billing.internet import INTERNET
from modules.billing.models import Contract, Payment, PaymentCorr, RealName, UkvPayment, UkvUser
from modules.billing.ukv import UKV
from modules.core.portable import exact, kopecks


@dataclass(frozen=True, eq=False)
class Ledger:
    """A table of payments: whose book it belongs to, what its rows are called, and its columns in SQL.

    `operation` is add, correct, set or mock; `kopecks` is NULL where `summ` is no sum.
    """

    book_kind: str
    source_kind: str
    table: Any
    key: Any  # of the subscriber, as SQL text
    operation: ColumnElement[str]
    names: Sequence[Any]  # of the subscriber: what a search looks through
    number: int = 0  # rows of two ledgers may bear one id

    @property
    def kopecks(self) -> ColumnElement[int]:
        """The sum of a row."""
        return kopecks(self.table.summ)

    def within(self, since: date, until: date) -> ColumnElement[bool]:
        """Written in these local days, both included."""
        first, end = self.span(since, until)
        return and_(self.table.date >= first, self.table.date < end)

    def span(self, since: date, until: date) -> tuple[datetime, datetime]:
        """When these local days begin and end."""
        return datetime.combine(since, time()), datetime.combine(until + timedelta(days=1), time())


def _by_note(note: Any) -> ColumnElement[str]:
    """What a row is by the beginning of its note, as book.operation_of() reads it."""
    marks = {SET_PREFIX: SET, MOCK_PREFIX: MOCK}
    begins = [(exact(func.substr(note, 1, len(mark))) == mark, word) for mark, word in marks.items()]
    return case(*begins, else_=ADD)


def _of_login(table: type[RealName] | type[Contract], name: Any, login: Any) -> Any:
    return select(func.max(name)).where(table.login == login).scalar_subquery()


def _internet(
    table: type[Payment] | type[PaymentCorr], source_kind: str, operation: Any, number: int
) -> Ledger:
    name = _of_login(RealName, RealName.realname, table.login)
    contract = _of_login(Contract, Contract.contract, table.login)
    return Ledger(INTERNET.kind, source_kind, table, table.login, operation, (name, contract), number)


_CABLE_NAMES = [
    select(column).where(UkvUser.id == UkvPayment.userid).scalar_subquery()
    for column in (UkvUser.realname, UkvUser.contract)
]
LEDGERS = (
    _internet(Payment, INTERNET.source_kind, _by_note(Payment.note), 0),
    _internet(PaymentCorr, INTERNET.source_kind_of(CORRECT), literal(CORRECT), 1),
    Ledger(
        UKV.kind,
        UKV.source_kind,
        UkvPayment,
        cast(UkvPayment.userid, String(64)),
        case((UkvPayment.visible == 0, CORRECT), else_=_by_note(UkvPayment.note)),
        _CABLE_NAMES,
        2,
    ),
)
