"""A webhook's message: bytes that anybody may have sent, read into what they say (dreamkas-api.md 6.2). Pure.

Strict where a message could not be used or could hurt, lenient where the service may grow: a type nobody knows yet is
kept with whatever it tells.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from modules.dreamkas.facts import OperationFact, ReceiptFact, as_dict, as_object, as_text, clean

DEEPEST = 32
WORD = 64

# Their type -> the event's name in a webhook's `param`. The name of registrations is not known for certain.
EVENT_OF = {
    "PRODUCT": "products",
    "DEVICE": "devices",
    "ENCASHMENT": "encashments",
    "RECEIPT": "receipts",
    "SHIFT": "shifts",
    "OPERATION": "operations",
    "DEVICE_REGISTRATION": "deviceRegistrations",
    "DEVICE_REGISTRATIONS": "deviceRegistrations",
}
# What each must hold to be of any use; registrations and unknown types may hold anything.
READERS: dict[str, Callable[[object], object]] = {
    "OPERATION": OperationFact.read,
    "RECEIPT": ReceiptFact.read,
    **dict.fromkeys(("PRODUCT", "DEVICE", "ENCASHMENT", "SHIFT"), as_object),
}
# These happen once, so that the same words again are the same event, however late they come.
ONCE = ("OPERATION", "RECEIPT", "SHIFT", "ENCASHMENT")


class BadHook(ValueError):
    """No message of Dreamkas. `code`: charset, json, depth or shape."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Message:
    """What was said. `data` is an object for every type that we know, anything for others."""

    type: str
    action: str
    data: Any

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """From the bytes as they came. Raises BadHook."""
        body = _parsed(raw)
        kind, action = body.get("type"), body.get("action", "")
        if not isinstance(kind, str) or not kind.strip() or not isinstance(action, str):
            raise BadHook("shape")
        try:
            READERS.get(kind, bool)(body.get("data"))
        except ValueError as error:
            raise BadHook("shape") from error
        return cls(clean(kind)[:WORD], clean(action)[:WORD], body.get("data"))

    @property
    def object_id(self) -> str:
        """What it is about; a webhook says `_id` where REST says `id`. "" when it has no name."""
        body = as_dict(self.data)
        return (as_text(body.get("id")) or as_text(body.get("_id")) or "")[:WORD]

    @property
    def event(self) -> str | None:
        """The event's name in a webhook's `param`; None for a type that is not known."""
        return EVENT_OF.get(self.type)

    def digest(self, hour: int) -> str:
        """The same for the same object in the same state. A cash machine that goes off every day says so in the same
        words every day: what may happen anew is the same event within the same `hour` only.
        """
        told: list[Any] = [self.type, self.action, None if self.type in ONCE else hour]
        if self.type == "OPERATION":
            told += [self.object_id, self.data["status"], self.data.get("data")]
        else:
            told.append(self.data)
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise BadHook("charset") from error
    except RecursionError as error:
        raise BadHook("depth") from error
    except ValueError as error:
        raise BadHook("json") from error
    if _is_deep(body, DEEPEST):
        raise BadHook("depth")
    if not isinstance(body, dict):
        raise BadHook("shape")
    return body


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _is_deep(value: Any, left: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left < 0 or any(_is_deep(one, left - 1) for one in inside if isinstance(one, (dict, list)))
