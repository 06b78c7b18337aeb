"""People's own patterns, with a time limit: a wrong one is told at save, a slow one costs a row, never the process."""

import time
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import regex

T = TypeVar("T")
Pattern: TypeAlias = regex.Pattern
Found: TypeAlias = regex.Match
EACH = 0.05  # seconds that one look may take
FILE = 20.0  # seconds that the looks of a whole file may take together
LONGEST = 4096  # characters of a cell that patterns see; a bank's purpose has at most 210
# As in the original: . meets line ends, ^ and $ meet at each, case does not matter.
FLAGS = regex.MULTILINE | regex.DOTALL | regex.IGNORECASE | regex.UNICODE
_REFERENCE = regex.compile(r"\\(\d{1,2})|\$(\d{1,2})|\$\{(\d{1,2})\}")
_OPENS, _CLOSES = "([{", ")]}"


class BadPattern(ValueError):
    """This is no regular expression; str() is what the regex library says (English)."""


class TooSlow(Exception):
    """The pattern did not end within its time; nothing is known of the text."""


def pieces(text: str, delimiter: str, raw: bool = False) -> list[str]:
    """Keywords without blanks around them, empty ones left out. Raw: a delimiter inside of brackets divides nothing."""
    parts = _split_outside(text, delimiter) if raw else text.split(delimiter)
    return [part.strip() for part in parts if part.strip()]


def _split_outside(text: str, delimiter: str) -> list[str]:
    """`a{1,2},b` -> `a{1,2}`, `b`: the original cuts the first in two, and finds neither."""
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        sign = text[place]
        if depth == 0 and text.startswith(delimiter, place):
            parts.append(text[start:place])
            start = place = place + len(delimiter)
            continue
        depth += (sign in _OPENS) - (sign in _CLOSES and depth > 0)
        place += 2 if sign == "\\" else 1
    return [*parts, text[start:]]


def either(text: str, delimiter: str, raw: bool = False) -> Pattern | None:
    """The pattern that finds any of the keywords, as group 1; None when there is none. Raises BadPattern."""
    words = pieces(text, delimiter, raw)
    for word in words if raw else ():
        _compile(word)  # alone first: `a)(b` would pass inside of our brackets
    body = "|".join(words if raw else map(regex.escape, words))
    return _compile(f"({body})") if words else None


def between(start: str, end: str) -> Pattern | None:
    """What stands between two literal strings, as group 1; without an end up to the end. None when both are empty."""
    if not start and not end:
        return None
    return _compile(f"{regex.escape(start)}(.*{'?' if end else ''}){regex.escape(end)}")


def _compile(pattern: str) -> Pattern:
    try:
        return regex.compile(pattern, FLAGS)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise BadPattern(str(error)) from None


def filled(template: str, found: Found) -> str:
    """The template with $1, ${1} and \\1 filled in; what was found is $1 (so in the original), a missing one is ""."""

    def group(reference: Found) -> str:
        number = int(next(part for part in reference.groups() if part))
        return (found[number] or "") if number <= len(found.groups()) else ""

    return _REFERENCE.sub(group, template)


class Patience:
    """The time that patterns may still take on one file; raises TooSlow when a look, or the whole, is out of it."""

    def __init__(self, each: float = EACH, whole: float = FILE) -> None:
        self.each, self.left = each, whole

    def find(self, pattern: Pattern, text: str) -> Found | None:
        """The first place where the pattern is met."""
        return self._spend(lambda timeout: pattern.search(text[:LONGEST], timeout=timeout))

    def replace(
        self,
        pattern: Pattern,
        text: str,
        put: Callable[[Found], str],
        most: int = 0,
    ) -> tuple[str, int]:
        """The text with what was found replaced, at most `most` times (0: all), and how often it was."""
        return self._spend(lambda timeout: pattern.subn(put, text[:LONGEST], count=most, timeout=timeout))

    def _spend(self, look: Callable[[float], T]) -> T:
        if self.left <= 0:
            raise TooSlow
        began = time.monotonic()
        try:
            return look(min(self.each, self.left))
        except (TimeoutError, MemoryError):
            raise TooSlow from None
        finally:
            self.left -= time.monotonic() - began
