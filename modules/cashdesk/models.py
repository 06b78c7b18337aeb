"""What the cash desk remembers: which money forms were already pressed, and what each of them took."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, UtcTime


class FormToken(Base):
    """A money form that was pressed: its row is written in the payment's own transaction, and stays."""

    __tablename__ = "cashdesk_tokens"
    __table_args__ = (Index("ix_cashdesk_tokens_subscriber", "subscriber", "used_utc"),)

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    admin: Mapped[str] = mapped_column(String(45))
    subscriber: Mapped[str] = mapped_column(String(64))  # "internet:ivanov"
    fingerprint: Mapped[str] = mapped_column(String(64))  # sha256 of all that was pressed
    kopecks: Mapped[int] = mapped_column(BigInteger)
    source_kind: Mapped[str] = mapped_column(String(32))
    source_id: Mapped[int] = mapped_column(BigInteger)
    used_utc: Mapped[datetime] = mapped_column(UtcTime)
