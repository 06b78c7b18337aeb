"""Webhooks as Dreamkas sends them, for tests of the inbox."""

import json
from typing import Any

from sqlalchemy import select

from modules.core.db import db
from modules.dreamkas.models_inbox import InboxRow


def hook(kind: str, action: str = "UPDATE", /, **data: Any) -> bytes:
    """The bytes of a message."""
    return json.dumps({"action": action, "type": kind, "data": data}, ensure_ascii=False).encode()


def operation_hook(id: str, status: str = "SUCCESS", **data: Any) -> bytes:
    """An OPERATION; a SUCCESS names a receipt unless told otherwise."""
    if status == "SUCCESS":
        data.setdefault("data", {"receiptId": f"receipt-of-{id}"})
    return hook("OPERATION", id=id, status=status, **data)


def receipt_hook(id: str, operation_id: str | None, phone: str = "+79110000001", **data: Any) -> bytes:
    """A RECEIPT as it was printed just now."""
    told = {"_id": id, "operationId": operation_id, "customer": {"phone": phone}, "amount": 75000}
    told |= {"type": "SALE", "number": 2, "shiftId": 117, "deviceId": 70321}
    return hook("RECEIPT", "CREATE", **{**told, **data})


def kept() -> list[InboxRow]:
    """What the inbox holds, the oldest first."""
    db.session.rollback()
    wanted = select(InboxRow).order_by(InboxRow.id).execution_options(populate_existing=True)
    return list(db.session.scalars(wanted))
