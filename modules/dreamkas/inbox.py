"""The inbox: every webhook is kept, durably, before anybody thinks about it; settling.py looks into it afterwards."""

import time
from functools import partial
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from modules.core.db import transact, utc_clock
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
    transact(partial(_keep, message=message, raw=raw, asked_for=asked_for))
    if asked_for:
        _nudge()


def _nudge() -> None:
    # The worker gathers for a while before it looks, so what comes in that while needs no nudge of its own.
    now = time.monotonic()
    if now >= _nudged[0] + settling.GATHER:
        _nudged[0] = now
        enqueue(settling.soon)


def _keep(session: Session, message: Message, raw: bytes, asked_for: bool) -> None:
    now = utc_clock()
    row = {
        "digest": message.digest(int(time.time() // 3600)),
        "came_utc": now,
        "last_utc": now,
        "times": 1,
        "type": message.type,
        "action": message.action,
        "object_id": message.object_id,
        "fate": "new" if asked_for else "unasked",
        "due_utc": now if asked_for else None,
        "raw": raw,
    }
    again: dict[str, Any] = {"times": InboxRow.times + 1, "last_utc": now}
    if asked_for:
        # Looked into once more: the first one may have been a lie told before it became true.
        again |= {"due_utc": now, "fate": case((InboxRow.fate == "unasked", "new"), else_=InboxRow.fate)}
    session.execute(_insert_or_update(session, row, again))


def _insert_or_update(session: Session, row: dict[str, Any], again: dict[str, Any]) -> Any:
    """One statement: of two that come at once, one is the first and the other is counted on it."""
    kind = session.get_bind().dialect.name
    if kind in ("mysql", "mariadb"):
        return mysql.insert(InboxRow).values(**row).on_duplicate_key_update(**again)
    upsert = (sqlite if kind == "sqlite" else postgresql).insert(InboxRow).values(**row)
    return upsert.on_conflict_do_update(index_elements=["digest"], set_=again)
