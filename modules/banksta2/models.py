"""What the statements room remembers: files, their rows, and how people map columns.

`banksta2` and `banksta2_presets` are Ubilling's own tables with Ubilling's columns (dates local, sums decimal text);
the columns added by us come after them, money in kopecks, and those that hold a time end in `_utc`.
"""

from datetime import date as Day  # a column of the table is called date
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from modules.core.db import Base, LocalTime, RowId, UtcTime, Words

# Rules with many long patterns are longer than MariaDB's TEXT.
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class Count(TypeDecorator[int]):
    """A number or a switch of Ubilling's that may be NULL there: nothing is 0 here."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> int:
        return value or 0


class Switch(Count):
    """A small one."""

    impl = SmallInteger
    cache_ok = True


class Statement(Base):
    """A bank statement: a file that an admin is importing (draft, his own) or has imported."""

    __tablename__ = "banksta2_statements"
    __table_args__ = (
        Index("ix_banksta2_statements_md5", "md5"),
        Index("ix_banksta2_statements_admin", "admin", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    hash: Mapped[str] = mapped_column(String(255), unique=True)  # what showhash= names
    md5: Mapped[str] = mapped_column(String(32), default="")  # of the whole file
    filename: Mapped[str] = mapped_column(String(255))  # theirs, only shown
    stored: Mapped[str] = mapped_column(String(255), default="")  # our own name under var/statements/
    admin: Mapped[str] = mapped_column(String(45))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    imported_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(8), default="")
    encoding: Mapped[str] = mapped_column(String(32), default="")
    delimiter: Mapped[str] = mapped_column(String(8), default="")
    skip_rows: Mapped[int] = mapped_column(Integer, default=0)
    use_names: Mapped[bool] = mapped_column(Boolean, default=False)  # the first row holds names of columns
    rules: Mapped[str] = mapped_column(LongText, default="{}")  # JSON of mapping.Rules in force
    state: Mapped[str] = mapped_column(String(8), default="draft")  # draft, imported
    rows_total: Mapped[int] = mapped_column(Integer, default=0)
    sum_total: Mapped[int] = mapped_column(BigInteger, default=0)  # kopecks


class StatementRow(Base):
    """A row of a statement: what was read, what was understood, what became of it."""

    __tablename__ = "banksta2"
    __table_args__ = (
        Index("ux_banksta2_identity_key", "identity_key", unique=True),
        Index("ux_banksta2_payment", "payment_kind", "payment_id", unique=True),
        Index("ix_banksta2_hash", "hash"),
        Index("ix_banksta2_statement", "statement_id", "row_number"),
        Index("ix_banksta2_paid", "paid_on", "amount"),
        Index("ix_banksta2_wanted", "wanted_utc"),
        {"sqlite_autoincrement": True},  # payments and operations name rows: a number is never given twice
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # Ubilling's.
    date: Mapped[datetime | None] = mapped_column(LocalTime)  # of the import
    hash: Mapped[str] = mapped_column(String(255))  # the statement's
    filename: Mapped[str] = mapped_column(String(255), default="")
    admin: Mapped[str] = mapped_column(String(45), default="")
    contract: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    summ: Mapped[str] = mapped_column(Words(42), nullable=True, default="")
    address: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    realname: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    notes: Mapped[str] = mapped_column(Words(255), nullable=True, default="")  # the purpose
    pdate: Mapped[str] = mapped_column(Words(42), nullable=True, default="")
    ptime: Mapped[str] = mapped_column(Words(42), nullable=True, default="")
    processed: Mapped[int] = mapped_column(SmallInteger, default=0)
    canceled: Mapped[int] = mapped_column(SmallInteger, default=0)
    service_type: Mapped[str] = mapped_column(Words(100), nullable=True, default="")  # Internet, UKV, ""
    payid: Mapped[int] = mapped_column(Count, nullable=True, default=0)  # cash type; 0 = by the service
    # Ours: what was read.
    statement_id: Mapped[int | None] = mapped_column(BigInteger)
    row_number: Mapped[int] = mapped_column(Integer, default=0)  # in the file, from 1
    amount: Mapped[int | None] = mapped_column(BigInteger)  # kopecks; None: no sum could be read
    paid_on: Mapped[Day | None] = mapped_column(Date)  # by the bank's calendar
    bank_id: Mapped[str] = mapped_column(String(128), default="")  # the bank's own number of the operation
    account: Mapped[str] = mapped_column(String(64), default="")  # ours, that received
    payer_account: Mapped[str] = mapped_column(String(64), default="")
    payer_inn: Mapped[str] = mapped_column(String(16), default="")
    document: Mapped[str] = mapped_column(String(64), default="")
    # Ours: who it is (identity.py). Of equal rows, the one that holds the key is the one that may be credited.
    identity: Mapped[str] = mapped_column(String(64), default="")  # hex digest
    occurrence: Mapped[int] = mapped_column(Integer, default=0)  # among equal rows, from 1
    identity_key: Mapped[str | None] = mapped_column(String(80))  # "<identity>:<occurrence>"
    twin_id: Mapped[int | None] = mapped_column(BigInteger)  # the earlier row that it duplicates
    verdict: Mapped[str] = mapped_column(String(16), default="")  # "", suspected, another, same
    error: Mapped[str] = mapped_column(String(32), default="")  # a code of mapping.ERRORS; "" = fine
    canceled_why: Mapped[str] = mapped_column(String(32), default="")  # a code of mapping.CANCELED
    subscriber: Mapped[str] = mapped_column(String(64), default="")  # login or number, found or chosen
    # Ours: its receipt as wished.
    tick: Mapped[bool] = mapped_column(Boolean, default=False)
    machine_id: Mapped[str] = mapped_column(String(32), default="")
    tax_system: Mapped[str] = mapped_column(String(16), default="")
    payment_type: Mapped[str] = mapped_column(String(16), default="")
    position_id: Mapped[str] = mapped_column(String(64), default="")
    # Ours: what became of it.
    wanted_utc: Mapped[datetime | None] = mapped_column(UtcTime)  # somebody pressed the button…
    wanted_by: Mapped[str] = mapped_column(String(45), default="")  # …this admin: the payment is his
    trouble: Mapped[str] = mapped_column(String(255), default="")  # why processing it failed
    payment_kind: Mapped[str | None] = mapped_column(String(32))
    payment_id: Mapped[int | None] = mapped_column(BigInteger)
    processed_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class Preset(Base):
    """How to read one bank's files, named by a person; mapping.Rules says what each field means."""

    __tablename__ = "banksta2_presets"
    __table_args__ = (Index("presetname", "presetname", unique=True), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    presetname: Mapped[str] = mapped_column(String(80))
    col_realname: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_address: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_paysum: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    sum_in_coins: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    col_paypurpose: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_paydate: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_paytime: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_contract: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_srvidents: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    guess_contract: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    srvidents_preffered: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    contract_delim_start: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    contract_delim_end: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    contract_min_len: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    contract_max_len: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    service_type: Mapped[str] = mapped_column(Words(50), nullable=True, default="")
    inet_srv_start_delim: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    inet_srv_end_delim: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    inet_srv_keywords: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    noesc_inet_srv_keywords: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    ukv_srv_start_delim: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    ukv_srv_end_delim: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    ukv_srv_keywords: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    noesc_ukv_srv_keywords: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    skip_row: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    col_skiprow: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    skip_row_keywords: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    noesc_skip_row_keywords: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    replace_strs: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    col_replace_strs: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    strs_to_replace: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    strs_to_replace_with: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    replacements_cnt: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    noesc_replace_keywords: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    remove_strs: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    col_remove_strs: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    strs_to_remove: Mapped[str] = mapped_column(Words(255), nullable=True, default="")
    noesc_remove_keywords: Mapped[int] = mapped_column(Switch, nullable=True, default=0)
    payment_type_id: Mapped[int] = mapped_column(
        Count, nullable=True, default=0
    )  # cash type; 0 = alter.ini's
    # Ours: columns by which one payment of the bank is told from another.
    col_bank_id: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_account: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_payer_account: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_payer_inn: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
    col_document: Mapped[str] = mapped_column(Words(40), nullable=True, default="")
