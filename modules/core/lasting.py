"""Trouble that lasts: told when it begins, rarely while it lasts, and when it is over; by each process for itself."""

import time
from threading import Lock


class Lasting:
    """When to say a word about it. Threads may share."""

    def __init__(self, tell_seconds: float = 3600.0, steady_seconds: float = 60.0) -> None:
        """It is told anew after so long; begun again so soon it is the same trouble."""
        self._tell, self._steady = tell_seconds, steady_seconds
        self._lock, self._next_word = Lock(), 0.0
        self._told_at: float | None = None

    def begins(self) -> bool:
        """It is so now. Whether to say it."""
        with self._lock:
            now = time.monotonic()
            if now < self._next_word:
                return False
            self._next_word, self._told_at = now + self._tell, self._told_at or now
            return True

    def ends(self) -> float | None:
        """It is so no more. For how many seconds it was, when that is to be said."""
        if self._told_at is None:
            return None
        with self._lock:
            now, told_at, self._told_at = time.monotonic(), self._told_at, None
            self._next_word = now + self._steady
        return None if told_at is None else now - told_at
