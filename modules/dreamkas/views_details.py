"""All that Dreamkas says of one thing of the catalog: the words we know first, whatever else came after them."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from modules.core.money import roubles
from modules.core.screen import when
from modules.dreamkas.facts import as_int, as_moment
from modules.dreamkas.slips import quantity
from modules.dreamkas.views import Answer, draw
from modules.dreamkas.words import GOODS_TYPES, VAT

SECRET = ("password", "card")


def details(tab: str, title: str, name: str, raw: Mapping[str, Any], **more: str) -> Answer:
    """In the modal window for htmx, as a page of its own else. `more`: words that stand first, by their caption."""
    facts = [
        *more.items(),
        *((caption(key), told(key, value)) for key, value in raw.items() if key not in SECRET),
    ]
    values = {"title": title, "name": name, "facts_told": facts}
    return draw(tab, "dreamkas/goods_details.html", part="dreamkas/_goods_details_modal.html", **values)


def caption(key: str) -> str:
    """What a key of theirs means; one we do not know, as it is."""
    return {
        "id": _("ID"),
        "name": _("Name"),
        "type": _("Type"),
        "category": _("Category"),
        "quantity": _("Quantity"),
        "price": _("Price"),
        "prices": _("Prices by cash machine"),
        "barcodes": _("Barcode"),
        "vendorCodes": _("Vendor code"),
        "tax": _("Tax type"),
        "createdAt": _("Creation date"),
        "updatedAt": _("Last edit date"),
        "isOnline": _("Online"),
        "modelCode": _("Model code"),
        "modelName": _("Model name"),
        "kktExpireDate": _("Registration date expires"),
        "groupId": _("Seller ID"),
        "timezoneOffset": _("Time zone, hours"),
    }.get(key, key)


def told(key: str, value: Any) -> str:
    """A value of theirs in words; "" for none."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value in ("", [], {}):
        return ""
    return _special(key, value) or _plain(value)


def _special(key: str, value: Any) -> str:
    number, moment = as_int(value), as_moment(value)
    if key == "price" and number is not None:
        return roubles(number)
    if key == "quantity":
        return quantity(number)
    if key in ("createdAt", "updatedAt", "kktExpireDate"):
        return when(moment)
    if key in ("type", "tax"):
        return str({**GOODS_TYPES, **VAT}.get(str(value), ""))
    return ", ".join(map(_price_there, value)) if key == "prices" and isinstance(value, list) else ""


def _plain(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, (str, int)) for one in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _price_there(row: Any) -> str:
    known = isinstance(row, dict) and as_int(row.get("value")) is not None
    return f"{row.get('deviceId')}: {roubles(as_int(row['value']) or 0)}" if known else str(row)
