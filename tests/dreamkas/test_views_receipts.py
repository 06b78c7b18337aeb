"""The tab "Issued checks": pages show what is known, the worker reads what they want."""

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from modules.core.db import clock, db, transact
from modules.core.lasting import Lasting
from modules.core.times import local_now
from modules.dreamkas import line, receipts, service
from modules.dreamkas.models_receipts import KnownReceipt, ReceiptDay, ReceiptWish
from modules.dreamkas.privacy import purge
from tests.dreamkas.cabinet import Cabinet, receipt_row
from tests.dreamkas.desk import change

LIST = "/?module=dreamkas&getreceipts=true"
HOSTILE = "<script>alert(1)</script>"


def one(receipt_id: str) -> str:
    return f"/?module=dreamkas&showdetailedrcpt={receipt_id}"


@pytest.fixture
def cabinet(books, monkeypatch) -> Cabinet:
    """The service on the other side of the line."""
    made = Cabinet()
    monkeypatch.setattr(line, "client", lambda: made)
    return made


@pytest.fixture
def reader(sign_in):
    """Somebody who may read, and see the payments."""
    return sign_in("DREAMKAS", "CASH", "UKV", login="buh")


@pytest.fixture
def worker(books):
    """worker(): one pass of the worker's duty."""

    def work() -> None:
        with books.app_context():
            assert receipts.is_due(db.session()), "a duty without work is not done"
            receipts.fetch()

    return work


@pytest.fixture
def known(cabinet, worker):
    """known(row, …): receipts that the cabinet printed and the worker has read."""

    def read(*rows: dict) -> None:
        cabinet.printed += rows
        worker()

    return read


def ask(books, question):
    with books.app_context():
        return question()


def age_days(books, **how_much) -> None:
    """Whatever was read was read so long ago."""

    def older(session) -> None:
        by = timedelta(**how_much)
        for row in session.scalars(select(ReceiptDay)):
            row.asked_utc = row.asked_utc and row.asked_utc - by
            row.tried_utc = row.tried_utc and row.tried_utc - by
            row.fetched_utc = row.fetched_utc and row.fetched_utc - by

    ask(books, lambda: transact(older))


# --- the list ---


def test_a_page_that_knows_nothing_says_so_and_is_never_an_error(page, reader, cabinet):
    cabinet.go_away()
    shown = page(LIST)
    assert shown.shows("These days have not been read from Dreamkas yet.")
    assert shown.shows("These days are still being read")
    assert cabinet.asked == [], "a page never asks Dreamkas itself"


def test_an_empty_list_says_nothing_found_only_when_all_of_its_days_are_known(page, reader, cabinet, worker):
    asked = f"{LIST}&q=nobody"
    assert page(asked).shows("The list fills by itself") and not page(asked).shows("Nothing found")
    worker()
    assert page(asked).shows("Nothing found")
    assert page(LIST).shows("No receipts in these days")


def test_days_that_are_being_read_anew_are_not_said_to_have_no_receipts(page, reader, cabinet, worker, books):
    page(LIST)
    worker()
    assert page(LIST).shows("No receipts in these days")
    age_days(books, days=3)
    shown = page(LIST)
    assert shown.shows("the worker is reading them") and shown.shows("These days are still being read")
    assert not shown.shows("No receipts in these days")
    worker()
    assert page(LIST).shows("No receipts in these days")


def test_what_a_page_wants_the_worker_reads(page, reader, cabinet, worker, books):
    cabinet.printed = [receipt_row(1), receipt_row(2, timedelta(days=6)), receipt_row(3, timedelta(days=30))]
    page(LIST)
    worker()
    shown = page(LIST)
    assert one(f"{1:024x}") in shown.links and one(f"{2:024x}") in shown.links
    assert one(f"{3:024x}") not in shown.links
    assert shown.shows("As of")
    since = (ask(books, local_now) - timedelta(days=40)).date()
    page(f"{LIST}&rcptdatefrom={since}")
    while ask(books, lambda: receipts.is_due(db.session())):
        worker()
    assert one(f"{3:024x}") in page(f"{LIST}&rcptdatefrom={since}").links


