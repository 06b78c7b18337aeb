"""One sandbox as a whole: its memory, switches, cash registers, messengers and the log of calls."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from flask import current_app

from modules.sandbox.catalog import lay_out
from modules.sandbox.hooks import Hooks
from modules.sandbox.store import TABLES, Store
from modules.sandbox.switches import Switches
from modules.sandbox.till import Till


@dataclass
class World:
    """Everything a request may need; `calls` are the latest API calls, newest first, `asked` counts all of them."""

    store: Store
    switches: Switches
    hooks: Hooks
    till: Till
    token: str
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=60))
    asked: Counter[str] = field(default_factory=Counter)  # "GET /api/devices" -> so many since the start
    posting: set[object] = field(
        default_factory=set
    )  # POST /api/receipts that were begun and not answered yet
    most_at_once: int = 0  # of those, since the start

    def now(self) -> float:
        """Their clock, in seconds since the epoch."""
        return time.time() + self.switches["clock_skew_seconds"]

    def reset(self) -> None:
        """As on the first day: everything forgotten, the default catalog laid out again."""
        with self.store.change() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
            lay_out(db)
        self.switches.mend()
        self.calls.clear()
        self.asked.clear()
        self.most_at_once = 0
        self.hooks.log.clear()


def build(folder: Path, token: str, hooks_anywhere: bool = False) -> World:
    """Open the memory in `folder` and set the cash registers and messengers to work."""
    store = Store(folder)
    switches = Switches(store)
    hooks = Hooks(store, switches, hooks_anywhere)
    world = World(store, switches, hooks, Till(store, switches, hooks), token)
    if not store.one("SELECT 1 FROM documents LIMIT 1"):
        with store.change() as db:
            lay_out(db)
    hooks.start()
    world.till.start()
    return world


def world() -> World:
    """The sandbox of the current request."""
    return cast(World, current_app.extensions["sandbox"])
