"""The hold and its lifting, the pause, and how the line fares."""

from datetime import timedelta

import pytest

from modules.core.db import clock, db, transact
from modules.dreamkas import line, outbox
from modules.dreamkas.health import health, line_health
from tests.dreamkas.desk import carry, change, later, line_now, news, now_is, queue, state
from tests.dreamkas.fake import failure


def held(dreamkas, word: str) -> int:
    """A queue that is held because of one operation."""
    pk = queue()
    dreamkas.script.append(word)
    carry(dreamkas)
    dreamkas.asked.clear()
    return pk


def test_the_client_is_made_of_the_options_as_they_are_now(make_app):
    told = {"DREAMKAS_CONNECT_TIMEOUT": "3", "DREAMKAS_READ_TIMEOUT": "7", "DREAMKAS_DEADLINE": "21"}
    with make_app(**told).app_context():
        made = line.client()
    assert (made._timeouts, made._deadline) == ((3, 7), 21)


@pytest.mark.parametrize("word", ["token", "door"])
def test_a_hold_is_lifted_by_a_get_that_succeeds_and_by_nothing_else(dreamkas, word):
    held(dreamkas, word)
    other, posts = queue(18), len(dreamkas.posts)
    later(dreamkas, hours=1)
    assert outbox.claim(dreamkas.door) is outbox.Idle.HELD, "time alone lifts nothing"
    assert (line_now().reason, len(dreamkas.posts)) == (word, posts)
    line.probe()
    assert (line_now().reason, dreamkas.asked) == ("", ["operations"])
    assert len(dreamkas.posts) == posts, "no POST tried the door"
    assert [row.level for row in news("hold")] == ["bad", "ok"]
    later(dreamkas, minutes=-59)
    carry(dreamkas)
    assert state(other) == "accepted"


def test_a_get_that_fails_lifts_nothing_and_comes_again(dreamkas):
    held(dreamkas, "token")
    dreamkas.away = "door"
    later(dreamkas, seconds=16)
    line.probe()
    assert line_now().reason == "token"
    assert line_now().error.startswith("HTTP 404")
    assert line_now().error_utc > clock() - timedelta(seconds=10)
    dreamkas.asked.clear()
    line.probe()
    assert dreamkas.asked == [], "not before its time"
    dreamkas.away = None
    later(dreamkas, seconds=16)
    line.probe()
    assert line_now().reason == ""


def test_no_transaction_is_held_while_a_hold_is_probed(dreamkas):
    held(dreamkas, "token")
    later(dreamkas, seconds=16)
    in_one = []
    dreamkas.while_listing = lambda: in_one.append(db.session().in_transaction())
    line.probe()
    assert in_one == [False]


def test_without_a_hold_nothing_is_asked(dreamkas):
    line.probe()
    assert dreamkas.asked == []


def test_a_lifted_hold_frees_what_waits_in_the_queue(dreamkas):
    waits = queue()
    dreamkas.script.append("not_sent")
    change(waits, unsent=6)
    carry(dreamkas)
    assert now_is(waits).due_utc > clock() + timedelta(minutes=10)
    queue(18)
    dreamkas.script.append("door")
    carry(dreamkas)
    later(dreamkas, seconds=31)
    line.probe()
    assert (line_now().reason, state(waits)) == ("", "queued")
    assert now_is(waits).due_utc <= clock()


def silent_for_a_while(dreamkas) -> None:
    """Dreamkas does not answer, and a few seconds later it does not either."""
    transact(lambda session: line.went_wrong(session, failure("unknown")))
    later(dreamkas, seconds=4)
    transact(lambda session: line.went_wrong(session, failure("unknown")))


def test_after_a_hold_was_lifted_the_line_is_well_and_the_next_trouble_is_told_anew(dreamkas):
    silent_for_a_while(dreamkas)
    held(dreamkas, "door")
    later(dreamkas, seconds=31)
    line.probe()
    assert not line_health().away
    silent_for_a_while(dreamkas)
    assert line_health().away
    assert len(news("away")) == 2


def test_that_dreamkas_answers_again_is_told_once_and_a_stumble_after_it_not_at_all(dreamkas):
    silent_for_a_while(dreamkas)
    later(dreamkas, seconds=60)
    for _ in range(2):
        transact(line.went_well)
    assert [row.level for row in news("away")] == ["warn", "ok"]
    later(dreamkas, seconds=60)
    transact(lambda session: line.went_wrong(session, failure("unknown")))
    transact(line.went_well)
    assert len(news("away")) == 2


