"""Transitions by themselves: whoever comes late changes nothing, and a receipt beats every state."""

import pytest

from modules.core.db import clock, db, transact
from modules.dreamkas import life, service
from modules.dreamkas.client import OperationFact
from modules.notifications.service import text
from tests.dreamkas.desk import ask_for, attempts, carry, change, news, now_is, queue, state

STATES = ("queued", "sending", "unsure", "accepted", "rejected", "fiscalized")


def fact(pk: int, status: str = "PENDING", receipt: str | None = None, id: str = "their-1") -> OperationFact:
    """What Dreamkas says of an operation."""
    mine = now_is(pk).external_id
    return OperationFact(id, mine, status, receipt, "CashOffline", "off", None, None, {})


@pytest.mark.parametrize("before", ["queued", "sending", "unsure", "accepted", "rejected"])
def test_a_receipt_beats_every_state(dreamkas, before):
    pk = queue()
    change(pk, state=before, source_key=None if before == "rejected" else "payment:17")
    assert transact(lambda session: life.fiscalize(session, pk, "receipt-9"))
    operation = now_is(pk)
    assert (operation.state, operation.receipt_id, operation.source_key) == (
        "fiscalized",
        "receipt-9",
        "payment:17",
    )
    assert (operation.due_utc, operation.lease_until_utc, operation.reason) == (None, None, "")
    assert operation.date_finish is not None


def test_the_same_receipt_twice_changes_nothing_and_is_told_once(dreamkas):
    pk = queue()
    assert transact(lambda session: life.fiscalize(session, pk, "receipt-9"))
    assert not transact(lambda session: life.fiscalize(session, pk, "receipt-9"))
    assert (len(news("fiscalized")), now_is(pk).alarm) == (1, "")


def test_another_receipt_of_the_same_operation_is_an_alarm_told_once(dreamkas):
    pk = queue()
    for receipt in ("receipt-1", "receipt-2", "receipt-2", "receipt-3"):
        transact(lambda session, r=receipt: life.fiscalize(session, pk, r))
    assert (now_is(pk).receipt_id, now_is(pk).alarm, len(news("two_receipts"))) == (
        "receipt-1",
        "two_receipts",
        1,
    )
    assert "refund one" in text(news("two_receipts")[0])


def test_one_receipt_named_for_two_payments_is_an_alarm(dreamkas):
    first, second = queue(1), queue(2)
    for pk in (first, second):
        transact(lambda session, one=pk: life.fiscalize(session, one, "receipt-1"))
    assert (now_is(first).alarm, now_is(second).alarm) == ("", "shared_receipt")


@pytest.mark.parametrize("before", ["queued", "sending", "unsure"])
def test_an_acknowledgement_is_taken_in_every_state_that_waits_for_one(dreamkas, before):
    pk = queue()
    change(pk, state=before, reason="lease")
    transact(lambda session: life.accept(session, pk, fact(pk)))
    assert (state(pk), now_is(pk).operation_id, now_is(pk).reason) == ("accepted", "their-1", "")


def test_an_acknowledgement_of_something_cancelled_is_watched_and_its_receipt_counts(dreamkas):
    pk = queue()
    service.cancel(pk, admin="anna", reason="typed twice")
    transact(lambda session: life.accept(session, pk, fact(pk)))
    operation = now_is(pk)
    assert (operation.state, operation.operation_id) == ("rejected", "their-1")
    assert operation.watch_until_utc > clock()
    transact(lambda session: life.accept(session, pk, fact(pk, "SUCCESS", "receipt-1")))
    assert (state(pk), now_is(pk).source_key) == ("fiscalized", "payment:17")


def test_an_acknowledgement_of_what_a_person_matched_is_no_alarm_if_the_receipt_is_the_same(dreamkas):
    pk = queue()
    change(pk, state="unsure")
    service.adopt(pk, "receipt-1", admin="anna", reason="saw the paper")
    transact(lambda session: life.accept(session, pk, fact(pk, "SUCCESS", "receipt-1")))
    assert (state(pk), now_is(pk).alarm, now_is(pk).operation_id) == ("fiscalized", "", "their-1")


def test_an_acknowledgement_of_what_a_person_matched_wrongly_is_an_alarm(dreamkas):
    pk = queue()
    change(pk, state="unsure")
    service.adopt(pk, "receipt-of-another", admin="anna", reason="guessed")
    transact(lambda session: life.accept(session, pk, fact(pk, "SUCCESS", "receipt-1")))
    assert now_is(pk).alarm == "two_receipts"


def test_an_operation_that_is_another_payments_is_refused_with_nothing_written(dreamkas):
    first, second = queue(1), queue(2)
    transact(lambda session: life.accept(session, first, fact(first)))
    with pytest.raises(ValueError, match="their-1"):
        transact(lambda session: life.accept(session, second, fact(second)))
    assert (state(second), now_is(second).operation_id) == ("queued", now_is(second).external_id)


def test_the_failure_of_a_twin_does_not_reject_what_may_still_print(dreamkas):
    pk = queue()
    transact(lambda session: life.accept(session, pk, fact(pk)))
    transact(lambda session: life.accept(session, pk, fact(pk, "ERROR", id="their-2")))
    assert (state(pk), now_is(pk).alarm) == ("accepted", "two_operations")