def test_the_columns_say_what_dreamkas_said(page, reader, known):
    known(receipt_row(7, number=12))
    shown = page(LIST)
    cells = [tag.text for tag in shown.all("td") if tag.text]
    for words in (
        "123",
        "54012",
        "117",
        "12",
        "Анна",
        "Услуги связи — ₽750.00",
        "Cashless: ₽750.00",
        "₽750.00",
    ):
        assert words in cells


def test_the_sum_of_the_shown_takes_refunds_away(page, reader, known):
    known(
        receipt_row(1, amount=10000),
        receipt_row(2, amount=3000, type="REFUND"),
        receipt_row(3, amount=500, type="SALE_ANNUL"),
        receipt_row(4, amount=200, type="A NEW WORD"),
    )
    foot = page(LIST).all("tfoot")[0].text
    assert "₽70.00" in foot and "(4)" in foot


def test_a_page_holds_as_many_as_asked_for_and_pages_on(page, reader, known):
    known(*(receipt_row(number, timedelta(minutes=number)) for number in range(1, 6)))
    first = page(f"{LIST}&rcptmaxcount=2")
    assert first.shows("1–2 of 5")
    onward = next(link for link in first.links if "page=2" in link)
    assert "rcptmaxcount=2" in onward and page(onward).shows("3–4 of 5")
    assert page(f"{LIST}&rcptmaxcount=5000").all("input", name="rcptmaxcount")[0].attrs["value"] == "1000"


def test_the_list_is_narrowed_by_machine_and_searched(page, reader, known):
    known(receipt_row(1, deviceId=123), receipt_row(2, deviceId=9, positions=[{"name": "Кабельное ТВ"}]))
    page(LIST)
    known()
    assert page(f"{LIST}&rcptdeviceid=9").shows("1–1 of 1")
    assert page(f"{LIST}&q=кабельное").shows("1–1 of 1")
    assert page(f"{LIST}&q=nothing").shows("Nothing found")


@pytest.mark.parametrize(
    "nonsense",
    [
        "&rcptdatefrom=x&rcptdateto=y",
        "&rcptdatefrom=0001-01-01",
        "&rcptdateto=9999-12-31",
        "&rcptdatefrom=2999-01-01",
        "&rcptmaxcount=-5",
        "&rcptmaxcount=x",
        "&rcptdeviceid=%00%27",
        "&sort=body&page=99999",
        "&endpoint=x&_scheme=javascript&_external=1&_anchor=a",
    ],
)
def test_nonsense_in_the_address_breaks_nothing(page, reader, known, nonsense):
    known(receipt_row(1))
    page(LIST + nonsense)


def test_a_year_at_most_is_wanted_at_once(page, reader, books, cabinet):
    assert page(f"{LIST}&rcptdatefrom=2015-01-01").shows("At most a year is shown at once")
    assert ask(books, lambda: db.session.query(ReceiptDay).count()) == receipts.LONGEST


def test_the_file_holds_the_whole_list_with_formulas_defused(reader, known):
    known(receipt_row(1), receipt_row(2, cashier={"name": "=cmd()"}, operationId=None))
    text = reader.get(LIST + "&rcptmaxcount=1&csv=true").data.decode("utf-8-sig")
    assert len(text.splitlines()) == 3
    assert "'=cmd()" in text and "750.00" in text and "₽" not in text


# --- odd answers ---


@pytest.mark.parametrize(
    "odd",
    [
        {"deviceId": None, "shopId": None, "cashier": None, "customer": None},
        {"positions": None, "payments": None, "amount": None},
        {"positions": "x", "payments": {"type": "CASH"}, "cashier": "Anna", "customer": []},
        {"positions": [None, {}, {"name": 5, "price": "x", "quantity": "1500"}], "payments": [7, {}]},
        {"type": "SOMETHING_NEW", "positions": [{"name": "a", "tax": "NDS_99"}], "new": {"deep": [1]}},
        {"type": None, "localDate": None, "date": None, "shiftId": "x", "number": 10**30},
        {"localDate": "2026-02-27T22:33:01.000Z", "date": "soon", "cashier": {"name": HOSTILE}},
    ],
)
def test_whatever_is_missing_or_new_breaks_no_page(page, reader, known, odd):
    known(receipt_row(1, **odd), receipt_row(2))
    assert page(LIST).shows("1–")
    page(one(f"{2:024x}"))
    page(one(f"{1:024x}"))
    page(one(f"{1:024x}"), htmx=True)


