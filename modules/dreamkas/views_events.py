"""The tab "Events": what webhooks told, in the reader's words, and what became of it."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, Select, and_, or_, select
from wtforms import SelectField

from modules.core.db import db
from modules.core.tables import Column, Table
from modules.core.times import to_local
from modules.dreamkas.hint import message_of
from modules.dreamkas.message import EVENT_OF
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.views import Answer, bp, draw, reads
from modules.dreamkas.words import FATES, WEBHOOK_EVENTS
from modules.notifications.events import event_text

OTHER = "other"  # in the filter: a type that nobody knows
# What became of it -> the badge of a receipt's state that looks like it.
LOOKS = {
    "settled": "fiscalized",
    "waiting": "accepted",
    "foreign": "unsure",
    "unasked": "none",
    "noted": "exempt",
}


def text_of(row: InboxRow) -> str:
    """What it tells, as a sentence in the reader's language."""
    return event_text(row.type, row.action, message_of(row).data)


def type_words(row: InboxRow) -> str:
    """What it is about; a type that nobody knows as it came."""
    return str(WEBHOOK_EVENTS[EVENT_OF[row.type]]) if row.type in EVENT_OF else row.type


def fate_words(row: InboxRow) -> str:
    """What became of it."""
    return str(FATES.get(row.fate, row.fate))


def raw_text(row: InboxRow) -> str:
    """The message as it came, its lines broken for reading; signs that nobody sees are written as JSON names them."""
    plain = row.raw.decode("utf-8", "replace")
    with suppress(ValueError):
        plain = json.dumps(json.loads(plain), ensure_ascii=False, indent=2)
    # One could turn the line round; half of a pair could not even be sent to the browser.
    return "".join(sign if sign == "\n" or sign.isprintable() else json.dumps(sign)[1:-1] for sign in plain)


# Sorted by what an index knows: this list grows by several rows with each receipt.
TABLE = Table(
    [
        Column("came", _l("Came"), InboxRow.id, cell=lambda row: to_local(row.came_utc)),
        Column("type", _l("Type"), InboxRow.type, cell=type_words),
        Column("action", _l("Action")),
        Column("object_id", _l("Object")),
        Column("text", _l("Text"), None, "wide", text_of),
        Column("fate", _l("What became of it"), cell=fate_words),
        Column("times", _l("Times"), cls="num"),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ],
    sort="-came",
    search=[InboxRow.object_id, InboxRow.type, InboxRow.action],
    tie=InboxRow.id,
    begins={_l("Object"): InboxRow.object_id},
)


class FilterForm(FlaskForm):
    """The filter of the list."""

    class Meta:
        csrf = False  # it only asks

    evtype = SelectField(_l("Type"), validate_choice=False)

    def __init__(self) -> None:
        """From the address of the request."""
        super().__init__(request.args)
        known = {event: str(words) for event, words in WEBHOOK_EVENTS.items()}
        self.evtype.choices = {"": _("any"), **known, OTHER: _("not known here")}

    def found(self) -> Select[Any]:
        """The events that pass, as a select to be sorted and paged; a word that means nothing finds nothing."""
        wanted, every = self.evtype.data or "", select(InboxRow)
        if wanted == OTHER:
            # By their numbers: SQLite would rather read all messages in order than look into gaps and sort.
            others = select(InboxRow.id).where(_between(sorted(EVENT_OF)))
            return every.where(InboxRow.id.in_(others))
        kinds = [kind for kind, event in EVENT_OF.items() if event == wanted]
        return every.where(InboxRow.type.in_(kinds)) if wanted else every


def _between(known: list[str]) -> ColumnElement[bool]:
    """Types that are none of these, as the gaps between them: an index knows where a gap is, not what a list lacks."""
    gaps = (and_(InboxRow.type > one, InboxRow.type < other) for one, other in pairwise(known))
    return or_(InboxRow.type < known[0], *gaps, InboxRow.type > known[-1])


def drawn() -> dict[str, object]:
    """What draws a row."""
    return {"looks": LOOKS, "text_of": text_of, "type_words": type_words, "fate_words": fate_words}


@bp.get("/getevents")
@reads
def events() -> Answer:
    """The list; `csv=true` gives the whole of it as a file."""
    form, view = FilterForm(), TABLE.read(request.args)
    if view.csv:
        return TABLE.csv(view, form.found(), "events")
    values = {"page": TABLE.page_of(form.found(), view), "form": form, **drawn()}
    return draw("events", "dreamkas/events.html", part="dreamkas/_events.html", **values)


@bp.get("/showdetailedEvent")
@reads
def event() -> Answer:
    """One event, its message as it came: in the modal window for htmx, as a page of its own else."""
    number = request.args.get("showdetailedEvent", "")
    known = number.isdecimal() and number.isascii() and len(number) < 16
    row = db.session.get(InboxRow, int(number), populate_existing=True) if known else None
    if row is None:
        abort(404, _("There is no such event."))
    values = {"row": row, "raw": raw_text(row), **drawn()}
    return draw("events", "dreamkas/event.html", part="dreamkas/_event_modal.html", **values)