@pytest.mark.parametrize(("word", "level"), [("not_sent", "warn"), ("unknown", "warn"), ("no_token", "bad")])
def test_silence_is_told_once_whatever_its_kind_and_not_while_the_queue_is_held(dreamkas, word, level):
    for _ in range(5):
        transact(lambda session: line.went_wrong(session, failure(word)))
        later(dreamkas, seconds=2)
    assert [row.level for row in news("away")] == [level]
    transact(line.went_well)
    transact(lambda session: line.hold(session, "token", "HTTP 401"))
    for _ in range(5):
        transact(lambda session: line.went_wrong(session, failure(word)))
        later(dreamkas, seconds=2)
    assert len(news("away")) == 2


@pytest.mark.parametrize("word", ["token", "door"])
def test_the_same_again_after_each_lifting_is_asked_less_and_less_often(dreamkas, word):
    waits = []
    for number in range(9):
        pk = queue(number)
        dreamkas.script.extend([word])
        carry(dreamkas)
        waits.append(round((line_now().probe_utc - clock()).total_seconds()))
        later(dreamkas, minutes=10.1)
        line.probe()
        transact(lambda session, one=pk: session.delete(session.get(outbox.Attempt, one)))
    first = line.PROBE_SECONDS[word]
    assert waits == [min(600, first * 2 ** min(number, 6)) for number in range(9)]


def test_a_receipt_that_is_accepted_ends_that_caution(dreamkas):
    held(dreamkas, "token")
    later(dreamkas, seconds=16)
    line.probe()
    transact(line.went_well)
    assert line_now().probes == 1, "a GET that is let in does not end it"
    carry(dreamkas)
    assert line_now().probes == 0


def test_the_same_hold_twice_is_told_once(dreamkas):
    for _ in range(2):
        transact(lambda session: line.hold(session, "token", "HTTP 401"))
    assert len(news("hold")) == 1


def test_a_lifting_that_comes_second_tells_nothing(dreamkas):
    held(dreamkas, "token")
    transact(line._lift)
    transact(line._lift)
    assert [row.level for row in news("hold")] == ["bad", "ok"]


def test_health_says_whether_the_last_thing_heard_was_an_error(dreamkas):
    transact(line.went_well)
    assert not line_health().away
    later(dreamkas, seconds=5)
    transact(lambda session: line.went_wrong(session, failure("unknown")))
    assert line_health().away and "ReadTimeout" in line_health().error
    transact(line.went_well)
    assert not line_health().away


def test_a_line_in_steady_use_is_written_every_ten_seconds_only(dreamkas):
    transact(line.went_well)
    written = line_now().success_utc
    transact(line.went_well)
    assert line_now().success_utc == written
    later(dreamkas, seconds=11)
    transact(line.went_well)
    assert line_now().success_utc > written


def test_health_counts_where_the_operations_are(dreamkas):
    for number in range(3):
        queue(number)
    dreamkas.script.extend(["refused", "unknown", "ok"])
    carry(dreamkas)
    queue(9)
    now = health()
    assert (now.waiting, now.unsure, now.rejected_today, now.late, now.undecided, now.alarms) == (
        1,
        1,
        1,
        0,
        0,
        0,
    )
    assert now.oldest is not None and now.line.worker_silent


def test_one_that_needs_a_person_for_two_reasons_needs_him_once(dreamkas):
    doubted, doubled, both = (queue(number) for number in range(3))
    for pk, values in (
        (doubted, {"state": "unsure", "reason": "needs_person"}),
        (doubled, {"state": "fiscalized", "alarm": "two_receipts"}),
        (both, {"state": "unsure", "reason": "needs_person", "alarm": "two_receipts"}),
    ):
        change(pk, **values)
    now = health()
    assert (now.undecided, now.alarms, now.needs_person) == (2, 2, 3)


def test_a_pause_is_shown_while_it_lasts(dreamkas):
    pk = queue()
    dreamkas.script.append("throttled")
    carry(dreamkas)
    assert line_health().paused_until > clock() + timedelta(seconds=50)
    later(dreamkas, seconds=61)
    assert (line_health().paused_until, now_is(pk).state) == (None, "queued")


def test_a_stranger_at_the_door_is_told_also_while_the_token_holds_the_queue(dreamkas):
    transact(lambda session: line.hold(session, "token", "HTTP 401"))
    transact(lambda session: line.hold(session, "door", "HTTP 404"))
    assert line_now().reason == "door"
    assert "DREAMKAS_API_URL" in news("hold")[-1].message
