"""Bank statements: Ubilling's two tables where they are missing, our columns on them, and the list of files.

Rows that Ubilling has imported stay as they are. Our columns beside them learn the sum and the date where these can
be read, so that a file that overlaps them is noticed, and each of their files gets its line in the list.
The definitions stand here frozen; the models go on without them.
"""

import re
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects import mysql

revision = "banksta2"
down_revision = "inbox"

META = sa.MetaData()
UTC = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb").with_variant(mysql.DATETIME(fsp=6), "mysql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
HOW = {"sqlite_autoincrement": True, "mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
BATCH = 1000


def words(name, length=255):
    return sa.Column(name, sa.String(length=length), nullable=True)


def text(name, length=255):
    return sa.Column(name, sa.String(length=length), nullable=False)


def small(name, nullable=True):
    return sa.Column(name, sa.SmallInteger(), nullable=nullable)


def number(name, **how):
    return sa.Column(name, sa.Integer(), nullable=False, **how)


def big(name):
    return sa.Column(name, sa.BigInteger(), nullable=True)


def time(name):
    return sa.Column(name, UTC, nullable=True)


def tick(name):
    return sa.Column(name, sa.Boolean(), nullable=False)


statements = sa.Table(
    "banksta2_statements",
    META,
    sa.Column("id", ROW_ID, nullable=False),
    text("hash"),
    text("md5", 32),
    text("filename"),
    text("stored"),
    text("admin", 45),
    sa.Column("created_utc", UTC, nullable=False),
    time("imported_utc"),
    text("kind", 8),
    text("encoding", 32),
    text("delimiter", 8),
    number("skip_rows"),
    tick("use_names"),
    sa.Column("rules", LONG_TEXT, nullable=False),
    text("state", 8),
    number("rows_total"),
    sa.Column("sum_total", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("hash"),
    **HOW,
)
sa.Index("ix_banksta2_statements_md5", statements.c.md5)
sa.Index("ix_banksta2_statements_admin", statements.c.admin, statements.c.state)

rows = sa.Table(
    "banksta2",
    META,
    number("id"),
    sa.Column("date", sa.DateTime(), nullable=True),
    text("hash"),
    text("filename"),
    text("admin", 45),
    words("contract"),
    words("summ", 42),
    words("address"),
    words("realname"),
    words("notes"),
    words("pdate", 42),
    words("ptime", 42),
    small("processed", nullable=False),
    small("canceled", nullable=False),
    words("service_type", 100),
    sa.Column("payid", sa.Integer(), nullable=True),
    big("statement_id"),
    number("row_number"),
    big("amount"),
    sa.Column("paid_on", sa.Date(), nullable=True),
    text("bank_id", 128),
    text("account", 64),
    text("payer_account", 64),
    text("payer_inn", 16),
    text("document", 64),
    text("identity", 64),
    number("occurrence"),
    words("identity_key", 80),
    big("twin_id"),
    text("verdict", 16),
    text("error", 32),
    text("canceled_why", 32),
    text("subscriber", 64),
    tick("tick"),
    text("machine_id", 32),
    text("tax_system", 16),
    text("payment_type", 16),
    text("position_id", 64),
    time("wanted_utc"),
    text("wanted_by", 45),
    text("trouble"),
    words("payment_kind", 32),
    big("payment_id"),
    time("processed_utc"),
    sa.PrimaryKeyConstraint("id"),
    **HOW,
)
sa.Index("ux_banksta2_identity_key", rows.c.identity_key, unique=True)
sa.Index("ux_banksta2_payment", rows.c.payment_kind, rows.c.payment_id, unique=True)
sa.Index("ix_banksta2_hash", rows.c.hash)
sa.Index("ix_banksta2_statement", rows.c.statement_id, rows.c.row_number)
sa.Index("ix_banksta2_identity", rows.c.identity)
sa.Index("ix_banksta2_paid", rows.c.paid_on, rows.c.amount)
sa.Index("ix_banksta2_wanted", rows.c.wanted_utc)

presets = sa.Table(
    "banksta2_presets",
    META,
    number("id"),
    text("presetname", 80),
    *(words(f"col_{what}", 40) for what in ("realname", "address", "paysum")),
    small("sum_in_coins"),
    *(words(f"col_{what}", 40) for what in ("paypurpose", "paydate", "paytime", "contract", "srvidents")),
    small("guess_contract"),
    small("srvidents_preffered"),
    words("contract_delim_start"),
    words("contract_delim_end"),
    small("contract_min_len"),
    small("contract_max_len"),
    words("service_type", 50),
    words("inet_srv_start_delim"),
    words("inet_srv_end_delim"),
    words("inet_srv_keywords"),
    small("noesc_inet_srv_keywords"),
    words("ukv_srv_start_delim"),
    words("ukv_srv_end_delim"),
    words("ukv_srv_keywords"),
    small("noesc_ukv_srv_keywords"),
    small("skip_row"),
    words("col_skiprow", 40),
    words("skip_row_keywords"),
    small("noesc_skip_row_keywords"),
    small("replace_strs"),
    words("col_replace_strs", 40),
    words("strs_to_replace"),
    words("strs_to_replace_with"),
    small("replacements_cnt"),
    small("noesc_replace_keywords"),
    small("remove_strs"),
    words("col_remove_strs", 40),
    words("strs_to_remove"),
    small("noesc_remove_keywords"),
    sa.Column("payment_type_id", sa.Integer(), nullable=True),
    *(words(f"col_{what}", 40) for what in ("bank_id", "account", "payer_account", "payer_inn", "document")),
    sa.PrimaryKeyConstraint("id"),
    **HOW,
)
sa.Index("presetname", presets.c.presetname, unique=True)  # so named in Ubilling


def upgrade():
    connection = op.get_bind()
    there = set(sa.inspect(connection).get_table_names())
    for made in META.sorted_tables:
        if made.name not in there:  # one that was killed half-way goes on where it stopped
            made.create(connection)
        else:
            add_missing(made)
    if rows.name in there:
        map_old_rows()


def downgrade():
    raise NotImplementedError("Payments and their rows are not thrown away: restore a backup instead.")


def add_missing(made):
    """Ours beside Ubilling's: nullable or with a default, so that the old module could go on writing."""
    connection = op.get_bind()
    there = {column["name"] for column in sa.inspect(connection).get_columns(made.name)}
    for column in made.columns:
        if column.name not in there:
            op.add_column(made.name, addition(column))
    for index in made.indexes:
        index.create(connection, checkfirst=True)


def addition(column):
    if column.nullable:
        return sa.Column(column.name, column.type, nullable=True)
    default = "" if isinstance(column.type, sa.String) else "0"
    if isinstance(column.type, sa.Boolean):
        default = sa.false()
    return sa.Column(column.name, column.type, nullable=False, server_default=default)


def map_old_rows():
    """Sum and date of the rows that are there, then a line in the list for each of their files."""
    connection = op.get_bind()
    known = set(connection.scalars(sa.select(statements.c.hash)))
    for hash in connection.scalars(sa.select(rows.c.hash).distinct()).all():
        if hash not in known:
            map_old_file(connection, hash)


def map_old_file(connection, hash):
    old = sa.select(rows.c.id, rows.c.date, rows.c.filename, rows.c.admin, rows.c.summ, rows.c.pdate)
    found = connection.execute(old.where(rows.c.hash == hash).order_by(rows.c.id)).all()
    moment = utc(found[0].date)
    amounts = [kopecks(row.summ) for row in found]
    line = {"hash": hash, "md5": hash[:32], "filename": found[0].filename, "admin": found[0].admin[:45]}
    line |= {"stored": "", "kind": "", "encoding": "", "delimiter": "", "skip_rows": 0, "use_names": False}
    line |= {"created_utc": moment, "imported_utc": moment, "rules": "{}", "state": "imported"}
    line |= {"rows_total": len(found), "sum_total": sum(amount or 0 for amount in amounts)}
    made = connection.execute(statements.insert().values(**line)).inserted_primary_key[0]
    learned = [
        {"of": row.id, "place": place, "sum": amount, "day": day(row.pdate), "file": made}
        for place, (row, amount) in enumerate(zip(found, amounts, strict=True), 1)
    ]
    change = sa.update(rows).where(rows.c.id == sa.bindparam("of"))
    change = change.values(
        statement_id=sa.bindparam("file"),
        row_number=sa.bindparam("place"),
        amount=sa.bindparam("sum"),
        paid_on=sa.bindparam("day"),
    )
    for start in range(0, len(learned), BATCH):
        connection.execute(change, learned[start : start + BATCH])


def kopecks(summ):
    """Ubilling's decimal text as kopecks; None for what is no sum of whole kopecks."""
    found = re.fullmatch(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,2})0*)?", (summ or "").strip())
    if not found:
        return None
    value = int(found[2] + (found[3] or "").ljust(2, "0"))
    return -value if found[1] else value


def day(pdate):
    """The bank's date as it stands in a row; None when it is written in no usual way."""
    found = re.match(r"\s*(?:(\d{4})-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(\d{4}))", pdate or "")
    if not found:
        return None
    parts = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return datetime(*map(int, parts)).date()
    except ValueError:
        return None


def utc(local):
    """Ubilling's local time as ours; "no date" becomes now."""
    moment = local if isinstance(local, datetime) else None
    zone = current_app.extensions["options_source"].options.timezone
    shift = (moment or datetime.now()).replace(tzinfo=zone).utcoffset() or timedelta()
    return moment - shift if moment else datetime.utcnow()
