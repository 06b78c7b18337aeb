"""The street of a crash run: houses that are born quickly, hurry, die at named points, and lose what they may lose."""

import hashlib
import shutil
from pathlib import Path

from redis import Redis

from tests.faults import waiting
from tests.faults.doomed import COMPILED, DOOMS
from tests.faults.nursery import born
from tests.story.street import BIN, Street

QUICK = {
    "DREAMKAS_UNSURE_GRACE": "2.5",
    "DREAMKAS_DEADLINE": "1",
    "DREAMKAS_READ_TIMEOUT": "0.7",
    "DREAMKAS_CONNECT_TIMEOUT": "0.5",
    "DREAMKAS_BACKOFF": "0,0.3,0.6,1",
    "DREAMKAS_POLL": "0.3,0.5,1",
    "DREAMKAS_CACHE_LIFETIME": "60",
    "DREAMKAS_ALWAYS_FISCALIZE_ALL": "1",
    "BANKSTA2_ENABLED": "1",
    "LOCALE": "en",
}


class MortalStreet(Street):
    """A street whose houses can be killed at a named point (doomed.py)."""

    web_app, worker_app = "tests.faults.doomed:web", "tests.faults.doomed:worker"

    def __init__(self, folder: Path, **options: str) -> None:
        self.dooms = folder / "dooms"
        self.dooms.mkdir(exist_ok=True)
        compiled = folder.parent / "compiled"  # one for all runs side by side
        compiled.mkdir(exist_ok=True)
        own = {DOOMS: str(self.dooms), COMPILED: str(compiled)}
        super().__init__(folder, **{**QUICK, **own, **options})
        self.database = options.get("DATABASE_URL") or f"sqlite:///{folder / 'house.db'}"
        self.queue = options.get("QUEUE_URL", "")

    def start(self, name: str) -> None:
        """As any street does, only sooner."""
        self.running[name] = born(self.command(name), self.env, self.folder / f"{name}.log")

    def flask(self, *words: str) -> None:
        """One command of the house, to its end."""
        log = self.folder / "flask.log"
        if born([BIN / "flask", "--app", "app", *words], self.env, log).wait(60) != 0:
            raise RuntimeError(f"flask {words}: {log.read_text('utf-8', 'replace')}")

    def serial(self) -> str:
        """The key of RemoteAPI."""
        return waiting.serial(self.database)

    def lose_the_queue(self) -> None:
        """The queue and the cache are gone in the middle of everything."""
        if self.queue:
            self._flush()
        for file in self.folder.glob("queue.db*"):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def _flush(self) -> None:
        """FLUSHDB as far as this house goes: others may live in the same Redis."""
        mark = hashlib.sha256((self.folder / "secret_key").read_bytes().strip()).hexdigest()[:8]
        with Redis.from_url(self.queue) as redis:
            if mine := list(redis.scan_iter(f"*house.{mark}*")):
                redis.delete(*mine)
