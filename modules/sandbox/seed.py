"""Fills the cabinet for demonstrations and measurements: machines, positions, cashiers, months of receipts."""

import json
import random
import sqlite3
import time
import uuid
from typing import Any

from modules.sandbox import paper
from modules.sandbox.catalog import PRODUCTS, cashier, device, product
from modules.sandbox.clock import object_id
from modules.sandbox.store import add, put

LIMITS = {"machines": 500, "positions": 5000, "cashiers": 1000, "receipts": 200_000, "operations": 200_000}
_DAYS = 60
_FAULT = json.dumps({"code": "CashOffline", "message": "Cash is offline"})
_WORDS = ("Тариф", "Канал", "Аренда роутера", "Обслуживание", "Пакет", "Статический адрес")


def wanted(body: Any) -> dict[str, int]:
    """The checked request. Raises ValueError with a Russian sentence."""
    if not isinstance(body, dict) or set(body) - set(LIMITS):
        raise ValueError(f"нужен объект с числами: {', '.join(LIMITS)}")
    for key, value in body.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LIMITS[key]:
            raise ValueError(f"{key}: целое число от 0 до {LIMITS[key]}")
    return body


def sow(db: sqlite3.Connection, body: dict[str, int]) -> None:
    """Bring the catalog up to the wanted numbers and add receipts and operations, inside a transaction."""
    dice = random.Random(2026)  # noqa: S311 (the same demonstration every time)
    _catalog(db, body)
    machines = [
        row["id"] for row in db.execute("SELECT id FROM documents WHERE kind='devices' ORDER BY place")
    ]
    printed, asked = body.get("receipts", 0), body.get("operations", 0)
    most, now = max(printed, asked), time.time() - 60
    for number in range(most):
        task = _task(dice, int(machines[number % len(machines)]))
        _event(db, task, now - _DAYS * 86400 * number / most, (number < printed, number < asked))


def _catalog(db: sqlite3.Connection, body: dict[str, int]) -> None:
    for number in range(2, body.get("machines", 0)):
        machine = device(70321 + number, f"Касса {number + 1}", online=number % 7 != 6)
        put(db, "devices", machine["id"], machine, number)
    for number in range(3, body.get("cashiers", 0)):
        put(db, "cashiers", number + 1, cashier(number + 1, f"Кассир {number + 1}"), number)
    for number in range(len(PRODUCTS), body.get("positions", 0)):
        id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"sandbox-{number}"))
        name = f"{_WORDS[number % len(_WORDS)]} {number + 1}"
        put(
            db,
            "products",
            id,
            product(id, name, "NDS_NO_TAX", 10000 + number * 500, number=number + 1),
            number,
        )


def _task(dice: random.Random, device_id: int) -> dict[str, Any]:
    kopecks = dice.randrange(5, 300) * 1000
    return {
        "externalId": str(uuid.uuid4()),
        "deviceId": device_id,
        "type": "SALE",
        "positions": [{"name": "Доступ в Интернет", "type": "SERVICE", "quantity": 1, "price": kopecks}],
        "payments": [{"sum": kopecks, "type": "CASHLESS"}],
    }


def _event(db: sqlite3.Connection, task: dict[str, Any], moment: float, what: tuple[bool, bool]) -> None:
    """One past event: (a receipt was printed, an operation asked for it)."""
    printed, asked = what
    id, receipt_id = object_id(moment), None
    if printed:
        receipt_id = _receipt(db, task | ({"operationId": id} if asked else {}), moment + 5, asked)
    if not asked:
        return
    operation = {
        "id": id,
        "external_id": task["externalId"],
        "device_id": task["deviceId"],
        "status": "SUCCESS" if printed else "ERROR",
        "created": moment,
        "accepted": moment,
        "expires": moment + 900,
        "completed": moment + 5,
        "receipt_id": receipt_id,
        "error": None if printed else _FAULT,
        "amount": task["payments"][0]["sum"],
        "body": json.dumps(task, ensure_ascii=False),
    }
    add(db, "operations", operation)


def _receipt(db: sqlite3.Connection, task: dict[str, Any], moment: float, asked: bool) -> str:
    id = task["deviceId"]
    till: dict[str, Any] = {"shift": 100, "number": 1, "document": int(moment) % 10_000_000}
    till |= {"fn": f"99990789{id:08d}", "registry": f"{id:016d}"}
    body = paper.receipt(task, {"id": id}, till, moment, {})
    add(db, "receipts", paper.receipt_row(body, moment, task["externalId"] if asked else None, {}))
    return body["id"]
