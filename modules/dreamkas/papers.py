"""A receipt as the paper it is: the last known one, or the wish that the worker asks Dreamkas for it."""

from datetime import timedelta
from typing import Any

from modules.core.db import clock
from modules.dreamkas import catalog, receipts
from modules.dreamkas.facts import ID
from modules.dreamkas.models_receipts import KnownReceipt
from modules.dreamkas.receipt import qr_payload
from modules.dreamkas.slips import body_of, slip_of

PATIENCE = timedelta(seconds=60)  # then a page no longer waits for the worker
POLL = 2  # seconds


def paper(receipt_id: str) -> dict[str, Any]:
    """What draws a receipt: found, slip, qr_text when it is known; else wish, and poll: seconds until to ask again."""
    found = receipts.find(receipt_id) if ID.fullmatch(receipt_id) else None
    return _known(found) if found else _wished(receipt_id)


def _known(found: KnownReceipt) -> dict[str, Any]:
    machine = catalog.catalog().machine(found.device_id)
    name = f"{machine.name} ({found.device_id})" if machine else found.device_id
    body = body_of(found)
    return {
        "found": found,
        "slip": slip_of(found, name),
        "qr_text": qr_payload(body),
        "wish": None,
        "poll": 0,
    }


def _wished(receipt_id: str) -> dict[str, Any]:
    wish = receipts.want_one(receipt_id) if ID.fullmatch(receipt_id) else None
    waits = wish is not None and wish.asked_utc > clock() - PATIENCE
    asks = waits and wish is not None and (wish.tried_utc is None or wish.tried_utc < wish.asked_utc)
    return {"found": None, "wish": wish, "poll": POLL if asks else 0}