def test_the_receipt_of_a_twin_is_a_receipt(dreamkas):
    pk = queue()
    transact(lambda session: life.accept(session, pk, fact(pk)))
    transact(lambda session: life.accept(session, pk, fact(pk, "SUCCESS", "receipt-1", id="their-2")))
    assert (state(pk), now_is(pk).receipt_id) == ("fiscalized", "receipt-1")


@pytest.mark.parametrize(
    ("status", "receipt"), [("IN_PROGRESS", None), ("A_NEW_WORD", None), ("SUCCESS", None)]
)
def test_a_word_that_settles_nothing_is_kept_and_asked_again(dreamkas, status, receipt):
    pk = queue()
    transact(lambda session: life.accept(session, pk, fact(pk, status, receipt)))
    assert (state(pk), now_is(pk).status) == ("accepted", status)


def test_questions_come_after_5_10_20_40_and_then_every_60_seconds(dreamkas):
    pk = queue()
    carry(dreamkas)
    waits = []
    for _ in range(6):
        transact(lambda session: life.heard(session, pk, fact(pk, id=dreamkas.rows[0]["id"])))
        waits.append(round((now_is(pk).due_utc - clock()).total_seconds()))
    assert waits == [10, 20, 40, 60, 60, 60]


def test_whoever_comes_late_changes_nothing(dreamkas):
    pk = queue()
    carry(dreamkas)
    assert not transact(lambda session: life.doubt(session, pk, 1, "lease", ""))
    assert not transact(lambda session: life.back_to_queue(session, pk, 1, 0, "not_sent", ""))
    assert not transact(lambda session: life.move(session, pk, ("accepted",), 2, state="queued"))
    assert state(pk) == "accepted"
    assert [row.outcome for row in attempts(pk)] == ["accepted"]


@pytest.mark.parametrize("held", [name for name in STATES if name != "rejected"])
def test_a_source_is_held_in_every_state_but_rejected(dreamkas, held):
    pk = queue()
    change(pk, state=held)
    with pytest.raises(service.AlreadyFiscalized):
        queue()
    assert len(list(db.session.scalars(db.select(life.Operation)))) == 1


def test_a_rejected_operation_frees_its_source(dreamkas):
    pk = queue()
    service.cancel(pk, admin="anna", reason="typed twice")
    assert queue() != pk


def test_a_repeat_still_queued_is_withdrawn_when_the_old_one_printed(dreamkas):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    repeated = service.repeat(old, admin="anna").id
    transact(lambda session: life.fiscalize(session, old, "receipt-1"))
    assert (state(old), now_is(old).source_key, now_is(old).alarm) == ("fiscalized", "payment:17", "")
    assert (state(repeated), now_is(repeated).reason, now_is(repeated).source_key) == (
        "rejected",
        "withdrawn",
        None,
    )


@pytest.mark.parametrize("beyond", ["sending", "unsure", "accepted"])
def test_a_repeat_already_on_its_way_makes_an_alarm_and_gives_the_source_back_when_it_fails(dreamkas, beyond):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    repeated = service.repeat(old, admin="anna").id
    change(repeated, state=beyond)
    transact(lambda session: life.fiscalize(session, old, "receipt-1"))
    assert (state(old), now_is(old).alarm, state(repeated)) == ("fiscalized", "two_operations", beyond)
    transact(lambda session: life.reject(session, life.fresh(session, repeated), (beyond,), "their_error"))
    assert now_is(old).source_key == "payment:17", "nobody can ask for a second receipt"
    with pytest.raises(service.NotRepeatable):
        service.repeat(repeated, admin="anna")
    with pytest.raises(service.AlreadyFiscalized):
        queue()


def test_when_both_print_it_is_an_alarm_never_silence(dreamkas):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    repeated = service.repeat(old, admin="anna").id
    change(repeated, state="accepted")
    transact(lambda session: life.fiscalize(session, old, "receipt-1"))
    transact(lambda session: life.fiscalize(session, repeated, "receipt-2"))
    assert "two_receipts" in (now_is(old).alarm, now_is(repeated).alarm)
    assert len(news("two_receipts")) == 1


def test_news_of_a_rejection_name_the_subscriber_and_the_reason(dreamkas):
    transact(lambda session: ask_for(buyer=service.Buyer(None, None, "100001")))
    assert text(news("rejected")[0]) == (
        "Receipt for ivanov was rejected: the subscriber has no usable mobile phone number"
    )


@pytest.mark.parametrize(
    ("subscriber", "contract", "name"),
    [("ivanov", "100001", "ivanov"), ("12", "200001", "200001"), ("12", "", "12")],
)
def test_who_has_a_mere_number_is_called_by_his_contract(dreamkas, subscriber, contract, name):
    nobody = service.Buyer(None, None, contract)
    transact(lambda session: ask_for(buyer=nobody, subscriber=subscriber))
    assert text(news("rejected")[0]).startswith(f"Receipt for {name} was rejected")


def test_news_of_a_rejection_are_kept_so_that_each_reader_has_them_in_a_language_of_his_own(dreamkas):
    pk = queue()
    transact(
        lambda session: life.reject(session, life.fresh(session, pk), ("queued",), "refused", "Поле `tags`")
    )
    told = news("rejected")[0]
    assert text(told) == "Receipt for ivanov was rejected: Dreamkas refused the receipt: Поле `tags`"
    assert "msgid" in told.params
