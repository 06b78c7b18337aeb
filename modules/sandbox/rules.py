"""What POST /receipts accepts: the shape of a receipt body, and the errors for everything else.

Joi-like, all errors at once. Confirmed inner codes: ARRAY_BASE, OBJECT_ALLOW_UNKNOWN; the other codes are guesses
from Joi's rule names (dreamkas-api.md section 1.2), so a client must never depend on them.
"""

import json
import re
from typing import Any

TYPES = ("SALE", "REFUND", "OUTFLOW", "OUTFLOW_REFUND")
TAX_MODES = ("DEFAULT", "SIMPLE", "SIMPLE_WO", "AGRICULT", "PATENT")
PAYMENT_TYPES = ("CASH", "CASHLESS", "PREPAID", "CREDIT", "CONSIDERATION")
POSITION_TYPES = ("COUNTABLE", "SCALABLE", "SERVICE", "SHOES", "CLOTHES", "TOBACCO", "MILK")
_RATES = ("10", "18", "20", "5", "7", "22")
TAXES = ("NDS_NO_TAX", "NDS_0", *(f"NDS_{r}" for r in _RATES), *(f"NDS_{r}_CALCULATED" for r in _RATES))
PHONE = re.compile(r"\+7\d{10}")
EMAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")

_MOST = 10**10  # a hundred million roubles in kopecks: what is larger is a mistake, and NaN is no number
Error = dict[str, str]
_TOP = {"externalId", "deviceId", "shopId", "type", "timeout", "taxMode", "positions", "payments", "tags"}
_TOP |= {"attributes", "total"}
_POSITION = {"name", "type", "quantity", "price", "priceSum", "tax", "taxSum", "tags", "remId"}


def error(code: str, message: str) -> Error:
    """One item of `data.errors`."""
    return {"code": f"E_VALIDATION_{code}", "message": message}


