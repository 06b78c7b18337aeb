"""A receipt as Dreamkas describes it (dreamkas-api.md 4) -> the columns we keep, and the paper slip we draw.

Lenient everywhere: the service has changed its shapes without notice, and a receipt is shown with whatever it has.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import segno
from markupsafe import Markup

from modules.dreamkas.client import ReceiptFact
from modules.dreamkas.facts import as_dict, as_int, as_moment, as_text, clean
from modules.dreamkas.models_receipts import KnownReceipt
from modules.dreamkas.receipt import qr_payload
from modules.dreamkas.words import PAYMENT_TYPES, RECEIPT_TYPES, VAT

# What a receipt adds to the money taken: an annulled one or one of an unknown type adds nothing.
SIGNS = {"SALE": 1, "REFUND": -1, "OUTFLOW": -1, "OUTFLOW_REFUND": 1}
CONTACTS = ("customer", "attributes")


def described(fact: ReceiptFact, about: datetime, to_utc: Callable[[datetime], datetime]) -> dict[str, Any]:
    """The columns of KnownReceipt, its id and the moment it was seen left out. `about` dates one without a date."""
    raw = fact.raw
    local = wall_time(raw.get("localDate"))
    body = {key: value for key, value in raw.items() if key not in CONTACTS}
    cashier = as_text(as_dict(raw.get("cashier")).get("name")) or ""
    return {
        "operation_id": (fact.operation_id or "")[:255],
        "device_id": str(fact.device_id or "")[:32],
        "shop_id": (as_text(raw.get("shopId")) or "")[:32],
        "shift": as_int(raw.get("shiftId")),
        "number": as_int(raw.get("number")),
        "type": (fact.type or "")[:32],
        "amount": fact.amount,
        "cashier": cashier[:255],
        "date_utc": fact.date or (to_utc(local) if local else None) or born(fact.id) or about,
        "local_date": local,
        "words": _words(fact, cashier),
        "contact": _contact(raw)[:255],
        "body": clean(json.dumps(body, ensure_ascii=False, sort_keys=True)),
    }


def wall_time(text: object) -> datetime | None:
    """Their localDate: wall time in both of its formats, also the one with a false Z (1.3)."""
    return as_moment(text.replace("Z", "")) if isinstance(text, str) else None


def born(receipt_id: str) -> datetime | None:
    """The second that an id of 24 hex digits was made in (UTC); None for any other id."""
    if len(receipt_id) != 24:
        return None
    try:
        return datetime.fromtimestamp(int(receipt_id[:8], 16), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


def _words(fact: ReceiptFact, cashier: str) -> str:
    keys = ("fiscalDocumentNumber", "fiscalDocumentSign", "fnNumber", "registryNumber")
    numbers = [as_text(fact.raw.get(key)) for key in keys]
    names = [row["name"] for row in lines_of(fact.raw)]
    return "\n".join(filter(None, [fact.id, cashier, *numbers, *names]))


def _contact(raw: dict) -> str:
    given = {key: value for name in CONTACTS for key, value in as_dict(raw.get(name)).items()}
    return ", ".join(filter(None, (as_text(given.get("phone")), as_text(given.get("email")))))


def body_of(receipt: KnownReceipt) -> dict[str, Any]:
    """What Dreamkas said of it."""
    return as_dict(json.loads(receipt.body or "{}"))


def _rows(value: object) -> list[dict]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def lines_of(body: dict) -> list[dict[str, Any]]:
    """The positions: name, quantity (text), price and sum (kopecks or None), vat (words)."""
    return [_line(row) for row in _rows(body.get("positions"))]


def _line(row: dict) -> dict[str, Any]:
    price, thousandths = as_int(row.get("price")), as_int(row.get("quantity"))
    total = as_int(row.get("amount"))
    if total is None and price is not None and thousandths is not None:
        total = (price * thousandths + 500) // 1000 - (as_int(row.get("discount")) or 0)
    tax = as_text(row.get("tax")) or ""
    return {
        "name": as_text(row.get("name")) or "",
        "quantity": quantity(thousandths),
        "price": price,
        "sum": total,
        "vat": str(VAT.get(tax, tax)),
    }


def quantity(thousandths: int | None) -> str:
    """1000 -> "1", 1500 -> "1,5": what is read counts in thousandths (1.3)."""
    if thousandths is None:
        return ""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole},{rest:03d}".rstrip("0") if rest else str(whole)


def payments_of(body: dict) -> list[dict[str, Any]]:
    """How it was paid: title (words), sum (kopecks or None)."""
    return [_payment(row) for row in _rows(body.get("payments"))]


def _payment(row: dict) -> dict[str, Any]:
    kind = as_text(row.get("type")) or ""
    return {"title": str(PAYMENT_TYPES.get(kind, kind)), "sum": as_int(row.get("amount"))}


def type_words(kind: str) -> str:
    """What kind of receipt it is; an unknown word as it came."""
    return str(RECEIPT_TYPES.get(kind, kind))


def signed(receipt: KnownReceipt) -> int:
    """What it adds to the money taken, kopecks; refunds are negative."""
    return SIGNS.get(receipt.type, 0) * (receipt.amount or 0)


def slip_of(receipt: KnownReceipt, machine: str) -> dict[str, Any]:
    """What the macro slip draws. Sums that Dreamkas did not name are 0 there."""
    body = body_of(receipt)
    cashier = as_dict(body.get("cashier"))
    texts = {key: as_text(body.get(key)) for key in ("registryNumber", "fnNumber", "checkURL")}
    return {
        "title": type_words(receipt.type),
        "number": receipt.number,
        "shift": receipt.shift,
        "cashier": receipt.cashier or as_text(cashier.get("tabNumber")),
        "date": receipt.local_date,
        "rows": [_whole(row) for row in lines_of(body)],
        "total": receipt.amount or 0,
        "payments": [{**row, "sum": row["sum"] or 0} for row in payments_of(body)],
        "contact": receipt.contact,
        "machine": machine,
        "registry_number": texts["registryNumber"],
        "fn": texts["fnNumber"],
        "fd": as_text(body.get("fiscalDocumentNumber")),
        "fpd": as_text(body.get("fiscalDocumentSign")),
        "check_url": texts["checkURL"],
        "qr": qr_of(body),
    }


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "price": row["price"] or 0, "sum": row["sum"] or 0}


def qr_of(body: dict) -> Markup | None:
    """The QR code by which anybody can check the receipt; None while something of it is missing."""
    payload = qr_payload(body)
    drawn = segno.make(payload, micro=False).svg_inline(border=1, omitsize=True) if payload else ""
    return Markup(drawn) if drawn else None  # noqa: S704 - drawn here, of digits
