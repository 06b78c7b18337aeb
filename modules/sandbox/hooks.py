"""Webhooks out: queued in the same transaction as the event, delivered by threads that never hold up the API.

Unsigned, unordered, repeated, late or never: as the switches say. Only to loopback unless the sandbox was
started with --hooks-anywhere, because anybody who reaches the page could otherwise aim it at a stranger.
"""

import json
import random
import sqlite3
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from modules.sandbox.store import Store
from modules.sandbox.switches import Switches

TYPES = ("products", "devices", "encashments", "receipts", "shifts", "operations", "deviceRegistrations")


def is_loopback(url: str) -> bool:
    """Does this address name this very machine (by number, or as localhost)?"""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def lie(data: dict[str, Any]) -> dict[str, Any]:
    """The opposite outcome of an operation: what a forged or broken webhook would say."""
    if data.get("status") == "SUCCESS":
        return data | {"status": "ERROR", "data": {"error": {"code": "EMU_LIE", "message": "Вебхук врёт"}}}
    if data.get("status") == "ERROR":
        return data | {"status": "SUCCESS", "data": {"receiptId": data["id"][::-1]}}
    return data


class Hooks:
    """The queue of messages and the threads that carry it."""

    def __init__(self, store: Store, switches: Switches, anywhere: bool = False) -> None:
        self.store, self.switches, self.anywhere = store, switches, anywhere
        self.wake = threading.Event()
        self.log: deque[dict[str, Any]] = deque(maxlen=40)
        self._pool = ThreadPoolExecutor(8, "hook")
        self._flying: set[int] = set()
        self._stop = False

    def start(self) -> None:
        """Begin to deliver."""
        threading.Thread(target=self._run, name="hooks", daemon=True).start()

    def stop(self) -> None:
        """Deliver nothing more."""
        self._stop = True
        self.wake.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def queue(self, db: sqlite3.Connection, flag: str, action: str, type: str, data: dict[str, Any]) -> None:
        """Inside the event's transaction: a message per active hook that asked for `flag`, and copies."""
        if not self.switches["webhooks_on"]:
            return
        told = lie(data) if type == "OPERATION" and self.switches["webhook_lies"] else data
        body = json.dumps({"action": action, "type": type, "data": told}, ensure_ascii=False)
        copies = 1 + int(self.switches["webhook_duplicates"])
        for hook in self.store.documents("webhooks"):
            if hook.get("isActive") and hook.get("types", {}).get(flag):
                rows = [(hook["url"], body, self._moment()) for _ in range(copies)]
                db.executemany("INSERT INTO deliveries (url, body, due) VALUES (?, ?, ?)", rows)

    def _moment(self) -> float:
        spread = random.uniform(0, 3) if self.switches["webhook_shuffle"] else 0  # noqa: S311
        return time.time() + self.switches["webhook_delay"] + spread

    def _run(self) -> None:
        while not self._stop:
            self.wake.wait(self._pause())
            self.wake.clear()
            try:
                self._send_due()
            except (sqlite3.ProgrammingError, RuntimeError):  # store or pool closed: the process is ending
                return

    def _pause(self) -> float:
        try:
            row = self.store.one("SELECT min(due) AS due FROM deliveries WHERE due > ?", (time.time(),))
        except sqlite3.ProgrammingError:
            return 0
        return min(1.0, max(0.02, row["due"] - time.time())) if row and row["due"] else 1.0

    def _send_due(self) -> None:
        due = self.store.rows("SELECT * FROM deliveries WHERE due <= ? ORDER BY seq LIMIT 32", (time.time(),))
        for row in due:
            if row["seq"] not in self._flying:
                self._flying.add(row["seq"])
                self._pool.submit(self._carry, row)

    def _carry(self, row: sqlite3.Row) -> None:
        try:
            outcome, delivered = self._post(row["url"], row["body"])
            self._settle(row, outcome, delivered)
        finally:
            self._flying.discard(row["seq"])
            self.wake.set()

    def _post(self, url: str, body: str) -> tuple[str, bool]:
        """One delivery: what came of it in words, and whether it need not be repeated."""
        if not self.anywhere and not is_loopback(url):
            return "не отправлен: адрес не локальный", True
        seconds = self.switches["webhook_timeout"]
        try:
            with requests.Session() as session:
                session.trust_env = False
                headers = {"Content-Type": "application/json", "User-Agent": "sandbox-dreamkas"}
                answer = session.post(
                    url,
                    data=body.encode(),
                    headers=headers,
                    timeout=seconds,
                    allow_redirects=False,
                    stream=True,
                )
                return f"HTTP {answer.status_code}", answer.ok and answer.status_code < 300
        except (requests.RequestException, ValueError) as error:
            return type(error).__name__, False

    def _settle(self, row: sqlite3.Row, outcome: str, delivered: bool) -> None:
        attempt = row["attempt"] + 1
        message = json.loads(row["body"])
        self.log.appendleft(
            {"at": time.time(), "url": row["url"], "attempt": attempt, "outcome": outcome, "ok": delivered}
            | {"what": f"{message['type']} {message['action']}", "status": message["data"].get("status", "")}
        )
        with self.store.change() as db:
            if delivered or attempt >= self.switches["webhook_retries"]:
                db.execute("DELETE FROM deliveries WHERE seq=?", (row["seq"],))
            else:
                due = time.time() + self.switches["webhook_backoff"] * 2 ** (attempt - 1)
                db.execute("UPDATE deliveries SET due=?, attempt=? WHERE seq=?", (due, attempt, row["seq"]))
