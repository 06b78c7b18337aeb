"""Telling: the one way by which any room raises news for the people at the screens."""

import json
from typing import Any

from flask_babel import LazyString, gettext

from modules.core.db import clock, db
from modules.core.money import roubles
from modules.notifications.models import Notification
from modules.notifications.pulse import TOLD


class Kopecks(int):
    """A sum in a sentence: written as the reader's language writes roubles, when it is read."""


def N_(message: str) -> str:
    """Marks a msgid for the catalogs; it is translated when somebody reads it."""
    return message


def tell(
    level: str, kind: str, message: str, operation_pk: int | None = None, **params: str | int | LazyString
) -> None:
    """Raises a piece of news in the caller's transaction; never commits.

    `level` is ok, info, warn or bad; `message` an English msgid marked by N_, with %(name)s for each of `params`.
    A lazy param (a word of a table of words) is translated with the sentence, for each reader anew, and a sum
    (Kopecks) is written so. A param of any other kind is kept as its text: news never stop what they tell of.
    """
    db.session.add(
        Notification(
            created_utc=clock(),
            level=level,
            kind=kind,
            message=message,
            params=json.dumps({name: _kept(value) for name, value in params.items()}, ensure_ascii=False),
            operation_pk=operation_pk,
        )
    )
    db.session().info[TOLD] = True


def _kept(value: object) -> int | str | dict[str, str] | dict[str, int]:
    # News are told inside of the money's transaction: no value, however strange, may break it.
    if isinstance(value, Kopecks):
        return {"kopecks": int(value)}
    if isinstance(value, int):
        return value
    if isinstance(value, LazyString) and len(value._args) == 1 and not value._kwargs:
        return {"msgid": str(value._args[0])}
    return str(value).encode(errors="replace").decode()


def text(news: Notification) -> str:
    """The news as a sentence in the present reader's language."""
    return say(news.message, json.loads(news.params))


def say(message: str, params: dict[str, Any]) -> str:
    """An English msgid and its params, as they are given or kept, in the present reader's language."""
    return gettext(message, **{name: _word(value) for name, value in params.items()})


def _word(value: Any) -> Any:
    if isinstance(value, Kopecks):
        return roubles(value)
    if not isinstance(value, dict):
        return value
    if "kopecks" in value:
        return roubles(value["kopecks"])
    kept = value["msgid"]  # apart: a string inside of gettext() is a word for the catalogs
    return gettext(kept)
