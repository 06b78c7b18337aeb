"""What is not final yet, asked of the database again and again while a run settles."""

from functools import lru_cache

from sqlalchemy import Engine, NullPool, create_engine, select, text

from modules.core.db import connect_to
from modules.core.serial import KEY, UbStat

OPEN = """
    SELECT id, state, reason, attempt, asked FROM dreamkas_operations
    WHERE state NOT IN ('fiscalized', 'rejected') ORDER BY id
"""
WANTED = "SELECT id FROM banksta2 WHERE wanted_utc IS NOT NULL"


@lru_cache(maxsize=64)
def _engine(url: str) -> Engine:
    return create_engine(connect_to(url)[0], poolclass=NullPool)


def unsettled(url: str) -> list[str]:
    """Open operations and wanted rows, as words for a person."""
    with _engine(url).connect() as connection:
        open_ = connection.execute(text(OPEN)).mappings().all()
        wanted = connection.execute(text(WANTED)).scalars().all()
    return [
        *(
            f"operation {row['id']} {row['state']} ({row['reason']}) attempt {row['attempt']}"
            for row in open_
        ),
        *(f"row {pk} waits for the worker" for pk in wanted),
    ]


def serial(url: str) -> str:
    """The key of RemoteAPI, as the database has it."""
    with _engine(url).connect() as connection:
        return connection.execute(select(UbStat.value).where(UbStat.key == KEY)).scalar_one()