def test_hostile_names_are_shown_as_text(page, reader, known):
    known(receipt_row(1, positions=[{"name": HOSTILE, "price": 1, "quantity": 1000}]))
    assert page(LIST).shows(HOSTILE)
    assert page(one(f"{1:024x}")).shows(HOSTILE)


def test_secrets_of_cashiers_and_contacts_stay_out_of_the_body(known, books):
    known(receipt_row(1, customer={"phone": "+79110000001", "email": "i@example.test"}))
    row = ask(books, lambda: receipts.find(f"{1:024x}"))
    assert row.contact == "+79110000001, i@example.test"
    assert "7911" not in row.body and "customer" not in json.loads(row.body)
    assert "7911" not in row.words


def test_a_contact_once_forgotten_stays_so(known, books, cabinet, worker):
    known(receipt_row(1, timedelta(days=2)))
    age = update(KnownReceipt).values(date_utc=KnownReceipt.date_utc)
    ask(books, lambda: transact(lambda session: session.execute(age)))
    ask(books, lambda: purge(1))
    assert ask(books, lambda: receipts.find(f"{1:024x}").contact) == ""
    age_days(books, hours=1)
    worker()
    assert ask(books, lambda: receipts.find(f"{1:024x}").contact) == ""


# --- when Dreamkas is down ---


def test_when_dreamkas_is_down_the_last_known_stays_with_its_age(page, reader, known, cabinet, worker, books):
    known(receipt_row(1))
    age_days(books, minutes=40)
    cabinet.go_away()
    page(LIST)
    worker()
    shown = page(LIST)
    assert one(f"{1:024x}") in shown.links
    assert shown.shows("As of") and shown.shows("Dreamkas could not be read")
    assert "hx-trigger" not in shown.by_id("receipts-age").attrs, "nothing polls what will not come"


def test_the_log_tells_once_that_receipts_can_not_be_read_and_once_that_they_can(
    cabinet, worker, books, caplog, monkeypatch
):
    caplog.set_level(logging.INFO, receipts.__name__)
    monkeypatch.setattr(receipts, "trouble", Lasting())
    worker()
    cabinet.go_away()
    for _pass in range(4):
        age_days(books, minutes=40)
        worker()
    cabinet.away = None
    age_days(books, minutes=40)
    worker()
    gone, back = [one.getMessage() for one in caplog.records if one.name == receipts.__name__]
    assert "could not be read: ReadTimeout" in gone and "can be read again" in back


def test_a_page_polls_only_while_the_worker_may_still_come(page, reader, cabinet, books):
    cabinet.asked.clear()
    assert page(LIST).by_id("receipts-age").attrs["hx-trigger"] == "every 2s"
    waits = update(ReceiptDay).values(asked_utc=clock_back(books, minutes=5))
    ask(books, lambda: transact(lambda session: session.execute(waits)))
    late = page(LIST)
    assert "hx-trigger" not in late.by_id("receipts-age").attrs
    assert late.shows("the worker was asked to read them and has not done it")


def clock_back(books, **how_much):
    return ask(books, lambda: clock() - timedelta(**how_much))


def test_the_poll_is_silent_while_nothing_moves_and_fetches_the_list_once_when_it_did(
    page, reader, cabinet, worker, books
):
    note = page(LIST).by_id("receipts-age").attrs
    headers = {"HX-Request": "true", **json.loads(note["hx-headers"])}
    assert reader.get(note["hx-get"], headers=headers).status_code == 204
    worker()
    moved = reader.get(note["hx-get"], headers=headers).text
    assert 'hx-trigger="load"' in moved and 'hx-target="#receipts"' in moved
    assert "hx-trigger" not in page(LIST).by_id("receipts-age").attrs


