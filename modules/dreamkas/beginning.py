"""Since when payments are fiscalized here at all."""

from datetime import datetime

from modules.core.current import options
from modules.core.serial import value


def since() -> datetime:
    """Local time before which payments are never offered: DREAMKAS_SINCE, or the moment of the first migration."""
    return options().dreamkas_since or born()


def born() -> datetime:
    """Local moment of the first migration: what is older was written by others."""
    return datetime.fromisoformat(value("dreamkas_since") or "1970-01-01T00:00:00")
