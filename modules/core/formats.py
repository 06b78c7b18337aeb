"""Sums, dates and counts as the reader's language writes them; by thin code, because pages print thousands of them.

ru, uk  1 234,50 ₽   23.11.2026 21:10
en      ₽1,234.50    23 Nov 2026 21:10   (neither month nor day can be taken for the other)
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import get_locale

NBSP = "\u00a0"
MINUS = "\u2212"
SIGN = "₽"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
USUAL = "ru"  # where nobody reads: a script without an app


@dataclass(frozen=True)
class Format:
    """How one language writes."""

    group: str  # between thousands
    point: str
    sign_first: bool
    months: tuple[str, ...] = ()  # short names; none: the month is a number

    def count(self, number: int) -> str:
        """1234 -> "1 234"."""
        text = f"{number:,}"
        return text if self.group == "," else text.replace(",", self.group)

    def roubles(self, kopecks: int) -> str:
        """Kopecks -> "1 234,50 ₽": no-break spaces, a real minus sign."""
        whole, cents = divmod(abs(kopecks), 100)
        minus, sum_ = MINUS if kopecks < 0 else "", f"{self.count(whole)}{self.point}{cents:02d}"
        return f"{minus}{SIGN}{sum_}" if self.sign_first else f"{minus}{sum_}{NBSP}{SIGN}"

    def day(self, day: date) -> str:
        """A day -> "23.11.2026"."""
        if self.months:
            return f"{day.day}{NBSP}{self.months[day.month - 1]}{NBSP}{day.year:04d}"
        return f"{day.day:02d}.{day.month:02d}.{day.year:04d}"

    def moment(self, local: datetime) -> str:
        """A wall time -> "23.11.2026 21:10"."""
        return f"{self.day(local)} {local.hour:02d}:{local.minute:02d}"

    def second(self, local: datetime) -> str:
        """A wall time -> "23.11.2026 21:10:05"."""
        return f"{self.moment(local)}:{local.second:02d}"


# As CLDR has it; written out, for its books of three languages are 8 MB in every process.
FORMATS = {
    "ru": Format(NBSP, ",", sign_first=False),
    "uk": Format(NBSP, ",", sign_first=False),
    "en": Format(",", ".", sign_first=True, months=MONTHS),
}


def readers() -> Format:
    """The format of the language that is being spoken."""
    spoken = get_locale()
    return FORMATS.get(spoken.language if spoken else USUAL, FORMATS[USUAL])
