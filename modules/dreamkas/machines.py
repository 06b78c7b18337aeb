"""What is to be said of the cash machines: how long each may work, and what every page tells of it in time."""

import functools
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from modules.core.db import db
from modules.core.screen import day
from modules.core.times import local_now, to_local
from modules.dreamkas.catalog import Catalog, Machine
from modules.dreamkas.choices import usual_machine
from modules.dreamkas.facts import as_moment
from modules.dreamkas.models import Operation

WARNED, TOLD, ALARMED = 60, 30, 7  # days before the end: the list of machines says so, every page, in red
LATELY = 1000  # operations: a machine that none of them names, and that is not the usual one, is out of use
LAST = select(Operation.device_id).order_by(Operation.id.desc()).limit(LATELY).subquery()


@dataclass(frozen=True)
class Term:
    """The end of a registration: its day, the days left (None: not named), and how bad that is."""

    day: date | None
    left: int | None

    @property
    def level(self) -> str:
        """How bad it is: "" (not at all), warn or bad."""
        if self.left is None or self.left > WARNED:
            return ""
        return "bad" if self.left <= ALARMED else "warn"

    @property
    def words(self) -> str:
        """How long it still is, when that matters."""
        if not self.level or self.left is None:
            return ""
        if self.left < 0:
            return _("expired")
        return ngettext("%(num)s day left", "%(num)s days left", self.left)


def term(machine: Machine) -> Term:
    """When the cash machine's registration ends, or its fiscal drive: Dreamkas tells one date for both."""
    moment = as_moment(machine.raw.get("kktExpireDate"))
    if moment is None:
        return Term(None, None)
    day = to_local(moment).date()
    return Term(day, (day - local_now().date()).days)


def troubles(known: Catalog) -> list[tuple[str, str]]:
    """(level, sentence) of each machine in use that ends soon, and of all of them being offline."""
    ends = [(machine, end) for machine in known.machines if (end := term(machine)).left is not None]
    soon = [(machine, end) for machine, end in ends if end.left is not None and end.left <= TOLD]
    used = _in_use(known) if soon else ()
    said = [(end.level, _end_words(machine, end)) for machine, end in soon if str(machine.id) in used]
    if known.machines and all(machine.online is False for machine in known.machines):
        said.append(("warn", _("No cash machine is online: receipts are not printed until one is.")))
    return said


def _end_words(machine: Machine, end: Term) -> str:
    named: dict[str, Any] = {"name": machine.name, "day": day(end.day)}
    left = end.left or 0
    if left < 0:
        return _("Cash machine “%(name)s”: its fiscal drive or registration ended on %(day)s.", **named)
    if left == 0:
        return _("Cash machine “%(name)s”: its fiscal drive or registration ends today.", **named)
    return ngettext(
        "Cash machine “%(name)s”: its fiscal drive or registration ends in %(num)s day, on %(day)s.",
        "Cash machine “%(name)s”: its fiscal drive or registration ends in %(num)s days, on %(day)s.",
        left,
        **named,
    )


def _in_use(known: Catalog) -> frozenset[str]:
    return _named_lately(db.engine.url, known.version, known.fetched_utc) | {usual_machine(known)}


@functools.lru_cache(maxsize=2)  # every page asks: it is looked up once after a round, as the catalog itself
def _named_lately(_database: Any, _version: str, _fetched: datetime | None) -> frozenset[str]:
    return frozenset(db.session.scalars(select(LAST.c.device_id).distinct()))
