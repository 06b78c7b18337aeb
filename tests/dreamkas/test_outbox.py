"""Each row of the outcome table, as the database has it afterwards."""

import base64
import json
import time
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from modules.core.db import clock, db, transact
from modules.dreamkas import follow, life, line, looks, outbox
from modules.dreamkas.health import line_health
from tests.dreamkas.desk import (
    acknowledged,
    attempts,
    carry,
    change,
    due,
    last,
    later,
    line_now,
    lost,
    news,
    now_is,
    put_back,
    queue,
    state,
    work,
    worker_dies,
)


def wait_of(pk: int) -> float:
    """Seconds until it is due."""
    return (now_is(pk).due_utc - clock()).total_seconds()


def test_a_claimed_operation_is_written_as_being_sent_before_a_byte_leaves(dreamkas):
    pk = queue()
    claimed = outbox.claim(dreamkas.door)
    operation = now_is(pk)
    assert (operation.state, operation.attempt, claimed.pk) == ("sending", 1, pk)
    assert operation.lease_until_utc - clock() > timedelta(seconds=80), "a lease is three deadlines long"
    assert (last(pk).outcome, last(pk).door) == ("sending", dreamkas.door)
    assert dreamkas.posts == []


def test_the_stored_bytes_are_sent_as_they_are_at_every_attempt(dreamkas):
    pk = queue()
    stored = base64.b64decode(now_is(pk).operation_body)
    dreamkas.script.extend(["throttled", "token", "ok"])
    carry(dreamkas)
    later(dreamkas, minutes=2)
    carry(dreamkas)
    later(dreamkas, seconds=20)
    line.probe()
    carry(dreamkas)
    assert dreamkas.posts == [stored, stored, stored]
    assert json.loads(stored)["externalId"] == now_is(pk).external_id
    assert state(pk) == "accepted"


def test_an_operation_object_with_our_external_id_is_an_acceptance(dreamkas):
    pk = queue()
    carry(dreamkas)
    operation = now_is(pk)
    assert (operation.state, operation.operation_id, operation.status) == (
        "accepted",
        dreamkas.rows[0]["id"],
        "PENDING",
    )
    assert (last(pk).outcome, last(pk).http_status, last(pk).their_id) == (
        "accepted",
        202,
        dreamkas.rows[0]["id"],
    )
    assert operation.lease_until_utc is None
    assert 4 < wait_of(pk) <= 5, "it is asked about after five seconds"


def test_an_answer_that_says_success_at_once_is_a_receipt(dreamkas):
    pk = queue()
    dreamkas.script.append("success")
    carry(dreamkas)
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")
    assert [row.params for row in news("fiscalized")] == ['{"subscriber": "ivanov"}']


def test_an_answer_that_says_error_at_once_is_a_rejection_that_is_watched(dreamkas):
    pk = queue()
    dreamkas.script.append("error")
    carry(dreamkas)
    operation = now_is(pk)
    assert (operation.state, operation.reason, operation.error_code) == (
        "rejected",
        "their_error",
        "CashOffline",
    )
    assert operation.watch_until_utc > clock() + timedelta(hours=71)
    assert operation.source_key is None


def test_what_was_proved_not_sent_waits_longer_and_longer(dreamkas):
    pk = queue()
    for seconds in (0, 5, 30, 120, 600, 1800, 3600, 3600):
        change(pk, due_utc=clock(), looked_utc=clock())
        dreamkas.script.append("not_sent")
        outbox.carry(outbox.claim(dreamkas.door), dreamkas)
        assert state(pk) == "queued"
        assert seconds * 0.8 - 1 <= wait_of(pk) <= seconds * 1.2 + 1, "within the jitter"
    assert [row.outcome for row in attempts(pk)] == ["not_sent"] * 8
    assert dreamkas.posts == []


def test_the_first_success_anywhere_frees_all_that_wait(dreamkas):
    waiting = [queue(number) for number in (1, 2, 3)]
    dreamkas.script.extend(["not_sent"] * 9)
    carry(dreamkas)
    carry(dreamkas)
    assert all(state(pk) == "queued" and now_is(pk).unsent for pk in waiting)
    dreamkas.script.clear()
    other = queue(4)
    carry(dreamkas)
    assert [state(pk) for pk in [*waiting, other]] == ["accepted"] * 4


