"""Dreamkas goes away and comes back: each is told once, a single stumble is not."""

from datetime import timedelta

from modules.core.db import transact
from modules.dreamkas import line
from tests.dreamkas.desk import carry, later, line_now, news, queue
from tests.dreamkas.fake import failure


def wrong(word: str = "not_sent") -> None:
    transact(lambda session: line.went_wrong(session, failure(word)))


def well() -> None:
    transact(line.went_well)


def test_going_away_and_coming_back_is_told_once_each(dreamkas):
    wrong()
    assert news("away") == []
    later(seconds=4)
    for _time in range(3):
        wrong()
    assert [row.level for row in news("away")] == ["warn"]
    well()
    well()
    assert [row.level for row in news("away")] == ["warn", "ok"]
    assert (line_now().failing_utc, line_now().away_told) == (None, False)


def test_while_it_is_away_a_long_queue_does_not_knock_without_a_pause(dreamkas, monkeypatch):
    monkeypatch.setattr(line, "TRY_EVERY", timedelta(seconds=100))
    wrong()
    later(seconds=4)
    wrong()
    for number in range(1, 4):
        queue(number)
    dreamkas.script.append("not_sent")
    assert carry(dreamkas) == 0, "it was tried just now"
    later(seconds=101)
    assert carry(dreamkas) == 1, "one knocks for all"
    later(seconds=101)
    assert carry(dreamkas) == 3, "it answers: nothing waits any more"


def test_a_token_that_is_missing_is_not_a_service_that_is_away(dreamkas):
    wrong("no_token")
    later(seconds=4)
    wrong("no_token")
    [told] = news("away")
    assert told.level == "bad" and "no token" in told.message and "does not answer" not in told.message
    well()
    assert [row.level for row in news("away")] == ["bad", "ok"]


def test_a_stumble_is_not_told(dreamkas):
    for _time in range(3):
        wrong("unknown")
        well()
        later(seconds=60)
    assert news("away") == []


def test_a_refusal_is_an_answer(dreamkas):
    for _time in range(2):
        wrong("refused")
        later(seconds=60)
    assert news("away") == []


def test_while_the_queue_is_held_that_alone_is_told(dreamkas):
    transact(lambda session: line.hold(session, "token", "no"))
    wrong()
    later(seconds=60)
    wrong()
    transact(line._lift)
    well()
    assert (news("away"), [row.level for row in news("hold")]) == ([], ["bad", "ok"])
