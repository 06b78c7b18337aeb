"""Their dates and ids: UTC with milliseconds, local wall time without a zone, Mongo-like object ids."""

import itertools
import re
import secrets
from datetime import UTC, datetime, timedelta

_PROCESS = secrets.token_hex(5)
_COUNTER = itertools.count(secrets.randbelow(0xFFFFFF))


def iso(moment: float) -> str:
    """`2026-02-27T19:32:02.968Z` from seconds since the epoch."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def local(moment: float, hours: float) -> datetime:
    """Wall time at the cash register (naive), `hours` east of Greenwich."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None) + timedelta(hours=hours)


def read_moment(text: str) -> float:
    """Seconds since the epoch from an ISO date with or without a zone (then UTC). Raises ValueError."""
    spaced = re.sub(r"(T[\d:.]+) (\d\d:?\d\d)$", r"\1+\2", text.strip())  # a "+" that nobody percent-encoded
    moment = datetime.fromisoformat(spaced)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def object_id(moment: float) -> str:
    """24 hex digits whose first 8 are the second of creation, as in a real id."""
    return f"{int(moment) & 0xFFFFFFFF:08x}{_PROCESS}{next(_COUNTER) & 0xFFFFFF:06x}"
