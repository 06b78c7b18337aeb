"""What every template may rely on (beside the files of files.py): who is signed in, the menu, alerts, money and dates.

templates/_macros.html names the globals and filters; app.extensions["alerts"] holds callables, each of which returns
a list of {"level": "info" | "warn" | "bad", "text": …, "url": … or None} for the admin of the request.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from htmx_flask import Htmx
from jinja2 import pass_environment

from modules.core.address import HOME
from modules.core.cards import KEY as CARDS
from modules.core.cards import Card, cards
from modules.core.current import is_part, options, source
from modules.core.errors import init_errors
from modules.core.files import init_files
from modules.core.formats import Format, readers
from modules.core.guard import init_guard
from modules.core.money import roubles
from modules.core.pages import Pages
from modules.core.ready import ready, ready_part
from modules.core.rights import signed_in
from modules.core.root import ROOT
from modules.core.source import misread
from modules.core.times import to_local
from modules.core.words import LANGUAGES, language

ALERTS = "alerts"
CABINET = "kabinet.dreamkas.ru"


@dataclass(frozen=True)
class About:
    """The product, as its pages name it."""

    name: str
    version: str


ABOUT = About(
    "Ubilling + Dreamkas", tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
)


def init_screen(app: Flask) -> None:
    """Hands all of it to the templates; sets the guard, the files and the error pages up."""
    init_guard(app)
    init_errors(app)
    init_files(app)
    Htmx(app)
    app.extensions.setdefault(ALERTS, [options_alert])
    app.extensions.setdefault(CARDS, [])
    shown: dict[str, Callable[..., str]] = {
        "money": roubles,
        "when": when,
        "when_local": when_local,
        "day": day,
    }
    app.jinja_env.filters.update({name: _as_page_speaks(write) for name, write in shown.items()})
    app.jinja_env.globals.update(house=ABOUT, languages=LANGUAGES, ready_part=ready_part)
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    admin = signed_in()
    whole = admin is not None and not is_part()  # parts draw no frame
    shown = allowed_cards() if whole else []
    here = _card_here(shown)
    return {
        "current_admin": admin,
        "training": is_training(),
        "locale": language(),
        "menu": _menu(shown, here),
        "crumbs": [(_("Taskbar"), "/"), (here.title, None)] if here and request.blueprint != HOME else [],
        "alerts": [alert for ask in current_app.extensions[ALERTS] for alert in ask()] if whole else [],
    }


def options_alert() -> list[dict[str, Any]]:
    """Says to every admin that alter.ini went wrong while the program runs."""
    problems = source().problems
    return [{"level": "warn", "text": str(misread(problems)), "url": None}] if problems else []


def is_training() -> bool:
    """Whether receipts go anywhere but to the cabinet's own host."""
    return urlsplit(options().dreamkas_api_url).hostname != CABINET


# --- cards and the menu ---


def allowed_cards() -> list[Card]:
    """The cards of the admin who asks: by right, and by options that are on."""
    admin = signed_in()
    return [
        card
        for card in cards()
        if admin and admin.can(card.right) and (not card.option or getattr(options(), card.option.lower()))
    ]


def grouped(shown: list[Card]) -> list[tuple[Any, list[Card]]]:
    """Cards by group, in the order they came -> [(group's title, its cards)]."""
    groups: dict[str, tuple[Any, list[Card]]] = {}
    for card in shown:
        groups.setdefault(str(card.group), (card.group, []))[1].append(card)
    return list(groups.values())


def address_of(card: Card) -> str:
    """Where the card leads."""
    return url_for(card.endpoint, **card.values)


def _menu(shown: list[Card], here: Card | None) -> list[dict[str, Any]]:
    return ready(
        ("menu", request.script_root, here, *shown),
        lambda: [
            {"title": str(title), "items": [_menu_item(card, here) for card in group]}
            for title, group in grouped(shown)
        ],
    )


def _menu_item(card: Card, here: Card | None) -> dict[str, Any]:
    return {"title": str(card.title), "url": address_of(card), "icon": card.icon, "active": card is here}


def _card_here(shown: list[Card]) -> Card | None:
    """The card whose page this is, else the first one of the same module."""
    args = request.args
    exact = [
        card
        for card in shown
        if card.endpoint == request.endpoint
        and all(args.get(name) == str(value) for name, value in card.values.items())
    ]
    room = f"{request.blueprint or '-'}."
    same_room = [card for card in shown if card.whole_room and card.endpoint.startswith(room)]
    return next(iter(exact + same_room), None)


# --- filters ---


def _as_page_speaks(write: Callable[..., str]) -> Callable[[Pages, Any], str]:
    # A template is compiled for one language: whoever writes hundreds of sums need not ask each time who reads.
    return pass_environment(lambda pages, value: write(value, pages.format))


def when(utc: datetime | None, how: Format | None = None) -> str:
    """Naive UTC -> "23.11.2026 21:10" by the wall clock, as the reader's language writes it; None -> ""."""
    return when_local(to_local(utc), how) if utc else ""


def when_local(local: datetime | None, how: Format | None = None) -> str:
    """A wall time -> "23.11.2026 21:10"; None -> ""."""
    return (how or readers()).moment(local) if local else ""


def day(local: date | None, how: Format | None = None) -> str:
    """A day -> "23.11.2026"; None -> ""."""
    return (how or readers()).day(local) if local else ""