def test_a_success_frees_them_also_when_the_last_thing_heard_was_good(dreamkas):
    pk = queue(1)
    change(pk, unsent=3, due_utc=clock() + timedelta(hours=1))
    transact(line.went_well)
    later(dreamkas, seconds=1)
    change(pk, unsent=3, due_utc=clock() + timedelta(hours=1))
    queue(2)
    carry(dreamkas)
    assert state(pk) == "accepted"


def test_a_question_that_is_answered_frees_them_too(dreamkas):
    asked = queue(1)
    carry(dreamkas)
    pk = queue(2)
    dreamkas.script.extend(["not_sent"] * 9)
    carry(dreamkas)
    dreamkas.script.clear()
    assert wait_of(pk) > 1
    due(asked)
    work(dreamkas)
    assert state(pk) == "accepted"


def test_a_429_pauses_all_and_is_obeyed(dreamkas):
    pk, other = queue(1), queue(2)
    dreamkas.script.append("throttled")
    carry(dreamkas)
    assert (state(pk), now_is(pk).reason) == ("queued", "throttled")
    assert 58 < wait_of(pk) <= 60
    assert outbox.claim(dreamkas.door) is outbox.Idle.HELD, "others wait as well"
    assert (state(other), len(dreamkas.posts)) == ("queued", 1)
    later(dreamkas, seconds=61)
    carry(dreamkas)
    assert (state(pk), state(other)) == ("accepted", "accepted")


def test_a_shorter_429_does_not_shorten_a_longer_pause(dreamkas):
    transact(lambda session: line.pause(session, 600))
    transact(lambda session: line.pause(session, 5))
    assert line_now().pause_until_utc > clock() + timedelta(seconds=500)


def test_a_refusal_rejects_with_every_message_kept(dreamkas):
    pk = queue()
    dreamkas.script.append("refused")
    carry(dreamkas)
    operation = now_is(pk)
    assert (operation.state, operation.reason) == ("rejected", "refused")
    assert "taxMode" in operation.reason_text and "tags" in operation.reason_text
    assert operation.error_code == "E_VALIDATION_ANY, E_VALIDATION_TAGS"
    assert operation.source_key is None
    assert len(news("rejected")) == 1
    later(dreamkas, hours=1)
    work(dreamkas)
    assert len(dreamkas.posts) == 1, "what was refused is not sent again"


def test_a_refusal_is_watched_too_and_its_receipt_beats_it(dreamkas):
    pk = queue()
    dreamkas.script.append("refused")
    carry(dreamkas)
    dreamkas.take_in(dreamkas.posts[-1], "SUCCESS")
    later(dreamkas, hours=71)
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


def test_a_refusal_is_an_answer_and_tells_of_no_trouble_on_the_line(dreamkas):
    waits = queue(18)
    for word in ("not_sent", "refused"):
        dreamkas.script.append(word)
    outbox.carry(outbox.claim(dreamkas.door), dreamkas)
    assert line_health().away
    due(queue(17))
    change(waits, due_utc=clock() + timedelta(minutes=5))
    outbox.carry(outbox.claim(dreamkas.door), dreamkas)
    assert not line_health().away
    assert now_is(waits).due_utc <= clock(), "the first answer frees what waits"


def test_a_refusal_after_an_attempt_that_may_have_arrived_is_a_doubt(dreamkas):
    acknowledged(dreamkas)
    pk = lost(dreamkas)
    first = last(pk).number
    twin = dreamkas.swallowed.copy()
    put_back(pk)
    dreamkas.script.append("refused")
    carry(dreamkas)
    assert (state(pk), last(pk).outcome, last(pk).number) == ("unsure", "refused", first + 1)
    assert now_is(pk).source_key, "its source stays locked"
    dreamkas.take_in(twin[0])
    due(pk)
    work(dreamkas)
    assert state(pk) == "accepted", "the twin of the first attempt was found"


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_refusal_after_a_worker_died_is_a_doubt_too(dreamkas, is_seen):
    queue()
    pk = worker_dies(dreamkas, arrives=True)
    later(dreamkas, seconds=91)
    if is_seen:
        transact(outbox.end_leases)
    put_back(pk)
    dreamkas.script.append("refused")
    carry(dreamkas)
    assert (state(pk), now_is(pk).source_key) == ("unsure", "payment:17")


