"""Today in figures, and the last thirty days: payments that need a receipt against receipts that are confirmed.

Today is counted anew each time; the days before it are remembered for a minute, so that an open page costs little.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from modules.cashdesk.board import Figure, days, total
from modules.core.cache import cache
from modules.core.times import local_now

LENGTH = 30  # days, today included
KEPT = 60  # seconds
NEEDED = ("confirmed", "way", "unsure", "rejected", "none")


@dataclass(frozen=True)
class OneDay:
    """A local day: what is in each bucket."""

    day: date
    buckets: dict[str, Figure]

    @property
    def needed(self) -> Figure:
        """Payments that need a receipt."""
        return total(self.buckets[name] for name in NEEDED)

    @property
    def confirmed(self) -> Figure:
        """Those that have it."""
        return self.buckets["confirmed"]

    @property
    def missing(self) -> Figure:
        """Those that have none yet."""
        return self.needed - self.confirmed


def month() -> list[OneDay]:
    """The last thirty days, today last."""
    today = local_now().date()
    yesterday = today - timedelta(days=1)
    return [*_before(yesterday), *_days(today, today)]


def _days(since: date, until: date) -> list[OneDay]:
    return [OneDay(day, buckets) for day, buckets in days(since, until).items()]


def _before(last: date) -> list[OneDay]:
    key = f"board.month.{last}"
    known: list[OneDay] | None = cache.get(key)
    if known is None:
        known = _days(last - timedelta(days=LENGTH - 2), last)
        cache.set(key, known, timeout=KEPT)
    return known
