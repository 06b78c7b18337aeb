"""The refresh of the cache: a person asks, the worker does it, the button tells how far it is and what changed."""

import json
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from modules.core.cache import cache
from modules.core.db import clock, db, transact
from modules.dreamkas import catalog
from modules.dreamkas.health import line_health
from modules.dreamkas.models import CatalogRow, Duty

KEPT = 3600  # seconds that what was known before is kept for comparing
TITLES = {
    catalog.MACHINES: _l("Cash machines"),
    catalog.CASHIERS: _l("Cashiers"),
    catalog.POSITIONS: _l("Selling positions"),
}
Snapshot = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Round:
    """How far a round of refreshing is. `asked` names the moment somebody pressed; "" = nobody did."""

    asked: str = ""
    running: bool = False
    fetched: datetime | None = None  # the age of the oldest of what is known, UTC
    error: str = ""
    news: tuple[str, ...] = ()
    silent: bool = False


def rest() -> Round:
    """The button while nothing was asked."""
    known = catalog.catalog()
    return Round(fetched=known.fetched_utc, error=known.error)


def ask() -> str:
    """A person asks for a round: the next beat begins it. Commits; gives the moment, which names it."""
    return transact(lambda session: _ask())


def _ask() -> str:
    asked = clock().isoformat()
    cache.set(f"refresh:{asked}", snapshot(), timeout=KEPT)
    catalog.mark_stale(db.session())
    return asked


def state_of(asked: str) -> Round:
    """How far the round asked for at that moment is, and what it brought."""
    try:
        since = datetime.fromisoformat(asked).replace(tzinfo=None)
    except ValueError:
        return rest()
    duty = db.session.scalar(select(Duty).where(Duty.name == "catalog"))
    known = catalog.catalog()
    running = duty is None or duty.ran_utc is None or duty.ran_utc < since
    if running:
        return Round(asked, True, known.fetched_utc, silent=line_health().worker_silent)
    before = cache.get(f"refresh:{asked}")
    news = tuple(compared(before, snapshot())) if before is not None and not known.error else ()
    return Round(asked, False, known.fetched_utc, known.error, news)


def snapshot() -> Snapshot:
    """All that is known now: kind -> what names a row -> the row's text."""
    found: Snapshot = {kind: {} for kind in catalog.KINDS}
    for row in db.session.scalars(select(CatalogRow).order_by(CatalogRow.place)):
        found.setdefault(row.kind, {})[_name(row)] = row.body
    return found


def _name(row: CatalogRow) -> str:
    if row.kind != catalog.CASHIERS:
        return row.their_id
    body = json.loads(row.body)  # cashiers have no id: their place alone would call all of them changed
    return f"{body.get('deviceId')} {body.get('tabNumber')} {body.get('name')}"


def compared(before: Snapshot, after: Snapshot) -> list[str]:
    """What changed, a sentence a kind; "nothing changed" when nothing did."""
    said = [_change(kind, before.get(kind, {}), after.get(kind, {})) for kind in catalog.KINDS]
    return [words for words in said if words] or [_("Nothing has changed.")]


def _change(kind: str, before: dict[str, str], after: dict[str, str]) -> str:
    new = len(after.keys() - before.keys())
    gone = len(before.keys() - after.keys())
    changed = sum(before[name] != after[name] for name in before.keys() & after.keys())
    if not (new or gone or changed):
        return ""
    title = str(TITLES[kind])
    counts = {"new": new, "changed": changed, "gone": gone}
    return _("%(title)s: new %(new)s, changed %(changed)s, gone %(gone)s", title=title, **counts)
