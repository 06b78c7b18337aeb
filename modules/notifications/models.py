"""A piece of news: a sentence to translate and what to put into it; and who has seen which."""

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, RowId, UtcTime


class Notification(Base):
    """Kept as msgid and parameters, so that each reader gets it in a language of his own."""

    __tablename__ = "dreamkas_notifications"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    created_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    level: Mapped[str] = mapped_column(String(8))  # ok, info, warn, bad
    kind: Mapped[str] = mapped_column(String(32))
    message: Mapped[str] = mapped_column(Text)  # English msgid
    params: Mapped[str] = mapped_column(
        Text, default="{}"
    )  # JSON; {"msgid": …} and {"kopecks": …} are put into words when it is read
    operation_pk: Mapped[int | None] = mapped_column(Integer)


class Reader(Base):
    """How far an admin is, as two cursors (modules/notifications/news.py): shown in a corner, looked at in the list."""

    __tablename__ = "dreamkas_notification_readers"

    admin: Mapped[str] = mapped_column(String(45), primary_key=True)
    shown: Mapped[str] = mapped_column(Text, default="")
    read: Mapped[str] = mapped_column(Text, default="")


class Closed(Base):
    """A notification that an admin has closed in the corner: an error does not come back on the next page."""

    __tablename__ = "dreamkas_notification_closed"

    admin: Mapped[str] = mapped_column(String(45), primary_key=True)
    notification_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
