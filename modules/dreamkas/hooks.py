"""A webhook and its address, composed and read as in Ubilling: base + /?module=remoteapi&key=…&action=dreamkas&param=…

`param` is the base64 of the JSON array of the chosen events. Pure.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urlsplit

from modules.dreamkas.facts import as_dict, as_text

EVENTS = ("products", "devices", "encashments", "receipts", "shifts", "operations", "deviceRegistrations")
MASK = "•••"
_BASE = re.compile(r"https?://[^\s/?#@\\]+(/[^\s?#]*)?", re.IGNORECASE)


def door(events: Iterable[str], key: str) -> str:
    """The second part of the address: where it comes in, with what key, about which events."""
    chosen = set(events)
    names = json.dumps([event for event in EVENTS if event in chosen], separators=(",", ":"))
    return f"/?module=remoteapi&key={key}&action=dreamkas&param={base64.b64encode(names.encode()).decode()}"


def address(base: str, events: Iterable[str], key: str) -> str:
    """The whole address."""
    return base.rstrip("/") + door(events, key)


def is_base(text: str) -> bool:
    """Whether this can be the first part: http:// or https://, a host, maybe a folder; no ?, # and no password."""
    try:
        return bool(_BASE.fullmatch(text)) and bool(urlsplit(text).hostname) and urlsplit(text).port != 0
    except ValueError:  # a port that is none
        return False


def host_of(url: str) -> str:
    """Host and port, as they stand in the address; "" when it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


@dataclass(frozen=True)
class Address:
    """An address taken apart. `key` is None when it is no door of a billing's RemoteAPI."""

    url: str
    base: str
    host: str
    key: str | None
    events: tuple[str, ...]

    @classmethod
    def read(cls, url: str) -> Self:
        """From any address."""
        base, _mark, query = url.partition("?")
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        is_door = asked.get("module") == "remoteapi" and asked.get("action") == "dreamkas"
        key = asked.get("key", "") if is_door else None
        return cls(
            url, base.rstrip("/"), host_of(url), key, _events(asked.get("param", "")) if is_door else ()
        )

    @property
    def is_secure(self) -> bool:
        """Whether what it carries, the key too, travels enciphered."""
        return self.url.lower().startswith("https:")

    def masked(self) -> str:
        """For eyes that may not see keys: a stranger's address may be a secret as a whole."""
        if self.key is None:
            scheme = self.url.partition("://")[0] if "://" in self.url else ""
            return f"{scheme}://{self.host}/{MASK}"
        return self.url.replace(self.key, MASK) if self.key else self.url


def events_of(param: str) -> tuple[str, ...]:
    """The events that a webhook's `param` names. Raises ValueError when it is no base64 of a JSON list of texts."""
    try:
        names = json.loads(base64.b64decode(param.replace(" ", "+"), validate=True))
    except RecursionError as error:
        raise ValueError(param) from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(param)
    return tuple(names)


def _events(param: str) -> tuple[str, ...]:
    try:
        return events_of(param)
    except ValueError:
        return ()


@dataclass(frozen=True)
class Webhook:
    """A webhook of the account: ours or another program's. `active` is None when Dreamkas does not say."""

    id: str
    address: Address
    active: bool | None
    types: dict[str, bool]

    @classmethod
    def read(cls, row: object) -> Self | None:
        """From GET /webhooks; None for what has no id and so can not be changed."""
        body = as_dict(row)
        id = as_text(body.get("id"))
        if not id:
            return None
        active, types = body.get("isActive"), as_dict(body.get("types"))
        return cls(
            id,
            Address.read(as_text(body.get("url")) or ""),
            active if isinstance(active, bool) else None,
            {event: types.get(event) is True for event in EVENTS},
        )

    @property
    def wanted(self) -> tuple[str, ...]:
        """The events that are switched on."""
        return tuple(event for event, on in self.types.items() if on)
