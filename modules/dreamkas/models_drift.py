"""Where Dreamkas and these books differ: each difference, and how the last comparison went."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, RowId, UtcTime


class Drift(Base):
    """One difference. It goes by itself when a later comparison no longer finds it, or a person says what it was."""

    __tablename__ = "dreamkas_drift"
    __table_args__ = (
        Index("ix_dreamkas_drift_open", "settled_utc", "amount"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(
        String(255), unique=True
    )  # kind and their id: found again, it is the same
    kind: Mapped[str] = mapped_column(String(16))  # a code of words_drift.KINDS
    their_operation: Mapped[str] = mapped_column(String(255), default="")
    receipt_id: Mapped[str] = mapped_column(String(255), default="")
    operation_pk: Mapped[int | None] = mapped_column(BigInteger)  # ours
    amount: Mapped[int | None] = mapped_column(BigInteger)  # kopecks, by Dreamkas
    ours: Mapped[int | None] = mapped_column(BigInteger)  # kopecks, by our books
    type: Mapped[str] = mapped_column(String(32), default="")  # their word for the receipt's type
    title: Mapped[str] = mapped_column(String(255), default="")  # what was sold
    contract: Mapped[str] = mapped_column(String(64), default="")  # as the receipt names it
    date_utc: Mapped[datetime] = mapped_column(UtcTime)
    found_utc: Mapped[datetime] = mapped_column(UtcTime)
    settled_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    settled_by: Mapped[str] = mapped_column(String(45), default="")
    settled_why: Mapped[str] = mapped_column(String(255), default="")


class DriftCheck(Base):
    """The comparison, one row (id 1). `returned_utc`: when the heartbeat was found to have stood still."""

    __tablename__ = "dreamkas_drift_check"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    asked_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    tried_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    done_utc: Mapped[datetime | None] = mapped_column(UtcTime)  # when the last one that was finished began
    returned_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    stood_utc: Mapped[datetime | None] = mapped_column(UtcTime)  # the last heartbeat before that
    since_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    receipts: Mapped[int] = mapped_column(Integer, default=0)  # read by the last one
    operations: Mapped[int] = mapped_column(Integer, default=0)
    adopted: Mapped[int] = mapped_column(Integer, default=0)  # ours that it settled
    error: Mapped[str] = mapped_column(Text, default="")