# --- the worker ---


def test_the_last_days_are_read_without_being_asked_and_then_rest(books, cabinet, worker):
    cabinet.printed = [receipt_row(1), receipt_row(2, timedelta(days=2))]
    worker()
    assert ask(books, lambda: db.session.query(KnownReceipt).count()) == 2
    assert not ask(books, lambda: receipts.is_due(db.session()))
    age_days(books, minutes=31)
    assert ask(books, lambda: receipts.is_due(db.session()))


def test_a_short_page_is_no_end(books, cabinet, worker):
    cabinet.printed = [receipt_row(number) for number in range(1, 26)]
    cabinet.cap = 10
    worker()
    assert ask(books, lambda: db.session.query(KnownReceipt).count()) == 25


def test_old_days_are_settled_and_never_read_again(page, reader, books, cabinet, worker):
    since = (ask(books, local_now) - timedelta(days=40)).date()
    until = since + timedelta(days=20)
    page(f"{LIST}&rcptdatefrom={since}&rcptdateto={until}")
    worker()
    age_days(books, days=2)
    cabinet.asked.clear()
    shown = page(f"{LIST}&rcptdatefrom={since}&rcptdateto={until}")
    assert shown.shows("As of")
    pending = ask(books, lambda: receipts.coverage(since, until).pending)
    assert pending == 0


def test_as_of_speaks_of_the_days_that_may_still_grow(page, reader, books, cabinet, worker):
    page(LIST)
    worker()
    until = ask(books, local_now).date()
    since = until - timedelta(days=6)

    def settle(session) -> None:
        session.get(ReceiptDay, since).fetched_utc -= timedelta(days=1)

    with books.app_context():
        transact(settle)
    fetched = ask(books, lambda: receipts.coverage(since, until).fetched)
    assert fetched > ask(books, clock) - timedelta(hours=1)


def test_who_looks_gets_the_receipt_of_a_minute_ago(page, reader, books, cabinet, worker):
    page(LIST)
    worker()
    cabinet.printed = [receipt_row(1)]
    age_days(books, minutes=0.5)
    page(LIST)
    worker()
    assert page(LIST).shows("₽750.00")


def test_a_thousand_pages_make_one_round_of_calls(page, reader, books, cabinet, worker):
    page(LIST)
    worker()
    for _time in range(20):
        page(LIST)
    assert not ask(books, lambda: receipts.is_due(db.session()))


def test_while_dreamkas_is_down_it_is_tried_once_a_minute_at_most(page, reader, books, cabinet, worker):
    cabinet.go_away()
    worker()
    assert len(cabinet.asked) == 1, "the first failure ends the round"
    assert not ask(books, lambda: receipts.is_due(db.session()))
    page(LIST)
    assert not ask(books, lambda: receipts.coverage(*days_of_today(books))).pending


def days_of_today(books):
    today = ask(books, local_now).date()
    return today, today


def test_a_receipt_that_changed_is_mended_not_doubled(books, cabinet, worker):
    cabinet.printed = [receipt_row(1, fiscalDocumentNumber=None)]
    worker()
    cabinet.printed = [receipt_row(1)]
    age_days(books, minutes=31)
    worker()
    rows = ask(books, lambda: db.session.scalars(select(KnownReceipt)).all())
    assert [json.loads(row.body)["fiscalDocumentNumber"] for row in rows] == ["204"]


# --- one receipt ---


def test_a_receipt_is_drawn_as_paper_with_its_qr_code(page, reader, known):
    known(receipt_row(1))
    shown = page(one(f"{1:024x}"))
    for words in (
        "TRAINING",
        "copy, for information",
        "Услуги связи",
        "VAT 5%",
        "TOTAL",
        "+79110000001",
        "3209733001",
    ):
        assert shown.shows(words)
    assert shown.all("svg", class_="segno")
    fields = [tag.attrs.get("value", "") for tag in shown.all("input", readonly="")]
    assert f"http://localhost{one(f'{1:024x}')}" in fields
    assert any(field.endswith("&s=750.00&fn=9999078900000001&i=204&fp=3209733001&n=1") for field in fields)


