"""Kinds of values of alter.ini: `read` turns a text into a value or raises ValueError, `allowed` says what it takes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from modules.core.root import ROOT

T = TypeVar("T")
Text = Any  # str, or flask_babel's LazyString: a sentence that is translated when it is shown


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A kind of value."""

    read: Callable[[str], T]
    allowed: Text


def _read_switch(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "on", "yes", "true"):
        return True
    if word in ("0", "off", "no", "false"):
        return False
    raise ValueError


def _number(make: Callable[[str], T], low: float, high: float) -> Callable[[str], T]:
    def read(text: str) -> T:
        if not re.fullmatch(r"\d+(\.\d+)?", text.strip(), re.ASCII):
            raise ValueError
        value = make(text.strip())
        if not low <= value <= high:  # type: ignore[operator]
            raise ValueError
        return value

    return read


def whole(low: int, high: int) -> Kind[int]:
    """A whole number within low..high."""
    return Kind(_number(int, low, high), _l("a whole number from %(low)s to %(high)s", low=low, high=high))


def whole_or_none(low: int, high: int) -> Kind[int | None]:
    """A whole number within low..high; empty is None."""
    number = _number(int, low, high)
    allowed = _l("a whole number from %(low)s to %(high)s, or empty", low=low, high=high)
    return Kind(lambda text: number(text) if text.strip() else None, allowed)


def seconds(low: float, high: float) -> Kind[float]:
    """Seconds, also with a decimal dot, within low..high."""
    return Kind(_number(float, low, high), _l("seconds from %(low)s to %(high)s", low=low, high=high))


def seconds_list(low: float, high: float) -> Kind[tuple[float, ...]]:
    """Seconds separated by commas, at least one, each within low..high."""
    number = _number(float, low, high)
    allowed = _l("seconds from %(low)s to %(high)s, separated by commas", low=low, high=high)
    return Kind(lambda text: tuple(number(part) for part in text.split(",")), allowed)


def matching(pattern: str, allowed: Text, *, flags: int = 0) -> Kind[str]:
    """Text without the spaces around it that matches the whole pattern."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text.strip(), flags):
            raise ValueError
        return text.strip()

    return Kind(read, allowed)


def choice(*words: str, fold: Callable[[str], str] = str.upper, empty: bool = False) -> Kind[str]:
    """One of the words, however its letters are cased; `empty` lets it be left out."""

    def read(text: str) -> str:
        word = fold(text.strip())
        if word not in words and (word or not empty):
            raise ValueError
        return word

    spelt = ", ".join(words)
    return Kind(
        read, _l("%(words)s, or empty", words=spelt) if empty else _l("one of %(words)s", words=spelt)
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _read_base_url(text: str) -> str:
    url = text.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.port == 0:
        raise ValueError  # as does `port` by itself when it is no port
    if parts.query or parts.fragment or re.search(r"\s", url):
        raise ValueError
    return url


def service_url(
    check: Callable[[str], None], example: str, *schemes: str, drivers: bool = False
) -> Kind[str]:
    """An address by one of the schemes (where it has `drivers`, one may follow: mysql+pymysql), or empty."""

    def read(text: str) -> str:
        url = text.strip()
        scheme, colon, _rest = url.partition("://")
        if url and not (colon and (scheme.partition("+")[0] if drivers else scheme) in schemes):
            raise ValueError
        if url:
            check(url)
        return url

    spelt = ", ".join(f"{scheme}://…" for scheme in schemes)
    return Kind(
        read,
        _l(
            "an address such as %(example)s that begins with one of %(schemes)s, the special signs of its password"
            " written as %%40 for @, %%3A for :, %%2F for /; or empty",
            example=example,
            schemes=spelt,
        ),
    )


def _read_folder(text: str) -> Path:
    if text.startswith("~"):  # the shell's sign: here it would make a folder of that name
        raise ValueError
    return ROOT / text.strip()


def _read_moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M"):
        try:
            return datetime.strptime(text.strip().replace("T", " "), form)  # noqa: DTZ007 - local on purpose
        except ValueError:
            continue
    raise ValueError


def _read_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text.strip())
    except (KeyError, OSError) as error:  # no such zone; or the name of a folder of zones
        raise ValueError from error


switch = Kind(_read_switch, _l("0 or 1"))
text = Kind(str, _l("text"))
comma_list = Kind(lambda raw: tuple(_parts(raw)), _l("words separated by commas, or empty"))
ids = Kind(
    lambda raw: tuple(_number(int, 1, 2**31 - 1)(part) for part in _parts(raw)),
    _l("whole numbers separated by commas, or empty"),
)
base_url = Kind(_read_base_url, _l("an http:// or https:// address without user, ? and #"))
path = Kind(_read_folder, _l("a folder; a relative one stands beside app.py"))
moment = Kind(_read_moment, _l("YYYY-MM-DD or YYYY-MM-DD HH:MM, local time, or empty"))
timezone = Kind(_read_zone, _l("a time zone's name, such as Europe/Moscow"))
token = matching(r"[\x21-\x7e]*", _l("Latin letters, digits and signs without spaces, or empty"))
secret_key = matching(r"(.{16,})?", _l("16 characters or more, or empty"), flags=re.DOTALL)
tax_system = choice("DEFAULT", "SIMPLE", "SIMPLE_WO", "AGRICULT", "PATENT", empty=True)
