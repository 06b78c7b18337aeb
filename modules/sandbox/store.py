"""What the sandbox remembers: one SQLite file; SIGKILL at any moment loses nothing acknowledged.

WAL with synchronous=NORMAL: a killed process loses nothing (only a power cut could), and a commit costs no fsync.
One connection behind a lock: the sandbox is one process, and its transactions are short.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
  kind TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL,
  PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS tills (
  device_id INTEGER PRIMARY KEY, shift INTEGER NOT NULL DEFAULT 117, shift_id TEXT, opened REAL,
  number INTEGER NOT NULL DEFAULT 0, document INTEGER NOT NULL DEFAULT 203, fn TEXT NOT NULL, registry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS operations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, external_id TEXT, device_id INTEGER NOT NULL,
  status TEXT NOT NULL, created REAL NOT NULL, accepted REAL NOT NULL, due REAL, expires REAL NOT NULL,
  completed REAL, receipt_id TEXT, receipt_told REAL, error TEXT, amount INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS operations_due ON operations (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS operations_external ON operations (external_id);
CREATE INDEX IF NOT EXISTS operations_created ON operations (created);
CREATE TABLE IF NOT EXISTS receipts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, operation_id TEXT, external_id TEXT,
  device_id INTEGER NOT NULL, created REAL NOT NULL, type TEXT NOT NULL, amount INTEGER NOT NULL,
  cash INTEGER NOT NULL, contact TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS receipts_created ON receipts (created);
CREATE INDEX IF NOT EXISTS receipts_external ON receipts (external_id);
CREATE INDEX IF NOT EXISTS receipts_operation ON receipts (operation_id);
CREATE TABLE IF NOT EXISTS late (seq INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, body TEXT NOT NULL, due REAL NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due);
"""
TABLES = ("settings", "documents", "tills", "operations", "receipts", "late", "deliveries")


class Store:
    """The sandbox's memory in `folder`/sandbox.db."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "sandbox.db", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: committed at the end, rolled back on any error. Not to be nested."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a SELECT."""
        with self._lock:
            return self._db.execute(sql, args).fetchall()

    def one(self, sql: str, args: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a SELECT, or None."""
        with self._lock:
            return self._db.execute(sql, args).fetchone()

    def documents(self, kind: str) -> list[dict[str, Any]]:
        """Every document of a kind (devices, products, …) in its order."""
        found = self.rows("SELECT body FROM documents WHERE kind=? ORDER BY place, rowid", (kind,))
        return [json.loads(row["body"]) for row in found]

    def document(self, kind: str, id: Any) -> dict[str, Any] | None:
        """One document, or None."""
        row = self.one("SELECT body FROM documents WHERE kind=? AND id=?", (kind, str(id)))
        return json.loads(row["body"]) if row else None

    def remove(self, kind: str, id: Any) -> bool:
        """Drop one document; False when there was none."""
        with self.change() as db:
            return db.execute("DELETE FROM documents WHERE kind=? AND id=?", (kind, str(id))).rowcount > 0

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()


def add(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """Insert one row (its keys are our own column names) inside a transaction."""
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608


def put(db: sqlite3.Connection, kind: str, id: Any, body: dict[str, Any], place: int = 0) -> None:
    """Write one document inside a transaction, keeping its row (and so its place in lists) when it exists."""
    db.execute(
        "INSERT INTO documents (kind, id, place, body) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (kind, id) DO UPDATE SET body=excluded.body",
        (kind, str(id), place, json.dumps(body, ensure_ascii=False)),
    )
