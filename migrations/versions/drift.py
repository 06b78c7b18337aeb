"""The comparison with Dreamkas: where the two differ, and how the last comparison went.

The definitions stand here frozen; the models go on without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "drift"
down_revision = "banksta2"

META = sa.MetaData()
UTC = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb").with_variant(mysql.DATETIME(fsp=6), "mysql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DUTY = "drift"


def table(name, *columns, **how):
    return sa.Table(name, META, *columns, **how, mysql_engine="InnoDB", mysql_charset="utf8mb4")


drift = table(
    "dreamkas_drift",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("name", sa.String(length=255), nullable=False),
    sa.Column("kind", sa.String(length=16), nullable=False),
    sa.Column("their_operation", sa.String(length=255), nullable=False),
    sa.Column("receipt_id", sa.String(length=255), nullable=False),
    sa.Column("operation_pk", sa.BigInteger(), nullable=True),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    sa.Column("ours", sa.BigInteger(), nullable=True),
    sa.Column("type", sa.String(length=32), nullable=False),
    sa.Column("title", sa.String(length=255), nullable=False),
    sa.Column("contract", sa.String(length=64), nullable=False),
    sa.Column("date_utc", UTC, nullable=False),
    sa.Column("found_utc", UTC, nullable=False),
    sa.Column("settled_utc", UTC, nullable=True),
    sa.Column("settled_by", sa.String(length=45), nullable=False),
    sa.Column("settled_why", sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
sa.Index("ix_dreamkas_drift_open", drift.c.settled_utc, drift.c.amount)
check = table(
    "dreamkas_drift_check",
    sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("asked_utc", UTC, nullable=True),
    sa.Column("tried_utc", UTC, nullable=True),
    sa.Column("done_utc", UTC, nullable=True),
    sa.Column("returned_utc", UTC, nullable=True),
    sa.Column("stood_utc", UTC, nullable=True),
    sa.Column("since_utc", UTC, nullable=True),
    sa.Column("receipts", sa.Integer(), nullable=False),
    sa.Column("operations", sa.Integer(), nullable=False),
    sa.Column("adopted", sa.Integer(), nullable=False),
    sa.Column("error", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)


def upgrade():
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for made in META.sorted_tables:
        if made.name not in there:  # one that was killed half-way goes on where it stopped
            made.create(op.get_bind())
    connection = op.get_bind()
    if connection.scalar(sa.select(check.c.id)) is None:
        connection.execute(check.insert().values(id=1, receipts=0, operations=0, adopted=0, error=""))
    duties = sa.table("dreamkas_duties", sa.column("name"))
    if connection.scalar(sa.select(duties.c.name).where(duties.c.name == DUTY)) is None:
        connection.execute(duties.insert().values(name=DUTY))


def downgrade():
    for made in reversed(META.sorted_tables):
        made.drop(op.get_bind())
    duties = sa.table("dreamkas_duties", sa.column("name"))
    op.execute(sa.delete(duties).where(duties.c.name == DUTY))
