"""What a person should know about the webhooks before one is missed."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from modules.core.serial import serial
from modules.dreamkas import webhooks
from modules.dreamkas.hooks import EVENTS, Webhook
from modules.dreamkas.webhooks import Known
from modules.dreamkas.words import WEBHOOK_EVENTS


@dataclass(frozen=True)
class Warned:
    """Something wrong with the webhooks, in words."""

    level: str
    text: str


def warnings(known: Known, host: str) -> list[Warned]:
    """What a person should know before a webhook is missed. `host`: ours, as this page is asked for."""
    said = [Warned(level, text) for hook in known.hooks for level, text in _of_one(hook, host)]
    if known.fetched:
        said += _overlaps([hook for hook in webhooks.ours(known.hooks, host) if hook.active])
        said += _missing(known, host)
    return said


def _of_one(hook: Webhook, host: str) -> Iterator[tuple[str, str]]:
    seen, where = hook.address, hook.address.host or hook.id
    if seen.key is None:
        return
    if seen.key != serial():
        yield (
            "warn",
            _("The webhook to %(where)s carries another key than ours: it is turned away.", where=where),
        )
    if seen.host != host:
        yield (
            "warn",
            _(
                "The webhook to %(where)s goes to another host than this one (%(host)s).",
                where=where,
                host=host,
            ),
        )
    if set(seen.events) != set(hook.wanted):
        yield (
            "warn",
            _("The webhook to %(where)s names other events in its address than it sends.", where=where),
        )
    if not seen.is_secure:
        yield "info", _("The webhook to %(where)s goes by http: its key can be read on the way.", where=where)


def _overlaps(hooks: list[Webhook]) -> Iterator[Warned]:
    twice = [event for event in EVENTS if sum(event in hook.wanted for hook in hooks) > 1]
    if twice:
        names = ", ".join(str(WEBHOOK_EVENTS[event]) for event in twice)
        yield Warned(
            "warn", _("Two webhooks of ours tell the same, everything comes twice: %(names)s.", names=names)
        )


def _missing(known: Known, host: str) -> Iterator[Warned]:
    told = any(hook.active and "operations" in hook.wanted for hook in webhooks.ours(known.hooks, host))
    if not told and webhooks.operations_flow():
        text = _(
            "Operations flow and no active webhook of ours tells of them: each is asked about instead, a little later."
        )
        yield Warned("warn", text)
