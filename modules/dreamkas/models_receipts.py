"""What the tabs remember of Dreamkas beside operations: printed receipts, which days of them were read, webhooks."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Index, Integer, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, UtcTime

# A receipt of a hundred positions is longer than the 64 KiB of MariaDB's TEXT.
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class KnownReceipt(Base):
    """A printed receipt as Dreamkas described it; the buyer's contact stands apart, so that it can be forgotten."""

    __tablename__ = "dreamkas_receipts"
    __table_args__ = (
        Index("ix_dreamkas_receipts_date", "date_utc"),
        Index("ix_dreamkas_receipts_operation", "operation_id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # theirs
    operation_id: Mapped[str] = mapped_column(
        String(255), default=""
    )  # theirs; "" = rung up at the machine itself
    device_id: Mapped[str] = mapped_column(String(32), default="")
    shop_id: Mapped[str] = mapped_column(String(32), default="")
    shift: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[int | None] = mapped_column(BigInteger)  # in the shift
    type: Mapped[str] = mapped_column(String(32), default="")  # their word
    amount: Mapped[int | None] = mapped_column(BigInteger)  # kopecks
    cashier: Mapped[str] = mapped_column(String(255), default="")
    date_utc: Mapped[datetime] = mapped_column(UtcTime)
    local_date: Mapped[datetime | None] = mapped_column(DateTime)  # the wall clock of the cash machine
    words: Mapped[str] = mapped_column(LongText, default="")  # what a search looks through
    contact: Mapped[str] = mapped_column(String(255), default="")
    body: Mapped[str] = mapped_column(LongText, default="{}")  # JSON as it came, without secrets and contact
    seen_utc: Mapped[datetime] = mapped_column(UtcTime)


class ReceiptDay(Base):
    """A local day of receipts: when it was asked for, and as of when all its receipts are known."""

    __tablename__ = "dreamkas_receipt_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    asked_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    tried_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    fetched_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(Text, default="")


class ReceiptWish(Base):
    """One receipt that somebody wants to see and that is not known here; it goes when it comes."""

    __tablename__ = "dreamkas_receipt_wishes"

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked_utc: Mapped[datetime] = mapped_column(UtcTime)
    tried_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    missing: Mapped[bool] = mapped_column(Boolean, default=False)  # Dreamkas knows no such receipt
    error: Mapped[str] = mapped_column(Text, default="")


class WebhookList(Base):
    """The webhooks of the account as they were last known, one row (id 1)."""

    __tablename__ = "dreamkas_webhooks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(LongText, default="[]")  # JSON array
    asked_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    tried_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    fetched_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(Text, default="")
