"""The figures of the health strip: one look says whether all is well, each figure leads to its list."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.core.db import clock
from modules.core.screen import when
from modules.core.times import to_local
from modules.dreamkas.health import Health, Line
from modules.dreamkas.plainly import in_full
from modules.dreamkas.words import REASONS

PATIENCE = 300  # seconds that a receipt may wait in the queue before the strip wonders
# Seconds, and how so many are said: shortened, so that no language of the house inflects them.
UNITS = (
    (86400, _l("%(number)s d. ago")),
    (3600, _l("%(number)s hr. ago")),
    (60, _l("%(number)s min. ago")),
    (1, _l("%(number)s sec. ago")),
)
BADNESS = ("ok", "unknown", "warn", "bad")


@dataclass(frozen=True)
class Figure:
    """What it is, what it says, how bad that is (a word of BADNESS), where it leads, what more there is to know."""

    title: str
    text: str
    level: str = "ok"
    url: str = ""
    more: str = ""


def figures(health: Health) -> list[Figure]:
    """All of them, always as many and in the same order: the strip never jumps."""
    now = clock()
    return [
        _worker(health.line, now),
        _dreamkas(health.line, now),
        _token(health.line),
        _sending(health.line),
        _queue(health, now),
        _count(_("Late"), health.late, "warn", "late"),
        _count(_("Unsure"), health.unsure, "warn", "unsure"),
        _count(_("Needs a person"), health.needs_person, "bad", "undecided"),
        _count(_("Rejected today"), health.rejected_today, "warn", "rejected_today"),
        _drift(health.drift),
        _webhook(health.webhook, now),
    ]


def worst(shown: list[Figure]) -> str:
    """How bad it is altogether."""
    return max((figure.level for figure in shown), key=BADNESS.index)


def summary(shown: list[Figure]) -> str:
    """The strip in a few words."""
    words = {
        "ok": _("All is well"),
        "unknown": _("Not known yet"),
        "warn": _("Look here"),
        "bad": _("Trouble"),
    }
    return words[worst(shown)]


def ago(moment: datetime, now: datetime) -> str:
    """ "5 min ago", short enough for the strip; never "in 0 seconds"."""
    passed = max(int((now - moment).total_seconds()), 1)
    length, words = next(unit for unit in UNITS if passed >= unit[0])
    return str(words) % {"number": passed // length}


def _list(state: str) -> str:
    return url_for("dreamkas.operations", fopsdatefrom="", fopsdateto="", fopsstate=state)


def _worker(line: Line, now: datetime) -> Figure:
    seen = line.worker_seen
    if seen is None:
        more = _("Start it: .venv/bin/flask --app app worker. Receipts wait in the queue until it runs.")
        return Figure(_("Worker"), _("never seen"), "bad", more=more)
    if line.worker_silent:
        more = _("Receipts wait in the queue until it runs again.")
        return Figure(_("Worker"), _("silent, seen %(ago)s", ago=ago(seen, now)), "bad", more=more)
    if line.queue_lost:
        more = _("The queue at QUEUE_URL does not answer: the worker does without it, more slowly.")
        return Figure(_("Worker"), _("works, without its queue"), "warn", more=more)
    return Figure(_("Worker"), _("works"), more=_("Seen %(ago)s", ago=ago(seen, now)))


def _dreamkas(line: Line, now: datetime) -> Figure:
    error = (
        _("Last error %(when)s: %(error)s", when=when(line.error_at), error=in_full(line.error))
        if line.error_at
        else ""
    )
    if line.token_refused:
        text = _("not asked: no token") if line.stopped_by == "no_token" else _("token not accepted")
        return Figure(_("Dreamkas"), text, "warn", more=error)
    if line.away:
        last = _("answered %(ago)s", ago=ago(line.success, now)) if line.success else _("never answered")
        return Figure(_("Dreamkas"), _("does not answer, %(last)s", last=last), "warn", more=error)
    if line.success is None:
        return Figure(_("Dreamkas"), _("not asked yet"), "unknown")
    return Figure(_("Dreamkas"), _("answered %(ago)s", ago=ago(line.success, now)), more=error)


def _token(line: Line) -> Figure:
    if line.token_refused:
        text = _("there is none") if line.stopped_by == "no_token" else _("not accepted")
        return Figure(_("Token"), text, "bad", more=_("Put the right one into DREAMKAS_AUTH_TOKEN."))
    if line.success is None:
        return Figure(_("Token"), _("not known yet"), "unknown")
    return Figure(_("Token"), _("valid"))


def _sending(line: Line) -> Figure:
    if line.hold:
        why = str(REASONS.get(line.hold, line.hold))
        since = _("Held since %(when)s: %(why)s", when=when(line.hold_since), why=why)
        return Figure(_("Sending"), _("held: %(why)s", why=why), "bad", _list("waiting"), since)
    if line.token_refused:
        return Figure(
            _("Sending"), _("waits: %(why)s", why=REASONS[line.stopped_by]), "bad", _list("waiting")
        )
    if line.paused_until:
        text = _("paused until %(when)s", when=f"{to_local(line.paused_until):%H:%M}")
        return Figure(_("Sending"), text, "warn", _list("waiting"), _("Dreamkas asked to wait."))
    return Figure(_("Sending"), _("open"), url=_list("waiting"))


def _queue(health: Health, now: datetime) -> Figure:
    if not health.waiting or health.oldest is None:
        return Figure(_("Queue"), _("empty"), url=_list("waiting"))
    age = now - health.oldest
    text = _("%(number)s, the oldest %(ago)s", number=health.waiting, ago=ago(health.oldest, now))
    return Figure(_("Queue"), text, "warn" if age.total_seconds() > PATIENCE else "ok", _list("waiting"))


def _webhook(came: datetime | None, now: datetime) -> Figure:
    more = _("Without webhooks Dreamkas is asked instead.")
    text = ago(came, now) if came else _("none has come")
    return Figure(_("Last webhook"), text, url=url_for("dreamkas.events"), more=more)


def _drift(number: int) -> Figure:
    more = _("Dreamkas and this billing do not say the same: look what to do about each.")
    return Figure(_("Differences"), str(number), "warn" if number else "ok", url_for("dreamkas.drift"), more)


def _count(title: str, number: int, level: str, state: str) -> Figure:
    return Figure(title, str(number), level if number else "ok", _list(state))
