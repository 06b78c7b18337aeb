"""What the cash register room remembers: operations, their attempts, the hold, the duties, the last known catalog.

`dreamkas_operations` and `dreamkas_services_relations` are Ubilling's own tables with Ubilling's columns (local time);
the columns added by us come after them, and those that hold a time end in `_utc`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, LocalTime, RowId, UtcTime

BEGINS = "text_pattern_ops"  # PostgreSQL's index of beginnings, whatever the collation


class Operation(Base):
    """A fiscal operation: one intent to print one receipt. The row is the outbox."""

    __tablename__ = "dreamkas_operations"
    __table_args__ = (
        Index("ix_dreamkas_operations_state_due", "state", "due_utc"),
        Index("ix_dreamkas_operations_state_finished", "state", "finished_utc"),  # what ended since a moment
        # Which operation speaks for a source, and what it says: the board judges each payment by this index alone.
        Index(
            "ix_dreamkas_operations_speaks",
            *("source_kind", "source_id", "source_key", "id", "state", "amount", "subscriber", "paid_local"),
        ),
        Index("ix_dreamkas_operations_watch", "watch_until_utc"),
        Index("ix_dreamkas_operations_accepted", "accepted_utc"),
        Index("ix_dreamkas_operations_receipt", "receipt_id"),
        Index("ix_dreamkas_operations_alarm", "alarm"),
        # What the list is sorted and searched by; `id` makes the order of equal rows certain. How ids begin, PostgreSQL
        # knows by three more: migrations/versions/lists_again.py.
        Index("ix_dreamkas_operations_created", "date_create", "id"),
        Index("ix_dreamkas_operations_state_created", "state", "date_create", "id"),
        Index("ix_dreamkas_operations_amount_created", "amount", "date_create", "id"),
        Index("ix_dreamkas_operations_subscriber", "subscriber", "id", postgresql_ops={"subscriber": BEGINS}),
        Index("ix_dreamkas_operations_contract", "contract", postgresql_ops={"contract": BEGINS}),
        # Who repeats whom.
        Index("ix_dreamkas_operations_repeats", "repeats_id"),
        Index("ix_dreamkas_operations_repeated", "repeated_fiscop_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    # Ubilling's. operation_id holds our externalId until Dreamkas gives an id of its own; status is Dreamkas' word.
    operation_id: Mapped[str] = mapped_column(String(255), unique=True)
    date_create: Mapped[datetime | None] = mapped_column(LocalTime)
    date_finish: Mapped[datetime | None] = mapped_column(LocalTime)
    date_resend: Mapped[datetime | None] = mapped_column(LocalTime)
    status: Mapped[str] = mapped_column(String(255), default="")
    error_code: Mapped[str] = mapped_column(String(255), default="")
    error_message: Mapped[str] = mapped_column(String(255), default="")
    receipt_id: Mapped[str] = mapped_column(String(255), default="")
    operation_body: Mapped[str] = mapped_column(Text, default="")  # base64 of the exact bytes that are sent
    repeated_fiscop_id: Mapped[str] = mapped_column(String(255), default="")
    repeat_count: Mapped[int] = mapped_column(Integer, default=0)
    # Ours.
    state: Mapped[str] = mapped_column(String(16), default="queued")
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    source_kind: Mapped[str] = mapped_column(String(32), default="")
    source_id: Mapped[int | None] = mapped_column(BigInteger)
    # "payment:17" in every state but rejected, fiscalized included, for ever: the one lock against a second receipt.
    source_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    amount: Mapped[int | None] = mapped_column(BigInteger)  # kopecks
    service: Mapped[str] = mapped_column(String(16), default="")
    subscriber: Mapped[str] = mapped_column(String(64), default="")
    contract: Mapped[str] = mapped_column(String(64), default="")
    contact: Mapped[str] = mapped_column(String(255), default="")
    admin: Mapped[str] = mapped_column(String(45), default="")
    device_id: Mapped[str] = mapped_column(String(32), default="")
    goods_id: Mapped[str] = mapped_column(String(64), default="")
    tax_mode: Mapped[str] = mapped_column(String(16), default="")
    payment_type: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(40), default="")  # a code of words.REASONS
    reason_text: Mapped[str] = mapped_column(Text, default="")  # what Dreamkas or a person said, whole
    alarm: Mapped[str] = mapped_column(String(40), default="")  # a code of words.ALARMS: a person must look
    repeats_id: Mapped[int | None] = mapped_column(BigInteger)  # the operation that this one repeats
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    unsent: Mapped[int] = mapped_column(Integer, default=0)  # attempts in a row that were proved not sent
    asked: Mapped[int] = mapped_column(Integer, default=0)  # questions about it since it was accepted
    look_first: Mapped[bool] = mapped_column(Boolean, default=False)  # look it up at Dreamkas before any POST
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    paid_local: Mapped[datetime | None] = mapped_column(LocalTime)
    due_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    looked_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    accepted_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    watch_until_utc: Mapped[datetime | None] = mapped_column(UtcTime)

    @property
    def whose(self) -> str:
        """The subscriber as people know him: the login; the contract of one who has a mere number."""
        return self.contract if self.contract and self.subscriber.isdecimal() else self.subscriber


class Attempt(Base):
    """One POST of an operation: written before the call, its outcome after it."""

    __tablename__ = "dreamkas_attempts"
    __table_args__ = (UniqueConstraint("operation_pk", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    # No foreign key: Ubilling's own table may stand there, of MyISAM and with narrower numbers.
    operation_pk: Mapped[int] = mapped_column(RowId)
    number: Mapped[int] = mapped_column(Integer)
    door: Mapped[str] = mapped_column(
        String(64)
    )  # hash of address and token: proofs count under the same one only
    started_utc: Mapped[datetime] = mapped_column(UtcTime)
    lease_until_utc: Mapped[datetime] = mapped_column(UtcTime)
    ended_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    outcome: Mapped[str] = mapped_column(String(16), default="sending")  # a code of words.OUTCOMES
    http_status: Mapped[int | None] = mapped_column(Integer)
    said: Mapped[str] = mapped_column(Text, default="")  # what was answered, or the error
    their_id: Mapped[str] = mapped_column(String(255), default="")
    proofs: Mapped[int] = mapped_column(Integer, default=0)  # how often its absence was proved
    looked_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    looked_code: Mapped[str] = mapped_column(
        String(40), default=""
    )  # what the last look showed, words.PROBLEMS
    looked_detail: Mapped[str] = mapped_column(Text, default="")


# For what comes by the thousand: past the ORM, which takes five times as long for a statement.
OPERATIONS: Any = Operation.__table__
ATTEMPTS: Any = Attempt.__table__


class ServiceRelation(Base):
    """Which selling position stands for which service ("internet" or "ukv"), as it was when it was mapped."""

    __tablename__ = "dreamkas_services_relations"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    service: Mapped[str] = mapped_column(String(42), unique=True)
    goods_id: Mapped[str] = mapped_column(String(255))
    goods_name: Mapped[str] = mapped_column(String(255), default="")
    goods_type: Mapped[str] = mapped_column(String(255), default="")
    goods_price: Mapped[float] = mapped_column(Double, default=0)  # roubles, as in Ubilling
    goods_tax: Mapped[str] = mapped_column(String(255), default="")
    goods_vendorcode: Mapped[str] = mapped_column(String(255), default="")


class Hold(Base):
    """The line to Dreamkas, one row (id 1) that all workers obey and lock to claim: held or not, and how it fares."""

    __tablename__ = "dreamkas_hold"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(16), default="")  # "" = open, "token", "door"
    said: Mapped[str] = mapped_column(Text, default="")
    since_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    probe_utc: Mapped[datetime | None] = mapped_column(UtcTime)  # when to ask again whether it may be lifted
    probes: Mapped[int] = mapped_column(Integer, default=0)
    pause_until_utc: Mapped[datetime | None] = mapped_column(UtcTime)  # their Retry-After
    success_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    error_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(Text, default="")
    failing_utc: Mapped[datetime | None] = mapped_column(UtcTime)  # the first error since the last success
    away_told: Mapped[bool] = mapped_column(Boolean, default=False)  # people were told that it is away
    listing_rows: Mapped[int] = mapped_column(Integer, default=0)  # the longest whole listing of the last day
    listing_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class Duty(Base):
    """Something that one worker at a time does when it is due; the worker's own heartbeat is one of them."""

    __tablename__ = "dreamkas_duties"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    due_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    ran_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class CatalogRow(Base):
    """A cash machine, cashier or selling position as Dreamkas last described it (JSON, without secrets)."""

    __tablename__ = "dreamkas_catalog"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    their_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, default=0)  # their order
    body: Mapped[str] = mapped_column(Text)


class CatalogState(Base):
    """How fresh each kind of the catalog is."""

    __tablename__ = "dreamkas_catalog_state"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    fetched_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    tried_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=0)  # grows when what they say has changed