def number(value: Any) -> float | None:
    """A number, or a numeric string, which the service coerces (dreamkas-api.md section 1.3); None otherwise."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", value):
        value = float(value)
    fine = isinstance(value, int | float) and not isinstance(value, bool) and -_MOST <= value <= _MOST
    return value if fine else None


def _whole(where: dict, key: str, low: int, *, required: bool = True) -> list[Error]:
    if key not in where:
        return [error("ANY_REQUIRED", f"Поле `{key}` обязательно")] if required else []
    value = number(where[key])
    if value is None:
        return [error("NUMBER_BASE", f"Поле `{key}` должно быть числом")]
    if value != int(value):
        return [error("NUMBER_INTEGER", f"Поле `{key}` должно быть целым числом")]
    return [] if value >= low else [error("NUMBER_MIN", f"Поле `{key}` должно быть не меньше {low}")]


def _word(where: dict, key: str, allowed: tuple[str, ...], *, required: bool = True) -> list[Error]:
    if key not in where:
        return [error("ANY_REQUIRED", f"Поле `{key}` обязательно")] if required else []
    known = where[key] in allowed
    return (
        [] if known else [error("ANY_ALLOW_ONLY", f"Поле `{key}` должно быть одним из: {', '.join(allowed)}")]
    )


def _text(where: dict, key: str, longest: int, *, required: bool = True) -> list[Error]:
    if key not in where:
        return [error("ANY_REQUIRED", f"Поле `{key}` обязательно")] if required else []
    value = where[key]
    if not isinstance(value, str):
        return [error("STRING_BASE", f"Поле `{key}` должно быть строкой")]
    if not value.strip():
        return [error("ANY_EMPTY", f"Поле `{key}` не должно быть пустым")]
    return [] if len(value) <= longest else [error("STRING_MAX", f"Поле `{key}` длиннее {longest} символов")]


def _unknown(where: dict, allowed: set[str]) -> list[Error]:
    return [error("OBJECT_ALLOW_UNKNOWN", f'"{key}" is not allowed') for key in where if key not in allowed]


def _rows(where: dict, key: str, most: int) -> tuple[list[dict], list[Error]]:
    """The objects of a required array, and what is wrong with the array itself."""
    if key not in where:
        return [], [error("ANY_REQUIRED", f"Поле `{key}` обязательно")]
    rows = where[key]
    if not isinstance(rows, list):
        return [], [error("ARRAY_BASE", f"Поле `{key}` должно быть массивом")]
    if not rows:
        return [], [error("ARRAY_MIN", f"Поле `{key}` не должно быть пустым")]
    if len(rows) > most:
        return [], [error("ARRAY_MAX", f"Поле `{key}`: не больше {most}")]
    bad = [
        error("OBJECT_BASE", f"Поле `{key}` должно состоять из объектов")
        for r in rows
        if not isinstance(r, dict)
    ]
    return [row for row in rows if isinstance(row, dict)], bad


def _tags(where: dict) -> list[Error]:
    tags = where.get("tags", [])
    if not isinstance(tags, list):
        return [error("ARRAY_BASE", "Поле `tags` должно быть массивом")]
    errors = []
    for tag in tags:
        if not isinstance(tag, dict):
            errors.append(error("OBJECT_BASE", "Поле `tags` должно состоять из объектов"))
        else:
            errors += _unknown(tag, {"tag", "value"}) + _whole(tag, "tag", 1)
            errors += [] if "value" in tag else [error("ANY_REQUIRED", "Поле `value` обязательно")]
    return errors


def _position(row: dict) -> list[Error]:
    errors = _unknown(row, _POSITION) + _text(row, "name", 128) + _word(row, "type", POSITION_TYPES)
    errors += _whole(row, "price", 1) + _whole(row, "priceSum", 1, required=False) + _tags(row)
    errors += (
        _text(row, "remId", 64, required=False)
        + _word(row, "tax", TAXES, required=False)
        + _whole(row, "taxSum", 0, required=False)
    )
    quantity = number(row.get("quantity"))
    if quantity is None:
        return [*errors, error("NUMBER_BASE", "Поле `quantity` должно быть числом")]
    fine = 0 < quantity <= 1_000_000
    return errors if fine else [*errors, error("NUMBER_MIN", "Поле `quantity`: больше 0, не больше миллиона")]


def _payment(row: dict) -> list[Error]:
    return _unknown(row, {"sum", "type"}) + _whole(row, "sum", 1) + _word(row, "type", PAYMENT_TYPES)


def _attributes(body: dict, required: bool) -> list[Error]:
    attributes = body.get("attributes", {})
    if not isinstance(attributes, dict):
        return [error("OBJECT_BASE", "Поле `attributes` должно быть объектом")]
    errors = _unknown(attributes, {"email", "phone"})
    given = {key: attributes[key] for key in ("email", "phone") if attributes.get(key) is not None}
    for key in given:
        errors += _text(attributes, key, 64 if key == "email" else 20)
    if required and not given:
        errors.append(error("OBJECT_MISSING", "Нужен телефон или email покупателя"))
    return errors


def price_sum(row: dict) -> int:
    """Kopecks of one position: `priceSum`, or price × quantity when it is left out."""
    given = number(row.get("priceSum"))
    return int(
        given if given is not None else round((number(row["price"]) or 0) * (number(row["quantity"]) or 0))
    )


def _sums(body: dict) -> list[Error]:
    total = number(body["total"]["priceSum"])
    paid = sum(number(row["sum"]) or 0 for row in body["payments"])
    sold = sum(price_sum(row) for row in body["positions"])
    return (
        []
        if total == paid == sold
        else [error("EMU_SUMS", f"total {total:g}, оплаты {paid:g}, позиции {sold:g}")]
    )


def _writable(body: dict) -> bool:
    """JSON may carry half a character (a lone surrogate) that no paper can print."""
    try:
        return bool(json.dumps(body, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False


def receipt_errors(body: Any, *, contact: bool, sums: bool, tag_1125: bool) -> list[Error]:
    """Everything wrong with a body of POST /receipts; empty when it is accepted."""
    if not isinstance(body, dict):
        return [error("OBJECT_BASE", "Тело запроса должно быть объектом")]
    if not _writable(body):
        return [error("STRING_BASE", "В тексте есть половинка символа")]
    errors = _unknown(body, _TOP) + _text(body, "externalId", 128, required=False)
    errors += _whole(body, "deviceId", 1) + _whole(body, "shopId", 1, required=False)
    errors += _word(body, "type", TYPES) + _word(body, "taxMode", TAX_MODES, required=False)
    errors += _whole(body, "timeout", 5, required=False) + _tags(body) + _attributes(body, contact)
    for key, check in (("positions", _position), ("payments", _payment)):
        rows, bad = _rows(body, key, 100)
        errors += bad + [one for row in rows for one in check(row)]
    total = body.get("total")
    if not isinstance(total, dict):
        errors.append(error("ANY_REQUIRED", "Поле `total` обязательно"))
    else:
        errors += _unknown(total, {"priceSum"}) + _whole(total, "priceSum", 1)
    if not tag_1125 and not errors and any(number(t["tag"]) == 1125 for t in body.get("tags", [])):
        errors.append(error("EMU_TAG_NOT_ALLOWED", "Тег 1125 не разрешён"))
    return errors or (_sums(body) if sums else [])


def till_refuses(body: dict) -> str | None:
    """Why the cash register itself would not print: tag values other than a word, yes/no or a whole number ≥ 0."""
    tags = [*body.get("tags", []), *(tag for row in body["positions"] for tag in row.get("tags", []))]
    for tag in tags:
        value = tag["value"]
        fine = isinstance(value, str | bool) or (isinstance(value, int) and value >= 0)
        if not fine:
            return f"Bad tag {tag['tag']}"
    return None