def test_a_receipt_without_its_fiscal_sign_has_no_qr_code(page, reader, known):
    known(receipt_row(1, fiscalDocumentSign=None))
    assert not page(one(f"{1:024x}")).all("svg", class_="segno")


def queued(books, number: int, **values) -> int:
    def work(session) -> int:
        return service.fiscalize(
            service.Source(values.pop("kind", "payment"), number),
            wish=service.Wish(123, "SIMPLE", "CASH", "inet"),
            kopecks=75000,
            buyer=service.Buyer("+79110000001", None, "100001"),
            service_kind="internet",
            subscriber="ivanov",
            paid_at=local_now(),
            admin="kassir",
        )

    with books.app_context():
        pk = transact(work)
        if values:
            change(pk, **values)
        return pk


@pytest.mark.parametrize(
    "link", [{"operation_id": "op-1"}, {"receipt_id": f"{1:024x}"}], ids=["by operation", "by receipt"]
)
def test_a_receipt_leads_to_its_payment_and_subscriber(page, reader, known, books, link):
    pk = queued(books, 17, **link)
    known(receipt_row(1))
    shown = page(one(f"{1:024x}"))
    assert shown.shows("ivanov · contract 100001") and shown.shows("Payment 17")
    assert "/?module=addcash&username=ivanov" in shown.links
    assert f"/?module=dreamkas&showdetailedFiscOp={pk}" in shown.links
    assert "/?module=addcash&username=ivanov" in page(LIST).links
    assert page(f"{LIST}&q=ivanov").shows("1–1 of 1") or "receipt_id" in link


def test_a_receipt_of_somebody_else_says_so(page, reader, known):
    known(receipt_row(1, operationId=None))
    assert page(one(f"{1:024x}")).shows("made outside this billing")
    assert page(LIST).shows("outside this billing")


def test_who_may_not_see_payments_gets_no_link_to_them(page, sign_in, known, books):
    queued(books, 17, operation_id="op-1")
    known(receipt_row(1))
    sign_in("DREAMKAS", login="reader")
    shown = page(one(f"{1:024x}"))
    assert shown.shows("Payment 17") and not [link for link in shown.links if "addcash" in link]


def test_who_may_see_the_profile_only_is_led_to_it(page, sign_in, known, books):
    queued(books, 17, operation_id="op-1")
    known(receipt_row(1))
    sign_in("DREAMKAS", "USERPROFILE", login="reader")
    for address in (LIST, one(f"{1:024x}")):
        assert "/?module=userprofile&username=ivanov" in page(address).links


def test_an_unknown_receipt_is_asked_of_the_worker_and_comes(page, reader, cabinet, worker, books):
    cabinet.printed = [receipt_row(1, timedelta(days=200))]
    address = one(f"{1:024x}")
    assert page(address).shows("the worker is asking Dreamkas for it")
    asks = page(address).by_id("receipt-story").attrs["hx-get"]
    worker()
    assert page(asks, htmx=True).shows("Услуги связи")
    assert page(address).shows("Услуги связи")
    assert ask(books, lambda: db.session.query(ReceiptWish).count()) == 0


def test_a_receipt_that_does_not_exist_is_said_to_and_no_longer_asked_for(page, reader, cabinet, worker):
    page(one("feed"))
    worker()
    shown = page(one("feed"))
    assert shown.shows("Dreamkas knows no receipt of this number.")
    assert "hx-get" not in shown.by_id("receipt-story").attrs


@pytest.mark.parametrize("odd", ["", "%20", "a" * 65, "%D1%8F"])
def test_what_can_be_no_number_of_a_receipt_is_not_found(page, reader, books, odd):
    page(one(odd), 404)
    assert ask(books, lambda: db.session.query(ReceiptWish).count()) == 0


def test_rights(page, sign_in, client, books, make_app):
    sign_in("CASH", login="kassir")
    page(LIST, 403)
    page(one("feed"), 403)
