"""What tests of notifications do over and over: tell something, open a page, poll as that page would."""

import html
import json
import re
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from modules.core.db import clock, db, transact
from modules.notifications.models import Notification
from modules.notifications.service import tell

POLL = "/?module=dreamkas&getnotys=true"
HTMX = {"HX-Request": "true"}


def say(app: Flask, *words: str, level: str = "info", days_ago: float = 0, kind: str = "test") -> None:
    """Tells each of the words in one transaction, some days ago maybe."""
    with app.app_context():
        transact(lambda session: [tell(level, kind, "%(word)s", word=word) for word in words] and None)
        if days_ago:
            transact(lambda session: _age(words, days_ago))


def _age(words, days_ago: float) -> None:
    for row in db.session.scalars(select(Notification)):
        if json.loads(row.params).get("word") in words:
            row.created_utc = clock() - timedelta(days=days_ago)


def toasts(answer: str) -> list[str]:
    """The words of the toasts of a page or of a poll's answer, without what lies ready for scripts."""
    shown = re.sub(r"<template.*?</template>", "", answer, flags=re.S)
    found = re.findall(
        r'<div class="toast.*?<(?:a|span)(?: href="[^"]*")?>(.*?)</(?:a|span)>', _no_icons(shown), re.S
    )
    return [html.unescape(words) for words in found]


def _no_icons(text: str) -> str:
    return re.sub(r'<span class="icon">.*?</svg></span>', "", text, flags=re.S)


def bell_of(page: str) -> tuple[dict[str, str], bool]:
    """What the bell of a page, or of a poll's answer, sends with its next poll; whether it polls at once."""
    values = re.search(r"""id="news".*?hx-vals='([^']*)'""", page, re.S)[1]
    return json.loads(html.unescape(values)), 'hx-trigger="load' in page


def unread_of(page: str) -> str:
    """The count beside the bell."""
    return re.search(r'id="news-count"[^>]*>([^<]*)', page)[1]


class Tab:
    """A page that stays open: it polls with what it was given last, as htmx does."""

    def __init__(self, browser: FlaskClient, address: str = "/") -> None:
        self.browser = browser
        self.page = browser.get(address).text
        self.values, _at_once = bell_of(self.page)

    def poll(self, leaves: bool = False) -> list[str]:
        """What a poll brings into the corner. `leaves`: the page is gone before the answer is drawn."""
        answer = self.browser.get(f"{POLL}&{urlencode(self.values)}", headers=HTMX)
        assert answer.status_code in (200, 204), answer.text
        if answer.status_code == 204 or leaves:
            assert answer.data == b"" or leaves
            return []
        self.values, at_once = bell_of(answer.text)
        self.page = answer.text
        return toasts(answer.text) + (self._poll_on() if at_once else [])

    def _poll_on(self) -> list[str]:
        page = self.page
        more = self.poll()
        self.page = page if not more else self.page
        return more

    def post(self, **form: str):
        """What the cross of a toast, or the list of notifications, says."""
        token = re.search(r'name="csrf-token" content="([^"]*)"', self.browser.get("/").text)[1]
        return self.browser.post(
            "/?module=dreamkas&notifications=true", data={"csrf_token": token, **form}, headers=HTMX
        )
