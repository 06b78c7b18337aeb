"""Drift: Dreamkas' lists are compared with our books, both ways; books that were put back look before they send."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, select, update

from modules.core.db import clock, db, transact
from modules.dreamkas import drift, drift_decide, line, looks, outbox, returned, service, tasks
from modules.dreamkas.birth import Source
from modules.dreamkas.drift_compare import contract_of
from modules.dreamkas.models import Attempt, Duty, Operation
from modules.dreamkas.models_drift import Drift, DriftCheck
from modules.dreamkas.models_receipts import KnownReceipt
from tests.dreamkas.desk import acknowledged, carry, change, news, now_is, queue, state
from tests.dreamkas.fake import FakeDreamkas


def differences() -> list[Drift]:
    """What is open, in the order it was found."""
    db.session.rollback()
    return list(db.session.scalars(select(Drift).where(Drift.settled_utc.is_(None)).order_by(Drift.id)))


def kinds() -> list[str]:
    return [row.kind for row in differences()]


def forget(*pks: int) -> None:
    """The books are those from before these operations."""

    def work(session) -> None:
        session.execute(delete(Attempt).where(Attempt.operation_pk.in_(pks)))
        session.execute(delete(Operation).where(Operation.id.in_(pks)))

    transact(work)


def heart_stood_still(**how_long) -> None:
    """The worker's last heartbeat is so old."""
    beat = clock() - timedelta(**how_long)
    transact(lambda session: session.execute(update(Duty).where(Duty.name == "beat").values(ran_utc=beat)))


def printed(dreamkas, number: int, kopecks: int = 75000) -> int:
    """A payment whose receipt was printed a moment ago."""
    pk = queue(number, kopecks)
    dreamkas.script.append("success")
    carry(dreamkas)
    return pk


def row_of_check() -> DriftCheck:
    db.session.rollback()
    return returned.check_row(db.session())


# --- what differs ---


def test_where_both_say_the_same_there_is_nothing_to_explain(dreamkas):
    acknowledged(dreamkas)
    printed(dreamkas, 18)
    drift.check()
    assert (kinds(), news("drift")) == ([], [])
    assert (row_of_check().receipts, row_of_check().operations) == (2, 2)


def test_a_receipt_that_the_books_have_lost_is_listed_with_sum_time_name_and_contract(dreamkas):
    forget(printed(dreamkas, 17, 12345))
    drift.check()
    [lost] = differences()
    assert (lost.kind, lost.amount, lost.contract, lost.ours) == ("stranger", 12345, "100001", None)
    assert lost.title.startswith("Internet") and abs(lost.date_utc - clock()) < timedelta(minutes=1)
    assert db.session.get(KnownReceipt, lost.receipt_id), "its slip can be looked at"
    assert service.health().drift == 1


def test_it_is_told_once_and_not_every_night(dreamkas):
    forget(printed(dreamkas, 17))
    drift.check()
    drift.check()
    assert (len(news("drift")), kinds()) == (1, ["stranger"])


def test_what_was_sold_at_the_machine_is_listed_without_an_alarm(dreamkas):
    dreamkas.sold_by_hand(500)
    drift.check()
    assert (kinds(), news("drift"), service.health().drift) == (["by_hand"], [], 0)


def test_an_operation_on_its_way_that_nobody_here_knows_is_listed_until_it_has_printed(dreamkas):
    pk = queue()
    carry(dreamkas)
    forget(pk)
    drift.check()
    assert kinds() == ["on_its_way"]
    dreamkas.finish()
    drift.check()
    assert kinds() == ["stranger"], "the same one, and now it has a receipt"


def test_one_that_ended_in_an_error_there_is_nobodys_business(dreamkas):
    pk = queue()
    dreamkas.script.append("error")
    carry(dreamkas)
    forget(pk)
    drift.check()
    assert kinds() == []


def test_a_receipt_of_ours_that_they_do_not_know_is_missing(dreamkas):
    pk = printed(dreamkas, 17)
    dreamkas.printed.clear()
    change(pk, finished_utc=clock() - timedelta(hours=1))
    drift.check()
    assert [(row.kind, row.operation_pk, row.ours) for row in differences()] == [("missing", pk, 75000)]


def test_one_that_their_list_left_out_but_that_they_know_is_not(dreamkas):
    pk = printed(dreamkas, 17)
    change(pk, finished_utc=clock() - timedelta(hours=1))
    old = dreamkas.printed[0]
    old["date"] -= timedelta(days=30)  # their list is by a date of their own
    drift.check()
    assert kinds() == []


def test_a_receipt_of_another_sum_is_a_difference(dreamkas):
    pk = printed(dreamkas, 17)
    dreamkas.printed[0]["amount"] = 75001
    drift.check()
    [row] = differences()
    assert (row.kind, row.operation_pk, row.amount, row.ours) == ("sum", pk, 75001, 75000)


def test_a_second_receipt_of_one_operation_is_a_difference(dreamkas):
    pk = printed(dreamkas, 17)
    dreamkas.print(dreamkas.rows[0], tell=False)
    drift.check()
    assert [(row.kind, row.operation_pk) for row in differences()] == [("second", pk)]


