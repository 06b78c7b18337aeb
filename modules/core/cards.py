"""A card: how a module asks for its place on the taskbar and in the menu. app.py hands all cards to the taskbar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from flask_babel import LazyString

KEY = "cards"


@dataclass(frozen=True)
class Card:
    """One icon of the taskbar: shown to whom has the right, while the option (if any) is on."""

    title: LazyString = field(hash=False)  # words are compared where the rest is alike, not looked up for it
    icon: str
    endpoint: str
    right: str
    group: LazyString = field(hash=False)
    option: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    whole_room: bool = True  # False: the other pages of its module are not below it


def cards() -> list[Card]:
    """All cards in the order that app.py hung them."""
    return current_app.extensions[KEY]
