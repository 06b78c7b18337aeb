"""The inbox: every webhook is kept, durably, before anybody thinks about it; settling.py looks into it afterwards."""

import time
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, null
from sqlalchemy.dialects import mysql, postgresql, sqlite

from modules.core.alone import write_straight
from modules.core.db import db, utc_clock
from modules.core.queue import enqueue
from modules.dreamkas import settling
from modules.dreamkas.message import BadHook, Message
from modules.dreamkas.models_inbox import InboxRow

__all__ = ["BadHook", "keep_hook"]

_nudged = [0.0]  # time.monotonic() of this process's last nudge


def keep_hook(raw: bytes, allowed: frozenset[str] | None) -> None:
    """Keeps a webhook's message, commits, nudges the worker. Raises BadHook for what is none; asks no network.

    `allowed`: the events (names of hooks.EVENTS) that this webhook may bring, None = all. What it brings beside them
    is kept and marked, and nothing comes of it.
    """
    message = Message.read(raw)
    asked_for = allowed is None or message.event is None or message.event in allowed
    write_straight(_statement(db.engine.dialect.name, asked_for), _row(message, raw))
    if asked_for:
        _nudge()


def _nudge() -> None:
    # The worker gathers for a while before it looks, so what comes in that while needs no nudge of its own.
    now = time.monotonic()
    if now >= _nudged[0] + settling.GATHER:
        _nudged[0] = now
        enqueue(settling.soon)


def _row(message: Message, raw: bytes) -> dict[str, Any]:
    return {
        "digest": message.digest(int(time.time() // 3600)),
        "type": message.type,
        "action": message.action,
        "object_id": message.object_id,
        "raw": raw,
    }


@cache
def _statement(database: str, asked_for: bool) -> Any:
    """One statement: of two that come at once, one is the first and the other is counted on it.

    Made once: to put it together took longer than to run it.
    """
    table: Any = InboxRow.__table__
    now = utc_clock()
    told: dict[str, Any] = {
        name: bindparam(name) for name in ("digest", "type", "action", "object_id", "raw")
    }
    first = {"fate": "new" if asked_for else "unasked", "due_utc": now if asked_for else null()}
    row = {**told, **first, "times": 1, "came_utc": now, "last_utc": now}
    again: dict[str, Any] = {"times": table.c.times + 1, "last_utc": now}
    if asked_for:
        # Looked into once more: the first one may have been a lie told before it became true.
        again |= {"due_utc": now, "fate": case((table.c.fate == "unasked", "new"), else_=table.c.fate)}
    if database in ("mysql", "mariadb"):
        return mysql.insert(table).values(**row).on_duplicate_key_update(**again)
    upsert = (sqlite if database == "sqlite" else postgresql).insert(table).values(**row)
    return upsert.on_conflict_do_update(index_elements=["digest"], set_=again)
