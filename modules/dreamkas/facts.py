"""What Dreamkas tells, read into frozen facts: operations, receipts, the answer itself. Pure.

The facts of the API stand in dreamkas-api.md: 1.3 types and time, 3 operations, 4 receipts. Reading is lenient
where the service may grow (new keys, new words, numbers for ids) and strict where a wrong guess would cost a
second receipt: no id or no status is ValueError.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Self, TypeVar

Row = TypeVar("Row")

ID = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True)
class Answer:
    """What came back, fit to be kept: no token, no password. `their_date` is their clock, naive UTC."""

    http_status: int | None = None
    excerpt: str = ""
    their_date: datetime | None = None


@dataclass(frozen=True)
class OperationFact:
    """A fiscal operation as Dreamkas tells it (3). `status` is their word, known to us or not."""

    id: str
    external_id: str | None
    status: str
    receipt_id: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime | None
    completed_at: datetime | None
    raw: dict = field(repr=False)

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come: it failed, or its receipt is named."""
        return self.status == "ERROR" or (self.status == "SUCCESS" and bool(self.receipt_id))

    @classmethod
    def read(cls, row: object) -> Self:
        """From REST or a webhook's data. Raises ValueError without an id or a status that is a word (1.2)."""
        row = as_object(row)
        data = as_dict(row.get("data"))
        error = as_dict(data.get("error"))
        if not isinstance(row.get("status"), str) or not row["status"]:
            raise ValueError("an operation without a status")
        return cls(
            id=_id(row),
            external_id=as_text(row.get("externalId")),
            status=clean(row["status"]),
            receipt_id=as_text(data.get("receiptId")),
            error_code=as_text(error.get("code")),
            error_message=as_text(error.get("message")),
            created_at=as_moment(row.get("createdAt")),
            completed_at=as_moment(row.get("completedAt")),
            raw=row,
        )


@dataclass(frozen=True)
class ReceiptFact:
    """A printed receipt (4): `amount` in kopecks, `date` naive UTC, `type` their word."""

    id: str
    operation_id: str | None
    device_id: int | None
    amount: int | None
    date: datetime | None
    type: str | None
    raw: dict = field(repr=False)

    @classmethod
    def read(cls, row: object) -> Self:
        """From REST or a webhook's data. Raises ValueError without an id."""
        row = as_object(row)
        return cls(
            id=_id(row),
            operation_id=as_text(row.get("operationId")),
            device_id=as_int(row.get("deviceId")),
            amount=as_int(row.get("amount")),
            date=as_moment(row.get("date")),
            type=as_text(row.get("type")),
            raw=row,
        )


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of a listing in their order, and the answer they came in; `odd`: how many more could not be read."""

    rows: list[Row]
    answer: Answer
    odd: int = 0

    @property
    def came(self) -> int:
        """How many rows came in all: paging goes on by these."""
        return len(self.rows) + self.odd


def read_json(headers: Mapping[str, str], raw: bytes) -> Any:
    """Their JSON; None when it is no JSON by type or by content (an anti-bot page comes with 200, 1.1)."""
    kind = headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return json.loads(raw.decode("utf-8-sig"), object_hook=_without_secrets)
    except (ValueError, RecursionError):
        return None


def _without_secrets(row: dict) -> dict:
    """Cashiers come with their passwords and cards, inside receipts too (5): dropped as they are read."""
    return {key: value for key, value in row.items() if key not in ("password", "card")}


def as_object(row: object) -> dict:
    """The row itself. Raises ValueError when it is no JSON object."""
    if not isinstance(row, dict):
        raise ValueError("not an object")
    return row


def as_dict(value: object) -> dict:
    """The object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def _id(row: dict) -> str:
    """REST says `id`, a webhook `_id` (4); opaque, but a word of printable characters."""
    text = as_text(row.get("id")) or as_text(row.get("_id"))
    if not text or not ID.fullmatch(text):
        raise ValueError("an object without an id")
    return text


def as_text(value: object) -> str | None:
    """A word; a number is one too (1.3). None for nothing and for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return clean(value) if value and isinstance(value, str) else None


def clean(text: str) -> str:
    """Text that every database takes: PostgreSQL has no NUL, UTF-8 no lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def as_int(value: object) -> int | None:
    """Numbers come as text too (1.3); more than a database's 64 bits is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and abs(value) < 2**63 else None  # type: ignore[arg-type, return-value]


def as_moment(value: object) -> datetime | None:
    """Their ISO time (1.3), UTC when it names no zone; None for what is none, or has no local time here."""
    try:
        moment = naive_utc(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
    # The first and the last year ever: their "for ever" and "never", and in some zone already out of range.
    return moment if moment and MINYEAR < moment.year < MAXYEAR else None


def http_date(value: str | None) -> datetime | None:
    """A Date or Retry-After header as naive UTC; None for what is none."""
    try:
        return naive_utc(parsedate_to_datetime(value)) if value else None
    except (ValueError, TypeError, OverflowError):
        return None


def naive_utc(moment: datetime) -> datetime:
    """The moment as we keep time inside."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
