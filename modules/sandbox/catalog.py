"""What stands in the cabinet on the first day: machines, cashiers, departments, selling positions."""

import sqlite3
from typing import Any

from modules.sandbox.store import put

INTERNET = "0b6a4c9e-52d1-4f3a-8c27-1c9b1b0b7a10"
CABLE_TV = "1c7b5d0f-63e2-4a4b-9d38-2d0c2c1c8b21"
_MORE = "2d8c6e10-74f3-4b5c-8e49-3e1d3d2d9c3"
SHOP = {"id": 54012, "name": "Офис", "sort": 999}
DEPARTMENTS = (
    {"id": 1, "name": "Услуги", "tax": "NDS_NO_TAX"},
    {"id": 2, "name": "Оборудование", "tax": "NDS_22"},
    {"id": 3, "name": "Смешанная", "tax": "NDS_MIXED"},
)
V1_TAX = {"NDS_NO_TAX": None, "NDS_0": 0, "NDS_10": 10, "NDS_18": 18, "NDS_20": 20, "NDS_10_CALCULATED": 110}
V1_TAX |= {"NDS_20_CALCULATED": 120, "NDS_MIXED": -1, "NDS_5": 5, "NDS_7": 7, "NDS_22": 22}
PERMISSIONS = ["SALE", "REFUND", "SHIFT", "SETTINGS", "PRICE_CHANGE"]


def device(
    id: int, name: str, model: tuple[str, str] = ("DREAMKAS_F", "Дримкас Ф"), online: bool = True
) -> dict[str, Any]:
    """A cash machine as GET /devices shows it."""
    return {
        "id": id,
        "name": name,
        "groupId": SHOP["id"],
        "sort": 20,
        "timezoneOffset": 3,
        "isOnline": online,
        "modelCode": model[0],
        "modelName": model[1],
        "kktExpireDate": "2027-12-31T10:01:21.000Z",
    }


def cashier(number: int, name: str, device_id: int | None = 70321) -> dict[str, Any]:
    """A cashier with the secrets the real service leaks (password, card): clients must drop them at once."""
    full: dict[str, Any] = {"tabNumber": str(number), "name": name, "inn": f"77{number:010d}"}
    if device_id:
        full |= {"deviceId": device_id, "card": f"{46562 + number:06d}", "password": f"{number:064x}"}
        full |= {"role": "Кассир", "permissions": PERMISSIONS}
    return full


def product(
    id: str, name: str, tax: str | None, price: int, *, type: str = "SERVICE", number: int = 1
) -> dict[str, Any]:
    """A selling position as GET /v2/products shows it; `price` in kopecks."""
    service = type == "SERVICE"
    return {
        "id": id,
        "name": name,
        "type": type,
        "departmentId": None,
        "category": "Услуги" if service else "Оборудование",
        "quantity": 1000,
        "price": price,
        "prices": [{"deviceId": 70321, "value": price}],
        "unit": "796",
        "isMarked": False,
        "meta": {},
        "barcodes": [f"{2000000000000 + number * 10 + 8}"],
        "vendorCodes": [f"{'SRV' if service else 'ITM'}-{99 + number}"],
        "tax": tax,
        "hash": f"hash-{number}",
        "imageUrl": None,
        "createdAt": "2025-12-30T14:15:01.239Z",
        "updatedAt": "2026-01-09T08:00:00.000Z",
    }


PRODUCTS = (
    product(INTERNET, "Доступ в Интернет", "NDS_NO_TAX", 60000, number=1),
    product(CABLE_TV, "Кабельное ТВ", "NDS_NO_TAX", 25000, number=2),
    product(_MORE + "2", "Подключение", None, 100000, number=3),
    product(_MORE + "3", "Настройка роутера", "NDS_20", 50000, number=4),
    product(_MORE + "4", "Выезд мастера", "NDS_22", 70000, number=5),
    product(_MORE + "5", "Патч-корд 3 м", "NDS_22", 25000, type="COUNTABLE", number=6),
)
DEVICES = (device(70321, "Касса офис"), device(70322, "Касса склад", ("KASSA_F", "Касса Ф")))
CASHIERS = (
    cashier(1, "Администратор"),
    cashier(2, "Петрова А. А.", None),
    cashier(3, "Смирнов Д. В.", 70322),
)


def lay_out(db: sqlite3.Connection) -> None:
    """Put the default catalog, inside a transaction."""
    put(db, "shops", SHOP["id"], SHOP)
    for kind, key, rows in (
        ("devices", "id", DEVICES),
        ("products", "id", PRODUCTS),
        ("cashiers", "tabNumber", CASHIERS),
        ("departments", "id", DEPARTMENTS),
    ):
        for place, row in enumerate(rows):
            put(db, kind, row[key], row, place)