def test_a_refused_token_holds_the_whole_queue(dreamkas):
    pk, other = queue(1), queue(2)
    dreamkas.script.append("token")
    carry(dreamkas)
    assert (state(pk), now_is(pk).reason, line_now().reason) == ("queued", "token", "token")
    assert (state(other), len(dreamkas.posts)) == ("queued", 1)
    assert len(news("hold")) == 1


def test_a_stranger_at_the_door_makes_a_doubt_and_holds_the_queue_with_its_own_warning(dreamkas):
    pk, other = queue(1), queue(2)
    dreamkas.script.append("door")
    carry(dreamkas)
    assert (state(pk), now_is(pk).reason, line_now().reason) == ("unsure", "door", "door")
    assert state(other) == "queued"
    assert "DREAMKAS_API_URL" in news("hold")[0].message


def test_anything_else_is_a_doubt(dreamkas):
    pk = lost(dreamkas)
    assert (now_is(pk).reason, last(pk).outcome) == ("unknown", "unknown")
    assert last(pk).said.startswith("ReadTimeout")
    assert now_is(pk).source_key == "payment:17"


@pytest.mark.parametrize("arrives", [True, False])
def test_a_worker_that_died_leaves_a_doubt_when_its_lease_ran_out(dreamkas, arrives):
    queue()
    pk = worker_dies(dreamkas, arrives)
    transact(outbox.end_leases)
    assert state(pk) == "sending", "the lease still runs"
    later(dreamkas, seconds=91)
    assert transact(outbox.end_leases) == 1
    assert (state(pk), now_is(pk).reason, last(pk).outcome) == ("unsure", "lease", "lease")


def late_answer(dreamkas, pk: int, word: str) -> None:
    """The worker of attempt 1 answers after its lease ran out."""
    dreamkas.while_sending = lambda: later(dreamkas, seconds=91) or transact(outbox.end_leases)
    dreamkas.script.append(word)
    outbox.carry(outbox.claim(dreamkas.door), dreamkas)
    dreamkas.while_sending = lambda: None


def test_a_late_acceptance_counts_after_the_lease_ran_out(dreamkas):
    pk = queue()
    late_answer(dreamkas, pk, "ok")
    assert (state(pk), last(pk).outcome) == ("accepted", "accepted")
    assert now_is(pk).operation_id == dreamkas.rows[0]["id"]


def test_a_late_refusal_counts_as_if_it_had_come_in_time(dreamkas):
    pk = queue()
    late_answer(dreamkas, pk, "refused")
    assert (state(pk), now_is(pk).reason) == ("rejected", "refused")
    assert "taxMode" in now_is(pk).reason_text


@pytest.mark.parametrize("word", ["refused", "not_sent", "throttled", "token", "unknown"])
def test_a_late_answer_of_an_earlier_attempt_leaves_the_one_on_its_way_alone(dreamkas, word):
    pk = queue()
    first = outbox.claim(dreamkas.door)
    later(dreamkas, seconds=91)
    transact(outbox.end_leases)
    put_back(pk)
    outbox.claim(dreamkas.door)
    dreamkas.script.append(word)
    outbox.carry(first, dreamkas)
    assert (state(pk), now_is(pk).attempt, now_is(pk).source_key) == ("sending", 2, "payment:17")
    assert [row.outcome for row in attempts(pk)] == [word, "sending"]


@pytest.mark.parametrize(
    ("word", "reason"), [("not_sent", "not_sent"), ("throttled", "throttled"), ("token", "token")]
)
def test_a_late_proof_that_nothing_was_kept_goes_back_to_the_queue(dreamkas, word, reason):
    pk = queue()
    late_answer(dreamkas, pk, word)
    assert (state(pk), now_is(pk).reason, last(pk).outcome) == ("queued", reason, word)


def test_a_late_loss_stays_a_doubt(dreamkas):
    pk = queue()
    late_answer(dreamkas, pk, "unknown")
    assert (state(pk), last(pk).outcome) == ("unsure", "unknown")


def test_a_late_acceptance_of_the_first_attempt_takes_a_queued_operation_out_of_the_queue(dreamkas):
    pk = queue()
    claimed = outbox.claim(dreamkas.door)
    later(dreamkas, seconds=91)
    transact(outbox.end_leases)
    put_back(pk)
    outbox.carry(claimed, dreamkas)
    assert state(pk) == "accepted"
    assert outbox.claim(dreamkas.door) is outbox.Idle.NOTHING


