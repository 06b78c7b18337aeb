"""The words of the health strip."""

from datetime import datetime, timedelta

import pytest
from flask import url_for

from modules.core.db import db, transact
from modules.dreamkas import line
from modules.dreamkas.client import Answer, DreamkasError
from modules.dreamkas.refusals import refusal
from modules.dreamkas.service import health, keep_hook
from modules.dreamkas.views_health import ago, figures
from tests.dreamkas.fake import failure
from tests.dreamkas.hooks import operation_hook

NOW = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 - naive UTC, as inside


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (0, "1 sec. ago"),
        (-5, "1 sec. ago"),
        (59, "59 sec. ago"),
        (60, "1 min. ago"),
        (300, "5 min. ago"),
        (7200, "2 hr. ago"),
        (90_000, "1 d. ago"),
    ],
)
def test_a_moment_is_always_ago_and_short(app, passed, words):
    with app.test_request_context("/"):
        assert ago(NOW - timedelta(seconds=passed), NOW) == words


def test_the_strip_says_when_the_last_webhook_came(app):
    with app.test_request_context("/"):
        assert words_of("Last webhook") == "none has come"
        db.session.rollback()  # another request's page
        keep_hook(operation_hook("op-1"), None)
        assert words_of("Last webhook").endswith("ago")


@pytest.mark.parametrize("said", ["HTTP 401; E: no", "HTTP 403; E: no"])
def test_a_get_that_is_refused_shows_the_token_as_refused_too(app, said):
    with app.test_request_context("/"):
        transact(line.went_well)
        assert words_of("Token") == "valid"
        transact(lambda session: line.went_wrong(session, DreamkasError(said, Answer())))
        assert words_of("Token") == "not accepted"
        assert words_of("Dreamkas") == "token not accepted"
        assert words_of("Sending") == "waits: Dreamkas does not accept the token"
        transact(line.went_well)
        assert words_of("Token") == "valid"


def test_a_token_that_is_missing_is_not_called_refused(app):
    with app.test_request_context("/"):
        transact(lambda session: line.went_wrong(session, failure("no_token")))
        assert words_of("Token") == "there is none"
        assert words_of("Dreamkas") == "not asked: no token"
        assert words_of("Sending") == "waits: there is no token for Dreamkas"
        transact(line.went_well)
        assert words_of("Token") == "valid"


def test_a_stranger_who_forbids_says_nothing_of_the_token(app):
    with app.test_request_context("/"):
        transact(line.went_well)
        page = Answer(http_status=403)
        transact(lambda session: line.went_wrong(session, refusal(None, page, {}, False, str)))
        assert words_of("Token") == "valid"


def test_what_can_be_listed_leads_to_its_list(app):
    with app.test_request_context("/"):
        leads = {figure.title: figure.url for figure in figures(health())}
        assert [title for title, url in leads.items() if not url] == ["Worker", "Dreamkas", "Token"]
        assert leads["Last webhook"] == url_for("dreamkas.events")


def words_of(title: str) -> str:
    [figure] = [figure for figure in figures(health()) if figure.title == title]
    return figure.text
