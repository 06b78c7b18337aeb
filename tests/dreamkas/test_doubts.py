"""What became of an operation whose answer was lost: found, proved absent twice, or a person's to decide."""

import time
from datetime import timedelta

import pytest

from modules.core.db import clock, transact
from modules.dreamkas import doubts, outbox, service
from modules.dreamkas.models import Attempt
from tests.dreamkas.desk import (
    GRACE,
    acknowledged,
    carry,
    change,
    due,
    last,
    later,
    look,
    lost,
    news,
    now_is,
    put_back,
    queue,
    state,
    work,
    worker_dies,
)


@pytest.fixture
def bird(dreamkas) -> int:
    """An older receipt, without which nothing can be proved."""
    dreamkas.stranger(timedelta(hours=3))
    return acknowledged(dreamkas)


def prove(dreamkas, pk: int) -> None:
    """Two proofs, the second after the grace."""
    assert look(pk) == "once"
    later(dreamkas, seconds=GRACE + 1)
    due(pk)
    doubts.resolve()


def test_an_operation_that_arrived_is_found_by_its_external_id(dreamkas, bird):
    pk = lost(dreamkas, how="lost")
    assert look(pk) == "found"
    assert (state(pk), now_is(pk).operation_id) == ("accepted", dreamkas.rows[-1]["id"])
    assert len(dreamkas.posts) == 2


def test_it_is_found_also_without_a_canary_and_in_a_listing_that_fails_half_way(dreamkas):
    pk = lost(dreamkas, how="lost")
    dreamkas.order, dreamkas.cap, dreamkas.lists_fail_after = "newest", 1, 1
    assert look(pk) == "found"


def test_two_proofs_of_absence_send_the_same_bytes_again(dreamkas, bird):
    pk = lost(dreamkas)
    prove(dreamkas, pk)
    operation = now_is(pk)
    assert (operation.state, operation.reason, last(pk).proofs) == ("queued", "absent", 2)
    assert operation.watch_until_utc > clock() + timedelta(hours=71)
    carry(dreamkas)
    assert (state(pk), last(pk).number) == ("accepted", 2)
    assert dreamkas.posts[-1] == dreamkas.posts[-2]


def test_one_proof_is_not_enough_however_late_it_comes(dreamkas, bird):
    pk = lost(dreamkas)
    later(dreamkas, hours=2)
    assert look(pk) == "once"
    assert state(pk) == "unsure"
    assert look(pk) == ""
    assert state(pk) == "queued"


