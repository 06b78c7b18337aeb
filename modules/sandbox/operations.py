"""Operations: how a task is accepted, and how the cabinet shows it.

Statuses: PENDING, IN_PROGRESS, SUCCESS, ERROR (dreamkas-api.md section 3).
"""

import json
import sqlite3
import time
from typing import Any

from modules.sandbox.clock import iso, object_id
from modules.sandbox.rules import number
from modules.sandbox.store import add
from modules.sandbox.switches import Switches

ODD_WORDS = {"in_progress": {"IN_PROGRESS": "PROCESSING"}, "final": {"SUCCESS": "DONE"}}
REFUSED = {"code": "EMU_REFUSED", "message": "Задание не принято"}


def accept(
    db: sqlite3.Connection, switches: Switches, body: dict[str, Any], failed: bool = False
) -> sqlite3.Row:
    """Queue a checked body for its machine, inside a transaction; with `failed` it is born ERROR.

    `timeout` is minutes (15 when absent); `created` is told by their clock, `due` and `expires` by the true one.
    """
    now = time.time()
    theirs = now + switches["clock_skew_seconds"]
    minutes = number(body.get("timeout", 15)) or 15
    id = object_id(theirs)
    operation = {
        "id": id,
        "external_id": body.get("externalId"),
        "device_id": int(number(body["deviceId"]) or 0),
        "status": "ERROR" if failed else "PENDING",
        "created": theirs,
        "accepted": now,
        "due": None if failed else now + switches["print_seconds"] * 0.3,
        "expires": now + minutes * switches["minute_seconds"],
        "completed": theirs if failed else None,
        "error": json.dumps(REFUSED, ensure_ascii=False) if failed else None,
        "amount": int(number(body["total"]["priceSum"]) or 0),
        "body": json.dumps(body, ensure_ascii=False),
    }
    add(db, "operations", operation)
    return db.execute("SELECT * FROM operations WHERE id=?", (id,)).fetchone()


def _data(row: sqlite3.Row, switches: Switches) -> dict[str, Any]:
    if row["error"]:
        return {"error": json.loads(row["error"])}
    told = row["receipt_id"] and (row["receipt_told"] or 0) <= time.time()
    return {"receiptId": row["receipt_id"]} if told else {}


def shown(row: sqlite3.Row, switches: Switches) -> dict[str, Any]:
    """An operation as GET /operations gives it."""
    word = ODD_WORDS.get(switches["unknown_status_word"], {}).get(row["status"], row["status"])
    answer = {
        "id": row["id"],
        **({"externalId": row["external_id"]} if row["external_id"] else {}),
        "createdAt": iso(row["created"]),
        "status": word,
        "type": "EXTERNAL_PURCHASE",
    }
    if row["completed"]:
        answer |= {"completedAt": iso(row["completed"]), "data": _data(row, switches)}
    return answer


def born(row: sqlite3.Row, switches: Switches) -> dict[str, Any]:
    """The answer to POST /receipts: the same object without its type."""
    return {key: value for key, value in shown(row, switches).items() if key != "type"}
