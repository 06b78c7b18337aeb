"""A receipt as the cabinet shows it, built from the task that was sent (or rung up by hand). Pure."""

import hashlib
import json
import uuid
from typing import Any

from modules.sandbox.clock import iso, local, object_id
from modules.sandbox.rules import EMAIL, PHONE, number, price_sum

CASHIER = {"tabNumber": "1", "name": "Администратор", "inn": "770000000000"}


def contact_kept(attributes: dict[str, Any] | None, mode: str) -> dict[str, str]:
    """The customer's contact that reaches the paper; `mode` is the switch silent_contact_drop."""
    given = {key: value for key, value in (attributes or {}).items() if value}
    if mode == "off":
        return given
    checks = {"phone": PHONE, "email": EMAIL}
    return {k: v for k, v in given.items() if mode == "invalid" and checks[k].fullmatch(str(v))}


def _position(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row.get("remId") or str(uuid.uuid4()),
        "name": row["name"],
        "type": row["type"],
        "unit": "796",
        "quantity": round((number(row["quantity"]) or 0) * 1000),
        "price": int(number(row["price"]) or 0),
        "amount": price_sum(row),
        "discount": 0,
        "tax": row.get("tax") or "NDS_NO_TAX",
        "departmentId": None,
    }


def sign_of(document: int, fn: str, moment: float) -> str:
    """A ten-digit fiscal sign: stable for its document, meaningless otherwise."""
    digest = hashlib.sha256(f"{document}/{fn}/{moment}".encode()).digest()
    return f"{int.from_bytes(digest[:4], 'big'):010d}"


def receipt(
    task: dict[str, Any], device: dict[str, Any], till: dict[str, Any], moment: float, contact: dict[str, str]
) -> dict[str, Any]:
    """The REST object of a printed receipt; `till` carries the counters already moved on (number, document, …)."""
    positions = [_position(row) for row in task["positions"]]
    return {
        "id": object_id(moment),
        "type": task["type"],
        "amount": sum(row["amount"] for row in positions),
        "discount": 0,
        "deviceId": device["id"],
        "shopId": device.get("groupId") or 54012,
        **({"operationId": task["operationId"]} if "operationId" in task else {}),
        "shiftId": till["shift"],
        "number": till["number"],
        "depth": 1,
        "localDate": local(moment, device.get("timezoneOffset", 3)).strftime("%Y-%m-%d %H:%M:%S"),
        "date": iso(moment),
        "payments": [{"type": r["type"], "amount": int(number(r["sum"]) or 0)} for r in task["payments"]],
        "positions": positions,
        "cashier": CASHIER,
        **({"customer": contact} if contact else {}),
        "checkURL": "www.nalog.gov.ru",
        "fiscalDocumentNumber": str(till["document"]),
        "fiscalDocumentSign": sign_of(till["document"], till["fn"], moment),
        "fnNumber": till["fn"],
        "registryNumber": till["registry"],
    }


def receipt_row(
    body: dict[str, Any], moment: float, external_id: str | None, contact: dict[str, str]
) -> dict[str, Any]:
    """A receipt as the store's table `receipts` keeps it; `cash` and `amount` in kopecks."""
    return {
        "id": body["id"],
        "operation_id": body.get("operationId"),
        "external_id": external_id,
        "device_id": body["deviceId"],
        "created": moment,
        "type": body["type"],
        "amount": body["amount"],
        "cash": sum(row["amount"] for row in body["payments"] if row["type"] == "CASH"),
        "contact": json.dumps(contact, ensure_ascii=False),
        "body": json.dumps(body, ensure_ascii=False),
    }


def hook_receipt(body: dict[str, Any]) -> dict[str, Any]:
    """The same receipt as a webhook carries it: `_id`, a false Z on localDate, other cashier keys, no checkURL."""
    data = {key: value for key, value in body.items() if key not in ("id", "checkURL")}
    positions = [row | {"margin": 0, "discounts": []} for row in body["positions"]]
    return (
        {"_id": body["id"], "userId": 48810, "margin": 0}
        | data
        | {
            "cashier": {"name": body["cashier"]["name"], "_id": "692d591092cc9d17b77e0e0c"},
            "positions": positions,
            "localDate": body["localDate"].replace(" ", "T") + ".000Z",
        }
    )


def qr_text(body: dict[str, Any]) -> str:
    """What the QR code on the paper says (the tax service's format)."""
    kinds = {"SALE": 1, "REFUND": 2, "OUTFLOW": 3, "OUTFLOW_REFUND": 4}
    moment = body["localDate"][:16].replace("-", "").replace(":", "").replace(" ", "T")
    roubles = f"{body['amount'] // 100}.{body['amount'] % 100:02d}"
    return (
        f"t={moment}&s={roubles}&fn={body['fnNumber']}&i={body['fiscalDocumentNumber']}"
        f"&fp={body['fiscalDocumentSign']}&n={kinds.get(body['type'], 1)}"
    )
