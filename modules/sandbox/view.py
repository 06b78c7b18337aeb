"""What the page shows: rows of the store put into a person's words. Money in kopecks becomes roubles here."""

import json
import sqlite3
import time
from functools import lru_cache
from typing import Any

import segno
from markupsafe import Markup

from modules.sandbox.clock import local
from modules.sandbox.faults import Fault
from modules.sandbox.lessons import LESSONS
from modules.sandbox.paper import qr_text
from modules.sandbox.switches import is_on
from modules.sandbox.world import World, world

HOURS = 3  # the showroom's wall clock: Moscow
SLIPS = 12
STATES = {
    "PENDING": ("wait", "Ждёт кассу"),
    "IN_PROGRESS": ("work", "Печатается"),
    "SUCCESS": ("good", "Чек напечатан"),
    "ERROR": ("bad", "Ошибка"),
}
KINDS = {
    "SALE": "Приход",
    "REFUND": "Возврат прихода",
    "OUTFLOW": "Расход",
    "OUTFLOW_REFUND": "Возврат расхода",
}
PAYMENTS = {
    "CASH": "Наличными",
    "CASHLESS": "Безналичными",
    "PREPAID": "Предварительная оплата (аванс)",
    "CREDIT": "Последующая оплата (кредит)",
    "CONSIDERATION": "Встречное предоставление",
}


def roubles(kopecks: int) -> str:
    """`1 234,50` with no-break spaces."""
    return f"{kopecks // 100:,}".replace(",", "\u00a0") + f",{kopecks % 100:02d}"


def clock(moment: float) -> str:
    """`22:33:01` on the showroom's wall."""
    return local(moment, HOURS).strftime("%H:%M:%S")


def tax_words(tax: str) -> str:
    """`NDS_20_CALCULATED` → `НДС 20/120`."""
    if tax == "NDS_NO_TAX":
        return "Без НДС"
    rate, _, calculated = tax.removeprefix("NDS_").partition("_")
    return f"НДС {rate}/{100 + int(rate)}" if calculated else f"НДС {rate}%"


@lru_cache(256)
def qr(text: str) -> Markup:
    """An inline SVG; its text is digits and Latin letters of our own making."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))  # noqa: S704


def _slip(row: sqlite3.Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    positions = [
        {"name": p["name"], "count": f"{p['quantity'] / 1000:g}", "price": roubles(p["price"])}
        | {"sum": roubles(p["amount"]), "tax": tax_words(p["tax"])}
        for p in body["positions"]
    ]
    return {
        "seq": row["seq"],
        "kind": KINDS.get(body["type"], body["type"]),
        "by_hand": row["operation_id"] is None,
        "positions": positions,
        "payments": [(PAYMENTS.get(p["type"], p["type"]), roubles(p["amount"])) for p in body["payments"]],
        "total": roubles(body["amount"]),
        "contact": ", ".join(json.loads(row["contact"] or "{}").values()),
        "qr": qr(qr_text(body)),
        "body": body,
    }


def slips(after: int) -> list[dict[str, Any]]:
    """The latest paper slips with a number above `after`, newest first, at most SLIPS."""
    sql = "SELECT * FROM receipts WHERE seq > ? ORDER BY seq DESC LIMIT ?"
    return [_slip(row) for row in world().store.rows(sql, (after, SLIPS))]


def _operation(row: sqlite3.Row) -> dict[str, Any]:
    tone, word = STATES[row["status"]]
    error = json.loads(row["error"]) if row["error"] else {}
    return {
        "at": clock(row["accepted"]),
        "tone": tone,
        "word": word,
        "sum": roubles(row["amount"]),
        "external_id": row["external_id"] or "без externalId",
        "note": f"{error['code']}: {error['message']}" if error else "",
        "twins": row["twins"],
    }


def _operations(house: World) -> list[dict[str, Any]]:
    sql = """SELECT *, (SELECT count(*) FROM receipts WHERE external_id = operations.external_id) AS twins
             FROM operations ORDER BY seq DESC LIMIT 8"""
    return [_operation(row) for row in house.store.rows(sql)]


def _count(house: World, sql: str) -> dict[str, Any]:
    row = house.store.one(sql)
    return dict(row) if row else {}


def _counters(house: World) -> dict[str, Any]:
    rows = house.store.rows("SELECT status, count(*) AS n FROM operations GROUP BY 1")
    by_status = {row["status"]: row["n"] for row in rows}
    sums = _count(house, "SELECT count(*) AS receipts, coalesce(sum(amount), 0) AS amount FROM receipts")
    doubles = "SELECT count(*) AS doubles FROM (SELECT 1 FROM receipts WHERE external_id IS NOT NULL"
    doubles += " GROUP BY external_id HAVING count(*) > 1)"
    queue = "SELECT count(*) AS hooks, (SELECT count(*) FROM late) AS late FROM deliveries"
    waiting = {"waiting": by_status.get("PENDING", 0) + by_status.get("IN_PROGRESS", 0)}
    sums |= {"roubles": roubles(sums["amount"])} | waiting | {"errors": by_status.get("ERROR", 0)}
    return sums | _count(house, doubles) | _count(house, queue)


def _screen(house: World, waiting: int) -> dict[str, Any]:
    """What the machine's display says: a tone and a word, the last sum, shift and numbers."""
    row = house.store.one("SELECT amount, device_id, body FROM receipts ORDER BY seq DESC LIMIT 1")
    body = json.loads(row["body"]) if row else {}
    words = (
        (house.switches["till_offline"], "bad", "НЕТ СВЯЗИ"),
        (house.switches["fn_expired"], "bad", "СРОК ФН ИСТЁК"),
        (house.switches["shift_expired"], "bad", "СМЕНА > 24 Ч"),
        (waiting, "work", "ПЕЧАТАЮ…"),
        (True, "good", "ГОТОВА"),
    )
    tone, word = next((tone, word) for so, tone, word in words if so)
    sum_ = roubles(row["amount"]) if row else "0,00"
    return {"tone": tone, "word": word, "sum": sum_, "body": body}


