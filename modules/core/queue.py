"""Huey: carries nudges ("something is due now") and the beat, nothing else.

The database is the truth of what is due; a queue that is lost loses half a second, never an operation, and the worker
goes on without it (carrier.py).
"""

import ctypes
import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Flask
from huey import Huey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from huey.storage import BlackHoleStorage

from modules.core.carrier import Carrier, FileStorage, ServerStorage
from modules.core.db import db
from modules.core.outage import spell

log = logging.getLogger(__name__)

# An idle consumer must start a nudge within half a second: it never backs off.
LOOK_SECONDS = 0.1
M_ARENA_MAX, ARENAS = -8, 2  # mallopt(3)


# The storage comes with the options, in init_queue; tasks are declared at import.
huey = Huey("house", results=False, storage_class=BlackHoleStorage)
_worker_app: list[Flask] = []


def init_queue(url: str, secret: str) -> None:
    """Binds the queue of QUEUE_URL: sqlite:///file, or redis://… Tasks are pickles, so they are signed."""
    huey.serializer = SignedSerializer(secret=secret)
    if url.startswith("sqlite:"):
        huey.storage = Carrier(FileStorage(huey.name, Path(url.removeprefix("sqlite:///"))), url)
    else:
        # A name of its own, so that two houses can share a Redis without hearing each other's nudges.
        name = f"house.{hashlib.sha256(secret.encode()).hexdigest()[:8]}"
        huey.storage = Carrier(ServerStorage(name, url), url)


def is_lost() -> bool:
    """Whether the queue does not answer this process."""
    return isinstance(huey.storage, Carrier) and huey.storage.is_lost


def in_app(work: Callable[..., None]) -> Callable[..., None]:
    """Runs a task inside the worker's app; an error is logged and never ends the thread's work for good."""

    @wraps(work)
    def run(*args: Any) -> None:
        with _worker_app[0].app_context():
            try:
                work(*args)
            except Exception as error:
                db.session.rollback()
                if not spell.tells(error):
                    log.exception(
                        "the task %s failed; what it left is found again by the beat", work.__name__
                    )

    return run


def enqueue(task: Callable[..., Any], *args: Any) -> None:
    """Asks for a task; what goes wrong is logged and never hurts the caller: the beat finds what is due."""
    try:
        task(*args)
    except Exception as error:
        log.warning("a nudge was lost: %s", type(error).__name__)


def consumer(app: Flask, threads: int) -> Consumer:
    """The worker process's consumer of the queue, with so many threads."""
    _worker_app[:] = [app]
    if isinstance(huey.storage, Carrier):
        huey.storage.works = True
    _share_heaps()
    logging.getLogger("huey").setLevel(logging.WARNING)  # it tells of every beat
    return huey.create_consumer(
        workers=threads,
        worker_type="thread",
        initial_delay=LOOK_SECONDS,
        backoff=1.0,
        max_delay=LOOK_SECONDS,
        periodic=False,
        scheduler_interval=60,  # nothing of ours is put off by the queue
        graceful_signal="TERM",
    )


def _share_heaps() -> None:
    """glibc gives nearly each of many threads a heap of its own, where pages of SQLite pile up."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt:
        mallopt(M_ARENA_MAX, ARENAS)
