"""Turns at SQLite's one writer, which has no queue: whoever finds it busy sleeps there, longer and longer, and who
comes back first has it, however long others have waited.

Here each waits for his turn, and who has just written stands behind those who wait. This is a courtesy, not the lock:
SQLite keeps its own, and whoever knows nothing of turns is up to that. A process that is killed leaves its turn to
the next, flock(2); for one that is frozen in the middle of a write all wait, as they would for SQLite.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OPEN = 0o644  # for whoever may enter the folder; nothing stands in the file

_mine = threading.local()


@contextmanager
def turn(database: str) -> Iterator[None]:
    """Inside, nobody else who asked for a turn at this SQLite file writes to it. RuntimeError when we have it already.

    Two doors: who holds the first waits at the second, so that who comes out and wants in again queues behind him.
    """
    if getattr(_mine, "turn", False):
        raise RuntimeError("a write inside of a write")  # it would wait for itself
    with _door(f"{database}-turn") as inner:
        with _door(f"{database}-next") as outer:
            fcntl.flock(outer, fcntl.LOCK_EX)
            fcntl.flock(inner, fcntl.LOCK_EX)
        _mine.turn = True
        try:
            yield
        finally:
            _mine.turn = False


@contextmanager
def _door(place: str) -> Iterator[int]:
    # Opened anew each time: a lock belongs to the opening, so that threads and forks never share one.
    door = _opened(place)
    try:
        yield door
    finally:
        os.close(door)


def _opened(place: str) -> int:
    try:
        return os.open(place, os.O_RDONLY)
    except FileNotFoundError:
        door = os.open(place, os.O_RDONLY | os.O_CREAT, OPEN)
        os.fchmod(door, OPEN)  # whatever the umask of root, say, who was here first
        return door