def test_two_attempts_that_both_were_accepted_are_an_alarm(dreamkas):
    pk = queue()
    first = outbox.claim(dreamkas.door)
    later(dreamkas, seconds=91)
    transact(outbox.end_leases)
    put_back(pk)
    second = outbox.claim(dreamkas.door)
    outbox.carry(first, dreamkas)
    outbox.carry(second, dreamkas)
    assert (state(pk), now_is(pk).alarm) == ("accepted", "two_operations")
    assert now_is(pk).operation_id == dreamkas.rows[0]["id"]
    assert now_is(pk).watch_until_utc > clock()


def test_the_right_to_write_ends_one_deadline_before_the_lease(dreamkas):
    queue()
    before = time.monotonic()
    claimed = outbox.claim(dreamkas.door)
    assert before + 59 < claimed.lets_go_at < time.monotonic() + 60


def test_a_worker_without_time_left_lets_go_before_a_byte_is_written(dreamkas):
    pk = queue()
    claimed = outbox.claim(dreamkas.door)
    stale = outbox.Claim(claimed.pk, claimed.attempt, claimed.external_id, claimed.body, lets_go_at=0.0)
    outbox.carry(stale, dreamkas)
    assert (state(pk), last(pk).outcome, dreamkas.posts) == ("queued", "not_sent", [])


def test_an_answer_that_names_another_payments_operation_is_a_doubt(dreamkas):
    first = acknowledged(dreamkas)
    pk = queue()
    theirs = now_is(first).operation_id
    claimed = outbox.claim(dreamkas.door)
    row = dreamkas.take_in(claimed.body)
    fact = (row["id"], theirs)
    row["id"] = theirs
    dreamkas.send_receipt = lambda body, **how: (dreamkas.operation(theirs), dreamkas.operations().answer)
    outbox.carry(claimed, dreamkas)
    assert (state(pk), state(first)) == ("unsure", "fiscalized"), fact


@pytest.mark.parametrize("moved", ["rejected", "sending", "queued"])
def test_what_somebody_moved_this_very_moment_is_not_taken(dreamkas, monkeypatch, moved):
    """Beside SQLite a row may change between the look for the next one and its claim."""
    pk, find = queue(), outbox._next

    def moved_after_it_was_found(session, now):
        found = find(session, now)
        life.move(session, pk, ("queued",), state=moved, attempt=1)
        return found

    monkeypatch.setattr(outbox, "_next", moved_after_it_was_found)
    assert not isinstance(outbox.claim(dreamkas.door), outbox.Claim)
    assert (state(pk), now_is(pk).attempt, attempts(pk)) == (moved, 1, [])


def test_an_answer_that_comes_while_its_lease_is_being_ended_is_kept(dreamkas, monkeypatch):
    """Beside SQLite it may be written between the look for dead leases and their end."""
    pk, doubt = queue(), life.doubt
    claimed = outbox.claim(dreamkas.door)
    later(dreamkas, seconds=91)

    def answered_meanwhile(session, *args):
        fact, _answer = dreamkas.send_receipt(claimed.body, external_id=claimed.external_id)
        life.accept(session, pk, fact)
        life.end_attempt(session, pk, claimed.attempt, "accepted", "", 202, fact.id)
        return doubt(session, *args)

    monkeypatch.setattr(life, "doubt", answered_meanwhile)
    transact(outbox.end_leases)
    assert (state(pk), last(pk).outcome) == ("accepted", "accepted")


def test_an_operation_of_theirs_that_two_workers_are_told_at_once_is_a_doubt_for_the_second(
    dreamkas, monkeypatch
):
    pk = queue()

    def the_other_was_quicker(session, pk, fact):
        raise IntegrityError("UPDATE", {}, Exception("operation_id is taken"))

    monkeypatch.setattr(life, "accept", the_other_was_quicker)
    carry(dreamkas)
    assert (state(pk), last(pk).outcome) == ("unsure", "unknown")


def test_never_more_than_so_many_are_on_their_way(dreamkas):
    for number in range(6):
        queue(number)
    claims = [outbox.claim(dreamkas.door) for _ in range(5)]
    assert [isinstance(claimed, outbox.Claim) for claimed in claims] == [True] * 4 + [False]
    assert claims[4] is outbox.Idle.FULL
    later(dreamkas, seconds=91)
    assert isinstance(outbox.claim(dreamkas.door), outbox.Claim), "dead leases do not count"