def test_what_is_ours_there_and_open_here_is_settled_at_once(dreamkas):
    acknowledged(dreamkas)
    accepted, unsure, waiting = queue(17), queue(18), queue(19)
    bodies = {pk: outbox._body_of(now_is(pk)) for pk in (unsure, waiting)}
    carry(dreamkas)
    change(accepted, operation_id=dreamkas.rows[1]["id"], state="accepted")
    dreamkas.rows[2:] = []
    for pk in (unsure, waiting):
        change(pk, state="queued", operation_id=now_is(pk).external_id, accepted_utc=None)
        dreamkas.take_in(bodies[pk], "SUCCESS")
    change(unsure, state="unsure")
    dreamkas.print(dreamkas.rows[1], tell=False)
    drift.check()
    assert [state(pk) for pk in (accepted, unsure, waiting)] == ["fiscalized"] * 3
    assert (kinds(), row_of_check().adopted) == ([], 3)


def test_a_receipt_that_is_printed_while_we_read_is_no_stranger(dreamkas):
    dreamkas.while_listing = lambda: None
    pk = queue()
    claimed = outbox.claim(dreamkas.door)  # "sending" is committed, its answer is not here yet
    dreamkas.take_in(claimed.body, "SUCCESS")
    drift.check()
    assert (kinds(), state(pk)) == ([], "fiscalized")


@pytest.mark.parametrize("broken", ["receipts_fail", "receipts_repeat", "lists"])
def test_a_list_that_can_not_be_read_whole_changes_nothing_and_comes_again(dreamkas, broken):
    forget(printed(dreamkas, 17))
    drift.check()
    dreamkas.printed.append({**dreamkas.printed[0], "id": "another"})
    if broken == "lists":
        dreamkas.lists_fail_after = 0
    else:
        setattr(dreamkas, broken, True)
    done = row_of_check().done_utc
    drift.check()
    assert (kinds(), row_of_check().done_utc) == (["stranger"], done)
    assert row_of_check().error


def test_many_pages_are_read_to_their_end(dreamkas):
    pks = [printed(dreamkas, number, 100 + number) for number in range(12)]
    forget(*pks[:5])
    dreamkas.cap = 3
    drift.check()
    assert sorted(row.amount for row in differences()) == [100, 101, 102, 103, 104]


# --- when ---


def due() -> bool:
    db.session.rollback()
    return drift.is_due(db.session())


def check_says(**values) -> None:
    transact(lambda session: session.execute(update(DriftCheck).values(**values)))


def test_it_is_due_when_somebody_asks_and_not_twice(dreamkas):
    drift.check()
    assert not due()
    drift.ask()
    assert due()
    drift.check()
    assert not due()


def test_it_is_due_every_night(dreamkas):
    drift.check()
    check_says(tried_utc=clock() - timedelta(hours=24))
    assert due()


def test_after_a_failure_it_is_tried_again_in_a_while(dreamkas):
    dreamkas.away = "unknown"
    drift.check()
    assert not due()
    check_says(tried_utc=clock() - timedelta(minutes=16))
    assert due()


# --- what a person decides ---


def test_what_a_person_explained_does_not_come_up_again(dreamkas):
    forget(printed(dreamkas, 17))
    drift.check()
    [pk] = [row.id for row in differences()]
    assert drift_decide.settle([pk], admin="buh", why="another shop of ours") == 1
    drift.check()
    assert (kinds(), service.health().drift) == ([], 0)
    assert drift_decide.settle([pk], admin="buh", why="again") == 0


def match(row: Drift, number: int = 99, kopecks: int = 75000) -> bool:
    return drift_decide.match(
        row.id,
        Source("payment", number),
        service_kind="internet",
        subscriber="ivanov",
        contract="100001",
        kopecks=kopecks,
        paid_at=None,
        admin="buh",
    )


def test_a_matched_receipt_is_the_payments_own_and_nothing_is_sent(dreamkas):
    forget(printed(dreamkas, 17))
    drift.check()
    [row] = differences()
    posts = len(dreamkas.posts)
    assert match(row)
    found = service.state_of(Source("payment", 99))
    assert (found.state, found.receipt_id) == ("fiscalized", row.receipt_id)
    with pytest.raises(service.AlreadyFiscalized):
        queue(99)
    carry(dreamkas)
    drift.check()
    assert (kinds(), len(dreamkas.posts)) == ([], posts)


def test_one_receipt_is_not_matched_twice_nor_to_another_sum_nor_to_a_payment_that_has_one(dreamkas):
    has_one = printed(dreamkas, 5)
    forget(printed(dreamkas, 17))
    drift.check()
    [row] = differences()
    assert not match(row, kopecks=1)
    assert not match(row, number=now_is(has_one).source_id)
    assert match(row, 98) and not match(row, 99)


