"""Indexes for lists of a million rows: what they are sorted and searched by."""

import sqlalchemy as sa
from alembic import op

revision = "lists"
down_revision = "ledger_dates"

OPERATIONS, INBOX = "dreamkas_operations", "dreamkas_inbox"
INDEXES = (
    ("ix_dreamkas_operations_created", OPERATIONS, ["date_create", "id"]),
    ("ix_dreamkas_operations_state_created", OPERATIONS, ["state", "date_create", "id"]),
    ("ix_dreamkas_operations_amount", OPERATIONS, ["amount", "id"]),
    ("ix_dreamkas_operations_subscriber", OPERATIONS, ["subscriber", "id"]),
    ("ix_dreamkas_operations_contract", OPERATIONS, ["contract"]),
    ("ix_dreamkas_operations_repeats", OPERATIONS, ["repeats_id"]),
    ("ix_dreamkas_operations_repeated", OPERATIONS, ["repeated_fiscop_id"]),
    ("ix_dreamkas_inbox_object", INBOX, ["object_id"]),
)
BEGINNINGS = {name: "text_pattern_ops" for name in ("subscriber", "contract", "object_id")}


def upgrade():
    there = sa.inspect(op.get_bind())
    for name, table, columns in INDEXES:
        if name not in {index["name"] for index in there.get_indexes(table)}:  # one that was killed half-way goes on
            ops = {column: BEGINNINGS[column] for column in columns if column in BEGINNINGS}
            op.create_index(name, table, columns, postgresql_ops=ops)


def downgrade():
    for name, table, _columns in INDEXES:
        op.drop_index(name, table)