def _value_words(fault: Fault, value: Any) -> str:
    if fault.kind == "choice":
        return dict(fault.choices)[value]
    if fault.kind == "number":
        return f"{value:g} {fault.unit}"
    if fault.kind == "switch":
        return "да" if value else "нет"
    if value["next"]:
        return f"ещё {value['next']:g}"
    return f"каждый {value['every']:g}-й" if value["every"] else f"{value['probability'] * 100:g}%"


def _touched(house: World) -> list[dict[str, Any]]:
    found = []
    for fault in house.switches.touched():
        value = house.switches[fault.name]
        off = json.dumps({fault.name: False if fault.kind == "accident" else fault.default})
        found.append({"fault": fault, "words": _value_words(fault, value), "off": off})
    return found


def touched_names() -> list[str]:
    """Names of the switches that are not as on the first day."""
    return [fault.name for fault in world().switches.touched()]


def _links(touched: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Which stretch of the way each active switch breaks."""
    stretches = {"Сеть": "call", "Ответы сервиса": "call", "Касса": "till", "Вебхуки": "hook"}
    links: dict[str, list[str]] = {"call": [], "till": [], "hook": []}
    for one in touched:
        links.get(stretches.get(one["fault"].group, ""), []).append(one["fault"].caption)
    return links


def live() -> dict[str, Any]:
    """Everything the regions of the page need."""
    house = world()
    counters, touched = _counters(house), _touched(house)
    note = house.store.document("meta", "lesson") or {}
    return {
        "counters": counters,
        "screen": _screen(house, counters["waiting"]),
        "operations": _operations(house),
        "calls": [call | {"clock": clock(call["at"])} for call in list(house.calls)[:8]],
        "hooks": [sent | {"clock": clock(sent["at"])} for sent in list(house.hooks.log)[:8]],
        "webhooks": house.store.documents("webhooks"),
        "touched": touched,
        "links": _links(touched),
        "lesson": LESSONS.get(note.get("name", "")),
        "devices": house.store.documents("devices"),
        "products": house.store.documents("products")[:60],
        "cashiers": house.store.documents("cashiers")[:40],
        "now": time.time(),
        "armed": is_on,
    }
