"""An index by date on the tables of payments: the board and the day's figures read some days of them.

On tables of Ubilling's that have one already nothing is added.
"""

import sqlalchemy as sa
from alembic import op

revision = "ledger_dates"
down_revision = "drift"

TABLES = ("payments", "paymentscorr", "ukv_payments")


def upgrade() -> None:
    """Adds what is missing."""
    inspector = sa.inspect(op.get_bind())
    for table in TABLES:
        if not any(index["column_names"][:1] == ["date"] for index in inspector.get_indexes(table)):
            op.create_index(f"ix_{table}_date", table, ["date"])


def downgrade() -> None:
    """Takes away what it added."""
    inspector = sa.inspect(op.get_bind())
    for table in TABLES:
        if f"ix_{table}_date" in {index["name"] for index in inspector.get_indexes(table)}:
            op.drop_index(f"ix_{table}_date", table)
