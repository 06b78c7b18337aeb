"""Notifications: how far each admin is with them; whether somebody was told that Dreamkas is away.

The definitions stand here frozen; the models go on without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "notifications"
down_revision = "receipts"

META = sa.MetaData()
UTC = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb").with_variant(mysql.DATETIME(fsp=6), "mysql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOW = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}

sa.Table(
    "dreamkas_notification_readers",
    META,
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("shown", sa.Text(), nullable=False),
    sa.Column("read", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("admin"),
    **HOW,
)
sa.Table(
    "dreamkas_notification_closed",
    META,
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("notification_id", ROW_ID, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint("admin", "notification_id"),
    **HOW,
)
HOLD = "dreamkas_hold"
ADDED = {
    "failing_utc": lambda: sa.Column("failing_utc", UTC, nullable=True),
    "away_told": lambda: sa.Column("away_told", sa.Boolean(), nullable=False, server_default=sa.false()),
}


def upgrade():
    inspector = sa.inspect(op.get_bind())
    there = set(inspector.get_table_names())
    for made in META.sorted_tables:
        if made.name not in there:  # one that was killed half-way goes on where it stopped
            made.create(op.get_bind())
    known = {column["name"] for column in inspector.get_columns(HOLD)}
    for name, column in ADDED.items():
        if name not in known:
            op.add_column(HOLD, column())


def downgrade():
    for name in ADDED:
        op.drop_column(HOLD, name)
    for made in reversed(META.sorted_tables):
        made.drop(op.get_bind())
