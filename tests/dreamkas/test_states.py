"""A receipt's state says why it waits, and how soon it is worth asking again."""

import pytest
from sqlalchemy import update

from modules.core.db import clock, transact
from modules.dreamkas import line, service, states
from modules.dreamkas.health import line_health
from modules.dreamkas.models import Duty
from modules.dreamkas.service import Source
from tests.books import fill
from tests.dreamkas.desk import change, later, queue
from tests.dreamkas.fake import failure
from tests.house import MakeApp

WISH = service.Wish(123, "SIMPLE", "CASH", "inet")


@pytest.fixture
def awake(dreamkas):
    """A worker that has just been seen."""
    worker_seen()
    return dreamkas


def worker_seen():
    transact(lambda session: session.execute(update(Duty).where(Duty.name == "beat").values(ran_utc=clock())))


def shown(number=17):
    return service.state_of(Source("payment", number))


def test_while_all_is_well_a_queued_receipt_says_nothing_more(awake):
    queue()
    assert (shown().state, shown().reason, shown().poll_seconds) == ("queued", "", 2)


def test_a_silent_worker_is_why_it_waits(awake):
    queue()
    later(minutes=2)
    assert "worker is silent" in shown().reason
    assert shown().poll_seconds == 10


@pytest.mark.parametrize(("hold", "words"), [("token", "token"), ("door", "not as Dreamkas does")])
def test_a_held_queue_is_why_it_waits(awake, hold, words):
    queue()
    transact(lambda session: line.hold(session, hold, "401"))
    assert words in shown().reason


def test_a_token_that_a_get_was_refused_for_is_why_it_waits(awake):
    queue()
    transact(lambda session: line.went_wrong(session, failure("token")))
    assert shown().reason == "Dreamkas does not accept the token"


def test_a_pause_is_why_it_waits(awake):
    queue()
    transact(lambda session: line.pause(session, 30))
    assert shown().reason == "Dreamkas asked to wait"


def test_a_dreamkas_that_is_away_is_why_it_waits(awake):
    queue()
    transact(lambda session: line.went_wrong(session, failure("not_sent")))
    assert "Dreamkas does not answer" in shown().reason


def test_what_is_known_of_the_operation_itself_counts_more(awake):
    change(queue(), reason="absent")
    later(minutes=2)
    assert shown().reason == "Dreamkas never got it, it is sent again"


def test_only_what_waits_is_explained_by_the_line(awake):
    change(queue(), state="sending")
    later(minutes=2)
    assert shown().reason == ""


def test_a_module_that_is_off_is_why_it_waits(make_app: MakeApp):
    with make_app(DREAMKAS_ENABLED="0").app_context():
        fill()
        queue(wish=WISH)
        assert "switched off in alter.ini" in shown().reason


def test_the_line_is_asked_once_for_many(awake, monkeypatch):
    looks = []
    monkeypatch.setattr(states, "line_health", lambda: looks.append(1) or line_health())
    for number in range(5):
        queue(number + 1)
    service.states_of(Source("payment", number + 1) for number in range(5))
    assert len(looks) == 1


def test_an_accepted_receipt_is_asked_about_less_often_after_a_minute(awake):
    pk = queue()
    change(pk, state="accepted", accepted_utc=clock())
    assert shown().poll_seconds == 2
    later(seconds=61)
    assert shown().poll_seconds == 10
    change(pk, reason="late")
    assert (shown().poll_seconds, shown().late) == (30, True)
