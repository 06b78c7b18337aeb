"""Following what was accepted, watching what may yet surprise, and repeats that look at the old one first."""

import base64
from datetime import timedelta

import pytest

from modules.core.db import clock, db
from modules.dreamkas import follow, life, looks, service
from tests.dreamkas.desk import (
    acknowledged,
    carry,
    change,
    due,
    later,
    line_now,
    look,
    lost,
    news,
    now_is,
    put_back,
    queue,
    state,
    work,
)
from tests.dreamkas.fake import failure


def accepted(dreamkas, number: int = 17) -> int:
    """An operation that Dreamkas acknowledged and whose question is due."""
    pk = queue(number)
    carry(dreamkas)
    due(pk)
    return pk


def failed(dreamkas, number: int = 17) -> int:
    """An operation whose cash register did not print."""
    pk = accepted(dreamkas, number)
    dreamkas.finish("ERROR")
    follow.ask()
    assert state(pk) == "rejected"
    return pk


def repeat(pk: int) -> int:
    """A person presses Repeat."""
    return service.repeat(pk, admin="anna").id


def test_success_with_a_receipt_is_fiscalized(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.finish()
    follow.ask()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


def test_error_is_rejected_with_their_words(dreamkas):
    operation = now_is(failed(dreamkas))
    assert (operation.reason, operation.reason_text, operation.error_code) == (
        "their_error",
        "CashOffline off",
        "CashOffline",
    )


def test_success_without_a_receipt_waits_until_it_is_named(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.rows[0]["status"] = "SUCCESS"
    follow.ask()
    assert (state(pk), now_is(pk).status) == ("accepted", "SUCCESS")
    dreamkas.print(dreamkas.rows[0])
    due(pk)
    follow.ask()
    assert state(pk) == "fiscalized"


def test_a_404_leaves_it_accepted_and_it_is_never_sent_again(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.rows.clear()
    follow.ask()
    assert state(pk) == "accepted"
    later(dreamkas, hours=30)
    work(dreamkas)
    assert (state(pk), len(dreamkas.posts)) == ("accepted", 1)


def test_one_that_nobody_answers_for_is_asked_about_in_5_10_20_40_and_then_every_60_seconds(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.rows.clear()
    change(pk, asked=0)
    waits = []
    for _ in range(6):
        due(pk)
        follow.ask()
        waits.append(round((now_is(pk).due_utc - clock()).total_seconds()))
    assert waits == [5, 10, 20, 40, 60, 60]


def test_what_is_not_due_is_not_asked_about(dreamkas):
    queue()
    carry(dreamkas)
    follow.ask()
    assert dreamkas.asked == []


def test_many_waiting_are_asked_about_by_one_listing(dreamkas):
    many = [accepted(dreamkas, number) for number in range(7)]
    dreamkas.finish()
    follow.ask()
    assert [state(pk) for pk in many] == ["fiscalized"] * 7
    assert "operation" not in dreamkas.asked


def test_a_listing_of_many_goes_back_to_the_oldest_of_them(dreamkas):
    acknowledged(dreamkas, 90)
    old = [accepted(dreamkas, number) for number in range(3)]
    later(dreamkas, hours=2)
    for number in range(91, 94):
        acknowledged(dreamkas, number, minutes=20)
    new = [accepted(dreamkas, number) for number in range(3, 6)]
    dreamkas.finish()
    dreamkas.cap = 1
    dreamkas.asked.clear()
    follow.ask()
    assert {state(pk) for pk in old + new} == {"fiscalized"}
    assert "operation" not in dreamkas.asked


def test_of_more_than_one_round_can_ask_about_those_that_wait_longest_are_first(dreamkas, monkeypatch):
    monkeypatch.setattr(follow, "AT_ONCE", 1)
    first, second = accepted(dreamkas, 1), accepted(dreamkas, 2)
    change(first, due_utc=clock() - timedelta(minutes=1))
    dreamkas.finish()
    follow.ask()
    assert (state(first), state(second)) == ("fiscalized", "accepted")


@pytest.mark.parametrize("duty", [follow.ask, follow.watch])
def test_no_transaction_is_held_while_a_listing_is_read(dreamkas, duty):
    for number in range(7):
        change(accepted(dreamkas, number), watch_until_utc=clock() + life.WATCH)
    held = []
    dreamkas.while_listing = lambda: held.append(db.session().in_transaction())
    duty()
    assert set(held) == {False}


def test_those_that_a_listing_does_not_hold_are_asked_about_a_few_at_a_time_in_turn(dreamkas):
    many = [accepted(dreamkas, number) for number in range(8)]
    dreamkas.finish()
    dreamkas.lists_fail_after = 0
    for _ in range(2):
        for pk in many:
            if state(pk) == "accepted":
                due(pk)
        follow.ask()
    assert [state(pk) for pk in many] == ["fiscalized"] * 8


def test_no_more_than_a_few_are_asked_about_one_by_one_in_a_round(dreamkas):
    for number in range(8):
        accepted(dreamkas, number)
    dreamkas.lists_fail_after = 0
    follow.ask()
    assert dreamkas.asked.count("operation") == follow.ONE_BY_ONE


def test_one_that_dreamkas_does_not_know_keeps_no_other_from_being_asked_about(dreamkas):
    unknown, known = accepted(dreamkas, 1), accepted(dreamkas, 2)
    change(unknown, due_utc=clock() - timedelta(minutes=1), operation_id="nowhere")
    dreamkas.finish()
    follow.ask()
    assert (state(unknown), state(known)) == ("accepted", "fiscalized")


def test_a_failure_in_one_stops_no_other(dreamkas, monkeypatch):
    odd, sound = accepted(dreamkas, 1), accepted(dreamkas, 2)
    dreamkas.finish()
    fiscalize = life.fiscalize

    def fails_for_one(session, pk, *args, **more):
        if pk == odd:
            raise RuntimeError("something nobody thought of")
        return fiscalize(session, pk, *args, **more)

    monkeypatch.setattr(life, "fiscalize", fails_for_one)
    follow.ask()
    assert (state(odd), state(sound)) == ("accepted", "fiscalized")
    assert now_is(odd).due_utc > clock() + timedelta(seconds=50)


def test_past_its_timeout_and_fifteen_minutes_it_is_late_and_its_receipt_is_searched(dreamkas):
    pk = accepted(dreamkas)
    later(dreamkas, minutes=29)
    follow.ask()
    assert now_is(pk).reason == ""
    later(dreamkas, minutes=2)
    due(pk)
    follow.ask()
    assert (state(pk), now_is(pk).reason) == ("accepted", "late")
    dreamkas.print(dreamkas.rows[0], tell=False)
    due(pk)
    follow.ask()
    assert (state(pk), now_is(pk).receipt_id, now_is(pk).reason) == ("fiscalized", "receipt-1", "")


def test_the_receipt_of_a_late_one_by_a_cash_machine_whose_clock_is_minutes_slow_is_found(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.print(dreamkas.rows[0], tell=False)["date"] -= timedelta(minutes=4)
    later(dreamkas, minutes=31)
    follow.ask()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


def test_of_several_late_ones_the_oldest_has_its_receipt_found_too(dreamkas):
    pks = []
    for number in range(3):
        pks.append(accepted(dreamkas, number))
        dreamkas.print(dreamkas.rows[-1], tell=False)
        later(dreamkas, hours=1)
    follow.ask()
    assert [state(pk) for pk in pks] == ["fiscalized"] * 3


def test_one_that_was_long_in_the_queue_is_not_late_when_it_was_accepted_just_now(dreamkas):
    pk = accepted(dreamkas)
    change(pk, created_utc=clock() - timedelta(hours=2))
    follow.ask()
    assert now_is(pk).reason == ""


def test_after_a_day_a_person_is_asked_once_and_it_is_asked_about_hourly(dreamkas):
    pk = accepted(dreamkas)
    later(dreamkas, hours=23)
    follow.ask()
    assert (now_is(pk).reason, news("needs_person")) == ("late", [])
    later(dreamkas, hours=2)
    for _ in range(2):
        due(pk)
        follow.ask()
    assert (now_is(pk).reason, len(news("needs_person"))) == ("needs_person", 1)
    assert now_is(pk).due_utc > clock() + timedelta(minutes=59)


def test_no_person_is_asked_about_what_is_settled_at_that_very_moment(dreamkas):
    pk = accepted(dreamkas)
    later(dreamkas, hours=25)
    dreamkas.finish()
    follow.ask()
    assert (state(pk), now_is(pk).reason, news("needs_person")) == ("fiscalized", "", [])


def test_one_of_which_nobody_knows_when_it_was_accepted_stops_no_other(dreamkas):
    odd, sound = accepted(dreamkas, 1), accepted(dreamkas, 2)
    change(odd, accepted_utc=None)
    dreamkas.print(dreamkas.rows[1])
    follow.ask()
    assert (state(odd), state(sound)) == ("accepted", "fiscalized")


def test_a_dreamkas_that_does_not_answer_is_asked_once_a_round(dreamkas):
    for number in range(3):
        accepted(dreamkas, number)
    dreamkas.away = "unknown"
    follow.ask()
    assert dreamkas.asked == ["operation"]


def test_an_error_of_the_line_is_remembered_and_the_question_comes_again(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.away = "unknown"
    follow.ask()
    assert "ReadTimeout" in line_now().error
    dreamkas.away = None
    dreamkas.finish()
    due(pk)
    follow.ask()
    assert state(pk) == "fiscalized"


def test_the_first_answer_after_an_error_frees_what_waits_in_the_queue(dreamkas):
    accepted(dreamkas)
    waits = queue(18)
    dreamkas.script.append("not_sent")
    change(waits, unsent=3)
    carry(dreamkas)
    assert now_is(waits).due_utc > clock() + timedelta(seconds=10)
    follow.ask()
    assert now_is(waits).due_utc <= clock()


@pytest.mark.parametrize("tell", [True, False])
def test_a_receipt_that_appears_after_a_rejection_counts_for_72_hours(dreamkas, tell):
    pk = failed(dreamkas)
    later(dreamkas, hours=70)
    dreamkas.print(dreamkas.rows[0], tell)
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


@pytest.mark.parametrize("tell", [True, False])
def test_of_several_that_failed_the_oldest_is_watched_too(dreamkas, tell):
    acknowledged(dreamkas, 90)
    pks = []
    for number in range(3):
        pks.append(failed(dreamkas, number))
        dreamkas.print(dreamkas.rows[-1], tell)
        acknowledged(dreamkas, 91 + number, minutes=60)
    dreamkas.cap, dreamkas.receipts_fail = 1, tell
    follow.watch()
    assert [state(pk) for pk in pks] == ["fiscalized"] * 3


def test_one_that_was_found_late_is_watched_back_to_its_payment(dreamkas):
    pk = printed_before_it_was_found(dreamkas, "ERROR")
    row = dreamkas.rows[-1]
    dreamkas.stranger(timedelta(minutes=40))
    acknowledged(dreamkas, 90, minutes=10)
    row.update(status="SUCCESS", data={"receiptId": "receipt-2"})
    dreamkas.cap, dreamkas.receipts_fail = 1, True
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-2")


def test_a_late_print_is_found_in_the_listing_also_when_its_operation_bears_our_name_no_more(dreamkas):
    pk = failed(dreamkas)
    dreamkas.print(dreamkas.rows[0])
    dreamkas.rows[0]["externalId"] = None
    dreamkas.receipts_fail = True
    follow.watch()
    assert state(pk) == "fiscalized"


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_late_print_of_a_twin_counts(dreamkas, order):
    pk = failed(dreamkas)
    dreamkas.take_in(dreamkas.posts[0], "SUCCESS")
    dreamkas.receipts_fail, dreamkas.order = True, order
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id, now_is(pk).alarm) == (
        "fiscalized",
        "receipt-1",
        "two_operations",
    )


def test_a_second_receipt_of_what_was_printed_and_sent_twice_is_an_alarm(dreamkas):
    pk = accepted(dreamkas)
    dreamkas.finish()
    follow.ask()
    change(pk, watch_until_utc=clock() + life.WATCH)
    dreamkas.take_in(dreamkas.posts[0], "SUCCESS")
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id, now_is(pk).alarm) == (
        "fiscalized",
        "receipt-1",
        "two_receipts",
    )


@pytest.mark.parametrize(("status", "data"), [("SUCCESS", {}), ("IN_PROGRESS", {"receiptId": "receipt-1"})])
def test_what_is_not_said_to_be_printed_stays_rejected(dreamkas, status, data):
    pk = failed(dreamkas)
    dreamkas.rows[0].update(status=status, data=data)
    follow.watch()
    assert state(pk) == "rejected"


def test_a_late_print_by_a_cash_machine_whose_clock_is_minutes_slow_is_found(dreamkas):
    pk = failed(dreamkas)
    dreamkas.print(dreamkas.rows[0], tell=False)["date"] -= timedelta(minutes=4)
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


def test_a_late_print_is_found_although_the_clock_of_dreamkas_is_an_hour_behind_ours(dreamkas):
    dreamkas.clock_ahead = -timedelta(hours=1)
    pk = failed(dreamkas)
    dreamkas.print(dreamkas.rows[0], tell=False)
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


def test_a_repeat_finds_the_print_of_a_cash_machine_whose_clock_is_minutes_slow(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.print(dreamkas.rows[0], tell=False)["date"] -= timedelta(minutes=4)
    looks.look_before_sending()
    assert (carry(dreamkas), state(old), state(new)) == (0, "fiscalized", "rejected")


def printed_before_it_was_found(dreamkas, status: str) -> int:
    """Its answer was lost and Dreamkas found an hour later; the receipt is of then, and its operation tells of none."""
    acknowledged(dreamkas)
    pk = lost(dreamkas, how="lost")
    dreamkas.print(dreamkas.rows[-1], tell=False)
    dreamkas.rows[-1]["status"] = status
    later(dreamkas, hours=1)
    assert look(pk) == "found"
    return pk


def test_a_receipt_printed_before_a_lost_answer_was_found_beats_the_rejection(dreamkas):
    pk = printed_before_it_was_found(dreamkas, "ERROR")
    assert state(pk) == "rejected"
    follow.watch()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-2")


def test_a_late_one_that_printed_before_a_lost_answer_was_found_has_its_receipt_found(dreamkas):
    pk = printed_before_it_was_found(dreamkas, "SUCCESS")
    later(dreamkas, minutes=31)
    due(pk)
    follow.ask()
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-2")


def test_a_repeat_finds_what_printed_before_a_lost_answer_was_found(dreamkas):
    old = printed_before_it_was_found(dreamkas, "ERROR")
    new = repeat(old)
    looks.look_before_sending()
    assert carry(dreamkas) == 0
    assert (state(old), state(new), now_is(new).reason) == ("fiscalized", "rejected", "withdrawn")


def test_after_72_hours_nobody_watches_any_more(dreamkas):
    pk = failed(dreamkas)
    later(dreamkas, hours=73)
    dreamkas.print(dreamkas.rows[0])
    dreamkas.asked.clear()
    follow.watch()
    assert (state(pk), dreamkas.asked) == ("rejected", [])


def test_a_late_print_withdraws_the_repeat_that_is_still_queued(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.print(dreamkas.rows[0])
    follow.watch()
    assert (state(old), state(new), now_is(new).reason) == ("fiscalized", "rejected", "withdrawn")


def test_a_late_print_after_the_repeat_printed_is_an_alarm(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    looks.look_before_sending()
    dreamkas.script.append("success")
    carry(dreamkas)
    assert state(new) == "fiscalized"
    dreamkas.print(dreamkas.rows[0])
    follow.watch()
    assert (state(old), now_is(old).alarm, len(news("two_receipts"))) == ("fiscalized", "two_receipts", 1)
    follow.watch()
    assert len(news("two_receipts")) == 1


def test_a_repeat_is_sent_only_after_the_old_one_was_read_again(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    assert carry(dreamkas) == 0
    dreamkas.asked.clear()
    looks.look_before_sending()
    assert (
        dreamkas.asked
        == [
            "operations",
            "operations",
            "operation",
            "receipts",
        ][: len(dreamkas.asked)]
    )
    assert {"operation", "receipts"} <= set(dreamkas.asked)
    carry(dreamkas)
    assert (state(new), state(old)) == ("accepted", "rejected")
    assert now_is(new).external_id != now_is(old).external_id
    assert (now_is(new).repeats_id, now_is(new).repeat_count) == (old, 1)
    assert now_is(new).repeated_fiscop_id == now_is(old).operation_id


@pytest.mark.parametrize("tell", [True, False])
def test_an_old_one_that_printed_after_all_is_adopted_instead_of_repeated(dreamkas, tell):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.print(dreamkas.rows[0], tell)
    looks.look_before_sending()
    assert carry(dreamkas) == 0
    assert (state(old), state(new), now_is(new).reason) == ("fiscalized", "rejected", "withdrawn")


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "A_NEW_WORD", "SUCCESS"])
def test_a_repeat_waits_while_the_old_one_may_still_print(dreamkas, status):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.rows[0]["status"] = status
    looks.look_before_sending()
    assert (carry(dreamkas), state(new)) == (0, "queued")
    dreamkas.rows[0]["status"] = "ERROR"
    due(new)
    work(dreamkas)
    assert (state(new), state(old)) == ("accepted", "rejected")


def test_a_repeat_waits_while_the_old_one_by_its_own_id_may_still_print(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.rows[0].update(status="IN_PROGRESS", externalId=None)
    looks.look_before_sending()
    assert (carry(dreamkas), state(new)) == (0, "queued")


def test_a_repeat_waits_while_a_twin_of_the_old_one_may_still_print(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.take_in(dreamkas.posts[0])
    looks.look_before_sending()
    assert (carry(dreamkas), state(new)) == (0, "queued")
    dreamkas.finish()
    due(new)
    looks.look_before_sending()
    assert (state(old), state(new)) == ("fiscalized", "rejected")


def test_a_repeat_waits_while_the_old_one_is_listed_under_no_name_and_does_not_answer(dreamkas, monkeypatch):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.rows[0].update(status="IN_PROGRESS", externalId=None)

    def no_answer(_id: str) -> None:
        raise failure("unknown")

    monkeypatch.setattr(dreamkas, "operation", no_answer)
    looks.look_before_sending()
    assert (carry(dreamkas), state(new)) == (0, "queued")


def test_a_repeat_is_looked_up_back_to_the_oldest_of_its_payment(dreamkas):
    old = failed(dreamkas)
    dreamkas.take_in(dreamkas.posts[0], "SUCCESS")
    later(dreamkas, hours=2)
    acknowledged(dreamkas, 18, minutes=30)
    for minutes in (25, 20):
        dreamkas.stranger(timedelta(minutes=minutes))
    dreamkas.cap = 1
    new = repeat(old)
    looks.look_before_sending()
    assert carry(dreamkas) == 0
    assert (state(old), state(new)) == ("fiscalized", "rejected")


def test_a_repeat_waits_while_the_old_one_cannot_be_read(dreamkas):
    old = failed(dreamkas)
    new = repeat(old)
    dreamkas.receipts_fail = True
    looks.look_before_sending()
    assert (carry(dreamkas), state(new), state(old)) == (0, "queued", "rejected")


def test_a_repeat_of_a_repeat_reads_every_earlier_operation(dreamkas):
    first = failed(dreamkas)
    second = repeat(first)
    service.cancel(second, admin="anna", reason="changed her mind")
    third = repeat(second)
    dreamkas.print(dreamkas.rows[0])
    looks.look_before_sending()
    assert carry(dreamkas) == 0
    assert (state(first), state(third)) == ("fiscalized", "rejected")


def test_a_repeat_finds_the_receipt_of_one_that_was_cancelled_in_books_put_back_to_an_older_copy(dreamkas):
    old = queue()
    dreamkas.take_in(base64.b64decode(now_is(old).operation_body), "SUCCESS")  # after that copy was made
    service.cancel(old, admin="anna", reason="typed twice")
    new = repeat(old)
    looks.look_before_sending()
    assert carry(dreamkas) == 0
    assert (state(old), state(new), now_is(new).reason) == ("fiscalized", "rejected", "withdrawn")


def test_a_repeat_finds_the_receipt_of_a_failed_operation_that_its_own_look_named(dreamkas):
    acknowledged(dreamkas)
    old = queue()
    dreamkas.script.append("refused")
    carry(dreamkas)
    row = dreamkas.take_in(dreamkas.posts[-1])
    dreamkas.print(row, tell=False)
    row["status"] = "ERROR"
    new = repeat(old)
    looks.look_before_sending()
    assert carry(dreamkas) == 0
    assert (state(old), state(new), now_is(new).reason) == ("fiscalized", "rejected", "withdrawn")


def test_asking_anew_for_a_payment_whose_operation_was_sent_is_a_repeat_too(dreamkas):
    first = failed(dreamkas)
    second = queue()
    assert carry(dreamkas) == 0, "it is looked up first"
    dreamkas.print(dreamkas.rows[0])
    looks.look_before_sending()
    assert (state(first), state(second)) == ("fiscalized", "rejected")


def test_a_look_that_fails_comes_again_and_the_first_success_frees_it(dreamkas):
    new = repeat(failed(dreamkas))
    dreamkas.away = "unknown"
    looks.look_before_sending()
    assert (state(new), now_is(new).unsent) == ("queued", 1)
    assert now_is(new).due_utc > clock() + timedelta(seconds=10)
    dreamkas.away = None
    queue(18)
    work(dreamkas)
    work(dreamkas)
    assert state(new) == "accepted"


def test_an_operation_that_cannot_be_adopted_stops_no_other_look(dreamkas):
    other = acknowledged(dreamkas)
    odd, sound = queue(17), queue(18)
    change(odd, look_first=True)
    change(sound, look_first=True)
    row = dreamkas.stranger(external_id=now_is(odd).external_id)
    change(other, operation_id=row["id"])
    looks.look_before_sending()
    carry(dreamkas)
    assert (state(odd), state(sound)) == ("queued", "accepted")
    due(odd)
    assert (carry(dreamkas), state(odd)) == (0, "queued"), "what was found is not sent, adopted or not"


def test_what_was_sent_twice_is_watched_until_both_are_known(dreamkas):
    dreamkas.stranger(timedelta(hours=3))
    acknowledged(dreamkas)
    pk = lost(dreamkas)
    put_back(pk)
    change(pk, watch_until_utc=clock() + life.WATCH)
    carry(dreamkas)
    dreamkas.process_swallowed()
    follow.watch()
    assert (state(pk), now_is(pk).alarm) == ("accepted", "two_operations")
