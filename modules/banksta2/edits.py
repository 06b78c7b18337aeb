"""What a person changes on a row until it is credited: whose payment it is, and whether it is one. Each commits.

Each is one conditional UPDATE: a row that the worker has credited in the same instant is left as it is.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, update

from modules.banksta2.models import StatementRow as Row
from modules.core import journal
from modules.core.db import rows_changed, transact

FREE = and_(Row.payment_id.is_(None), Row.wanted_utc.is_(None))
BY_PERSON = "person"


def cancel(row_id: int) -> bool:
    """Leaves the row out; False when it is credited, or wanted already."""
    where = and_(FREE, Row.processed == 0, Row.canceled == 0)
    return _change(row_id, where, "CANCEL", canceled=1, canceled_why=BY_PERSON)


def recall(row_id: int) -> bool:
    """Takes a canceled row in again, whoever or whatever left it out."""
    return _change(row_id, and_(FREE, Row.canceled == 1), "RECALL", canceled=0, processed=0, canceled_why="")


def give_to(row_id: int, service: str, contract: str, subscriber: str) -> bool:
    """Whose payment it is: service (Internet, UKV or ""), contract, and the key of its book ("" = nobody's)."""
    where = and_(FREE, Row.processed == 0, Row.canceled == 0)
    said = f"CHANGE {service or '-'} `{contract}` ({subscriber or '-'})"
    values = {"service_type": service, "contract": contract[:255], "subscriber": subscriber, "trouble": ""}
    # The cash type follows the service when the row is credited; one that a preset named stays.
    return _change(row_id, where, said, **values)


def _change(row_id: int, where: ColumnElement[bool], said: str, **values: Any) -> bool:
    def work(session: Any) -> bool:
        changed = rows_changed(
            session.execute(
                update(Row).where(Row.id == row_id, where).values(**values),
                execution_options={"synchronize_session": False},
            )
        )
        if changed:
            journal.write(f"BANKSTA2 {said} [{row_id}]")
        return bool(changed)

    return transact(work)
