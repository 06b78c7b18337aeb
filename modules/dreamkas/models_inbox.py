"""What webhooks brought, as it came, and what became of it."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, RowId, UtcTime

# A receipt of a hundred positions is longer than the 64 KiB of MariaDB's BLOB.
LongBytes = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


class InboxRow(Base):
    """A webhook's message, kept before it is believed; the same one again is counted here, not repeated."""

    __tablename__ = "dreamkas_inbox"
    __table_args__ = (
        Index("ix_dreamkas_inbox_due", "due_utc"),
        Index("ix_dreamkas_inbox_type", "type", "id"),
        Index("ix_dreamkas_inbox_last", "last_utc"),
        Index("ix_dreamkas_inbox_object", "object_id", postgresql_ops={"object_id": "text_pattern_ops"}),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of what it tells, see message.py
    came_utc: Mapped[datetime] = mapped_column(UtcTime)
    last_utc: Mapped[datetime] = mapped_column(UtcTime)
    times: Mapped[int] = mapped_column(Integer, default=1)
    type: Mapped[str] = mapped_column(String(64))  # their words, known to us or not
    action: Mapped[str] = mapped_column(String(64), default="")
    object_id: Mapped[str] = mapped_column(String(64), default="")
    fate: Mapped[str] = mapped_column(String(16), default="new")  # a code of words.FATES
    due_utc: Mapped[datetime | None] = mapped_column(
        UtcTime
    )  # when to look into it; None: nothing is left to do
    operation_pk: Mapped[int | None] = mapped_column(RowId)  # the operation of ours that it is about
    raw: Mapped[bytes] = mapped_column(LongBytes)
