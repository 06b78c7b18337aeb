"""A payment -> the receipt's body for POST /receipts, and a printed receipt -> its QR code. Pure.

The facts stand in dreamkas-api.md: 2.1 the body (unknown keys are refused, nulls perhaps), 2.3 contacts,
7 enumerations.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TypeGuard

TAX_MODES = ("DEFAULT", "SIMPLE", "SIMPLE_WO", "AGRICULT", "PATENT")  # 7.1; ENVD ended in 2021
PAYMENT_TYPES = ("CASH", "CASHLESS", "PREPAID", "CREDIT", "CONSIDERATION")  # 7.5
# 7.2, all that a Russian cash register knows: NDS_MIXED is of departments only, NDS_MANUAL is Belarusian
VAT = tuple(
    ["NDS_NO_TAX", "NDS_0"]
    + [f"NDS_{rate}{kind}" for rate in (5, 7, 10, 18, 20, 22) for kind in ("", "_CALCULATED")]
)
VAT_OLD = frozenset({"NDS_18", "NDS_18_CALCULATED", "NDS_20", "NDS_20_CALCULATED"})  # 22 % since 2026-01-01
NAME_LENGTH = 128  # FFD tag 1030

_PHONE = re.compile(r"\+7[0-9]{10}")
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_LOCAL_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})")
_QR_KINDS = {"SALE": 1, "REFUND": 2, "OUTFLOW": 3, "OUTFLOW_REFUND": 4}


class ReceiptError(ValueError):
    """No receipt can be built; `.reason` is a code: no_contact, bad_phone, bad_email, bad_tax_mode,
    bad_payment_type, bad_sum, bad_name, bad_device, bad_vat. Another try needs other data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Position:
    """A selling position of the catalog: its name, VAT word (None: the cash register decides), and id."""

    name: str
    tax: str | None
    goods_id: str


@dataclass(frozen=True)
class Buyer:
    """Whom the receipt is for: phone "+7XXXXXXXXXX", e-mail (ASCII, checked before), contract."""

    phone: str | None
    email: str | None
    contract: str


def build(
    *,
    external_id: str,
    device_id: int,
    tax_mode: str,
    payment_type: str,
    position: Position,
    kopecks: int,
    buyer: Buyer,
    timeout_minutes: int,
    contract_in_name: bool,
    tag_1214: int | None,
    tag_1212: int | None,
) -> bytes:
    """The body of a sale of one service: UTF-8 JSON, the same bytes for the same data. Raises ReceiptError.

    These bytes are stored with the operation and sent as they are ever after.
    """
    _demand(_whole(device_id), "bad_device")
    _demand(_whole(kopecks), "bad_sum")
    _demand(tax_mode in TAX_MODES, "bad_tax_mode")
    _demand(payment_type in PAYMENT_TYPES, "bad_payment_type")
    name = _name(position.name, buyer.contract if contract_in_name else "")
    body = {
        "externalId": external_id,
        "deviceId": device_id,
        "type": "SALE",
        "timeout": timeout_minutes,
        "taxMode": tax_mode,
        "positions": [_position(name, position.tax, kopecks, {1214: tag_1214, 1212: tag_1212})],
        "payments": [{"sum": kopecks, "type": payment_type}],
        "attributes": _contact(buyer),
        "total": {"priceSum": kopecks},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def qr_payload(receipt: dict) -> str | None:
    """The text of a printed receipt's QR code (dreamkas-api.md 4), None while something of it is missing.

    `receipt` is Dreamkas' own object. Its localDate is wall time in both of its formats, the one with a
    false Z too (1.3), so it is never converted.
    """
    date = _LOCAL_DATE.match(str(receipt.get("localDate")))
    kind = _QR_KINDS.get(str(receipt.get("type")))
    amount = receipt.get("amount")
    keys = {"fn": "fnNumber", "i": "fiscalDocumentNumber", "fp": "fiscalDocumentSign"}
    numbers = {short: str(receipt.get(key)) for short, key in keys.items()}
    if not (date and kind and _whole(amount) and all(map(_is_digits, numbers.values()))):
        return None
    year, month, day, hour, minute = date.groups()
    fiscal = "&".join(f"{short}={number}" for short, number in numbers.items())
    return f"t={year}{month}{day}T{hour}{minute}&s={amount // 100}.{amount % 100:02d}&{fiscal}&n={kind}"


def _demand(holds: bool, reason: str) -> None:
    if not holds:
        raise ReceiptError(reason)


def _whole(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


def _is_digits(text: str) -> bool:
    return re.fullmatch(r"[0-9]+", text) is not None


def _position(name: str, tax: str | None, kopecks: int, tags: dict[int, int | None]) -> dict:
    row: dict = {"name": name, "type": "SERVICE", "quantity": 1, "price": kopecks, "priceSum": kopecks}
    if tax:
        _demand(tax in VAT, "bad_vat")
        row["tax"] = tax
    given = [{"tag": tag, "value": value} for tag, value in tags.items() if value is not None]
    return row | {"tags": given} if given else row


def _name(text: str, contract: str) -> str:
    """The position's name, cut so that the contract stays whole: it is how a subscriber knows the receipt."""
    name, contract = _clean(text), _clean(contract)
    tail = f", договор {contract}" if contract else ""
    _demand(bool(name) and len(tail) < NAME_LENGTH, "bad_name")
    return name[: NAME_LENGTH - len(tail)].rstrip() + tail


def _clean(text: str) -> str:
    """Without control, invisible and broken characters, runs of blanks made one."""
    kept = (" " if char.isspace() or unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join("".join(char for char in kept if unicodedata.category(char)[0] != "C").split())


def _contact(buyer: Buyer) -> dict[str, str]:
    """The cash register drops a contact it does not understand and prints without it, so: strictly."""
    _demand(not buyer.phone or _PHONE.fullmatch(buyer.phone) is not None, "bad_phone")
    _demand(not buyer.email or _EMAIL.fullmatch(buyer.email) is not None, "bad_email")
    _demand(bool(buyer.phone or buyer.email), "no_contact")
    return {key: text for key, text in (("phone", buyer.phone), ("email", buyer.email)) if text}
