"""The desk: births, what is missing, repeats, and what a person decides."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from modules.core.current import options
from modules.core.db import clock, db, transact
from modules.core.journal import Weblog
from modules.core.serial import UbStat
from modules.core.times import local_now
from modules.dreamkas import birth, catalog, looks, mapping, outbox, service
from modules.dreamkas.models import Operation
from modules.dreamkas.privacy import purge
from modules.dreamkas.service import Source
from tests.dreamkas.desk import (
    WISH,
    acknowledged,
    ask_for,
    attempts,
    carry,
    change,
    later,
    look,
    lost,
    news,
    now_is,
    queue,
    state,
)
from tests.dreamkas.fake import GOODS, MACHINE

MAY = datetime.fromisoformat("2026-05-01")
NOBODY = service.Buyer(None, None, "100001")
BY_MAIL = service.Buyer(None, "ivanov@example.test", "100001")


def journal() -> list[tuple[str, str]]:
    """Who did what."""
    return [(row.admin, row.event) for row in db.session.scalars(select(Weblog).order_by(Weblog.id))]


def test_a_payment_gets_one_queued_operation_with_its_body(dreamkas):
    operation = now_is(queue())
    assert (operation.state, operation.source_key, operation.amount) == ("queued", "payment:17", 75000)
    assert operation.operation_id == operation.external_id
    body = service.body_of(operation)
    assert (body["externalId"], body["deviceId"], body["total"]) == (
        operation.external_id,
        MACHINE,
        {"priceSum": 75000},
    )
    assert body["attributes"] == {"phone": "+79110000001", "email": "ivanov@example.test"}
    assert "100001" in body["positions"][0]["name"]


def test_it_stands_in_the_callers_transaction(dreamkas):
    class Stop(Exception):
        pass

    def work(session):
        ask_for()
        raise Stop

    with pytest.raises(Stop):
        transact(work)
    assert db.session.scalar(select(Operation)) is None


def test_a_second_operation_is_refused_and_the_callers_transaction_lives_on(dreamkas):
    first = queue()

    def work(session):
        session.add(Weblog(date=local_now(), admin="anna", ip="", event="what the caller wrote"))
        with pytest.raises(service.AlreadyFiscalized):
            ask_for()
        session.add(Weblog(date=local_now(), admin="anna", ip="", event="and afterwards"))

    transact(work)
    assert {"what the caller wrote", "and afterwards"} <= {event for _who, event in journal()}
    assert list(db.session.scalars(select(Operation.id))) == [first]


def test_two_kinds_of_payments_do_not_meet(dreamkas):
    assert queue(17) != queue(17, kind="ukv_payment")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"buyer": NOBODY}, "no_mobile"),
        ({"buyer": BY_MAIL}, "no_mobile"),
        ({"buyer": service.Buyer("+380501234567", None, "1")}, "bad_phone"),
        ({"wish": service.Wish(1, "SIMPLE", "CASH", GOODS)}, "no_machine"),
        ({"wish": service.Wish(MACHINE, "SIMPLE", "CASH", "gone")}, "no_position"),
        ({"wish": service.Wish(MACHINE, "SIMPLE", "CASH", "goods")}, "not_service"),
        ({"wish": service.Wish(MACHINE, "ENVD", "CASH", GOODS)}, "bad_tax_mode"),
        ({"wish": service.Wish(MACHINE, "SIMPLE", "BARTER", GOODS)}, "bad_payment_type"),
        ({"kopecks": 0}, "bad_sum"),
    ],
)
def test_what_is_missing_lets_it_be_born_rejected_with_the_reason_and_told(dreamkas, changes, reason):
    dreamkas.positions.append({"id": "goods", "name": "Router", "type": "COUNTABLE"})
    catalog.refresh()
    operation = now_is(queue(**changes))
    assert (operation.state, operation.reason, operation.source_key) == ("rejected", reason, None)
    assert len(news("rejected")) == 1
    assert carry(dreamkas) == 0


@pytest.mark.parametrize(
    ("sent", "looks"),
    [
        ({"attempt": 0}, False),
        ({"attempt": 1}, True),
        ({"accepted_utc": MAY}, True),
    ],  # Ubilling's: no attempts
)
def test_asked_for_anew_after_a_rejection_it_is_looked_up_where_it_may_have_been_sent(dreamkas, sent, looks):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    change(old, **sent)
    assert now_is(queue()).look_first == looks


def test_repeat_works_once_it_is_mended(dreamkas):
    old = queue(buyer=NOBODY)
    with_phone = service.Buyer("+79110000002", None, "100001")
    new = service.repeat(old, admin="anna", buyer=with_phone)
    assert (new.state, new.contact, new.repeats_id) == ("queued", "+79110000002", old)
    again = now_is(old)
    assert (again.state, again.date_resend is not None) == ("rejected", True)
    looks.look_before_sending()
    carry(dreamkas)
    assert state(new.id) == "accepted"


def test_repeat_of_what_had_no_position_takes_the_one_that_is_mapped_now(dreamkas):
    nothing = service.Wish(0, "SIMPLE", "CASH", "")
    old = queue(wish=nothing)
    assert now_is(old).reason == "no_machine"
    assert service.repeat(old, admin="anna").reason == "not_mapped"
    mapping.map_position("internet", GOODS, "anna")
    body = service.body_of(service.repeat(old, admin="anna"))
    assert (body["deviceId"], len(body["positions"])) == (MACHINE, 1)


def test_repeat_uses_the_contact_and_wish_of_the_old_one_when_none_is_given(dreamkas):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    body = service.body_of(service.repeat(old, admin="anna"))
    assert body["attributes"] == {"phone": "+79110000001", "email": "ivanov@example.test"}
    assert (body["deviceId"], body["taxMode"]) == (WISH.device_id, WISH.tax_mode)


def test_repeat_refuses_what_is_not_rejected_or_has_another(dreamkas):
    old = queue()
    with pytest.raises(service.NotRepeatable, match="only a rejected operation"):
        service.repeat(old, admin="anna")
    service.cancel(old, admin="anna", reason="typed twice")
    service.repeat(old, admin="anna")
    with pytest.raises(service.NotRepeatable, match="another"):
        service.repeat(old, admin="anna")
    with pytest.raises(service.NotRepeatable):
        service.repeat(999, admin="anna")
    assert len(list(db.session.scalars(select(Operation.id)))) == 2


def test_repeat_of_a_foreign_row_without_a_machine_is_born_rejected(dreamkas):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    change(old, device_id="the left one")
    assert service.repeat(old, admin="anna").reason == "no_machine"


def test_cancel_takes_back_only_what_is_queued_and_is_journalled_with_its_reason(dreamkas):
    pk = queue()
    assert service.cancel(pk, admin="anna", reason="typed twice")
    assert (state(pk), now_is(pk).reason, now_is(pk).reason_text) == ("rejected", "cancelled", "typed twice")
    assert ("anna", f"DREAMKAS CANCEL [{pk}] (ivanov) typed twice") in journal()
    assert not service.cancel(pk, admin="anna", reason="once more")
    sent = queue(18)
    outbox.claim(dreamkas.door)
    assert not service.cancel(sent, admin="anna", reason="too late")
    assert state(sent) == "sending"
    assert news("rejected") == []


def test_a_person_says_which_receipt_an_unsure_operation_printed(dreamkas):
    pk = lost(dreamkas)
    assert service.adopt(pk, "receipt-7", admin="anna", reason="saw the paper")
    operation = now_is(pk)
    assert (operation.state, operation.receipt_id, operation.source_key) == (
        "fiscalized",
        "receipt-7",
        "payment:17",
    )
    assert (operation.reason, operation.reason_text) == ("adopted", "saw the paper")
    assert operation.watch_until_utc > clock() + timedelta(hours=71), "its own receipt may yet appear"
    assert ("anna", f"DREAMKAS ADOPT [{pk}] receipt receipt-7: saw the paper") in journal()


def test_only_what_is_open_can_be_adopted_and_only_with_a_receipt(dreamkas):
    unsure, queued = lost(dreamkas, 2), queue(1)
    assert not service.adopt(queued, "receipt-7", admin="anna", reason="?")
    assert not service.adopt(unsure, "", admin="anna", reason="?")
    assert (state(unsure), state(queued)) == ("unsure", "queued")


def test_send_again_is_for_unsure_operations_only_and_is_journalled(dreamkas):
    pk = lost(dreamkas)
    assert service.send_again(pk, admin="anna", reason="asked Dreamkas")
    assert ("anna", f"DREAMKAS AGAIN [{pk}]: asked Dreamkas") in journal()
    assert not service.send_again(pk, admin="anna", reason="once more")
    assert now_is(pk).watch_until_utc > clock() + timedelta(hours=71)
    taken = queue(18)
    carry(dreamkas)
    assert not service.send_again(taken, admin="anna", reason="no receipt yet")
    assert state(taken) == "accepted", "what was accepted is never sent again"


def test_payments_before_the_first_migration_are_never_offered(dreamkas):
    assert service.payable(local_now() + timedelta(seconds=1), 1)
    assert not service.payable(service.since() - timedelta(seconds=1), 1)
    assert not service.payable(None, 1)


def test_dreamkas_since_moves_that_moment(make_app):
    with make_app(DREAMKAS_SINCE="2026-05-01").app_context():
        assert service.payable(MAY, 1)
        assert not service.payable(MAY - timedelta(seconds=1), 1)


def test_cash_types_that_need_no_receipt_have_none(make_app):
    with make_app(DREAMKAS_SINCE="2026-05-01", DREAMKAS_NO_RECEIPT_CASHTYPES="3, 7").app_context():
        assert [service.payable(MAY, number) for number in (1, 3, 7)] == [True, False, False]


def test_an_email_alone_is_enough_only_when_the_option_says_so(dreamkas, monkeypatch):
    now = replace(options(), dreamkas_email_only=True)
    monkeypatch.setattr(birth, "options", lambda: now)
    operation = now_is(queue(buyer=BY_MAIL))
    assert operation.state == "queued"
    assert service.body_of(operation)["attributes"] == {"email": "ivanov@example.test"}


def test_where_the_receipts_are(dreamkas):
    done = acknowledged(dreamkas)
    unsure = lost(dreamkas, 2)
    rejected = queue(3, buyer=NOBODY)
    queued = queue(4)
    sources = [Source("payment", number) for number in (1, 2, 3, 4, 5)]
    states = service.states_of(sources)
    assert [states[source].state for source in sources] == [
        "fiscalized",
        "unsure",
        "rejected",
        "queued",
        "none",
    ]
    assert [states[source].operation_pk for source in sources] == [done, unsure, rejected, queued, None]
    assert [states[source].final for source in sources] == [True, False, True, False, True]
    assert [states[source].poll_seconds for source in sources] == [0, 10, 0, 10, 0]
    assert "worker is silent" in states[sources[3]].reason
    assert "no usable mobile" in states[sources[2]].reason
    assert service.states_of([]) == {}


def test_a_live_repeat_is_shown_rather_than_the_rejected_one(dreamkas):
    old = queue()
    service.cancel(old, admin="anna", reason="typed twice")
    new = service.repeat(old, admin="anna").id
    assert service.state_of(Source("payment", 17)).operation_pk == new


def test_forgetting_takes_the_personal_data_and_leaves_the_books(dreamkas):
    done, fresh = acknowledged(dreamkas), queue(18)
    later(dreamkas, days=10)
    recent = queue(19)
    assert purge(5)[0] == 1
    operation = now_is(done)
    assert (operation.contact, operation.operation_body, attempts(done)[0].said) == ("", "", "")
    assert (operation.state, operation.amount, operation.receipt_id) == ("fiscalized", 100, "receipt-1")
    assert all(now_is(pk).operation_body for pk in (fresh, recent)), "what must yet be sent stays whole"


def test_forgetting_leaves_the_journal_of_ubilling_alone(dreamkas):
    def line(event, days_ago):
        transact(
            lambda session: session.add(Weblog(date=local_now() - timedelta(days=days_ago), event=event))
        )

    began = (local_now() - timedelta(days=100)).isoformat()
    born = update(UbStat).where(UbStat.key == "dreamkas_since").values(value=began)
    transact(lambda session: session.execute(born))
    theirs = [
        ("CHANGE Tariff (ivanov) ON HOME", 50),
        ("BALANCEADD (ivanov) ON 5", 50),
        ("DREAMKAS old module", 150),
    ]
    for event, days_ago in [
        *theirs,
        ("DREAMKAS QUEUE [1]", 50),
        ("BANKSTA2 IMPORTED [1]", 50),
        ("DREAMKAS MAP", 1),
    ]:
        line(event, days_ago)
    assert purge(5)[2] == 2
    left = [event for _who, event in journal()]
    assert set(left) > {event for event, _days in theirs} | {"DREAMKAS MAP"}


def test_news_hold_no_contact(dreamkas):
    queue(buyer=service.Buyer("+380501234567", None, "1"))
    assert all("380501234567" not in json.dumps([row.params, row.message]) for row in news())
    assert all("79110000001" not in event for _who, event in journal())


def test_a_look_without_a_proof_does_not_open_the_way_to_a_repeat(dreamkas):
    pk = lost(dreamkas)
    look(pk)
    with pytest.raises(service.NotRepeatable):
        service.repeat(pk, admin="anna")


@pytest.mark.parametrize("kept", ["", "no base64!", "bm8ganNvbg==", "W10="])
def test_a_body_that_cannot_be_read_is_shown_as_none(dreamkas, kept):
    pk = queue()
    change(pk, operation_body=kept)
    assert service.body_of(now_is(pk)) == {}
