"""What the books tell, alike for Internet and cable TV. All money is in kopecks, all dates are local."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from modules.core.phones import Mobile

ADD, CORRECT, SET, MOCK = "add", "correct", "set", "mock"
SET_PREFIX, MOCK_PREFIX = "BALANCESET:", "MOCK:"
PREFIXES = (SET_PREFIX, MOCK_PREFIX)
NOTE_LENGTH = 200  # payments.note
NOTE_ROOM = NOTE_LENGTH - len(SET_PREFIX)  # what a person may type


@dataclass(frozen=True)
class Subscriber:
    """A subscriber as a page shows him. `key` is the login (Internet) or the number as text (cable TV)."""

    kind: str  # "internet" or "ukv"
    key: str
    contract: str
    name: str
    address: str
    tariff: str
    fee: int | None
    balance: int
    credit: int
    phone_text: str
    mobile_text: str
    email: str
    active: bool


class PaymentRow(NamedTuple):
    """One line of the previous payments."""

    id: int
    key: str
    operation: str
    date: datetime | None
    kopecks: int | None  # None: the table holds what is no sum; `summ` has it as it stands
    summ: str
    before: int | None
    cash_type_id: int
    cash_type: str
    admin: str
    note: str

    @property
    def is_income(self) -> bool:
        """Money that came in: the only kind that may have a receipt."""
        return self.operation == ADD and (self.kopecks or 0) > 0


@dataclass(frozen=True)
class Contact:
    """Where a receipt may be sent. `why` says what is wrong with the mobile number ('' = nothing)."""

    phone: Mobile
    email: str | None
    email_why: str
    why: str


@dataclass(frozen=True)
class Found:
    """One hit of the quick search."""

    kind: str
    key: str
    contract: str
    name: str
    address: str
    phone: str


class NoSubscriber(LookupError):
    """There is no such subscriber in this book."""