def test_repeating_is_refused_while_a_receipt_of_that_contract_and_sum_is_nobodys(dreamkas):
    pk = queue(17)
    dreamkas.script.append("refused")
    carry(dreamkas)
    dreamkas.sold_by_hand(75000, name="Internet, договор 100001")
    drift.check()
    with pytest.raises(service.NotRepeatable, match="100001"):
        service.repeat(pk, admin="buh")
    drift_decide.settle([differences()[0].id], admin="buh", why="another")
    assert service.repeat(pk, admin="buh").state == "queued"


@pytest.mark.parametrize(
    ("title", "contract"),
    [
        ("Доступ в Интернет, договор 100001", "100001"),
        ("Доступ в Интернет, договор A-1/2 б", "A-1/2 б"),
        ("Доступ в Интернет", ""),
        ("договорённость", ""),
        ("", ""),
    ],
)
def test_the_contract_is_read_from_the_name_as_we_write_it(title, contract):
    assert contract_of(title) == contract


# --- books that were put back ---


def test_books_that_came_back_a_minute_after_the_copy_look_before_they_send(dreamkas):
    acknowledged(dreamkas)
    sent, unsent = queue(17), queue(18)
    dreamkas.take_in(outbox._body_of(now_is(sent)), "SUCCESS")  # after the copy was made
    heart_stood_still(minutes=1)
    assert carry(dreamkas) == 0, "nothing goes out unseen, even before the heart beats again"
    transact(tasks._claim_beat)
    assert carry(dreamkas) == 0
    looks.look_before_sending()
    assert carry(dreamkas) == 1
    assert (state(sent), state(unsent)) == ("fiscalized", "accepted")


def test_what_was_looked_up_before_the_copy_is_looked_up_again(dreamkas):
    acknowledged(dreamkas)
    pk = queue()
    change(pk, look_first=True, looked_utc=clock())
    dreamkas.take_in(outbox._body_of(now_is(pk)), "SUCCESS")
    heart_stood_still(minutes=1)
    transact(tasks._claim_beat)
    assert carry(dreamkas) == 0
    looks.look_before_sending()
    assert (carry(dreamkas), state(pk)) == (0, "fiscalized")


def test_a_heart_that_stood_still_is_said_in_the_log_once_with_what_waits(dreamkas, caplog):
    queue()
    queue(18)
    heart_stood_still(minutes=1)
    for _beat in range(2):
        transact(tasks._claim_beat)
    transact(returned.note)
    [line] = [record for record in caplog.records if record.name == returned.__name__]
    assert line.levelname == "WARNING"
    assert "no worker beat since" in line.getMessage()
    assert "Receipts that wait (2) are looked up at Dreamkas before they are sent" in line.getMessage()


def test_beats_that_waited_for_the_database_together_say_it_once(any_books, caplog):
    with any_books.app_context():
        transact(tasks._claim_beat)
        heart_stood_still(minutes=1)
    together = Barrier(4)

    def note(session) -> None:
        session.scalar(select(Duty.ran_utc))
        if not any_books.config["SQLALCHEMY_DATABASE_URI"].startswith(
            "sqlite"
        ):  # whose writers come one by one
            together.wait(20)
        returned.note(session)

    def beat() -> None:
        with any_books.app_context():
            transact(note)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(beat) for _thread in range(4)]:
            done.result()
    assert len([record for record in caplog.records if record.name == returned.__name__]) == 1


def test_a_heart_that_beats_lets_a_new_payment_go_at_once(dreamkas):
    transact(tasks._claim_beat)
    queue()
    assert carry(dreamkas) == 1


def test_after_a_return_the_comparison_is_due_at_once_and_reaches_back_to_the_last_heartbeat(dreamkas):
    drift.check()
    heart_stood_still(days=20)
    transact(tasks._claim_beat)
    assert due()
    assert returned.catching_up_since(db.session()) is not None
    assert row_of_check().stood_utc < clock() - timedelta(days=19)
    drift.check()
    assert not due()
    assert returned.catching_up_since(db.session()) is None


def test_one_sweep_adopts_or_lists_all_that_was_printed_after_the_copy(dreamkas):
    acknowledged(dreamkas)
    forget(printed(dreamkas, 18))
    kept = queue(17)  # so it stands in the copy
    dreamkas.take_in(outbox._body_of(now_is(kept)), "SUCCESS")
    heart_stood_still(minutes=5)
    posts = len(dreamkas.posts)
    tasks.sweep()
    assert (state(kept), kinds(), len(dreamkas.posts)) == ("fiscalized", ["stranger"], posts)


def test_on_each_database_it_lists_forgets_and_matches(any_books, monkeypatch):
    fake = FakeDreamkas()
    monkeypatch.setattr(line, "client", lambda: fake)
    with any_books.app_context():
        fake.sold_by_hand(500, name="Internet, договор 100001")
        fake.sold_by_hand(75000, name="Internet, договор 100001")
        drift.check()
        assert kinds() == ["by_hand", "by_hand"]
        assert match(differences()[1]) and not match(differences()[0])
        del fake.printed[0]
        drift.check()
        assert kinds() == []
