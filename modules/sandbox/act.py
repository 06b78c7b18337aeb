"""What a person does at the machine or in the cabinet by hand; the control API and the page both call it."""

from typing import Any

from modules.sandbox.lessons import LESSONS
from modules.sandbox.rules import TYPES
from modules.sandbox.store import put
from modules.sandbox.world import world

_FLAGS = {"products": "PRODUCT", "devices": "DEVICE", "encashments": "ENCASHMENT"}


def ring_up(wish: dict[str, Any]) -> tuple[str | None, str | None]:
    """Print a receipt without any operation: (receipt id, None), or (None, why not)."""
    devices = world().store.documents("devices")
    device = next((d for d in devices if wish.get("deviceId") in (None, d["id"])), None)
    kopecks, name = wish.get("kopecks", 15000), wish.get("name") or "Продажа в офисе"
    if device is None:
        return None, "Нет такой кассы"
    if isinstance(kopecks, bool) or not isinstance(kopecks, int) or not 0 < kopecks <= 100_000_000:
        return None, "Сумма — целое число копеек, больше нуля"
    if wish.get("type", "SALE") not in TYPES:
        return None, f"type: {', '.join(TYPES)}"
    task = {
        "type": wish.get("type", "SALE"),
        "positions": [{"name": str(name)[:128], "type": "COUNTABLE", "quantity": 1, "price": kopecks}],
        "payments": [{"sum": kopecks, "type": "CASH"}],
    }
    with world().store.change() as db:
        receipt_id = world().till.print(db, task, device)
    world().hooks.wake.set()
    return receipt_id, None


def close_shift(device_id: int) -> bool:
    """Close the open shift of a machine; this also heals the switch shift_expired."""
    with world().store.change() as db:
        closed = world().till.shifts.close(db, device_id, world().now())
    world().switches.change({"shift_expired": False})
    world().hooks.wake.set()
    return closed


def change_document(kind: str, id: str, body: dict[str, Any], action: str) -> dict[str, Any]:
    """Write a catalog document and tell the webhooks; a machine back online starts on what waited for it."""
    with world().store.change() as db:
        put(db, kind, id, body, 1000)
        if kind in _FLAGS:
            world().hooks.queue(db, kind, action, _FLAGS[kind], body)
    world().till.wake.set()
    world().hooks.wake.set()
    return body


def mend_all() -> None:
    """Every switch back to its default; the lesson, if one is on, is over."""
    world().switches.mend()
    world().store.remove("meta", "lesson")
    world().till.wake.set()


def begin_lesson(name: str) -> None:
    """Mend everything, set the switches of a lesson, and remember which one is on. `name` is a key of LESSONS."""
    mend_all()
    world().switches.change(LESSONS[name].switches)
    with world().store.change() as db:
        put(db, "meta", "lesson", {"name": name})
    world().till.wake.set()
