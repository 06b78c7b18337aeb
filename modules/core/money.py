"""Roubles as people type them, and as Ubilling's tables keep them -> whole kopecks (int); never float."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l

from modules.core.formats import MINUS, Format, readers

MOST = 100_000_000  # kopecks: 1 000 000.00 roubles, the largest sum a person may type

_GAP = r"[ \u00a0\u2009\u202f]"  # what people and spreadsheets put between thousands
# With the sign of the rouble as the screen writes it: sums are copied from there.
_TYPED = re.compile(rf"([-{MINUS}]?)([0-9]+|[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+)(?:[.,]([0-9]+))?(?:{_GAP}?₽)?")
# 15 whole digits keep the rounded value within Decimal's 28; no sum of Ubilling's is longer
_STORED = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})")


class MoneyError(ValueError):
    """This text is no sum we take; str() is a sentence for the reader, in the reader's language."""


def parse_roubles(text: str, *, negative: bool = False, zero: bool = False) -> int:
    """What a person typed ("12,50", " 1 000.5 ") -> kopecks; a minus if `negative`, 0 if `zero`. Raises MoneyError."""
    found = _TYPED.fullmatch(text.strip())
    if not found:
        raise MoneyError(_l("This is not a sum of money. Write it like 1250 or 1250.50."))
    minus, whole, cents = found[1], re.sub(_GAP, "", found[2]).lstrip("0"), found[3] or ""
    if len(cents) > 2:
        raise MoneyError(_l("A sum has at most two digits after the point."))
    if minus and not negative:
        raise MoneyError(_l("The sum can not be negative here."))
    # The length is looked at first: int() of thousands of digits is slow, then an error of its own
    kopecks = int((whole or "0") + cents.ljust(2, "0")) if len(whole) <= 7 else MOST + 1
    if kopecks > MOST:
        raise MoneyError(_l("The sum is too large: at most 1 000 000.00."))
    if kopecks == 0 and not zero:
        raise MoneyError(_l("The sum can not be zero."))
    return -kopecks if minus else kopecks


def from_decimal_text(text: str) -> int:
    """A varchar sum of Ubilling's ("100", "100.5", "-3.00") -> kopecks, half up. Raises MoneyError."""
    text = text.strip()
    if not _STORED.fullmatch(text):
        raise MoneyError(_l("This is not a sum of money. Write it like 1250 or 1250.50."))
    return _to_kopecks(Decimal(text))


def from_double(value: float) -> int:
    """A balance (users.Cash is a double) -> kopecks: the shortest decimal that names it, half a kopeck up.

    Raises MoneyError for NaN, infinity and what no balance can be.
    """
    return _to_kopecks(Decimal(str(value)))


def roubles(kopecks: int, how: Format | None = None) -> str:
    """Kopecks -> "1 234,50 ₽" for the screen, as the reader's language writes it."""
    return (how or readers()).roubles(kopecks)


def _to_kopecks(value: Decimal) -> int:
    try:
        return int(value.quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise MoneyError(_l("This is not a sum of money. Write it like 1250 or 1250.50.")) from error
