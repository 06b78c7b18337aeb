"""Turns at SQLite's one writer, which has no queue: whoever finds it busy sleeps there, longer and longer, and who
comes back first has it, however long others have waited.

Here each waits for his turn, and who has just written stands behind those who wait. This is a courtesy, not the lock:
SQLite keeps its own. Whoever knows nothing of turns, waited in vain, or has no file to queue at, is up to that, and a
process that is killed leaves its turn to the next, flock(2).
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

log = logging.getLogger(__name__)

OPEN = 0o644  # for whoever may enter the folder; nothing stands in the file
PATIENCE = 2  # seconds: nearly every write is shorter, and SQLite itself is waited for afterwards
OFTEN, PAUSE, SELDOM = 0.01, 0.0002, 0.001  # seconds: for so long it is looked at so often, afterwards less

_mine = threading.local()


def turn(database: str) -> AbstractContextManager[None]:
    """Inside, nobody else who asked for a turn at this SQLite file writes to it, unless he waited for PATIENCE.

    Raises RuntimeError at once when this thread has a turn already: a write inside of a write waits for itself.
    """
    if getattr(_mine, "turn", False):
        raise RuntimeError("a write inside of a write")
    return _taken(database)


@contextmanager
def _taken(database: str) -> Iterator[None]:
    """Two doors: who holds the first waits at the second, so that who comes out and wants in again queues behind."""
    until = time.monotonic() + PATIENCE
    with _door(f"{database}-turn") as inner:
        with _door(f"{database}-next") as outer:
            _wait(outer, until)
            _wait(inner, until)
        _mine.turn = True
        try:
            yield
        finally:
            _mine.turn = False


@contextmanager
def _door(place: str) -> Iterator[int | None]:
    # Opened anew each time: a lock belongs to the opening, so that threads and forks never share one.
    door = _opened(place)
    try:
        yield door
    finally:
        if door is not None:
            os.close(door)


def _opened(place: str) -> int | None:
    try:
        if not os.path.exists(place):
            _make(place)
        return os.open(place, os.O_RDONLY)
    except OSError:
        log.exception("no turns at %s", place)
        return None


def _make(place: str) -> None:
    """By its own name only once it is open to all, whatever the umask of root, say, who was here first."""
    draft = f"{place}.{os.getpid()}.{threading.get_ident()}"
    os.close(os.open(draft, os.O_RDONLY | os.O_CREAT, OPEN))
    os.chmod(draft, OPEN)
    os.replace(draft, place)


def _wait(door: int | None, until: float) -> None:
    """Until the door is locked by us, or there is no more patience."""
    often = time.monotonic() + OFTEN
    while door is not None and not _is_locked(door) and (now := time.monotonic()) < until:
        time.sleep(PAUSE if now < often else SELDOM)


def _is_locked(door: int) -> bool:
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system that knows no such locks: all are let in
    return True
