"""The inbox: each webhook's message as it came, and the duty that looks into it.

The definitions stand here frozen; the models go on without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "inbox"
down_revision = "notifications"

META = sa.MetaData()
UTC = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb").with_variant(mysql.DATETIME(fsp=6), "mysql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_BYTES = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
DUTY = "inbox"

inbox = sa.Table(
    "dreamkas_inbox",
    META,
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("came_utc", UTC, nullable=False),
    sa.Column("last_utc", UTC, nullable=False),
    sa.Column("times", sa.Integer(), nullable=False),
    sa.Column("type", sa.String(length=64), nullable=False),
    sa.Column("action", sa.String(length=64), nullable=False),
    sa.Column("object_id", sa.String(length=64), nullable=False),
    sa.Column("fate", sa.String(length=16), nullable=False),
    sa.Column("due_utc", UTC, nullable=True),
    sa.Column("operation_pk", ROW_ID, nullable=True),
    sa.Column("raw", LONG_BYTES, nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("digest"),
    sqlite_autoincrement=True,
    mysql_engine="InnoDB",
    mysql_charset="utf8mb4",
)
sa.Index("ix_dreamkas_inbox_due", inbox.c.due_utc)
sa.Index("ix_dreamkas_inbox_type", inbox.c.type, inbox.c.id)
sa.Index("ix_dreamkas_inbox_last", inbox.c.last_utc)
duties = sa.table("dreamkas_duties", sa.column("name"))


def upgrade():
    connection = op.get_bind()
    if not sa.inspect(connection).has_table(inbox.name):  # one that was killed half-way goes on where it stopped
        inbox.create(connection)
    if connection.scalar(sa.select(duties.c.name).where(duties.c.name == DUTY)) is None:
        connection.execute(duties.insert().values(name=DUTY))


def downgrade():
    inbox.drop(op.get_bind())
    op.execute(sa.delete(duties).where(duties.c.name == DUTY))
