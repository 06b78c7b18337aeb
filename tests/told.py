"""No statement is told what it has no place for: SQLAlchemy passes over a column that is misspelt, and says nothing."""

from typing import Any

from sqlalchemy import BindParameter, Engine, Insert, Table, Update, event
from sqlalchemy.sql.visitors import iterate


@event.listens_for(Engine, "before_execute")
def nothing_is_told_in_vain(_connection: Any, statement: Any, many: Any, one: Any, _options: Any) -> None:
    """In every test, of every INSERT and UPDATE: each of its values names a column or a bindparam."""
    if isinstance(statement, (Insert, Update)) and isinstance(statement.table, Table):
        told = set().union(one, *many) - set(statement.table.c.keys())
        assert told <= (told and {part.key for part in iterate(statement) if isinstance(part, BindParameter)})
