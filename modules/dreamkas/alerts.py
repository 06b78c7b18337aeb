"""What every page says at once while the cash register room does not fare well."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from modules.core.current import options
from modules.core.rights import signed_in
from modules.dreamkas.choices import catalog_of_page
from modules.dreamkas.health import OF_PAGE, Line, line_health
from modules.dreamkas.machines import troubles
from modules.dreamkas.words import STOPS

SEES = ("CASH", "UKV", "BANKSTA2", "DREAMKAS")


def alerts() -> list[dict[str, Any]]:
    """[{level, text, url}] for the admin who asks; empty while all is well or the module is off."""
    admin = signed_in()
    if not options().dreamkas_enabled or admin is None or not any(admin.can(right) for right in SEES):
        return []
    machines = _machines() if admin.can("DREAMKAS") else []  # the line comes with them
    line = request.environ.get(OF_PAGE) or line_health()
    return [{"level": level, "text": text, "url": None} for level, text in _said(line)] + machines


def _machines() -> list[dict[str, Any]]:
    url = url_for("dreamkas.machines")
    return [{"level": level, "text": text, "url": url} for level, text in troubles(catalog_of_page())]


def _said(line: Line) -> list[tuple[str, str]]:
    said = []
    if line.worker_silent:
        said.append(("bad", _("The worker is silent: receipts wait in the queue until it runs again.")))
    if line.stopped_by:
        said.append(("bad", str(STOPS[line.stopped_by])))
    elif line.away:
        said.append(("warn", _("Dreamkas does not answer as it should: receipts wait, nothing is lost.")))
    elif line.queue_lost and not line.worker_silent:
        said.append(
            ("warn", _("The queue at QUEUE_URL does not answer: receipts go out all the same, more slowly."))
        )
    return said
