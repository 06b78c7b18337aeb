"""Time: naive UTC inside, the wall clock of options().timezone on the screen and in Ubilling's columns."""

from datetime import UTC, datetime

from modules.core.current import options


def utc_now() -> datetime:
    """Now, naive UTC, by this machine's clock; what several machines must agree on uses core.db.clock()."""
    return datetime.now(UTC).replace(tzinfo=None)


def to_local(utc: datetime) -> datetime:
    """Naive UTC -> naive wall time."""
    return utc.replace(tzinfo=UTC).astimezone(options().timezone).replace(tzinfo=None)


def to_utc(local: datetime) -> datetime:
    """Naive wall time -> naive UTC. An hour that comes twice in autumn means its first coming."""
    return local.replace(tzinfo=options().timezone).astimezone(UTC).replace(tzinfo=None)


def local_now() -> datetime:
    """Now by the wall clock, naive."""
    return to_local(utc_now())