def test_an_operation_with_broken_bytes_is_rejected_and_stops_nobody(dreamkas):
    broken, empty, sound = queue(1), queue(2), queue(3)
    change(broken, operation_body="no base64 at all!")
    change(empty, operation_body="")
    carry(dreamkas)
    assert [state(pk) for pk in (broken, empty, sound)] == ["rejected", "rejected", "accepted"]
    assert now_is(broken).reason == "no_body"


def test_an_operation_queued_more_than_ten_minutes_ago_is_looked_up_before_it_is_sent(dreamkas):
    pk = queue()
    later(dreamkas, minutes=11)
    assert carry(dreamkas) == 0
    looks.look_before_sending()
    assert carry(dreamkas) == 1
    assert state(pk) == "accepted"


def test_what_was_looked_up_more_than_ten_minutes_ago_is_looked_up_once_more(dreamkas):
    pk = queue()
    later(dreamkas, minutes=11)
    looks.look_before_sending()
    assert now_is(pk).looked_utc, "it was not there"
    later(dreamkas, minutes=11)
    assert carry(dreamkas) == 0
    looks.look_before_sending()
    assert (carry(dreamkas), state(pk)) == (1, "accepted")


def test_a_listing_that_fails_before_its_newest_rows_shows_nothing(dreamkas):
    pk = queue()
    dreamkas.stranger(timedelta(hours=3))
    dreamkas.take_in(base64.b64decode(now_is(pk).operation_body))
    later(dreamkas, minutes=11)
    dreamkas.order, dreamkas.cap, dreamkas.lists_fail_after = "oldest", 1, 1
    looks.look_before_sending()
    assert (carry(dreamkas), state(pk)) == (0, "queued")
    dreamkas.lists_fail_after = None
    change(pk, due_utc=clock())
    looks.look_before_sending()
    assert (carry(dreamkas), state(pk)) == (0, "accepted")


def test_a_look_says_nothing_about_an_attempt_that_was_begun_meanwhile(dreamkas):
    pk = queue()
    later(dreamkas, minutes=11)
    dreamkas.while_listing = lambda: change(pk, attempt=1)
    looks.look_before_sending()
    assert now_is(pk).looked_utc is None


def test_a_row_that_cannot_be_read_does_not_keep_it_for_ever(dreamkas):
    pk = queue()
    dreamkas.stranger()
    dreamkas.stranger()["odd"] = True
    later(dreamkas, minutes=11)
    looks.look_before_sending()
    assert (carry(dreamkas), state(pk)) == (1, "accepted")


def test_a_restored_copy_finds_that_it_was_sent_already(dreamkas):
    pk = queue()
    dreamkas.take_in(base64.b64decode(now_is(pk).operation_body), "SUCCESS")
    later(dreamkas, minutes=11)
    work(dreamkas)
    assert (state(pk), dreamkas.posts) == ("fiscalized", [])


def test_a_restored_copy_finds_it_also_where_their_clock_is_slow_and_nothing_was_ever_acknowledged(dreamkas):
    dreamkas.clock_ahead = timedelta(hours=-1)
    pk = queue()
    dreamkas.take_in(base64.b64decode(now_is(pk).operation_body), "SUCCESS")
    later(dreamkas, minutes=11)
    for minutes in (3, 2, 1):
        dreamkas.stranger(timedelta(minutes=minutes))
    dreamkas.cap = 1
    work(dreamkas)
    assert (state(pk), dreamkas.posts) == ("fiscalized", [])


def test_nothing_is_claimed_when_nothing_is_due_and_cancelled_ones_are_not_carried(dreamkas):
    assert outbox.claim(dreamkas.door) is outbox.Idle.NOTHING
    pk = queue()
    change(pk, due_utc=clock() + timedelta(seconds=30))
    assert outbox.claim(dreamkas.door) is outbox.Idle.NOTHING


def test_the_oldest_due_goes_first(dreamkas):
    first, second = queue(1), queue(2)
    assert [outbox.claim(dreamkas.door).pk, outbox.claim(dreamkas.door).pk] == [first, second]


def test_no_secret_and_no_phone_is_logged(dreamkas, caplog):
    caplog.set_level("DEBUG", "modules.dreamkas")
    queue()
    dreamkas.script.append("token")
    carry(dreamkas)
    line.probe()
    work(dreamkas)
    assert "79110000001" not in caplog.text
    assert db.session is not None and caplog.text
