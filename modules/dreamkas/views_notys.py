"""Notifications: the poll behind the bell, and the list of all there were.

The poll is answered 204 without asking any table while nothing is new since the cursor that the page carries.
"""

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from modules.core.current import is_part, options
from modules.core.rights import looks_late, no_keepalive, signed_in
from modules.core.tables import Column, Table
from modules.dreamkas.views import Answer, back_to, bp
from modules.notifications import bell, marks, news
from modules.notifications.models import Notification
from modules.notifications.service import text

LEVELS = {"bad": _l("Error"), "warn": _l("Warning"), "ok": _l("Success"), "info": _l("Information")}

TABLE = Table(
    [
        Column("created_utc", _l("Date"), Notification.id, cell=lambda one: one.created_utc),
        Column(
            "level",
            _l("Level"),
            Notification.level,
            "badge-col",
            lambda one: LEVELS[bell.level_of(one)],
            indexed=False,
        ),
        Column("text", _l("Text"), None, "wide", text),
    ],
    sort="-created_utc",
    search=[Notification.params, Notification.message, Notification.kind],
    tie=Notification.id,
    newest=True,
)


bp.app_context_processor(bell.for_pages)


@bp.get("/getnotys")
@no_keepalive
@looks_late
def notys() -> Answer:
    """What is new since the page's cursor: the bell anew and toasts; 204 when there is nothing.

    `drawn`: the page has just drawn all that its cursor knows. A page that was left before that leaves its news to
    the next one.
    """
    since, now = bell.unsealed(request.args.get("since", "")), news.position()
    drawn = since is not None and "drawn" in request.args and is_part()  # no mere link can do it
    return ("", 204) if since == now and not drawn else _changed(since, now, drawn)


@bell.for_hearers
def _changed(since: str | None, now: str, drawn: bool) -> Answer:
    login = _login()
    if since is not None and drawn:
        marks.note_shown(login, since)
    since = marks.reader(login).shown if since is None else since
    if since == now and not drawn:
        return "", 204
    fresh = bell.fresh_bell(signed_in(), since, now)  # type: ignore[arg-type]
    return render_template("notifications/_news.html", bell=fresh)


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
