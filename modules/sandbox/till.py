"""The virtual cash register: takes queued operations, prints receipts, tells the webhooks.

One step of one operation (its state, its receipt, the client card, the messages to send) is one transaction,
so a SIGKILL between two instructions can neither lose a receipt nor print it twice.
"""

import hashlib
import json
import logging
import sqlite3
import threading
import time
from typing import Any

from modules.sandbox import paper
from modules.sandbox.hooks import Hooks
from modules.sandbox.operations import accept, shown
from modules.sandbox.rules import till_refuses
from modules.sandbox.shifts import Shifts
from modules.sandbox.store import Store, add, put
from modules.sandbox.switches import Switches

_READY = """
SELECT * FROM operations WHERE due IS NOT NULL AND due <= :now AND (
  expires <= :now OR (:online AND device_id NOT IN (SELECT value FROM json_each(:off))))
ORDER BY due, seq LIMIT 200
"""
TIMEOUTS = {"CashOffline": "Cash is offline", "EMU_TIMEOUT": "Касса не успела"}
log = logging.getLogger(__name__)


class Till:
    """All cash registers of the cabinet. `start()` sets them to work in a background thread."""

    def __init__(self, store: Store, switches: Switches, hooks: Hooks) -> None:
        self.store, self.switches, self.hooks = store, switches, hooks
        self.shifts = Shifts(hooks)
        self.wake = threading.Event()
        self._stop = False

    def start(self) -> None:
        """Begin to print."""
        threading.Thread(target=self._run, name="till", daemon=True).start()

    def stop(self) -> None:
        """Stop after the current step."""
        self._stop = True
        self.wake.set()

    def offline(self, device: dict[str, Any]) -> bool:
        """Is this machine out of reach: by the switch, or by its own lamp?"""
        return bool(self.switches["till_offline"]) or device.get("isOnline") is False

    def _run(self) -> None:
        while not self._stop:
            self.wake.clear()
            try:
                moved = self.tick()
            except sqlite3.ProgrammingError:  # the store was closed under us: the process is ending
                return
            except Exception:
                log.exception("the cash register stumbled; it goes on")
                moved = 0
            self.wake.wait(0 if moved else self._pause())

    def _pause(self) -> float:
        """Seconds until something is due: 20 ms … 0.5 s, for what waits for an offline machine may expire."""
        row = self.store.one("SELECT min(due) AS due FROM operations WHERE due > ?", (time.time(),))
        late = self.store.one("SELECT min(due) AS due FROM late")
        dues = [one["due"] for one in (row, late) if one and one["due"]]
        return min(0.5, max(0.02, min(dues, default=0) - time.time())) if dues else 0.5

    def tick(self) -> int:
        """Move everything that is due one step on; how many moved."""
        now = time.time()
        off = [d.get("id") for d in self.store.documents("devices") if d.get("isOnline") is False]
        args = {"now": now, "online": not self.switches["till_offline"], "off": json.dumps(off)}
        with self.store.change() as db:
            late = db.execute("SELECT seq, body FROM late WHERE due <= ?", (now,)).fetchall()
            for row in late:
                self._take_late(db, row)
            ready = db.execute(_READY, args).fetchall()
            for row in ready:
                self._step_or_fail(db, row, now)
        if late or ready:
            self.hooks.wake.set()
        return len(late) + len(ready)

    def _take_late(self, db: sqlite3.Connection, row: sqlite3.Row) -> None:
        db.execute("DELETE FROM late WHERE seq=?", (row["seq"],))
        self.tell(db, accept(db, self.switches, json.loads(row["body"])), "CREATE")

    def tell(self, db: sqlite3.Connection, row: sqlite3.Row, action: str = "UPDATE") -> None:
        """Queue the OPERATION message of a step; an IN_PROGRESS message carries no type (as captured)."""
        if action == "CREATE" and not self.switches["webhook_operation_create"]:
            return
        data = shown(row, self.switches)
        if row["status"] == "IN_PROGRESS":
            data.pop("type")
        self.hooks.queue(db, "operations", action, "OPERATION", data)

    def _step_or_fail(self, db: sqlite3.Connection, row: sqlite3.Row, now: float) -> None:
        """One task that the machine cannot digest (an odd device, say) must not stop those behind it."""
        db.execute("SAVEPOINT step")
        try:
            self._step(db, row, now)
        except Exception:
            log.exception("operation %s broke the cash register", row["id"])
            db.execute("ROLLBACK TO step")
            self._fail(db, row, "EMU_TILL_BROKEN", "Касса сломалась на этом задании")
        db.execute("RELEASE step")

    def _step(self, db: sqlite3.Connection, row: sqlite3.Row, now: float) -> None:
        device = self.store.document("devices", row["device_id"])
        if row["status"] == "ERROR":
            self._print_after_all(db, row, device, now)
        elif device is None:
            self._fail(db, row, "EMU_DEVICE_GONE", "Касса отвязана от кабинета")
        elif row["expires"] <= now:
            code = self.switches["timeout_error"]
            self._fail(db, row, code, TIMEOUTS[code], self.switches["print_after_error_seconds"])
        elif row["status"] == "PENDING":
            due = now + self.switches["print_seconds"] * 0.7
            self._move(db, row, status="IN_PROGRESS", due=due)
        else:
            self._finish(db, row, device, now)

    def _print_after_all(
        self, db: sqlite3.Connection, row: sqlite3.Row, device: dict[str, Any] | None, now: float
    ) -> None:
        if device is None or self.offline(device):
            db.execute("UPDATE operations SET due=? WHERE seq=?", (now + 1, row["seq"]))
            return
        self.print(db, self._task(row), device)
        db.execute("UPDATE operations SET due=NULL WHERE seq=?", (row["seq"],))

    def _finish(self, db: sqlite3.Connection, row: sqlite3.Row, device: dict[str, Any], now: float) -> None:
        task = self._task(row)
        bad = till_refuses(task)
        if self.switches["fn_expired"]:
            self._fail(db, row, "EMU_FN_EXPIRED", "Срок действия фискального накопителя истёк")
        elif self.switches["shift_expired"]:
            self._fail(db, row, "EMU_SHIFT_EXPIRED", "Смена превысила 24 часа, закройте смену")
        elif bad:
            self._fail(db, row, "EMU_TASK_NOT_VALID", bad)
        else:
            self._succeed(db, row, task, device, now)

    def _succeed(
        self,
        db: sqlite3.Connection,
        row: sqlite3.Row,
        task: dict[str, Any],
        device: dict[str, Any],
        now: float,
    ) -> None:
        lie, receipt_id = self.switches["success_without_receipt"], None
        if lie != "none":
            for _ in range(2 if self.switches["double_print"] else 1):
                receipt_id = self.print(db, task, device)
        told = now + self.switches["receipt_id_delay"]
        theirs = now + self.switches["clock_skew_seconds"]
        shown_id = receipt_id if lie == "off" else None
        self._move(
            db, row, status="SUCCESS", due=None, completed=theirs, receipt_id=shown_id, receipt_told=told
        )

    def _fail(
        self, db: sqlite3.Connection, row: sqlite3.Row, code: str, message: str, print_in: float = 0
    ) -> None:
        now = time.time()
        error = json.dumps({"code": code, "message": message}, ensure_ascii=False)
        due = now + print_in if print_in else None
        theirs = now + self.switches["clock_skew_seconds"]
        self._move(db, row, status="ERROR", due=due, completed=theirs, error=error)

    def _move(self, db: sqlite3.Connection, row: sqlite3.Row, **values: Any) -> None:
        assignments = ", ".join(f"{name}=?" for name in values)
        db.execute(f"UPDATE operations SET {assignments} WHERE seq=?", (*values.values(), row["seq"]))  # noqa: S608
        self.tell(db, db.execute("SELECT * FROM operations WHERE seq=?", (row["seq"],)).fetchone())

    @staticmethod
    def _task(row: sqlite3.Row) -> dict[str, Any]:
        return json.loads(row["body"]) | {"operationId": row["id"]}

    def print(self, db: sqlite3.Connection, task: dict[str, Any], device: dict[str, Any]) -> str:
        """Print one receipt inside a transaction: counters, paper, client card, messages. Returns its id.

        A task without `operationId` was rung up by hand at the machine.
        """
        moment = time.time() + self.switches["clock_skew_seconds"]
        till = self.shifts.count(db, device["id"], moment)
        contact = paper.contact_kept(task.get("attributes"), self.switches["silent_contact_drop"])
        body = paper.receipt(task, device, till, moment, contact)
        add(db, "receipts", paper.receipt_row(body, moment, task.get("externalId"), contact))
        self._client_card(db, task.get("attributes") or {})
        self.hooks.queue(db, "receipts", "CREATE", "RECEIPT", paper.hook_receipt(body))
        return body["id"]

    @staticmethod
    def _client_card(db: sqlite3.Connection, attributes: dict[str, Any]) -> None:
        """Every contact sent becomes a client card in the cabinet (dreamkas-api.md section 2.3)."""
        phone, email = attributes.get("phone"), attributes.get("email")
        if phone or email:
            id = hashlib.sha256(f"{phone}|{email}".encode()).hexdigest()[:8]
            put(db, "clients", id, {"id": id, "name": None, "phone": phone, "email": email})
