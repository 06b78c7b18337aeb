"""Notifications: the poll behind the bell, and the list of all there were.

The poll is answered 204 without asking any table while nothing is new since the cursor that the page carries.
"""

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from modules.core.current import options
from modules.core.rights import looks_late, no_keepalive, signed_in
from modules.core.tables import Column, Table
from modules.dreamkas.views import Answer, back_to, bp, is_part
from modules.notifications import bell, marks, news
from modules.notifications.models import Notification
from modules.notifications.service import text

LEVELS = {"bad": _l("Error"), "warn": _l("Warning"), "ok": _l("Success"), "info": _l("Information")}

TABLE = Table(
    [
        Column("created_utc", _l("Date"), Notification.id, cell=lambda one: one.created_utc),
        Column("level", _l("Level"), Notification.level, "badge-col", lambda one: LEVELS[bell.level_of(one)]),
        Column("text", _l("Text"), None, "wide", text),
    ],
    sort="-created_utc",
    search=[Notification.params, Notification.message, Notification.kind],
    tie=Notification.id,
)


bp.app_context_processor(bell.for_pages)


@bp.get("/getnotys")
@no_keepalive
@looks_late
def notys() -> Answer:
    """What is new since the page's cursor: the bell anew and toasts; 204 when there is nothing."""
    since, now = bell.unsealed(request.args.get("since", "")), news.position()
    return ("", 204) if since == now else _changed(since, now)


@bell.for_hearers
def _changed(since: str | None, now: str) -> Answer:
    mine = marks.reader(_login())
    since = mine.shown if since is None else since
    if since == now:
        return "", 204
    fresh = news.between(since, now)
    if mine.shown != now and is_part():  # no mere link can do it
        marks.note_shown(mine.admin, now)
    drawn = bell.fresh_bell(signed_in(), now, fresh)  # type: ignore[arg-type]
    return render_template("notifications/_news.html", bell=drawn)


@bp.get("/notifications")
@bell.for_hearers
def notifications() -> Answer:
    """All notifications, the newest first; `csv=true` gives the whole of the list as a file."""
    view, now = TABLE.read(request.args), news.position()
    found = select(Notification)
    if view.csv:
        return TABLE.csv(view, found, "notifications")
    page = TABLE.page_of(found, view)
    template = "notifications/_list.html" if is_part() else "notifications/page.html"
    return render_template(
        template,
        page=page,
        unread=marks.unread_of(marks.reader(_login()), page.rows),
        words=LEVELS,
        text=text,
        level_of=bell.level_of,
        url_of=bell.url_of,
        now=bell.sealed(now),
        desktop=options().dreamkas_desktop_notifications,
    )


@bp.post("/notifications")
@bell.for_hearers
def note_notification() -> Answer:
    """`closed=ID`: that toast was closed. `read=CURSOR`: all up to there was read. Answers with the count."""
    closed, read = request.form.get("closed", ""), bell.unsealed(request.form.get("read", ""))
    if closed.isdecimal() and len(closed) < 16:
        marks.note_closed(_login(), int(closed))
    if read:
        marks.note_read(_login(), read)
    if not is_part():
        return back_to("dreamkas.notifications")
    return render_template("notifications/_count.html", count=bell.count(marks.reader(_login())))


def _login() -> str:
    admin = signed_in()
    return admin.login if admin else ""
