"""A cell's text -> kopecks, a date, a time of day; pure. What reads two ways is None, never a guess."""

import re
from datetime import date, time
from functools import lru_cache

_CURRENCY = re.compile(r"\s*(?:руб(?:лей|ля|ль)?\.?|р\.?|RUB|RUR|₽)\Z", re.IGNORECASE)
# One look for what stands between thousands, and for every minus
_ALIKE = str.maketrans("\u00a0\u2009\u202f’\u2212\u2013", "   '--")
# A minus may stand behind the number, as SAP writes it
_SIGNED = re.compile(r"(?P<sign>[+-]?) ?(?P<body>[^+-].*?)(?P<behind>-?)")
_ORDER = re.compile(r"(.*[0-9])-([0-9]{2})")  # payment orders write 1234-50
_BODY = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?:(?P<gap>[ '.,])[0-9]{3})(?:(?P=gap)[0-9]{3})*)?"
    r"(?:(?P<mark>[.,])(?P<part>[0-9]+))?"
)
_SIGN = re.compile(r"[^\W_]")
_INN = re.compile(r"\D{0,10}([0-9]{9,12})(?![0-9])")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9])(?:\s?г\.?)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})([./-])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])")
_SOLID = re.compile(r"([0-9]{8})(?![0-9])")
_TIME = re.compile(
    r"([0-9]{1,2})([:-])([0-9]{2})(?:\2([0-9]{2})(?:[.,][0-9]{1,9})?)?(?:\s?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?"
)
_SOLID_TIME = re.compile(r"([0-9]{2})()([0-9]{2})([0-9]{2})")


def parse_sum(text: str, in_coins: bool = False) -> int | None:
    """A sum ("1 234,50", "1,234.50", "-5", "1234-50", "100 руб.") -> kopecks; None when it is none.

    None too for a part of a kopeck and for what reads two ways ("1,234"). `in_coins`: the text counts kopecks.
    """
    return _sum(text.strip()[:60], in_coins)


@lru_cache(maxsize=1000)  # a statement has few tariffs, few days and many rows
def _sum(text: str, in_coins: bool) -> int | None:
    signed = _SIGNED.fullmatch(_CURRENCY.sub("", text.translate(_ALIKE)))
    if not signed or (signed["sign"] and signed["behind"]):
        return None
    digits = _digits(_ORDER.sub(r"\1.\2", signed["body"]))
    kopecks = _kopecks(*digits, places=0 if in_coins else 2) if digits else None
    return -kopecks if kopecks and "-" in (signed["sign"], signed["behind"]) else kopecks


def parse_inn(text: str) -> str:
    """A payer's INN, ten digits (a company) or twelve (a person), also before a KPP; "" when the text holds none.

    A spreadsheet keeps it as a number and drops the zero that a whole region's begin with.
    """
    found = _INN.match(text)
    return found[1].zfill(len(found[1]) + len(found[1]) % 2) if found else ""


def parse_number(text: str) -> str:
    """The bank's own number of an operation; "" where there is no letter and no digit: "-" stands for none."""
    return text if _SIGN.search(text) else ""


@lru_cache(maxsize=1000)
def parse_date(text: str) -> date | None:
    """A date alone or before a time (2026-11-24, 24.11.2026, 24.11.26, 24112026, 20261124) -> date, or None."""
    found = _split_date(text.strip())
    return found[0] if found and (not found[1] or parse_time(found[1]) is not None) else None


@lru_cache(maxsize=1000)
def parse_time(text: str) -> time | None:
    """A time of day (21:10, 21:10:05, 21-10-05, 211005), alone or behind a date -> time, or None."""
    found = _time(text.strip())
    if not found and (dated := _split_date(text.strip())):
        found = _time(dated[1])
    if not found:
        return None
    try:
        return time(int(found[1]), int(found[3]), int(found[4] or 0))
    except ValueError:
        return None


def _time(text: str) -> re.Match[str] | None:
    return _TIME.fullmatch(text) or _SOLID_TIME.fullmatch(text)


def _digits(body: str) -> tuple[str, str] | None:
    """ "1 234,50" -> ("1234", "50")."""
    found = _BODY.fullmatch(body)
    if not found or not body or (found["gap"] and found["gap"] == found["mark"]):
        return None
    whole, part = re.sub("[^0-9]", "", found["whole"] or ""), found["part"] or ""
    # "1,234" is a thousand or a rouble and a bit; "1234,500", "0,500" and "1 234,500" are not
    if len(part) == 3 and not found["gap"] and len(whole) <= 3 and not whole.startswith("0"):
        return None
    return whole.lstrip("0"), part


def _kopecks(whole: str, part: str, places: int) -> int | None:
    if len(whole) > 15 or part[places:].strip("0"):
        return None
    return int((whole + part[:places].ljust(places, "0")) or "0")


def _split_date(text: str) -> tuple[date, str] | None:
    """The date that a text begins with, and what stands behind it."""
    for pattern, order in ((_DAY_FIRST, (4, 3, 1)), (_YEAR_FIRST, (1, 3, 4))):
        if found := pattern.match(text):
            day = _date(*(found[place] for place in order))
            return _with_rest(day, text[found.end() :])
    if found := _SOLID.match(text):
        digits = found[1]
        # Never both: 19 and 20, which years begin with, are no months
        day = _date(digits[:4], digits[4:6], digits[6:]) or _date(digits[4:], digits[2:4], digits[:2])
        return _with_rest(day, text[found.end() :])
    return None


def _with_rest(day: date | None, rest: str) -> tuple[date, str] | None:
    if day is None or (rest and rest[0] not in " T\u00a0,;\t"):
        return None
    return day, rest.lstrip(" T\u00a0,;\t")


def _date(year: str, month: str, day: str) -> date | None:
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(full, int(month), int(day)) if 1990 <= full <= 2100 else None
    except ValueError:
        return None
