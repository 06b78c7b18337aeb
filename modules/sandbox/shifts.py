"""Shifts and counters of the cash registers: receipt numbers, fiscal document numbers, opening and closing."""

import json
import sqlite3
from typing import Any

from modules.sandbox.clock import iso, object_id
from modules.sandbox.hooks import Hooks
from modules.sandbox.paper import CASHIER
from modules.sandbox.store import put

SHIFT_SECONDS = 23 * 3600  # a shift may last 24 hours; the machine closes it a little earlier by itself


class Shifts:
    """The counters of every machine. Moments are seconds since the epoch by their clock."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks

    def count(self, db: sqlite3.Connection, device_id: int, moment: float) -> dict[str, Any]:
        """Move the counters on for one receipt, opening a shift (and closing an old one) when needed."""
        fresh = "INSERT OR IGNORE INTO tills (device_id, fn, registry) VALUES (?, ?, ?)"
        db.execute(fresh, (device_id, f"99990789{device_id:08d}"[:16], f"{device_id:016d}"))
        till = self._till(db, device_id)
        if till["shift_id"] and moment - till["opened"] > SHIFT_SECONDS:
            self.close(db, device_id, moment)
            till = self._till(db, device_id)
        if not till["shift_id"]:
            self._open(db, till, moment)
        db.execute("UPDATE tills SET number=number+1, document=document+1 WHERE device_id=?", (device_id,))
        return self._till(db, device_id)

    def close(self, db: sqlite3.Connection, device_id: int, moment: float) -> bool:
        """Close the open shift of a machine, inside a transaction; False when none is open."""
        till = self._till(db, device_id)
        if not till.get("shift_id"):
            return False
        row = db.execute(
            "SELECT body FROM documents WHERE kind='shifts' AND id=?", (till["shift_id"],)
        ).fetchone()
        closed = {"closedAt": iso(moment), "closedAtUTC": iso(moment), "cashOnClose": 0, "isClosed": True}
        body = json.loads(row["body"]) | closed
        put(db, "shifts", till["shift_id"], body)
        db.execute("UPDATE tills SET shift=shift+1, shift_id=NULL, number=0 WHERE device_id=?", (device_id,))
        self._tell(db, body, "UPDATE")
        return True

    @staticmethod
    def _till(db: sqlite3.Connection, device_id: int) -> dict[str, Any]:
        row = db.execute("SELECT * FROM tills WHERE device_id=?", (device_id,)).fetchone()
        return dict(row) if row else {}

    def _open(self, db: sqlite3.Connection, till: dict[str, Any], moment: float) -> None:
        id, device_id = object_id(moment), till["device_id"]
        db.execute(
            "UPDATE tills SET shift_id=?, opened=?, number=0 WHERE device_id=?", (id, moment, device_id)
        )
        body = {"id": id, "shiftId": till["shift"], "deviceId": device_id}
        body |= {"openedAt": iso(moment), "openedAtUTC": iso(moment), "cashOnOpen": 0, "isClosed": False}
        put(db, "shifts", id, body)
        self._tell(db, body, "CREATE")

    def _tell(self, db: sqlite3.Connection, body: dict[str, Any], action: str) -> None:
        data = {("_id" if key == "id" else key): value for key, value in body.items()}
        self.hooks.queue(db, "shifts", action, "SHIFT", data | {"cashier": {"name": CASHIER["name"]}})
