"""The catalog: cash machines, cashiers and selling positions as Dreamkas last described them.

Pages read the last known good from the database, each process once after a round; the worker refreshes it behind their
back, one round at a time, when DREAMKAS_CACHE_LIFETIME has passed or somebody pressed "Refresh cache data".
"""

import functools
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from modules.core.current import options
from modules.core.db import clock, db, transact, utc_clock
from modules.core.lasting import Lasting
from modules.dreamkas import line
from modules.dreamkas.client import Client, DreamkasError
from modules.dreamkas.facts import clean
from modules.dreamkas.models import CatalogRow, CatalogState, Duty

log = logging.getLogger(__name__)

MACHINES, CASHIERS, POSITIONS = "machines", "cashiers", "positions"
KINDS = (MACHINES, CASHIERS, POSITIONS)
OF_PAGE = "dreamkas.catalog"  # where the catalog stands in a request that has asked for it already
PAGE = 1000
# A page of fewer is taken for the last: pages of a hundred are seen to come (dreamkas-api.md 1.4). That none is cut
# shorter is a guess; were it wrong, positions would be missing, and a receipt that names such a one be rejected.
LEAST = 100
PAGES_AT_MOST = 100
RETRY = timedelta(seconds=60)
RETRY_FIRST = timedelta(seconds=5)  # of what was never read: nobody can ask for a receipt before
CHANGES = timedelta(seconds=30)  # between two rounds that webhooks ask for
trouble = Lasting()


@dataclass(frozen=True)
class Machine:
    """A cash machine. `online` is None when Dreamkas does not say, or said it too long ago."""

    id: int
    name: str
    online: bool | None
    model: str
    raw: dict[str, Any]


@dataclass(frozen=True)
class SellingPosition:
    """A selling position; `price` in kopecks, `tax` None when the cash register's own setting decides."""

    id: str
    name: str
    type: str
    tax: str | None
    price: int | None
    raw: dict[str, Any]


@dataclass(frozen=True)
class Catalog:
    """All that is known, and since when."""

    machines: tuple[Machine, ...]
    cashiers: tuple[dict[str, Any], ...]
    positions: tuple[SellingPosition, ...]
    services: tuple[SellingPosition, ...]  # of them those that can stand for a payment: of type SERVICE
    fetched_utc: datetime | None  # the oldest of the three; None: never fetched
    error: str
    version: str

    def machine(self, machine_id: object) -> Machine | None:
        """The cash machine of that number, whatever type the number came in."""
        return next((machine for machine in self.machines if str(machine.id) == str(machine_id)), None)

    def position(self, goods_id: str) -> SellingPosition | None:
        """The selling position of that id."""
        return next((position for position in self.positions if position.id == goods_id), None)


def catalog() -> Catalog:
    """The last known good, never waiting for Dreamkas."""
    return known([(state, now) for state, now in db.session.execute(select(CatalogState, utc_clock()))])


def known(told: list[tuple[CatalogState, datetime]]) -> Catalog:
    """The catalog whose states were read, each with the database's clock."""
    states = {state.kind: state for state, _now in told}
    version = ".".join(str(states[kind].version) if kind in states else "0" for kind in KINDS)
    dates = tuple(state.fetched_utc for state in states.values())
    read = _read(db.engine.url, version, dates)
    fetched = min(date for date in dates if date) if len(dates) == len(KINDS) and all(dates) else None
    error = next((state.error for state in states.values() if state.error), "")
    fresh = any(state.kind == MACHINES and _is_of_now(state, now) for state, now in told)
    machines = read.machines if fresh else tuple(replace(one, online=None) for one in read.machines)
    return replace(read, machines=machines, fetched_utc=fetched, error=error)


BODIES = select(CatalogRow.kind, CatalogRow.body).order_by(CatalogRow.kind, CatalogRow.place)
NAMED = select(CatalogRow.kind, CatalogRow.body).where(
    or_(
        and_(CatalogRow.kind == MACHINES, CatalogRow.their_id == bindparam("machine")),
        and_(CatalogRow.kind == POSITIONS, CatalogRow.their_id == bindparam("position")),
    )
)


