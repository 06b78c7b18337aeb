"""Where a payment stands towards its receipt: one place for each row of the books, the one that its badge says.

`standing_of` says it of one payment, by its badge; standing_sql.py says the same of all payments at once.
"""

from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from modules.billing.service import PaymentRow
from modules.dreamkas import service as register

# Bucket -> what it says. Every payment of a period is in exactly one.
BUCKETS: dict[str, LazyString] = {
    "confirmed": _l("Receipt confirmed"),
    "way": _l("On its way"),
    "unsure": _l("Unsure"),
    "rejected": _l("Rejected"),
    "none": _l("Not asked for"),
    "exempt": _l("Needs none"),
}
# Place -> (its bucket, why it needs no receipt).
PLACES: dict[str, tuple[str, LazyString | str]] = {
    "confirmed": ("confirmed", ""),
    "way": ("way", ""),
    "unsure": ("unsure", ""),
    "rejected": ("rejected", ""),
    "none": ("none", ""),
    "correction": ("exempt", _l("correction of a balance")),
    "set": ("exempt", _l("balance set")),
    "mock": ("exempt", _l("mock payment")),
    "nothing": ("exempt", _l("no money came in")),
    "unreadable": ("exempt", _l("its sum is not a number")),
    "cashtype": ("exempt", _l("its cash type needs no receipt")),
    "before": ("exempt", _l("older than fiscalization here")),
}
OF_STATE = {
    "queued": "way",
    "sending": "way",
    "accepted": "way",
    "fiscalized": "confirmed",
    "rejected": "rejected",
    "unsure": "unsure",
    "none": "none",
}
OF_OPERATION = {"correct": "correction", "set": "set", "mock": "mock"}
# The badge that stands for a bucket, in a list's head and beside its figures.
BADGES = {"confirmed": "fiscalized", "way": "accepted", "unsure": "unsure", "rejected": "rejected"}
BADGES |= {"none": "none", "exempt": "exempt"}
# Wider words that a list can be narrowed to.
WIDER = {
    "income": (
        _l("All money that came in"),
        ("confirmed", "way", "unsure", "rejected", "none", "cashtype", "before"),
    ),
    "needed": (_l("Needs a receipt"), ("confirmed", "way", "unsure", "rejected", "none")),
    "open": (_l("Without a receipt yet"), ("way", "unsure", "rejected", "none")),
}
OPEN = ("way", "unsure", "rejected", "none")  # buckets that still wait for somebody or something


def standing_of(payment: PaymentRow, receipts: dict[int, register.ReceiptState]) -> str:
    """The payment's place, by what receipts_of() says of it."""
    if payment.operation in OF_OPERATION:
        return OF_OPERATION[payment.operation]
    if payment.kopecks is None or payment.kopecks <= 0:
        return "unreadable" if payment.kopecks is None else "nothing"
    state = receipts[payment.id].state
    if state == "exempt":
        return "cashtype" if register.is_exempt(payment.cash_type_id) else "before"
    return OF_STATE.get(state, "unsure")


def places_of(wanted: str) -> list[str]:
    """The places that a word of an address names: of a bucket, a wider word's, or one itself; none for any other."""
    if wanted in WIDER:
        return list(WIDER[wanted][1])
    return [place for place, (bucket, _why) in PLACES.items() if wanted in (place, bucket)]


def words_of(wanted: str) -> str:
    """A bucket or a place in the reader's words."""
    if wanted in BUCKETS:
        return str(BUCKETS[wanted])
    if wanted in WIDER:
        return str(WIDER[wanted][0])
    bucket, why = PLACES.get(wanted, ("", ""))
    return f"{BUCKETS[bucket]}: {why}" if bucket else wanted


def all_choices() -> list[tuple[Any, str]]:
    """What a list can be narrowed to: buckets, and the reasons of the last one."""
    reasons = [place for place, (_bucket, why) in PLACES.items() if why]
    return [(name, words_of(name)) for name in (*WIDER, *BUCKETS, *reasons)]
