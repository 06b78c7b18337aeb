"""Webhooks: the one thing of the cabinet that is edited here, so the one thing a person presses and waits for.

The list is read by the worker and kept; a change goes to Dreamkas at once, with a short deadline, and is kept only when
Dreamkas said yes. Facts: dreamkas-api.md 6.1; the shape of the address: Ubilling's (ubilling.md 1).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.current import options
from modules.core.db import clock, db, transact
from modules.core.serial import serial
from modules.dreamkas import line
from modules.dreamkas.client import Client, DreamkasError
from modules.dreamkas.facts import as_dict, as_text, clean
from modules.dreamkas.hooks import EVENTS, Address, Webhook, address, host_of
from modules.dreamkas.models import Operation
from modules.dreamkas.models_receipts import WebhookList

# A person waits: seconds to connect, between two reads, in all.
CONNECT, READ, DEADLINE = 3.0, 6.0, 8.0
OLD = timedelta(seconds=60)
RETRY = timedelta(seconds=15)
FLOWING = timedelta(hours=24)


@dataclass(frozen=True)
class Known:
    """The webhooks as of `fetched` (UTC; None: never read); `pending`: the worker was asked to read them anew."""

    hooks: tuple[Webhook, ...]
    fetched: datetime | None
    pending: bool
    asked: datetime | None
    error: str

    def hook(self, id: str) -> Webhook | None:
        """The webhook of that id."""
        return next((hook for hook in self.hooks if hook.id == id), None)


# --- the list ---


def known() -> Known:
    """The last known list; never waits for Dreamkas."""
    row = _row(db.session())
    hooks = tuple(hook for place in json.loads(row.body) if (hook := Webhook.read(place)))
    return Known(hooks, row.fetched_utc, _is_pending(row), row.asked_utc, row.error)


def want() -> None:
    """Asks the worker to read the list, when it is older than a minute. Commits only then."""
    row, now = _row(db.session()), clock()
    fresh = row.fetched_utc is not None and row.fetched_utc > now - OLD
    just_tried = row.tried_utc is not None and row.tried_utc > now - RETRY
    if not (fresh or just_tried or _is_pending(row)):
        transact(_ask)


def _ask(session: Session) -> None:
    session.execute(update(WebhookList).where(WebhookList.id == 1).values(asked_utc=clock()))


def _row(session: Session) -> WebhookList:
    wanted = select(WebhookList).where(WebhookList.id == 1).execution_options(populate_existing=True)
    return session.execute(wanted).scalar_one()


def _is_pending(row: WebhookList) -> bool:
    return row.asked_utc is not None and (row.tried_utc is None or row.tried_utc < row.asked_utc)


def is_due(session: Session) -> bool:
    """Whether somebody asked, or the list is older than the lifetime of what is fetched."""
    row, now = _row(session), clock()
    if _is_pending(row):
        return True
    if row.tried_utc is not None and row.tried_utc > now - OLD:
        return False
    return row.fetched_utc is None or row.fetched_utc < now - timedelta(
        seconds=options().dreamkas_cache_lifetime
    )


def fetch() -> None:
    """Duty: reads the list."""
    dreamkas, begun = line.client(), clock()
    db.session.commit()  # nothing is held while the network is asked
    try:
        rows = dreamkas.webhooks().rows
    except DreamkasError as error:
        reason = error
        transact(lambda session: _failed(session, reason))
    else:
        transact(lambda session: _keep(session, rows, begun))


def _failed(session: Session, error: DreamkasError) -> None:
    line.went_wrong(session, error)
    mine = update(WebhookList).where(WebhookList.id == 1)
    session.execute(mine.values(tried_utc=clock(), error=without_key(str(error))[: line.SAID]))


def _keep(session: Session, rows: list[dict], begun: datetime) -> None:
    line.went_well(session)
    _write(session, rows, tried_utc=begun, fetched_utc=begun, error="")


def _write(session: Session, rows: list[dict], **values: Any) -> None:
    body = clean(json.dumps(rows, ensure_ascii=False))
    session.execute(update(WebhookList).where(WebhookList.id == 1).values(body=body, **values))


def without_key(text: str) -> str:
    """The text with the serial blotted out."""
    key = serial()
    return text.replace(key, "•••") if key else text


# --- changes: a person waits ---


def create(base: str, events: Iterable[str], is_active: bool, admin: str) -> None:
    """Makes a webhook of ours. Raises DreamkasError: Unknown means that it may have been made all the same."""
    url, types = address(base, events, serial()), _types(events)
    said = _call(lambda dreamkas: dreamkas.create_webhook(url, is_active, types))
    row = {"url": url, "isActive": is_active, "types": types, **said}
    note = f"DREAMKAS WEBHOOK CREATE [{_id(row)}] {host_of(url)} {_names(types)}"
    _changed(lambda rows: [*rows, row] if _id(row) else rows, note, admin)


def change(id: str, base: str, events: Iterable[str], is_active: bool, admin: str) -> None:
    """Gives a webhook another address, events, life. Raises DreamkasError."""
    url, types = address(base, events, serial()), _types(events)
    _call(lambda dreamkas: dreamkas.change_webhook(id, url=url, is_active=is_active, types=types))
    note = f"DREAMKAS WEBHOOK CHANGE [{id}] {host_of(url)} {_names(types)} {'on' if is_active else 'off'}"
    _changed(lambda rows: _replaced(rows, id, url=url, isActive=is_active, types=types), note, admin)


def switch(id: str, is_active: bool, admin: str) -> None:
    """On or off. Raises DreamkasError."""
    _call(lambda dreamkas: dreamkas.change_webhook(id, is_active=is_active))
    note = f"DREAMKAS WEBHOOK {'ON' if is_active else 'OFF'} [{id}]"
    _changed(lambda rows: _replaced(rows, id, isActive=is_active), note, admin)


def remove(id: str, admin: str) -> None:
    """Deletes it. Raises DreamkasError, NotFound when it was gone already."""
    _call(lambda dreamkas: dreamkas.delete_webhook(id))
    _changed(lambda rows: [row for row in rows if _id(row) != id], f"DREAMKAS WEBHOOK DELETE [{id}]", admin)


def _call(ask: Any) -> dict:
    now = options()
    db.session.commit()  # nothing is held while the network is asked
    short = Client(
        now.dreamkas_api_url,
        now.dreamkas_auth_token,
        connect_timeout=min(CONNECT, now.dreamkas_connect_timeout),
        read_timeout=min(READ, now.dreamkas_read_timeout),
        deadline=min(DEADLINE, now.dreamkas_deadline),
    )
    try:
        return as_dict(ask(short))
    except DreamkasError:
        transact(_ask)  # whatever became of it, the list will say
        raise


def _changed(redo: Any, note: str, admin: str) -> None:
    def work(session: Session) -> None:
        _write(session, redo(json.loads(_row(session).body)))
        _ask(session)
        journal.write(note, admin)

    transact(work)


def _replaced(rows: list, id: str, **values: Any) -> list:
    return [{**row, **values} if _id(row) == id else row for row in rows]


def _id(row: Any) -> str:
    return as_text(as_dict(row).get("id")) or ""


def _types(events: Iterable[str]) -> dict[str, bool]:
    chosen = set(events)
    return {event: event in chosen for event in EVENTS}


def _names(types: dict[str, bool]) -> str:
    return ",".join(name for name, wanted in types.items() if wanted)


# --- what is wrong with them ---


def ours(hooks: Iterable[Webhook], host: str) -> list[Webhook]:
    """Those that come to this very billing: our key, our host."""
    key = serial()
    return [hook for hook in hooks if hook.address.key == key and hook.address.host == host]


def operations_flow() -> bool:
    """Whether there was a fiscal operation within a day."""
    recent = select(Operation.id).where(Operation.created_utc > clock() - FLOWING)
    return db.session.scalar(recent.limit(1)) is not None


__all__ = [
    "Address",
    "Known",
    "Webhook",
    "change",
    "create",
    "fetch",
    "is_due",
    "known",
    "operations_flow",
    "ours",
]
__all__ += ["remove", "switch", "want", "without_key"]