def of_receipt(machine_id: int, goods_id: str) -> tuple[Machine | None, SellingPosition | None]:
    """The cash machine and the selling position that a receipt names, None what is not known (any more).

    Looked up by their ids: to read the whole catalog took a sixth of the time of a statement's row.
    """
    named = {"machine": str(machine_id), "position": goods_id}
    rows = {kind: json.loads(body) for kind, body in db.session.connection().execute(NAMED, named)}
    position = _position(rows.get(POSITIONS, {}))
    # MariaDB finds "ABC" for "abc".
    return _machine(rows.get(MACHINES, {})), position if position and position.id == goods_id else None


def _is_of_now(state: CatalogState, now: datetime) -> bool:
    """Whether no refresh is overdue by a whole lifetime: a lamp that was green then would say nothing of now."""
    lifetime = timedelta(seconds=options().dreamkas_cache_lifetime)
    return state.fetched_utc is not None and state.fetched_utc >= now - 2 * lifetime


@functools.lru_cache(maxsize=2)
def _read(_database: Any, version: str, _fetched: tuple[datetime | None, ...]) -> Catalog:
    """What the rows say; since when, and what went wrong lately, their states say."""
    # Remembered for as long as nothing was fetched: books put back to an older copy count their versions anew.
    rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for kind, body in db.session.execute(BODIES):
        rows.setdefault(kind, []).append(json.loads(body))
    positions = tuple(filter(None, map(_position, rows[POSITIONS])))
    return Catalog(
        machines=tuple(filter(None, map(_machine, rows[MACHINES]))),
        cashiers=tuple(rows[CASHIERS]),
        positions=positions,
        services=tuple(position for position in positions if position.type == "SERVICE"),
        fetched_utc=None,
        error="",
        version=version,
    )


def _machine(raw: dict[str, Any]) -> Machine | None:
    number = raw.get("id")
    if isinstance(number, bool) or not re.fullmatch("[0-9]{1,18}", str(number)):
        return None
    online = raw.get("isOnline")
    name, model = (str(raw.get(key) or "") for key in ("name", "modelName"))
    return Machine(
        int(str(number)), name or str(number), online if isinstance(online, bool) else None, model, raw
    )


def _position(raw: dict[str, Any]) -> SellingPosition | None:
    goods_id, price, tax = raw.get("id"), raw.get("price"), raw.get("tax")
    if not goods_id or not isinstance(goods_id, str):
        return None
    whole = price if isinstance(price, int) and not isinstance(price, bool) else None
    name, kind = str(raw.get("name") or ""), str(raw.get("type") or "")
    return SellingPosition(
        goods_id, name or goods_id, kind, tax if isinstance(tax, str) and tax else None, whole, raw
    )


def is_stale(session: Session) -> bool:
    """Whether a round of refreshing is due: never fetched, older than its lifetime, or asked for by a person."""
    now = clock()
    states = list(session.scalars(select(CatalogState)))
    lifetime = timedelta(seconds=options().dreamkas_cache_lifetime)
    if _is_asked_for(session):
        return True
    if any(state.tried_utc and state.error and state.tried_utc > now - _pause(state) for state in states):
        return False
    fresh = [state for state in states if state.fetched_utc and state.fetched_utc > now - lifetime]
    return len(fresh) < len(KINDS)


def _pause(state: CatalogState) -> timedelta:
    """How long after a failure nobody asks again."""
    return RETRY if state.fetched_utc else RETRY_FIRST


def mark_stale(session: Session) -> None:
    """A person asks: the next beat refreshes, a round under way will do. What is known stays in use."""
    session.execute(update(Duty).where(Duty.name == "catalog").values(due_utc=clock()))


def has_changed(session: Session) -> None:
    """A webhook tells of a change: a round will read it, CHANGES after the one before at the earliest.

    Webhooks of changes come by the thousand, and a round is five calls or more.
    """
    ran = session.scalar(select(Duty.ran_utc).where(Duty.name == "catalog"))
    due = max(clock(), ran + CHANGES) if ran else clock()
    nobody_asked = Duty.due_utc.is_(None) | (Duty.due_utc <= Duty.ran_utc)
    session.execute(update(Duty).where(Duty.name == "catalog", nobody_asked).values(due_utc=due))


