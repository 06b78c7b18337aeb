"""The bell in the bar: who hears it, what it says, what the corner of the page holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadSignature, Signer

from modules.core.address import HOME
from modules.core.admins import Admin, fold_login
from modules.core.current import is_part, options
from modules.core.rights import Denied, SwitchedOff, needs, signed_in
from modules.notifications import marks
from modules.notifications.models import Notification
from modules.notifications.news import MOST, NOTHING, News, between, ended
from modules.notifications.service import text

LEVELS = ("ok", "info", "warn", "bad")
# A fiscal operation's id -> the page of its payment, "" when the admin who asks may not see that. Handed in by the
# room of operations: this one does not know them.
PAYMENT_PAGE: list[Callable[[int], str]] = []


@dataclass(frozen=True)
class Toast:
    """One piece of news in the corner. `closes` is what its cross posts; `id` 0 is a summary of many."""

    id: int
    level: str
    text: str
    url: str
    seconds: int  # 0: stays until it is closed
    closes: dict[str, Any]


@dataclass(frozen=True)
class Bell:
    """What the bar draws for one who hears it. `seconds` between polls, 0: this page does not poll.

    `polls_at_once`: to get what was missed, or (`draws`) to say that what came with this bell has been drawn.
    `anew`: the toasts take the place of those that are there. `over`: numbers of toasts that are not true any more.
    """

    count: str
    since: str
    seconds: int
    desktop: bool
    toasts: list[Toast]
    draws: bool = False
    polls_at_once: bool = True
    anew: bool = False
    over: Sequence[int] = ()


# --- who hears it ---


def hears(admin: Admin | None) -> bool:
    """Whether notifications are on and for this admin: DREAMKAS_ADMINS_ALLOWED, or the right DREAMKAS."""
    now = options()
    if admin is None or not (now.dreamkas_enabled and now.dreamkas_notifications_enabled):
        return False
    allowed = {fold_login(login) for login in now.dreamkas_admins_allowed}
    return admin.login in allowed if allowed else admin.can("DREAMKAS")


def for_hearers(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view is for those who hear the bell; as core.rights.needs refuses all others."""

    @wraps(view)
    @needs(option="DREAMKAS_ENABLED")
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not options().dreamkas_notifications_enabled:
            raise SwitchedOff
        if not hears(signed_in()):
            raise Denied
        return view(*args, **kwargs)

    return guarded


# --- what pages draw ---


def for_pages() -> dict[str, Bell | None]:
    """Hands `bell` to every page (a context processor): a Bell, or None for whom there is none."""
    admin = signed_in() if not is_part() else None
    return {"bell": page_bell(admin) if admin and hears(admin) else None}


def page_bell(admin: Admin) -> Bell:
    """The bell of a whole page, with the errors that nobody closed and nothing ended yet."""
    now, mine = options(), marks.reader(admin.login)
    shown = now.dreamkas_notify_anywhere or request.blueprint == HOME
    unread, standing = marks.unread_and_standing(mine)
    return Bell(
        _in_words(unread),
        sealed(mine.shown),
        now.dreamkas_cache_check_interval if shown else 0,
        now.dreamkas_desktop_notifications,
        toasts(standing, mine.shown) if shown else [],
    )


def fresh_bell(admin: Admin, since: str, cursor: str) -> Bell:
    """The bell of a poll's answer, with what is new since the page's cursor."""
    now, mine, news = options(), marks.reader(admin.login), between(since, cursor)
    errors = marks.standing(mine, cursor) if news.errors else NOTHING
    crowd = errors.total > MOST
    return Bell(
        count(mine),
        sealed(cursor),
        now.dreamkas_cache_check_interval,
        now.dreamkas_desktop_notifications,
        _folded(news, errors, cursor) if crowd else toasts(news, cursor),
        draws=since != cursor,
        polls_at_once=since != cursor,
        anew=crowd,
        over=ended(since) if since != cursor else (),
    )


def count(mine: marks.Marks) -> str:
    """How many are unread, as it stands beside the bell; "" for none."""
    return _in_words(marks.unread(mine))


def _in_words(number: int) -> str:
    return f"{marks.COUNTED - 1}+" if number >= marks.COUNTED else str(number or "")


def toasts(news: News, cursor: str) -> list[Toast]:
    """A toast for each; one for all when they are many. Errors stay until they are closed, or over."""
    if news.total and not news.rows:
        return [_summary(news, cursor)]
    return [_toast(row) for row in news.rows]


def _folded(news: News, errors: News, cursor: str) -> list[Toast]:
    others = [row for row in news.rows if row.level != "bad"]
    unnamed = news.total - news.errors - len(others)  # many of them: in the one line too
    return [
        _summary(News((), errors.total + unnamed, errors.total), cursor),
        *(_toast(row) for row in others),
    ]


def _toast(row: Notification) -> Toast:
    seconds = 0 if row.level == "bad" else options().dreamkas_popup_timeout
    return Toast(row.id, level_of(row), text(row), url_of(row), seconds, {"closed": row.id})


def _summary(news: News, cursor: str) -> Toast:
    said = ngettext("%(num)s notification", "%(num)s notifications", news.total)
    if news.errors:
        said = _("%(all)s, errors among them: %(errors)s", all=said, errors=news.errors)
    level, seconds = ("bad", 0) if news.errors else ("info", options().dreamkas_popup_timeout)
    return Toast(0, level, said, url_for("dreamkas.notifications"), seconds, {"read": sealed(cursor)})


def level_of(row: Notification) -> str:
    """One of LEVELS; a word that is none of them is mere information."""
    return row.level if row.level in LEVELS else "info"


def url_of(row: Notification) -> str:
    """Where it leads: to its fiscal operation, or to the payment for whom may see only that; "" leads nowhere."""
    admin = signed_in()
    if row.operation_pk is None or admin is None:
        return ""
    if admin.can("DREAMKAS"):
        return url_for("dreamkas.operation", showdetailedFiscOp=row.operation_pk)
    return next((url for page in PAYMENT_PAGE if (url := page(row.operation_pk))), "")


# --- the cursor in the page ---


def sealed(cursor: str) -> str:
    """The cursor as the page carries it: signed, so that "nothing new" can be said without asking who comes."""
    return _signer().sign(cursor).decode()


def unsealed(text: str) -> str | None:
    """The cursor of sealed(); None for what we did not sign."""
    try:
        return _signer().unsign(text).decode()
    except BadSignature:
        return None


def _signer() -> Signer:
    return Signer(current_app.secret_key or "", salt="notifications")
