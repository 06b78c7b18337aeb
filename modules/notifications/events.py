"""What a webhook tells, as a sentence: every type of dreamkas-api.md section 6, and those that nobody knows yet.

Whatever the message holds, there is a sentence; it is translated when it is read. No phone number, e-mail or name of a
buyer gets into one.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from modules.core.journal import clean
from modules.notifications.service import N_, Kopecks, say, tell

LONGEST = 120
MOST_KOPECKS = 10**15

Body = Mapping[str, Any]


class Sentence(NamedTuple):
    """Level, English msgid and what stands in it."""

    level: str
    message: str
    params: Mapping[str, str | Kopecks]


def tell_event(type: str, action: str, data: Any) -> None:
    """Raises the news of a webhook's message in the caller's transaction; never commits, never raises for its content.

    `type` and `action` are their words, `data` the message's own data, whatever it is.
    """
    level, message, params = sentence(type, action, data)
    tell(level, "webhook", message, None, **params)


def event_text(type: str, action: str, data: Any) -> str:
    """The same sentence at once, in the present reader's language."""
    _level, message, params = sentence(type, action, data)
    return say(message, dict(params))


def sentence(type: str, action: str, data: Any) -> Sentence:
    """What the message says. `data` that is no object says nothing more than its type does."""
    body = data if isinstance(data, dict) else {}
    known = SENTENCES.get(type)
    return known(action, body) if known else _unknown(type, action)


# --- each type ---


def _operation(action: str, body: Body) -> Sentence:
    status = _text(body.get("status"))
    params = {"id": _id(body), "status": status}
    if status == "ERROR":
        error = _dict(_dict(body.get("data")).get("error"))
        params["error"] = _text(error.get("message")) or _text(error.get("code")) or "—"
        return Sentence("warn", N_("Dreamkas: operation %(id)s failed: %(error)s"), params)
    level, message = {
        "PENDING": ("info", N_("Dreamkas: operation %(id)s waits for the cash machine")),
        "IN_PROGRESS": ("info", N_("Dreamkas: operation %(id)s is being carried out")),
        "SUCCESS": ("ok", N_("Dreamkas: operation %(id)s is done")),
    }.get(status, ("info", N_("Dreamkas: operation %(id)s is now “%(status)s”")))
    return Sentence(level, message, params)


def _receipt(action: str, body: Body) -> Sentence:
    kind, machine, sum_ = _text(body.get("type")), _machine(body), _sum(body.get("amount"))
    number, shift = _text(body.get("number")) or "—", _text(body.get("shiftId")) or "—"
    message = {
        "SALE": N_("Check %(number)s of shift %(shift)s for %(sum)s, cash machine %(machine)s"),
        "REFUND": N_("Check %(number)s of shift %(shift)s: %(sum)s returned, cash machine %(machine)s"),
    }.get(kind, N_("Check %(number)s of shift %(shift)s (%(type)s), %(sum)s, cash machine %(machine)s"))
    params = {"number": number, "shift": shift, "type": kind, "sum": sum_, "machine": machine}
    return Sentence("ok" if kind == "SALE" else "info", message, params)


def _shift(action: str, body: Body) -> Sentence:
    params = {"shift": _text(body.get("shiftId")) or "—", "machine": _machine(body)}
    closed = body.get("isClosed") is True or bool(_text(body.get("closedAt")))
    if closed:
        return Sentence("info", N_("Shift %(shift)s was closed, cash machine %(machine)s"), params)
    return Sentence("info", N_("Shift %(shift)s was opened, cash machine %(machine)s"), params)


def _encashment(action: str, body: Body) -> Sentence:
    kind = _text(body.get("type"))
    message = {
        "MONEY_IN": N_("%(sum)s were put into cash machine %(machine)s"),
        "MONEY_OUT": N_("%(sum)s were taken out of cash machine %(machine)s"),
    }.get(kind, N_("Encashment %(type)s of %(sum)s, cash machine %(machine)s"))
    return Sentence("info", message, {"sum": _sum(body.get("sum")), "machine": _machine(body), "type": kind})


def _product(action: str, body: Body) -> Sentence:
    message = {
        "CREATE": N_("Selling position “%(name)s” was added"),
        "UPDATE": N_("Selling position “%(name)s” was changed"),
        "DELETE": N_("Selling position “%(name)s” was deleted"),
    }.get(action, N_("Selling position “%(name)s”: %(action)s"))
    return Sentence("info", message, {"name": _name(body), "action": _text(action)})


def _device(action: str, body: Body) -> Sentence:
    params = {"name": _name(body), "action": _text(action)}
    if action == "UPDATE" and isinstance(body.get("isOnline"), bool):
        if body["isOnline"]:
            return Sentence("info", N_("Cash machine “%(name)s” has changed; it is online"), params)
        return Sentence("warn", N_("Cash machine “%(name)s” has changed; it is offline"), params)
    message = {
        "CREATE": N_("Cash machine “%(name)s” was added"),
        "UPDATE": N_("Cash machine “%(name)s” has changed"),
        "DELETE": N_("Cash machine “%(name)s” was removed"),
    }.get(action, N_("Cash machine “%(name)s”: %(action)s"))
    return Sentence("info", message, params)


def _registration(action: str, body: Body) -> Sentence:
    return Sentence(
        "info",
        N_("Registration data of cash machine %(machine)s have changed"),
        {"machine": _machine(body) if body.get("deviceId") else _name(body)},
    )


def _unknown(type: str, action: str) -> Sentence:
    params = {"type": _text(type) or "—", "action": _text(action) or "—"}
    return Sentence("info", N_("Dreamkas tells something not known here: %(type)s %(action)s"), params)


SENTENCES: dict[str, Callable[[str, Body], Sentence]] = {
    "OPERATION": _operation,
    "RECEIPT": _receipt,
    "SHIFT": _shift,
    "ENCASHMENT": _encashment,
    "PRODUCT": _product,
    "DEVICE": _device,
    "DEVICE_REGISTRATION": _registration,  # the real name is not known (6.2)
    "DEVICE_REGISTRATIONS": _registration,
}


# --- reading what may be anything ---


def _text(value: Any) -> str:
    """A word or a number on one line, cut; "" for everything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < MOST_KOPECKS else ""
    line = clean(value[: LONGEST * 2])
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _dict(value: Any) -> Body:
    return value if isinstance(value, dict) else {}


def _id(body: Body) -> str:
    return _text(body.get("id")) or _text(body.get("_id")) or "—"


def _name(body: Body) -> str:
    return _text(body.get("name")) or _id(body)


def _machine(body: Body) -> str:
    return _text(body.get("deviceId")) or "—"


def _sum(kopecks: Any) -> str | Kopecks:
    """Kopecks, a number or one in quotes (1.3) -> a sum; "—" for what is no sum."""
    word = _text(kopecks)
    return Kopecks(word) if word.removeprefix("-").isdecimal() and len(word) < 16 else "—"
