"""Books as they are after years: 20 000 subscribers, 200 000 payments, as many operations as a line wants.

Made once for each state of the tables and kept under var/bench/; every line works on a copy of its own.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from modules.demo.commands import MAPPED
from tests.story.street import BIN, ROOT

SUBSCRIBERS, PAYMENTS, OPERATIONS = 20_000, 200_000, 100_000
PRODUCTS = 300
NOW = "2026-11-20 12:00:00"
KEPT = ROOT / "var" / "bench"
GROW = Path(__file__).with_name("grow.sql")
ADD = "INSERT OR REPLACE INTO dreamkas_catalog (kind, their_id, place, body) VALUES (?, ?, ?, ?)"
FRESH = (
    "INSERT OR REPLACE INTO dreamkas_catalog_state (kind, fetched_utc, tried_utc, error, version) "
    "VALUES (?, '2099-01-01 00:00:00.000000', '2099-01-01 00:00:00.000000', '', 7)"
)


def books(folder: Path, operations: int = OPERATIONS, products: int = PRODUCTS) -> Path:
    """A house.db in that folder, with so many operations and a catalog that is known and fresh."""
    place = folder / "house.db"
    if operations > OPERATIONS:  # gigabytes: looked at where they lie
        place.symlink_to(_grown(operations))
    else:
        shutil.copyfile(_grown(operations), place)
    with closing(sqlite3.connect(place)) as db, db:
        lay_out(db, products)
    return place


def lay_out(db: sqlite3.Connection, products: int) -> None:
    """Three cash machines, a cashier, and so many selling positions, the two mapped ones first."""
    for kind in ("machines", "cashiers", "positions"):
        db.execute(FRESH, [kind])
    db.executemany(
        ADD, (("machines", str(one["id"]), n, json.dumps(one)) for n, one in enumerate(_machines()))
    )
    db.execute(ADD, ("cashiers", "0", 0, json.dumps({"tabNumber": 1, "name": "Кассир"})))
    db.executemany(
        ADD, (("positions", one["id"], n, json.dumps(one)) for n, one in enumerate(_products(products)))
    )


def _machines() -> Iterator[dict]:
    for number in range(3):
        yield {
            "id": 70321 + number,
            "name": f"Касса {number + 1}",
            "isOnline": number < 2,
            "modelName": "Дримкас Ф",
        }


def _products(many: int) -> Iterator[dict]:
    mapped = [(goods_id, name) for goods_id, name, _price, _code in MAPPED.values()]
    made = [(f"0000{n:04}-52d1-4f3a-8c27-1c9b1b0b7a10", f"Обслуживание {n}") for n in range(many)]
    for goods_id, name in (mapped + made)[:many]:
        yield {"id": goods_id, "name": name, "type": "SERVICE", "tax": "NDS_NO_TAX", "price": 60000}


# --- the books, made once ---


def _grown(operations: int) -> Path:
    place = KEPT / f"{_digest()}-{operations}.db"
    if not place.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        draft = KEPT / f"draft-{os.getpid()}.db"
        shutil.copyfile(_demo(), draft)
        _grow(draft, operations)
        draft.rename(place)
    return place


def _demo() -> Path:
    place = KEPT / f"{_digest()}-demo.db"
    if not place.exists():
        for old in KEPT.glob("*.db"):  # of tables that are no more
            old.unlink()
        with tempfile.TemporaryDirectory() as folder:
            _flask(folder, "db", "upgrade")
            _flask(folder, "demo", "--subscribers", str(SUBSCRIBERS))
            with closing(sqlite3.connect(f"{folder}/house.db")) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(f"{folder}/house.db", place)
    return place


def _flask(folder: str, *words: str) -> None:
    (Path(folder) / "alter.ini").touch()
    env = {
        **os.environ,
        "ALTER_INI": f"{folder}/alter.ini",
        "VAR_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/house.db",
    }
    command = [BIN / "flask", "--app", "app", *words]
    subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=300, capture_output=True)


def _grow(place: Path, operations: int) -> None:
    numbers = {"payments": PAYMENTS, "operations": operations, "now": NOW}
    with closing(sqlite3.connect(place, isolation_level=None)) as db:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-800000"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN")
        indexes = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"
        ).fetchall()
        for name, _sql in indexes:  # made afterwards they are sorted, not shuffled in
            db.execute(f"DROP INDEX {name}")
        for statement in GROW.read_text("utf-8").split(";\n"):
            if statement.strip():
                db.execute(statement, numbers)
        for _name, sql in indexes:
            db.execute(sql)
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode=WAL")


def _digest() -> str:
    """Of all that the books are made by."""
    made_by = [
        GROW,
        Path(__file__),
        ROOT / "modules/billing/demo.py",
        *(ROOT / "migrations/versions").glob("*.py"),
    ]
    return hashlib.sha256(b"".join(place.read_bytes() for place in sorted(made_by))).hexdigest()[:12]