def is_under_way(session: Session) -> bool:
    """Whether a round is running now: what changes meanwhile may be missed by it."""
    running = select(Duty.name).where(Duty.name == "catalog", Duty.lease_until_utc > clock())
    return session.scalar(running) is not None


def _is_asked_for(session: Session) -> bool:
    asked = select(Duty.name).where(Duty.name == "catalog", Duty.due_utc.is_not(None))
    undone = Duty.ran_utc.is_(None) | (Duty.due_utc > Duty.ran_utc)
    return session.scalar(asked.where(undone)) is not None


def refresh() -> None:
    """Duty: one round of calls; each kind that came is replaced, each that did not keeps what was known."""
    dreamkas = line.client()
    fetchers: dict[str, Callable[[Client], list[dict[str, Any]]]] = {
        MACHINES: lambda client: list(client.devices().rows),
        CASHIERS: lambda client: list(client.cashiers().rows),
        POSITIONS: _all_positions,
    }
    wrong: dict[str, DreamkasError] = {}
    for kind, fetch in fetchers.items():
        try:
            rows = fetch(dreamkas)
        except DreamkasError as error:
            wrong[kind] = error
            transact(partial(_failed, kind=kind, error=error))
        else:
            transact(partial(_keep, kind=kind, rows=rows))
    _say(wrong)


def _say(wrong: dict[str, DreamkasError]) -> None:
    # Until the catalog was read once a round comes every few seconds.
    if wrong and trouble.begins():
        first = next(iter(wrong.values()))
        log.warning("the catalog could not be refreshed (%s): %s", ", ".join(wrong), first)
    elif not wrong and (seconds := trouble.ends()) is not None:
        log.info("the catalog can be refreshed again, after %d s", seconds)


def _all_positions(dreamkas: Client) -> list[dict[str, Any]]:
    """On until nothing new comes; a page shorter than we asked for is no end while the service may have cut it."""
    rows: dict[str, dict[str, Any]] = {}
    came = 0
    for _number in range(PAGES_AT_MOST):
        page, known = dreamkas.products(came, PAGE), len(rows)
        came += page.came
        for row in page.rows:
            rows.setdefault(str(row.get("id")), row)
        if page.came < LEAST or len(rows) == known:
            break
    return list(rows.values())


def _state(session: Session, kind: str) -> CatalogState:
    state = session.get(CatalogState, kind, populate_existing=True)
    if state is None:
        state = CatalogState(kind=kind, version=0, error="")
        session.add(state)
    return state


def _failed(session: Session, kind: str, error: DreamkasError) -> None:
    line.went_wrong(session, error)
    state = _state(session, kind)
    state.tried_utc, state.error = clock(), str(error)[: line.SAID]


def _keep(session: Session, kind: str, rows: list[dict[str, Any]]) -> None:
    line.went_well(session)
    wanted = select(CatalogRow.body).where(CatalogRow.kind == kind).order_by(CatalogRow.place)
    bodies = [clean(json.dumps(row, ensure_ascii=False, sort_keys=True)) for row in rows]
    state = _state(session, kind)
    if list(session.scalars(wanted)) != bodies:
        _replace(session, kind, rows, bodies)
        state.version += 1
    state.fetched_utc = state.tried_utc = clock()
    state.error = ""


def _replace(session: Session, kind: str, rows: list[dict[str, Any]], bodies: list[str]) -> None:
    session.execute(delete(CatalogRow).where(CatalogRow.kind == kind))
    # Cashiers have no id of their own (and tab numbers repeat over machines): their place stands for it.
    for place, (row, body) in enumerate(zip(rows, bodies, strict=True)):
        their_id = str(place) if kind == CASHIERS else clean(str(row.get("id") or f"#{place}"))
        session.merge(CatalogRow(kind=kind, their_id=their_id[:64], place=place, body=body))