def test_a_look_that_proved_nothing_is_no_first_proof(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.receipts_fail = True
    assert look(pk) == "receipts_failed"
    dreamkas.receipts_fail = False
    later(dreamkas, seconds=GRACE + 1)
    assert (look(pk), state(pk)) == ("once", "unsure")


def test_two_proofs_within_the_grace_are_not_enough(dreamkas, bird):
    pk = lost(dreamkas)
    assert [look(pk), look(pk)] == ["once", "once"]
    later(dreamkas, seconds=GRACE - 2)
    assert look(pk) == "once"
    assert state(pk) == "unsure"


def test_the_grace_is_measured_from_the_end_of_the_lease(dreamkas, bird):
    pk = queue()
    worker_dies(dreamkas)
    later(dreamkas, seconds=89)
    assert transact(outbox.end_leases) == 0
    later(dreamkas, seconds=2)
    transact(outbox.end_leases)
    assert look(pk) == "once"
    later(dreamkas, seconds=GRACE - 5)
    assert look(pk) == "once", "more than the grace since the attempt began, less since its lease ended"
    later(dreamkas, seconds=6)
    look(pk)
    assert state(pk) == "queued"


def test_a_look_that_began_before_the_grace_ended_is_no_second_proof(dreamkas, bird):
    pk = lost(dreamkas)
    assert look(pk) == "once"
    attempt = last(pk).id

    def the_grace_ends() -> None:
        time.sleep(0.01)  # the look began earlier, also by a clock of milliseconds
        over = clock() - timedelta(seconds=GRACE)
        transact(lambda session: setattr(session.get(Attempt, attempt), "ended_utc", over))

    dreamkas.while_listing = the_grace_ends
    due(pk)
    doubts.resolve()
    assert clock() >= last(pk).ended_utc + timedelta(seconds=GRACE), "it is over when the look is judged"
    assert (state(pk), last(pk).looked_code) == ("unsure", "once")


def test_two_looks_at_the_same_time_are_one_proof(dreamkas, bird):
    pk = lost(dreamkas)
    later(dreamkas, seconds=GRACE + 1)
    due(pk)

    def another_worker_looks() -> None:
        dreamkas.while_listing = lambda: None
        time.sleep(0.01)
        doubts.resolve()

    dreamkas.while_listing = another_worker_looks
    doubts.resolve()
    assert (state(pk), last(pk).proofs) == ("unsure", 1)
    assert look(pk) == "", "a look that began after it was written is the second one"


def test_what_a_person_matched_during_a_look_is_not_written_down_as_absent(dreamkas, bird):
    pk = lost(dreamkas)
    due(pk)
    dreamkas.while_listing = lambda: service.adopt(pk, "receipt-7", admin="anna", reason="saw the paper")
    doubts.resolve()
    assert (state(pk), last(pk).proofs, last(pk).looked_utc) == ("fiscalized", 0, None)


def test_a_look_made_for_one_attempt_proves_nothing_about_the_next(dreamkas, bird):
    pk = lost(dreamkas)
    look(pk)
    later(dreamkas, seconds=GRACE + 1)
    due(pk)

    def sent_again_meanwhile() -> None:
        dreamkas.while_listing = lambda: None
        put_back(pk)
        dreamkas.script.append("swallowed")
        carry(dreamkas)

    dreamkas.while_listing = sent_again_meanwhile
    doubts.resolve()
    assert (state(pk), last(pk).number, last(pk).proofs, last(pk).looked_utc) == ("unsure", 2, 0, None)


def test_proofs_count_for_each_attempt_anew(dreamkas, bird):
    pk = lost(dreamkas)
    prove(dreamkas, pk)
    dreamkas.script.append("swallowed")
    carry(dreamkas)
    assert (last(pk).number, last(pk).proofs) == (2, 0)
    assert look(pk) == "once"
    assert state(pk) == "unsure"


def test_short_pages_are_read_to_the_empty_one(dreamkas, bird):
    for _ in range(5):
        dreamkas.stranger()
    pk = lost(dreamkas, how="lost")
    dreamkas.order, dreamkas.cap = "oldest", 2
    assert look(pk) == "found"
    other = lost(dreamkas, 18)
    dreamkas.asked.clear()
    assert look(other) == "once"
    assert dreamkas.asked.count("operations") == 5, "eight rows in twos, and the empty page"


def test_newest_first_may_stop_early(dreamkas, bird):
    for _ in range(4):
        dreamkas.stranger(timedelta(hours=2))
    dreamkas.rows.sort(key=lambda row: row["createdAt"])
    pk = lost(dreamkas)
    dreamkas.cap = 2
    dreamkas.asked.clear()
    assert look(pk) == "once"
    assert dreamkas.asked.count("operations") < 4


def test_rows_of_one_second_do_not_show_an_order(dreamkas, bird):
    same = dreamkas.rows[-1]["createdAt"]
    for row in dreamkas.rows:
        row["createdAt"] = same
    pk = lost(dreamkas, how="lost")
    dreamkas.order, dreamkas.cap = "oldest", 2
    assert look(pk) == "found"


def test_a_page_that_repeats_proves_nothing(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.order, dreamkas.repeats_pages = "oldest", True
    assert look(pk) == "repeats"


def test_a_listing_that_fails_half_way_proves_nothing(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.order, dreamkas.cap, dreamkas.lists_fail_after = "oldest", 1, 1
    assert look(pk) == "failed"
    assert "ReadTimeout" in last(pk).looked_detail


def test_pages_without_an_order_prove_nothing(dreamkas, bird):
    for minutes in (50, 40, 30, 20):
        dreamkas.stranger(timedelta(minutes=minutes))
    pk = lost(dreamkas)
    dreamkas.order, dreamkas.cap = "mixed", 3
    assert look(pk) == "unordered"
    dreamkas.cap = 1000
    assert look(pk) == "once", "one page needs no order"


def test_without_any_acknowledgement_nothing_is_proved(dreamkas):
    pk = lost(dreamkas)
    assert look(pk) == "no_canary"


def test_an_acknowledgement_of_more_than_seven_days_ago_is_none(dreamkas):
    acknowledged(dreamkas, minutes=60 * 24 * 7 + 1)
    pk = lost(dreamkas)
    assert look(pk) == "no_canary"


def test_an_acknowledgement_through_another_door_is_none(dreamkas, bird):
    dreamkas.door = "door-two"
    pk = lost(dreamkas)
    assert look(pk) == "no_canary"


def test_a_listing_without_the_canary_proves_nothing(dreamkas, bird):
    pk = lost(dreamkas)
    mine, dreamkas.rows = (
        dreamkas.rows,
        [row for row in dreamkas.rows if row["externalId"] == "somebody else's"],
    )
    assert look(pk) == "canary_missing"
    dreamkas.rows = mine
    mine[-1]["externalId"] = None
    assert look(pk) == "canary_missing", "it must carry its externalId: else ours could not be found either"


def test_an_empty_listing_proves_nothing(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.rows = []
    assert look(pk) == "canary_missing"


def test_a_listing_shorter_than_the_one_of_the_day_proves_nothing(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.order = "oldest"
    assert look(pk) == "once"
    dreamkas.rows = dreamkas.rows[1:]
    later(dreamkas, seconds=GRACE + 1)
    assert look(pk) == "shrunk"
    later(dreamkas, hours=25)
    assert look(pk) == ""


def test_beside_a_row_that_cannot_be_read_it_is_found_and_its_absence_is_not_proved(dreamkas, bird):
    there, absent = lost(dreamkas, 18, "lost"), lost(dreamkas)
    dreamkas.stranger()["odd"] = True
    due(there)
    assert (look(absent), state(absent), state(there)) == ("odd_rows", "unsure", "accepted")
    dreamkas.rows.pop()
    for kopecks in (1, 2):
        dreamkas.sold_by_hand(kopecks)
    dreamkas.printed[-1]["odd"] = True
    assert look(absent) == "receipts_odd"


def test_a_receipt_of_the_same_machine_and_sum_that_nobody_knows_may_be_ours(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.sold_by_hand(75000)
    assert look(pk) == "strangers"
    assert state(pk) == "unsure"


def test_a_receipt_whose_operation_no_list_of_theirs_holds_may_be_ours_too(dreamkas, bird):
    pk = lost(dreamkas, how="lost")
    dreamkas.print(dreamkas.rows.pop())
    assert (look(pk), state(pk)) == ("strangers", "unsure")


@pytest.mark.parametrize("silent", [{"amount": None}, {"deviceId": None}, {"undated": True}])
def test_a_receipt_that_does_not_say_its_sum_machine_or_time_may_be_ours_too(dreamkas, bird, silent):
    pk = lost(dreamkas)
    dreamkas.sold_by_hand(75000)
    dreamkas.printed[-1].update(silent)
    assert (look(pk), state(pk)) == ("strangers", "unsure")


def test_a_receipt_of_a_cash_machine_whose_clock_is_minutes_slow_may_be_ours_too(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.sold_by_hand(75000)
    dreamkas.printed[-1]["date"] -= timedelta(minutes=4)
    assert (look(pk), state(pk)) == ("strangers", "unsure")


def test_a_look_for_several_reads_the_receipts_since_the_oldest_of_them(dreamkas, bird):
    old = lost(dreamkas, 17)
    dreamkas.sold_by_hand(75000)
    later(dreamkas, minutes=30)
    new = lost(dreamkas, 18)
    due(old)
    assert (look(new), last(old).looked_code) == ("once", "strangers")


def test_receipts_of_another_machine_sum_time_or_operation_of_ours_are_no_strangers(dreamkas, bird):
    dreamkas.sold_by_hand(75000)
    later(dreamkas, minutes=30)
    pk, other = lost(dreamkas), queue(18)
    dreamkas.script.append("success")
    carry(dreamkas)
    assert state(other) == "fiscalized", "the same sum on the same machine, yet known"
    dreamkas.sold_by_hand(75000, device_id=1)
    dreamkas.sold_by_hand(74999)
    assert look(pk) == "once"


def test_the_receipt_of_the_second_of_two_accepted_attempts_is_no_stranger(dreamkas, bird):
    twice = queue(16)
    first = outbox.claim(dreamkas.door)
    later(dreamkas, seconds=91)
    transact(outbox.end_leases)
    put_back(twice)
    for claimed in (first, outbox.claim(dreamkas.door)):
        outbox.carry(claimed, dreamkas)
    pk = lost(dreamkas)
    dreamkas.finish()
    assert look(pk) == "once"


@pytest.mark.parametrize(
    ("fault", "code"), [("receipts_fail", "receipts_failed"), ("receipts_repeat", "receipts_repeat")]
)
def test_receipts_that_cannot_be_read_whole_prove_nothing(dreamkas, bird, fault, code):
    pk = lost(dreamkas)
    setattr(dreamkas, fault, True)
    dreamkas.sold_by_hand(1)
    assert look(pk) == code


def test_another_door_proves_nothing_about_what_went_through_the_first(dreamkas, bird):
    pk = lost(dreamkas)
    dreamkas.door = "door-two"
    acknowledged(dreamkas, 2, minutes=1)
    assert look(pk) == "other_door"
    dreamkas.door = "door-one"
    assert look(pk) == "once"


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_another_clock_over_there_changes_nothing(dreamkas, ahead):
    dreamkas.clock_ahead = timedelta(seconds=ahead)
    for hours in (5, 4):
        dreamkas.stranger(timedelta(hours=hours))
    acknowledged(dreamkas)
    pk = lost(dreamkas, how="lost")
    dreamkas.cap = 1
    assert look(pk) == "found"
    prove(dreamkas, lost(dreamkas, 18))


def test_rows_that_bear_another_clock_than_the_answer_are_measured_by_the_canary(dreamkas):
    dreamkas.stranger(timedelta(hours=3))
    pk = lost(dreamkas, how="lost")
    later(dreamkas, minutes=1)
    acknowledged(dreamkas, minutes=1)
    dreamkas.stranger()
    for row in dreamkas.rows:
        row["createdAt"] -= timedelta(hours=1)
    dreamkas.cap = 1
    assert (look(pk), state(pk)) == ("found", "accepted")


def test_a_refusal_after_a_doubt_becomes_a_rejection_once_absence_is_proved(dreamkas, bird):
    pk = lost(dreamkas)
    put_back(pk)
    dreamkas.script.append("refused")
    carry(dreamkas)
    prove(dreamkas, pk)
    assert (state(pk), now_is(pk).reason) == ("rejected", "refused")
    assert "taxMode" in now_is(pk).reason_text


def test_a_refusal_after_a_doubt_is_proved_back_to_the_attempt_that_may_have_arrived(dreamkas, bird):
    pk = lost(dreamkas, how="lost")
    dreamkas.rows[-1]["createdAt"] -= timedelta(hours=2)
    dreamkas.stranger(timedelta(minutes=40))
    change(pk, created_utc=clock() - timedelta(hours=2))
    transact(
        lambda session: setattr(
            session.get(Attempt, last(pk).id), "started_utc", clock() - timedelta(hours=2)
        )
    )
    dreamkas.rows.sort(key=lambda row: row["createdAt"])
    dreamkas.cap = 1
    put_back(pk)
    dreamkas.script.append("refused")
    carry(dreamkas)
    assert look(pk) == "found", "older than the second attempt by more than the margin"
    assert state(pk) == "accepted"


def test_after_a_day_a_person_is_asked_once_and_it_is_looked_for_hourly(dreamkas):
    pk = lost(dreamkas)
    later(dreamkas, hours=23)
    look(pk)
    assert (now_is(pk).reason, news("needs_person")) == ("unknown", [])
    later(dreamkas, hours=2)
    look(pk)
    look(pk)
    assert (state(pk), now_is(pk).reason, len(news("needs_person"))) == ("unsure", "needs_person", 1)
    assert now_is(pk).due_utc > clock() + timedelta(minutes=59)
    assert now_is(pk).source_key, "its source stays locked"


def test_looks_come_often_at_first_then_every_minute_and_at_the_end_of_the_grace(dreamkas, bird):
    pk = lost(dreamkas)
    waits = []
    for _ in range(7):
        look(pk)
        waits.append(round((now_is(pk).due_utc - clock()).total_seconds()))
    assert waits == [2, 5, 10, 20, 40, 60, 60]
    later(dreamkas, seconds=GRACE - 20)
    look(pk)
    assert (now_is(pk).due_utc - clock()).total_seconds() < 21


def test_two_operations_with_one_external_id_are_adopted_as_the_one_that_printed_with_an_alarm(
    dreamkas, bird
):
    pk = lost(dreamkas, how="lost")
    dreamkas.take_in(dreamkas.posts[-1], "SUCCESS")
    look(pk)
    operation = now_is(pk)
    assert (operation.state, operation.receipt_id, operation.alarm) == (
        "fiscalized",
        "receipt-2",
        "two_operations",
    )


def test_two_receipts_of_one_payment_are_an_alarm_for_a_person(dreamkas, bird):
    pk = lost(dreamkas, how="lost")
    dreamkas.take_in(dreamkas.posts[-1])
    dreamkas.finish()
    look(pk)
    assert (state(pk), now_is(pk).alarm, len(news("two_receipts"))) == ("fiscalized", "two_receipts", 1)


def test_a_second_operation_that_failed_does_not_take_the_place_of_one_that_may_print(dreamkas, bird):
    pk = lost(dreamkas, how="lost")
    dreamkas.take_in(dreamkas.posts[-1], "ERROR")
    look(pk)
    assert state(pk) == "accepted"


def test_what_is_processed_after_two_proofs_is_watched_and_alarms(dreamkas, bird):
    pk = lost(dreamkas)
    prove(dreamkas, pk)
    dreamkas.process_swallowed()
    dreamkas.script.append("success")
    carry(dreamkas)
    dreamkas.finish()
    later(dreamkas, hours=70)
    work(dreamkas)
    assert (state(pk), now_is(pk).alarm) == ("fiscalized", "two_receipts")


def test_the_look_before_sending_again_finds_what_came_late(dreamkas, bird):
    pk = lost(dreamkas)
    prove(dreamkas, pk)
    dreamkas.process_swallowed()
    later(dreamkas, minutes=11)
    work(dreamkas)
    assert (state(pk), len(dreamkas.posts)) == ("accepted", 2)


def test_an_operation_of_another_payment_here_stops_no_other_doubt(dreamkas, bird):
    odd, sound = lost(dreamkas, how="lost"), lost(dreamkas, 18, how="lost")
    theirs = now_is(bird)
    change(bird, operation_id=dreamkas.rows[-2]["id"])
    due(odd)
    due(sound)
    doubts.resolve()
    assert (state(sound), state(odd), last(odd).looked_code) == ("accepted", "unsure", "anothers"), theirs
    later(dreamkas, hours=25)
    look(odd)
    assert now_is(odd).reason == "needs_person"


def test_a_failure_in_one_operation_stops_no_other(dreamkas, bird, monkeypatch):
    odd, sound = lost(dreamkas, how="lost"), lost(dreamkas, 18, how="lost")
    accept = doubts.life.accept

    def fails_for_one(session, pk, fact):
        if pk == odd:
            raise RuntimeError("something nobody thought of")
        accept(session, pk, fact)

    monkeypatch.setattr(doubts.life, "accept", fails_for_one)
    due(odd)
    due(sound)
    doubts.resolve()
    assert (state(odd), state(sound)) == ("unsure", "accepted")
    assert now_is(odd).due_utc > clock() + timedelta(seconds=50), "it is put off"


def test_a_person_in_a_hurry_sends_nothing_again_before_the_grace_is_over(dreamkas, bird):
    pk = lost(dreamkas)
    change(pk, unsent=1)
    assert service.send_again(pk, admin="anna", reason="the subscriber waits")
    queue(18)
    work(dreamkas)
    later(dreamkas, seconds=GRACE - 5)
    work(dreamkas)
    assert (state(pk), last(pk).number) == ("queued", 1)
    dreamkas.process_swallowed()
    later(dreamkas, seconds=6)
    work(dreamkas)
    assert (state(pk), last(pk).number) == ("accepted", 1), "it had arrived, and was found"


def test_a_look_from_before_the_last_attempt_is_not_the_one_more_look(dreamkas, bird):
    pk = lost(dreamkas)
    prove(dreamkas, pk)
    dreamkas.script.append("swallowed")
    carry(dreamkas)
    assert now_is(pk).looked_utc, "it was looked up before that attempt"
    service.send_again(pk, admin="anna", reason="asked Dreamkas")
    later(dreamkas, seconds=GRACE + 1)
    dreamkas.process_swallowed()
    work(dreamkas)
    assert (state(pk), last(pk).number) == ("accepted", 2)


def test_a_person_may_decide_that_it_never_arrived_and_it_is_looked_up_once_more(dreamkas, bird):
    pk = lost(dreamkas)
    assert service.send_again(pk, admin="anna", reason="asked Dreamkas")
    assert (state(pk), now_is(pk).reason) == ("queued", "again")
    later(dreamkas, seconds=GRACE + 1)
    assert carry(dreamkas) == 0, "not before one more look"
    work(dreamkas)
    assert (state(pk), last(pk).number) == ("accepted", 2)
    assert dreamkas.posts[-1] == dreamkas.posts[-2]
