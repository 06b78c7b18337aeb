"""A webhook is a hint: Dreamkas is asked whether it is true, in few calls, and nothing depends on it."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from modules.core.db import clock, db, transact
from modules.core.times import local_now, to_local, utc_now
from modules.dreamkas import catalog, follow, hint, lease, life, receipts, settling
from modules.dreamkas.models import Duty
from modules.dreamkas.models_receipts import ReceiptDay
from modules.dreamkas.service import keep_hook
from tests.dreamkas.desk import acknowledged, carry, change, later, lost, news, now_is, queue, state, work
from tests.dreamkas.fake import MACHINE, receipt_fact
from tests.dreamkas.hooks import hook, kept, operation_hook, receipt_hook

PHONE = "+79110000001"


def come(*raws: bytes) -> None:
    """These webhooks come, in this order."""
    for raw in raws:
        keep_hook(raw, None)
    db.session.rollback()  # the worker looks in a transaction of its own


def settle(*raws: bytes) -> list[str]:
    """These come, and the worker looks into the inbox; what became of each row there."""
    come(*raws)
    settling.settle()
    return [row.fate for row in kept()]


def accepted(dreamkas, number: int = 17) -> tuple[int, dict]:
    """An accepted operation, asked about just now; (its id, theirs)."""
    pk = queue(number)
    carry(dreamkas)
    change(pk, due_utc=clock() + timedelta(hours=1))
    return pk, dreamkas.rows[-1]


# --- operations ---


def test_a_hook_makes_dreamkas_be_asked_at_once_and_its_answer_counts(dreamkas):
    pk, row = accepted(dreamkas)
    dreamkas.print(row)
    assert settle(operation_hook(row["id"])) == ["settled"]
    assert state(pk) == "fiscalized"
    assert now_is(pk).receipt_id == row["data"]["receiptId"]
    assert kept()[0].operation_pk == pk


@pytest.mark.parametrize("lie", ["SUCCESS", "ERROR"])
def test_a_forged_body_changes_nothing(dreamkas, lie):
    pk, row = accepted(dreamkas)
    settle(operation_hook(row["id"], lie, externalId=row["externalId"], data={"receiptId": "made-up"}))
    assert state(pk) == "accepted"
    assert news() == []


def test_a_receipt_of_another_payment_prints_nothing_here(dreamkas):
    pk, row = accepted(dreamkas)
    _other, _row, printed = printed_with(dreamkas, 18, phone=PHONE)
    settle(receipt_hook(printed["id"], row["id"], phone="+79990000000"))
    assert (state(pk), now_is(pk).alarm) == ("accepted", "")


def test_a_duplicate_about_what_is_over_asks_nothing_more(dreamkas):
    pk, row = accepted(dreamkas)
    dreamkas.finish("ERROR")
    settle(operation_hook(row["id"], "ERROR", data={}))
    lie = operation_hook(row["id"], data={"receiptId": "made-up"})
    settle(lie)
    dreamkas.asked.clear()
    settle(lie)
    assert (state(pk), dreamkas.asked) == ("rejected", [])


def test_a_lie_that_becomes_true_counts_when_it_is_true(dreamkas):
    pk, row = accepted(dreamkas)
    told = operation_hook(row["id"], data={"receiptId": "receipt-1"})
    settle(told)
    dreamkas.print(row)
    change(pk, due_utc=clock() + timedelta(hours=1))
    settle(told)
    assert state(pk) == "fiscalized"
    assert [row.times for row in kept()] == [2]


def test_our_own_receipt_is_told_once_whatever_comes_about_it(dreamkas):
    _pk, row = accepted(dreamkas)
    printed = dreamkas.print(row)
    raws = [operation_hook(row["id"], status) for status in ("PENDING", "IN_PROGRESS", "SUCCESS")]
    settle(*raws, receipt_hook(printed["id"], row["id"]), *raws)
    assert [one.kind for one in news()] == ["fiscalized"]


def test_an_error_is_told_with_the_words_of_the_operation_itself(dreamkas):
    pk, row = accepted(dreamkas)
    dreamkas.finish("ERROR")
    settle(operation_hook(row["id"], "ERROR", data={"error": {"message": "invented"}}))
    assert state(pk) == "rejected"
    assert [one.kind for one in news()] == ["rejected"]
    assert "invented" not in news()[0].params


def test_a_lost_answer_is_found_by_its_hook(dreamkas):
    pk = lost(dreamkas, how="lost")
    row = dreamkas.rows[-1]
    change(pk, due_utc=clock() + timedelta(hours=1))
    assert settle(operation_hook(row["id"], "PENDING", externalId=row["externalId"])) == ["settled"]
    assert state(pk) == "accepted"
    assert now_is(pk).operation_id == row["id"]


def test_a_hook_cannot_give_an_operation_to_another_payment(dreamkas):
    pk = lost(dreamkas)
    foreign = dreamkas.stranger()
    settle(operation_hook(foreign["id"], "SUCCESS", externalId=now_is(pk).external_id))
    assert state(pk) == "unsure"
    assert now_is(pk).operation_id == now_is(pk).external_id


def test_a_hook_that_names_an_operation_dreamkas_does_not_know_is_filed_as_foreign(dreamkas):
    pk = lost(dreamkas)
    assert settle(operation_hook("nowhere", externalId=now_is(pk).external_id)) == ["waiting"]
    later(minutes=11)
    assert settle() == ["foreign"]
    assert state(pk) == "unsure"


def test_a_second_operation_for_one_payment_is_an_alarm(dreamkas):
    pk, row = accepted(dreamkas)
    twin = dreamkas.take_in(dreamkas.posts[-1])
    settle(operation_hook(twin["id"], "PENDING", externalId=row["externalId"]))
    assert now_is(pk).alarm == "two_operations"
    assert now_is(pk).operation_id == row["id"]


def test_a_late_print_told_by_hook_beats_the_rejection(dreamkas):
    pk, row = accepted(dreamkas)
    dreamkas.finish("ERROR")
    settle(operation_hook(row["id"], "ERROR", data={}))
    assert state(pk) == "rejected"
    dreamkas.print(row)
    settle(operation_hook(row["id"]))
    assert state(pk) == "fiscalized"


def test_what_is_over_asks_nothing(dreamkas):
    pk = acknowledged(dreamkas)
    their_id = now_is(pk).operation_id
    dreamkas.asked.clear()
    assert settle(operation_hook(their_id), operation_hook(their_id, "IN_PROGRESS")) == ["settled", "settled"]
    assert dreamkas.asked == []


# --- a hook that comes too early, or to the wrong house ---


def test_a_hook_that_outruns_our_own_commit_still_settles(dreamkas):
    pk, row = accepted(dreamkas)
    dreamkas.print(row)
    theirs = now_is(pk).operation_id
    change(pk, operation_id=now_is(pk).external_id, state="sending", lease_until_utc=clock())
    assert settle(operation_hook(theirs)) == ["waiting"]
    change(pk, operation_id=theirs, state="accepted", due_utc=clock() + timedelta(hours=1))
    later(seconds=3)
    change(pk, due_utc=clock() + timedelta(hours=1))
    assert settle() == ["settled"]
    assert state(pk) == "fiscalized"


def test_while_the_answer_itself_is_on_its_way_the_hook_waits(dreamkas):
    pk = queue()
    dreamkas.while_sending = lambda: settle(
        operation_hook("1".zfill(24), "PENDING", externalId=now_is(pk).external_id)
    )
    dreamkas.asked.clear()
    carry(dreamkas)
    assert state(pk) == "accepted"
    assert [row.fate for row in kept()] == ["waiting"]
    assert dreamkas.asked == []
    later(seconds=3)
    assert settle() == ["settled"]


def test_one_that_nobody_knows_waits_ten_minutes_then_it_is_foreign_and_asks_nothing(dreamkas):
    dreamkas.stranger()
    raw = operation_hook(dreamkas.rows[-1]["id"], "ERROR", data={"error": {"message": "paper"}})
    assert settle(raw) == ["waiting"]
    later(minutes=9)
    assert settle() == ["waiting"]
    assert news() == []
    later(minutes=2)
    assert settle() == ["foreign"]
    assert kept()[0].due_utc is None
    assert [one.kind for one in news()] == ["webhook"]
    settle(raw)
    assert len(news()) == 1
    assert dreamkas.asked == []


def test_the_receipt_of_another_program_is_told_and_its_operation_not(dreamkas):
    settle(operation_hook("theirs"), receipt_hook("r-9", "theirs"))
    later(minutes=11)
    assert settle() == ["foreign", "foreign"]
    assert ["750" in one.params for one in news()] == [True]


def test_a_receipt_rung_up_at_the_machine_is_told_at_once(dreamkas):
    assert settle(receipt_hook("r-9", None)) == ["noted"]
    assert [one.kind for one in news()] == ["webhook"]


def test_what_was_not_asked_for_stays_untouched(dreamkas):
    pk, row = accepted(dreamkas)
    dreamkas.print(row)
    keep_hook(operation_hook(row["id"]), frozenset({"receipts"}))
    assert settle() == ["unasked"]
    assert state(pk) == "accepted"


# --- receipts and their contact ---


def test_a_receipt_hook_makes_its_operation_due_and_its_day_stale_once(dreamkas):
    pk, row = accepted(dreamkas)
    printed = dreamkas.print(row)
    settle(receipt_hook(printed["id"], row["id"]))
    assert state(pk) == "fiscalized"
    days = db.session.scalars(select(ReceiptDay)).all()
    assert [day.day for day in days] == [local_now().date()]
    assert "receipt" not in dreamkas.asked


@pytest.mark.parametrize("date", ["1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "nonsense", 5, None])
def test_a_receipt_of_an_impossible_day_makes_today_stale(dreamkas, date):
    settle(receipt_hook("r-1", None, date=date))
    assert [day.day for day in db.session.scalars(select(ReceiptDay))] == [local_now().date()]


def test_a_receipt_of_an_earlier_day_makes_that_day_stale(dreamkas):
    told = utc_now() - timedelta(days=3)
    settle(receipt_hook("r-1", None, date=f"{told:%Y-%m-%dT%H:%M:%S}Z"))
    assert [day.day for day in db.session.scalars(select(ReceiptDay))] == [to_local(told).date()]


def printed_with(dreamkas, number: int = 17, /, **customer) -> tuple[int, dict, dict]:
    """An accepted operation whose receipt was printed; Dreamkas tells this customer of it."""
    pk, row = accepted(dreamkas, number)
    printed = dreamkas.print(row)
    if customer:
        printed["customer"] = customer
    return pk, row, printed


def test_a_receipt_printed_for_another_contact_is_a_warning_on_its_operation(dreamkas):
    pk, row, printed = printed_with(dreamkas, phone="+79990000000")
    settle(receipt_hook(printed["id"], row["id"], phone="+79990000000"))
    assert (state(pk), now_is(pk).alarm) == ("fiscalized", "other_contact")
    assert sorted(one.kind for one in news()) == ["fiscalized", "other_contact"]


def test_a_receipt_printed_without_any_contact_is_a_warning(dreamkas):
    pk, row, printed = printed_with(dreamkas)
    settle(receipt_hook(printed["id"], row["id"], customer=None))
    assert now_is(pk).alarm == "other_contact"


@pytest.mark.parametrize(
    "customer", [{"phone": PHONE}, {"phone": "8 (911) 000-00-01"}, {"email": "Ivanov@example.test"}]
)
def test_a_body_that_lies_about_the_contact_warns_of_nothing(dreamkas, customer):
    pk, row, printed = printed_with(dreamkas, **customer)
    settle(receipt_hook(printed["id"], row["id"], phone="+79990000000"))
    assert (state(pk), now_is(pk).alarm) == ("fiscalized", "")
    assert [one.kind for one in news()] == ["fiscalized"]


@pytest.mark.parametrize(("phone", "alarm"), [(PHONE, ""), ("+79990000000", "other_contact")])
def test_of_a_late_print_whose_contact_dreamkas_does_not_name_the_webhook_is_believed(dreamkas, phone, alarm):
    pk, row = accepted(dreamkas)
    dreamkas.finish("ERROR")
    settle(operation_hook(row["id"], "ERROR", data={}))
    printed = dreamkas.print(row, tell=False)
    settle(receipt_hook(printed["id"], row["id"], phone=phone))
    assert (state(pk), now_is(pk).alarm) == ("fiscalized", alarm)


def test_a_receipt_that_does_not_exist_warns_of_nothing(dreamkas):
    pk, row = accepted(dreamkas)
    assert settle(receipt_hook("made-up", row["id"], phone="+79990000000")) == ["waiting"]
    assert (state(pk), now_is(pk).alarm, news()) == ("accepted", "", [])


def test_the_contact_that_was_sent_asks_no_receipt(dreamkas):
    pk, row, printed = printed_with(dreamkas, phone=PHONE)
    settle(receipt_hook(printed["id"], row["id"], phone=PHONE))
    assert now_is(pk).alarm == ""
    assert "receipt" not in dreamkas.asked


def test_a_worse_alarm_stays_and_the_warning_is_told_once(dreamkas):
    pk, row, printed = printed_with(dreamkas, phone="+79990000000")
    change(pk, alarm="two_operations")
    settle(receipt_hook(printed["id"], row["id"], phone="+79990000000"))
    assert now_is(pk).alarm == "two_operations"
    assert [one.kind for one in news()] == ["fiscalized"]


def test_a_second_receipt_told_by_hook_is_an_alarm_once_dreamkas_says_so(dreamkas):
    pk = acknowledged(dreamkas)
    second = dreamkas.print(dreamkas.rows[-1], tell=False)
    settle(receipt_hook(second["id"], now_is(pk).operation_id))
    assert now_is(pk).alarm == "two_receipts"


def test_a_receipt_that_was_read_for_a_webhook_stands_among_the_receipts(dreamkas):
    pk = acknowledged(dreamkas)
    second = dreamkas.print(dreamkas.rows[-1], tell=False)
    settle(receipt_hook(second["id"], now_is(pk).operation_id))
    assert receipts.find(second["id"]) is not None


def test_an_answer_that_could_not_be_taken_in_is_asked_for_again(dreamkas, monkeypatch):
    pk = acknowledged(dreamkas)
    second = dreamkas.print(dreamkas.rows[-1], tell=False)

    def fails(*_args, **_more):
        raise RuntimeError("something nobody thought of")

    with monkeypatch.context() as patch:
        patch.setattr(life, "fiscalize", fails)
        assert settle(receipt_hook(second["id"], now_is(pk).operation_id)) == ["waiting"]
    later(seconds=3)
    assert settle() == ["settled"]
    assert now_is(pk).alarm == "two_receipts"


# --- the catalog, the shift, the unknown ---


def catalog_due() -> bool:
    db.session.rollback()
    return catalog._is_asked_for(db.session())


@pytest.mark.parametrize("type", ["PRODUCT", "DEVICE", "DEVICE_REGISTRATION", "DEVICE_REGISTRATIONS"])
def test_what_changes_the_catalog_marks_it_stale_and_is_told_once(dreamkas, type):
    assert not catalog_due()
    assert settle(hook(type, id="70321", name="Desk"), hook(type, id="70321", name="Desk")) == ["noted"]
    assert catalog_due()
    assert [one.kind for one in news()] == ["webhook"]


def test_a_change_during_a_round_of_the_catalog_is_read_by_the_next(dreamkas):
    busy = update(Duty).where(Duty.name == "catalog")
    transact(lambda session: session.execute(busy.values(lease_until_utc=clock() + timedelta(seconds=15))))
    assert settle(hook("PRODUCT", id="p-1", name="Internet")) == ["new"]
    transact(lambda session: session.execute(busy.values(lease_until_utc=None, ran_utc=clock())))
    later(seconds=3)
    assert settle() == ["noted"]
    assert catalog_due()


def test_changes_that_go_on_and_on_are_read_twice_a_minute_and_a_person_is_never_kept_waiting(dreamkas):
    def due():
        return db.session.get(Duty, "catalog", populate_existing=True).due_utc

    ran, catalogs = clock(), update(Duty).where(Duty.name == "catalog")
    transact(lambda session: session.execute(catalogs.values(due_utc=None, ran_utc=ran)))
    for number in range(3):
        settle(hook("PRODUCT", id=f"p-{number}", name="Internet"))
        assert due() == ran + catalog.CHANGES
    transact(catalog.mark_stale)
    settle(hook("PRODUCT", id="p-4", name="Internet"))
    assert due() < ran + catalog.CHANGES


def test_everything_else_is_told_and_changes_nothing(dreamkas):
    shift = hook("SHIFT", _id="s-1", shiftId=117, deviceId=MACHINE, isClosed=True)
    money = hook("ENCASHMENT", "CREATE", _id="e-1", deviceId=MACHINE, type="MONEY_OUT", sum=100000)
    assert settle(shift, money, b'{"type": "TEAPOT", "data": [1]}') == ["noted"] * 3
    assert [one.kind for one in news()] == ["webhook"] * 3
    assert not catalog_due()


def test_what_asks_nothing_is_filed_on_every_database(any_books):
    with any_books.app_context():
        come(receipt_hook("r-1", None), hook("PRODUCT", id="p-1", name="Internet"))
        assert settle(operation_hook("theirs"), operation_hook("theirs")) == ["noted", "noted", "waiting"]
        assert [row.times for row in kept()] == [1, 1, 2]
        assert [one.kind for one in news()] == ["webhook", "webhook"]
        assert catalog_due()
        assert settle() == ["noted", "noted", "waiting"]
        assert len(news()) == 2


# --- many ---


def test_a_thousand_hooks_are_few_questions_and_all_settle(dreamkas):
    pks = [queue(number) for number in range(1, 51)]
    carry(dreamkas)
    for pk in pks:
        change(pk, due_utc=clock() + timedelta(hours=1))
    dreamkas.finish()
    raws = [receipt_hook(one["id"], one["operationId"]) for one in dreamkas.printed]
    for row in dreamkas.rows:
        raws += [operation_hook(row["id"], status) for status in ("PENDING", "IN_PROGRESS", "SUCCESS")]
    raws *= 5
    random.Random(4).shuffle(raws)
    dreamkas.asked.clear()
    for start in range(0, len(raws), 200):
        settle(*raws[start : start + 200])
    assert {state(pk) for pk in pks} == {"fiscalized"}
    assert {row.fate for row in kept()} == {"settled"}
    assert len(raws) == 1000
    assert len(dreamkas.asked) <= 50


def test_a_round_is_filed_by_one_statement(dreamkas):
    _pk, row = accepted(dreamkas)
    come(operation_hook(row["id"], "IN_PROGRESS"), *(operation_hook(f"theirs-{n}") for n in range(20)))
    said = []

    def listen(_connection, _cursor, statement, *_more):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        settling.settle()
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    assert len([one for one in said if one.startswith("UPDATE dreamkas_inbox")]) == 1
    assert [row.fate for row in kept()] == ["settled"] + ["waiting"] * 20


def test_many_lost_answers_and_lost_contacts_are_looked_up_in_listings(dreamkas):
    acknowledged(dreamkas, 1)
    pks = [lost(dreamkas, number, "lost") for number in range(2, 12)]
    dreamkas.finish()
    mine = [row for row in dreamkas.rows if row["externalId"] in {now_is(pk).external_id for pk in pks}]
    dreamkas.asked.clear()
    settle(*(operation_hook(row["id"], externalId=row["externalId"]) for row in mine))
    assert {state(pk) for pk in pks} == {"fiscalized"}
    printed = {one["operationId"]: one["id"] for one in dreamkas.printed}
    settle(*(receipt_hook(printed[row["id"]], row["id"], customer=None) for row in mine))
    assert {now_is(pk).alarm for pk in pks} == {"other_contact"}
    assert len(dreamkas.asked) <= 6


def test_a_listing_for_many_lost_answers_goes_back_to_the_oldest_of_them(dreamkas):
    acknowledged(dreamkas, 90)
    pks = [lost(dreamkas, 1, "lost")]
    later(dreamkas, hours=2)
    for number in range(91, 94):
        acknowledged(dreamkas, number, minutes=20)
    pks += [lost(dreamkas, number, "lost") for number in range(2, 8)]
    ours = {now_is(pk).external_id for pk in pks}
    mine = [row for row in dreamkas.rows if row["externalId"] in ours]
    dreamkas.cap = 1
    assert settle(*(operation_hook(row["id"], "PENDING", externalId=row["externalId"]) for row in mine)) == [
        "settled"
    ] * len(pks)
    assert {state(pk) for pk in pks} == {"accepted"}


def test_after_a_webhook_one_worker_looks_into_it_soon(dreamkas, monkeypatch):
    monkeypatch.setattr(settling, "GATHER", 0)
    pk, row = accepted(dreamkas)
    dreamkas.print(row)
    come(operation_hook(row["id"]))
    with lease.duty(settling.DUTY, timedelta()):
        settling.soon.func.__wrapped__()
        assert state(pk) == "accepted", "somebody else is at it"
    settling.soon.func.__wrapped__()
    assert state(pk) == "fiscalized"


def test_more_webhooks_than_are_filed_at_once_are_all_looked_into(dreamkas, monkeypatch):
    for room in (hint, settling):
        monkeypatch.setattr(room, "AT_ONCE", 2)
    assert settle(*(receipt_hook(f"r-{number}", None) for number in range(5))) == ["noted"] * 5


def test_while_dreamkas_is_away_a_hook_waits_and_the_operation_settles_later(dreamkas):
    pk = lost(dreamkas, how="lost")
    row, dreamkas.away = dreamkas.rows[-1], "unknown"
    assert settle(operation_hook(row["id"], externalId=row["externalId"])) == ["waiting"]
    dreamkas.away = None
    dreamkas.finish()
    later(seconds=5)
    assert settle() == ["settled"]
    assert state(pk) == "fiscalized"


@pytest.mark.parametrize("told", ["operation", "receipt"])
def test_an_answer_about_a_webhook_after_an_error_frees_what_waits_in_the_queue(dreamkas, told):
    pk, row = accepted(dreamkas)
    dreamkas.finish("ERROR")
    settle(operation_hook(row["id"], "ERROR", data={}))
    printed = dreamkas.print(row, tell=told == "operation")
    waits = queue(18)
    dreamkas.script.append("not_sent")
    change(waits, unsent=3)
    carry(dreamkas)
    assert now_is(waits).due_utc > clock() + timedelta(seconds=10)
    settle(operation_hook(row["id"]) if told == "operation" else receipt_hook(printed["id"], row["id"]))
    assert state(pk) == "fiscalized"
    assert now_is(waits).due_utc <= clock()


@pytest.mark.parametrize("many", [1, 6])
def test_while_dreamkas_is_away_for_long_what_is_ours_is_not_called_foreign(dreamkas, many):
    pks = [acknowledged(dreamkas, number, minutes=1) for number in range(many)]
    seconds = [dreamkas.print(row, tell=False) for row in dreamkas.rows]
    dreamkas.away = "unknown"
    raws = [receipt_hook(one["id"], one["operationId"]) for one in seconds]
    assert settle(*raws) == ["waiting"] * many
    later(minutes=30)
    assert settle() == ["waiting"] * many
    dreamkas.away = None
    later(minutes=2)
    assert settle() == ["settled"] * many
    assert {now_is(pk).alarm for pk in pks} == {"two_receipts"}


def test_a_lost_answer_told_of_while_the_lists_fail_for_long_is_not_called_foreign(dreamkas):
    pks = [lost(dreamkas, number, "lost") for number in range(6)]
    dreamkas.lists_fail_after = 0
    raws = [operation_hook(row["id"], externalId=row["externalId"]) for row in dreamkas.rows]
    assert settle(*raws) == ["waiting"] * 6
    later(minutes=30)
    assert settle() == ["waiting"] * 6
    dreamkas.lists_fail_after = None
    later(minutes=2)
    assert settle() == ["settled"] * 6
    assert {state(pk) for pk in pks} == {"accepted"}


def test_a_duplicate_that_comes_while_it_is_looked_into_is_looked_into_too(dreamkas, monkeypatch):
    _pk, row = accepted(dreamkas)
    raw = operation_hook(row["id"], "IN_PROGRESS")
    come(raw)
    ask = settling._ask
    monkeypatch.setattr(settling, "_ask", lambda hints: (come(raw), ask(hints))[1])
    settling.settle()
    assert settling.is_due(db.session())
    assert kept()[0].times == 2


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_doubled_and_with_lies_between_or_with_none_at_all_it_ends_the_same(dreamkas, seed):
    pks = [queue(number) for number in range(1, 13)]
    carry(dreamkas)
    for number, row in enumerate(dreamkas.rows):
        if number % 3:
            dreamkas.print(row)
        else:
            row["status"], row["data"] = "ERROR", {"error": {"code": "CashOffline", "message": "off"}}
    said = [operation_hook(row["id"], row["status"], data=row["data"]) for row in dreamkas.rows]
    said += [receipt_hook(one["id"], one["operationId"]) for one in dreamkas.printed]
    lies = [operation_hook(row["id"], data={"receiptId": f"lie-{row['id']}"}) for row in dreamkas.rows]
    raws = [*said, *said, *lies]
    random.Random(seed).shuffle(raws)
    if seed:  # with seed 0 no webhook comes at all
        for raw in raws:
            settle(raw)
    later(dreamkas, seconds=10)
    work(dreamkas)
    assert [state(pk) for pk in pks] == ["fiscalized" if number % 3 else "rejected" for number in range(12)]
    assert {one.kind for one in news()} == {"fiscalized", "rejected"}
    assert len(news()) == 12


def test_with_no_webhooks_another_contact_is_found_when_the_receipts_are_read(dreamkas):
    pk, _row, printed = printed_with(dreamkas, phone="+79990000000")
    follow.ask()
    transact(lambda session: receipts.keep(session, [receipt_fact(printed)], clock()))
    assert now_is(pk).alarm == "other_contact"


def test_a_receipt_without_a_contact_counts_only_beside_others_that_name_one(dreamkas):
    (pk, _row, bare), (_other, _row, named) = printed_with(dreamkas), printed_with(dreamkas, 18, phone=PHONE)
    transact(lambda session: receipts.keep(session, [receipt_fact(bare)], clock()))
    assert now_is(pk).alarm == ""
    bare["id"] = "receipt-99"
    facts = [receipt_fact(bare), receipt_fact(named)]
    transact(lambda session: receipts.keep(session, facts, clock()))
    assert now_is(pk).alarm == "other_contact"
