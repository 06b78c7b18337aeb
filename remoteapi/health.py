"""`action=health`: how the cash register room fares, for Zabbix, Prometheus and whoever watches at night.

Times are ages in seconds by the database's clock, so that no other clock matters; what never happened has none.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from modules.core.current import options, source
from modules.core.db import clock
from modules.dreamkas.service import Health
from modules.dreamkas.service import health as dreamkas_health
from remoteapi.answers import say

PATIENCE = 300  # seconds that a receipt may wait before somebody should look
# Any of these asks for somebody to look.
ASKS = (
    "held",
    "token_refused",
    "queue_lost",
    "config_broken",
    "unsure",
    "late",
    "undecided",
    "alarms",
    "drift",
)
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Figure:
    """A number worth watching: its name, what it means, and where it is read from."""

    name: str
    meaning: str
    read: Callable[[Health], int | datetime | None]


FIGURES = (
    Figure("queue_length", "Receipts not yet accepted by Dreamkas.", lambda h: h.waiting),
    Figure("queue_oldest_seconds", "Age of the oldest of them.", lambda h: h.oldest),
    Figure("unsure", "Receipts of which nobody knows whether they arrived.", lambda h: h.unsure),
    Figure("late", "Receipts that were accepted and not printed in time.", lambda h: h.late),
    Figure("undecided", "Receipts that wait for a person to decide.", lambda h: h.undecided),
    Figure("alarms", "Payments that may have two receipts.", lambda h: h.alarms),
    Figure("rejected_today", "Receipts rejected since midnight.", lambda h: h.rejected_today),
    Figure("drift", "Differences from Dreamkas that nobody has explained.", lambda h: h.drift),
    Figure(
        "held",
        "1 while nothing is sent: the token or the address is not accepted.",
        lambda h: bool(h.line.hold),
    ),
    Figure("token_refused", "1 while Dreamkas does not accept the token.", lambda h: h.line.token_refused),
    Figure("worker_silent", "1 while no worker is seen.", lambda h: h.line.worker_silent),
    Figure(
        "queue_lost",
        "1 while a worker goes on without the queue at QUEUE_URL: receipts go out more slowly.",
        lambda h: h.line.queue_lost,
    ),
    Figure(
        "config_broken",
        "1 while alter.ini was changed and can not be used: the options read last hold.",
        lambda _h: bool(source().problems),
    ),
    Figure("worker_beat_seconds", "Since the worker's last beat.", lambda h: h.line.worker_seen),
    Figure("success_seconds", "Since Dreamkas last answered as it should.", lambda h: h.line.success),
    Figure("error_seconds", "Since Dreamkas last did not.", lambda h: h.line.error_at),
    Figure("webhook_seconds", "Since the last webhook came.", lambda h: h.webhook),
    Figure("catalog_seconds", "Since cash machines and positions were fetched.", lambda h: h.catalog),
)


def answer() -> Response:
    """JSON; `param=prometheus`: Prometheus' text. JSON comes with 503 while the worker is silent, so that a plain
    look at the status is a check; a scrape is always 200, for Prometheus throws the figures of a 503 away.
    """
    seen, now = dreamkas_health(), clock()
    figures = {figure.name: _number(figure.read(seen), now) for figure in FIGURES}
    if request.args.get("param") == "prometheus":
        return Response(_as_text(figures), content_type=PROMETHEUS)
    status = _status(seen, figures)
    told = {"status": status, "hold": seen.line.hold, **figures}
    return say(json.dumps(told), 503 if status == "down" else 200, "application/json")


def _number(value: int | datetime | None, now: datetime) -> int | None:
    if isinstance(value, datetime):
        return max(0, int((now - value).total_seconds()))
    return None if value is None else int(value)


def _status(seen: Health, figures: dict[str, int | None]) -> str:
    """ "off": DREAMKAS_ENABLED=0. "down": no worker. "warning": somebody should look. "ok"."""
    if not options().dreamkas_enabled:
        return "off"
    if seen.line.worker_silent:
        return "down"
    asks = any(figures[name] for name in ASKS)
    slow = (figures["queue_oldest_seconds"] or 0) > PATIENCE
    return "warning" if asks or slow or seen.line.away else "ok"


def _as_text(figures: dict[str, int | None]) -> str:
    """https://prometheus.io/docs/instrumenting/exposition_formats/; what has no value is left out."""
    lines = []
    for figure in FIGURES:
        if (number := figures[figure.name]) is not None:
            name = f"dreamkas_{figure.name}"
            lines += [f"# HELP {name} {figure.meaning}", f"# TYPE {name} gauge", f"{name} {number}"]
    return "\n".join(lines) + "\n"
