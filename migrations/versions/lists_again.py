"""Indexes for lists of a million rows: equal sums by date; on PostgreSQL how the ids of operations begin.

PostgreSQL's usual indexes are in the order of a language, and LIKE 'abc%' takes none of them: a search read a million
operations three times over. The other databases find a beginning by the indexes that are there.
"""

import sqlalchemy as sa
from alembic import op

revision = "lists_again"
down_revision = "lists"

TABLE = "dreamkas_operations"
OLD, NEW = "ix_dreamkas_operations_amount", "ix_dreamkas_operations_amount_created"
IDS = ("operation_id", "external_id", "receipt_id")


def upgrade() -> None:
    """Adds what is missing, takes away what is no longer asked for."""
    there = _there()
    if NEW not in there:
        op.create_index(NEW, TABLE, ["amount", "date_create", "id"])
    for column in IDS if op.get_bind().dialect.name == "postgresql" else ():
        if _begins(column) not in there:
            op.create_index(_begins(column), TABLE, [column], postgresql_ops={column: "text_pattern_ops"})
    if OLD in there:
        op.drop_index(OLD, TABLE)


def downgrade() -> None:
    """The other way round."""
    op.create_index(OLD, TABLE, ["amount", "id"])
    for name in {NEW, *map(_begins, IDS)} & _there():
        op.drop_index(name, TABLE)


def _there() -> set[str | None]:
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(TABLE)}


def _begins(column: str) -> str:
    return f"ix_{TABLE}_{column}_begins"
