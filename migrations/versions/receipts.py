"""What the tabs remember beside operations: known receipts, the days of them, webhooks.

The definitions stand here frozen; the models go on without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "receipts"
down_revision = "first_tables"

META = sa.MetaData()
UTC = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb").with_variant(mysql.DATETIME(fsp=6), "mysql")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
DUTIES = ("receipts", "webhooks")


def table(name, *columns, **how):
    return sa.Table(name, META, *columns, **how, mysql_engine="InnoDB", mysql_charset="utf8mb4")


receipts = table(
    "dreamkas_receipts",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("operation_id", sa.String(length=255), nullable=False),
    sa.Column("device_id", sa.String(length=32), nullable=False),
    sa.Column("shop_id", sa.String(length=32), nullable=False),
    sa.Column("shift", sa.BigInteger(), nullable=True),
    sa.Column("number", sa.BigInteger(), nullable=True),
    sa.Column("type", sa.String(length=32), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    sa.Column("cashier", sa.String(length=255), nullable=False),
    sa.Column("date_utc", UTC, nullable=False),
    sa.Column("local_date", sa.DateTime(), nullable=True),
    sa.Column("words", LONG_TEXT, nullable=False),
    sa.Column("contact", sa.String(length=255), nullable=False),
    sa.Column("body", LONG_TEXT, nullable=False),
    sa.Column("seen_utc", UTC, nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_dreamkas_receipts_date", receipts.c.date_utc)
sa.Index("ix_dreamkas_receipts_operation", receipts.c.operation_id)
table(
    "dreamkas_receipt_days",
    sa.Column("day", sa.Date(), nullable=False),
    sa.Column("asked_utc", UTC, nullable=True),
    sa.Column("tried_utc", UTC, nullable=True),
    sa.Column("fetched_utc", UTC, nullable=True),
    sa.Column("error", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("day"),
)
table(
    "dreamkas_receipt_wishes",
    sa.Column("receipt_id", sa.String(length=64), nullable=False),
    sa.Column("asked_utc", UTC, nullable=False),
    sa.Column("tried_utc", UTC, nullable=True),
    sa.Column("missing", sa.Boolean(), nullable=False),
    sa.Column("error", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("receipt_id"),
)
webhooks = table(
    "dreamkas_webhooks",
    sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("body", LONG_TEXT, nullable=False),
    sa.Column("asked_utc", UTC, nullable=True),
    sa.Column("tried_utc", UTC, nullable=True),
    sa.Column("fetched_utc", UTC, nullable=True),
    sa.Column("error", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)


def upgrade():
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for made in META.sorted_tables:
        if made.name not in there:  # one that was killed half-way goes on where it stopped
            made.create(op.get_bind())
    first_rows()


def downgrade():
    for made in reversed(META.sorted_tables):
        made.drop(op.get_bind())
    duties = sa.table("dreamkas_duties", sa.column("name"))
    op.execute(sa.delete(duties).where(duties.c.name.in_(DUTIES)))


def first_rows():
    """The row of webhooks, and the two duties that the worker does from now on."""
    connection = op.get_bind()
    if connection.scalar(sa.select(webhooks.c.id)) is None:
        connection.execute(webhooks.insert().values(id=1, body="[]", error=""))
    duties = sa.table("dreamkas_duties", sa.column("name"))
    there = set(connection.scalars(sa.select(duties.c.name)))
    for name in DUTIES:
        if name not in there:
            connection.execute(duties.insert().values(name=name))
