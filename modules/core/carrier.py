"""What carries nudges from process to process: a file or a Redis. While it is lost a worker goes on by itself.

Lost is what raised; found again is what was written to and read from anew, for a full disk can still be read.
"""

import contextlib
import logging
import time
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Lock
from typing import Any

from huey.storage import BaseStorage, BlackHoleStorage, RedisStorage, SqliteStorage
from redis import ConnectionPool

from modules.core.lasting import Lasting
from modules.core.urls import plain

log = logging.getLogger(__name__)

OWN_AT_MOST = 1000  # nudges that a worker keeps for itself: the beat makes them anew
WAIT_SECONDS = 1.0
TRY_SECONDS = 2.0
PAGES_TRY_SECONDS = 15.0  # a page waits for it: a server that swallows everything costs a limit below
TELL_SECONDS = 60.0
STEADY_SECONDS = 10.0  # lost again within them it is the same trouble: not told anew
CONNECT_SECONDS, ANSWER_SECONDS = 2, 3  # a Redis; it is asked to wait for one second at most
TRIAL = "trial"


class FileStorage(SqliteStorage):
    """A queue in a file that may be gone at any moment: a new one has its tables before it is used."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name, filename=str(file), fsync=False, create_tables=False)

    def _create_connection(self) -> Any:
        Path(self.filename).parent.mkdir(parents=True, exist_ok=True)
        connection = super()._create_connection()
        for sql in self.ddl:
            connection.execute(sql)
        return connection


class ServerStorage(RedisStorage):
    """A queue in a Redis; one that says nothing for long is lost, not empty."""

    def __init__(self, name: str, url: str) -> None:
        limits = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": CONNECT_SECONDS}
        super().__init__(name, connection_pool=ConnectionPool.from_url(url, **limits))

    def dequeue(self) -> Any:
        found = self.conn.brpop(self.queue_key, timeout=self.read_timeout)
        return found[1] if found else None


class Carrier(BlackHoleStorage):
    """The queue as Huey sees it: it never raises, and keeps tasks only. None of ours is put off, revoked, has a result.

    `works`: whether tasks are done in this process, so that what it asks for while the queue is lost is found here.
    """

    def __init__(self, real: BaseStorage, url: str) -> None:
        super().__init__(real.name)
        self.real, self.url, self.blocking = real, plain(url), real.blocking
        self.works = self.is_lost = False
        self._own: Queue[bytes] = Queue(OWN_AT_MOST)
        self._lock = Lock()
        self._next_try, self._trouble = 0.0, Lasting(TELL_SECONDS, STEADY_SECONDS)

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Hands a task on; while the queue is lost to this process's own threads, or to nobody."""
        lost = self.is_lost
        if not lost or (not self.works and self._may_try()):
            try:
                self.real.enqueue(data, priority)
            except Exception as error:
                self._lose(error)
            else:
                if lost:
                    self._find()
                return
        if self.works:
            with contextlib.suppress(Full):
                self._own.put_nowait(data)

    def dequeue(self) -> bytes | None:
        """The next task, what this process asked of itself first."""
        with contextlib.suppress(Empty):
            return self._own.get(timeout=WAIT_SECONDS if self.is_lost else 0)
        lost = self.is_lost
        if lost and not self._may_try():
            return None
        try:
            if lost:
                self.real.put_data(TRIAL, b"")
                self.real.pop_data(TRIAL)
            data = self.real.dequeue()
        except Exception as error:
            self._lose(error)
            return None
        if lost:
            self._find()
        return data

    def _may_try(self) -> bool:
        """Whether it is time to try a lost queue again; of all threads one is told so."""
        with self._lock:
            now = time.monotonic()
            if now < self._next_try:
                return False
            self._next_try = now + PAGES_TRY_SECONDS
            return True

    def _lose(self, error: Exception) -> None:
        with contextlib.suppress(Exception):
            self.real.close()  # another file may stand there by now
        with self._lock:
            self.is_lost = True
            self._next_try = time.monotonic() + (TRY_SECONDS if self.works else PAGES_TRY_SECONDS)
        if not self._trouble.begins():
            return
        meanwhile = (
            "this worker goes on by itself, more slowly" if self.works else "the worker looks by itself"
        )
        log.warning("the queue %s is lost (%s): nothing else is, %s", self.url, _said(error), meanwhile)

    def _find(self) -> None:
        self.is_lost = False
        if (seconds := self._trouble.ends()) is not None:
            log.info("the queue %s is there again after %d s", self.url, seconds)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
