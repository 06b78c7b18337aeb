"""Ubilling's own tables: names, columns and types are the original's, see section 6 of the reference.

Only the columns that we use are named. Money stands as the original keeps it: `users.Cash` and
`ukv_users.cash` are doubles in roubles, `summ` and `balance` decimal text in roubles; core.money turns both
into kopecks and back. Dates are local time.
"""

from datetime import datetime

from sqlalchemy import Double, Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, LocalTime, Words

# A payment's id must never be given twice: its receipt hangs on it.
NEVER_REUSED = {"sqlite_autoincrement": True}


class User(Base):
    """An Internet subscriber, by login."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(String(50), primary_key=True)
    password: Mapped[str] = mapped_column("Password", String(150), default="")
    passive: Mapped[int] = mapped_column("Passive", Integer, default=0)
    down: Mapped[int] = mapped_column("Down", Integer, default=0)
    tariff: Mapped[str] = mapped_column("Tariff", String(40), default="")
    credit: Mapped[float] = mapped_column("Credit", Double, default=0)
    ip: Mapped[str] = mapped_column("IP", String(254), default="*")
    cash: Mapped[float] = mapped_column("Cash", Double, default=0)


class Tariff(Base):
    """What an Internet subscriber pays a month."""

    __tablename__ = "tariffs"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    fee: Mapped[float] = mapped_column("Fee", Double, default=0)


class RealName(Base):
    """A subscriber's name."""

    __tablename__ = "realname"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(50), index=True)
    realname: Mapped[str] = mapped_column(String(255), default="")


class Contract(Base):
    """A subscriber's contract number."""

    __tablename__ = "contracts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(50), index=True)
    contract: Mapped[str] = mapped_column(String(100), default="", index=True)


class Phone(Base):
    """A subscriber's phones as people typed them: both fields may hold several numbers, or words."""

    __tablename__ = "phones"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(50), index=True)
    phone: Mapped[str] = mapped_column(String(45), default="")
    mobile: Mapped[str] = mapped_column(String(45), default="")


class Email(Base):
    """A subscriber's e-mail address."""

    __tablename__ = "emails"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(50), index=True)
    email: Mapped[str] = mapped_column(String(255), default="")


class City(Base):
    """A town."""

    __tablename__ = "city"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cityname: Mapped[str] = mapped_column(String(255), default="")
    cityalias: Mapped[str] = mapped_column(String(45), default="")


class Street(Base):
    """A street of a town."""

    __tablename__ = "street"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cityid: Mapped[int] = mapped_column(Integer, index=True)
    streetname: Mapped[str] = mapped_column(String(255), default="")
    streetalias: Mapped[str] = mapped_column(String(45), default="")


class Build(Base):
    """A building of a street."""

    __tablename__ = "build"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    streetid: Mapped[int] = mapped_column(Integer, index=True)
    buildnum: Mapped[str] = mapped_column(String(10), default="")


class Apt(Base):
    """A flat of a building."""

    __tablename__ = "apt"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    buildid: Mapped[int] = mapped_column(Integer, index=True)
    entrance: Mapped[str] = mapped_column(String(10), default="")
    floor: Mapped[str] = mapped_column(String(10), default="")
    apt: Mapped[str] = mapped_column(String(10), default="")


class Address(Base):
    """Which flat a subscriber lives in."""

    __tablename__ = "address"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(50), index=True)
    aptid: Mapped[int] = mapped_column(Integer, index=True)


class CashType(Base):
    """How money came: cash, bank, terminal."""

    __tablename__ = "cashtype"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cashtype: Mapped[str] = mapped_column(String(50), default="")


class _PaymentColumns:
    """Columns that both Internet payment tables share."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(45))
    date: Mapped[datetime | None] = mapped_column(LocalTime)
    admin: Mapped[str] = mapped_column(Words(45), default="")
    balance: Mapped[str] = mapped_column(Words(45), default="0")  # before the payment
    summ: Mapped[str] = mapped_column(Words(45))
    cashtypeid: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Words(200), default="")


class Payment(_PaymentColumns, Base):
    """An Internet payment; also balances set (note BALANCESET:…) and mock payments (MOCK:…)."""

    __tablename__ = "payments"
    __table_args__ = (
        Index("ix_payments_login_date", "login", "date"),
        Index("ix_payments_date", "date"),
        NEVER_REUSED,
    )


class PaymentCorr(_PaymentColumns, Base):
    """A correction of an Internet subscriber's balance."""

    __tablename__ = "paymentscorr"
    __table_args__ = (
        Index("ix_paymentscorr_login_date", "login", "date"),
        Index("ix_paymentscorr_date", "date"),
        NEVER_REUSED,
    )


class UkvTariff(Base):
    """What a cable-TV subscriber pays a month."""

    __tablename__ = "ukv_tariffs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tariffname: Mapped[str] = mapped_column(String(255), default="")
    price: Mapped[float] = mapped_column(Double, default=0)


class UkvUser(Base):
    """A cable-TV (UKV) subscriber, by number."""

    __tablename__ = "ukv_users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract: Mapped[str | None] = mapped_column(String(40), index=True)
    tariffid: Mapped[int | None] = mapped_column(Integer)
    cash: Mapped[float] = mapped_column(Double, default=0)
    active: Mapped[int | None] = mapped_column(SmallInteger, default=1)
    realname: Mapped[str | None] = mapped_column(String(255), default="")
    phone: Mapped[str | None] = mapped_column(String(255), default="")
    mobile: Mapped[str | None] = mapped_column(String(255), default="")
    regdate: Mapped[datetime | None] = mapped_column(LocalTime)
    city: Mapped[str | None] = mapped_column(String(255), default="")
    street: Mapped[str | None] = mapped_column(String(255), default="")
    build: Mapped[str | None] = mapped_column(String(255), default="")
    apt: Mapped[str | None] = mapped_column(String(255), default="")
    inetlogin: Mapped[str | None] = mapped_column(String(255), default="")
    notes: Mapped[str | None] = mapped_column(Text, default="")


class UkvPayment(Base):
    """A cable-TV payment; a correction is not visible."""

    __tablename__ = "ukv_payments"
    __table_args__ = (
        Index("ix_ukv_payments_userid_date", "userid", "date"),
        Index("ix_ukv_payments_date", "date"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    userid: Mapped[int] = mapped_column(Integer)
    date: Mapped[datetime | None] = mapped_column(LocalTime)
    admin: Mapped[str] = mapped_column(Words(45), default="")
    balance: Mapped[str] = mapped_column(Words(45), default="0")  # before the payment
    summ: Mapped[str] = mapped_column(Words(45))
    visible: Mapped[int] = mapped_column(SmallInteger, default=1)
    cashtypeid: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Words(200), default="")
