"""The money page of an Internet subscriber, as the cashier sees it."""

import json
import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, select, update

from modules.billing.models import Payment, PaymentCorr, RealName
from modules.core.current import options
from modules.core.db import clock, db, transact
from modules.core.sessions import open_session
from modules.dreamkas import choices
from modules.dreamkas.models import CatalogRow, CatalogState, Operation
from modules.dreamkas.models_receipts import KnownReceipt
from tests.books import TICKED, balance, count, fill, newest
from tests.house import _admin_id
from tests.page import open_page

IVANOV = "/?module=addcash&username=ivanov"
PETROVA = "/?module=addcash&username=petrova"


@pytest.fixture
def cashier(books, sign_in, monkeypatch):
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    return sign_in("TASKBAR", "USERPROFILE", "CASH")


def pay(page, address=IVANOV, status=303, **values):
    return page(address).form("newcash").submit(status=status, **values)


def receipt(page, number=1, address=IVANOV):
    return page(f"{address}&receiptbadge={number}", htmx=True)


def test_the_page_shows_who_pays_and_the_sum_field_has_the_focus(cashier, page):
    money = page(IVANOV)
    for words in ("Иванов Иван Иванович", "Приозёрск, Ленина 1/2", "100001", "Домашний 100", "₽120.50"):
        assert money.shows(words)
    assert money.shows("The receipt goes to +79110000001, ivanov@example.test")
    focused = focus_of(money)
    assert focused == ["newcash"]


def test_money_is_taken_and_said(books, cashier, page):
    back = pay(page, newcash="12,50", newpaymentnote="за ноябрь").follow()
    assert back.shows("Payment taken: ₽12.50")
    assert back.shows("₽133.00")
    assert back.shows("за ноябрь")
    assert receipt(page).shows("No receipt")
    assert balance(books, "ivanov") == 13_300


@pytest.mark.parametrize(
    ("typed", "kopecks"), [("12,50", 1250), (" 1 000.5 ", 100_050), ("1000000", 100_000_000)]
)
def test_sums_are_taken_as_people_type_them(books, cashier, page, typed, kopecks):
    pay(page, newcash=typed)
    assert balance(books, "ivanov") == 12_050 + kopecks


@pytest.mark.parametrize(
    "typed", ["1e3", "12.345", "0", "abc", "1000000.01", "-5", "", " ", "１２", "9" * 500, "\0"]
)
def test_a_wrong_sum_is_refused_at_its_field_and_kept(books, cashier, page, typed):
    again = pay(page, status=422, newcash=typed, newpaymentnote="не терять", cashtype="2", operation="add")
    assert again.by_id("newcash").attrs["aria-invalid"] == "true"
    assert again.by_id("newcash-errors").text
    kept = again.form("newcash").values
    assert (kept["newcash"], kept["newpaymentnote"], kept["cashtype"]) == (typed, "не терять", "2")
    assert count(books) == 0


@pytest.mark.parametrize(("operation", "table"), [("correct", PaymentCorr), ("set", Payment)])
def test_only_correct_and_set_may_be_negative(books, cashier, page, operation, table):
    pay(page, newcash="-20", operation=operation)
    assert newest(books, table).summ == "-20.00"
    assert balance(books, "ivanov") == (10_050 if operation == "correct" else -2000)


def test_a_balance_is_set_to_nothing_and_nothing_is_no_payment(books, cashier, page):
    for operation in ("add", "correct", "mock"):
        pay(page, status=422, newcash="0", operation=operation)
    assert count(books) == 0
    answer = pay(page, newcash="0,00", operation="set")
    assert answer.follow().shows("Balance set to ₽0.00") and balance(books, "ivanov") == 0
    assert (newest(books, Payment).summ, count(books)) == ("0.00", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "steal"},
        {"cashtype": "77"},
        {"cashtype": "x"},
        {"newpaymentnote": "MOCK: no"},
        {"newpaymentnote": "BALANCESET:1"},
        {"newpaymentnote": "я" * 190},
    ],
)
def test_other_wrong_fields_take_nothing(books, cashier, page, wrong):
    assert page(IVANOV).form("newcash").submit(status=422, newcash="10", **wrong).shows("Nothing was taken")
    assert count(books) == 0


def test_the_ticked_box_queues_a_receipt(books, cashier, page):
    back = pay(page, newcash="1234.50", **TICKED).follow()
    assert back.shows("Payment taken: ₽1,234.50. Queued")
    watched = back.by_id("receipt-paid1").attrs
    asks = "/?module=addcash&receiptbadge=1&username=ivanov&receiptplace=paid"
    assert watched["hx-get"] == asks, "it asks for itself until it is final"
    assert page(asks, htmx=True).by_id("receipt-paid1").attrs["hx-get"] == asks
    assert not page(IVANOV).shows("Payment taken"), "said once"
    operation = newest(books, Operation)
    assert (operation.state, operation.amount, operation.source_key) == ("queued", 123_450, "payment:1")


def test_the_server_believes_the_box_alone(books, cashier, page):
    ticked = {name: value for name, value in TICKED.items() if name != "fiscalizepayment"}
    pay(page, newcash="10", dofiscalizepayment="1", **ticked)
    assert count(books, Operation) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"drscashmachines": "999"},
        {"drstaxtypes": ""},
        {"drstaxtypes": "ENVD"},
        {"drspaymtypes": "BARTER"},
        {"drssellpos": ""},
        {"drssellpos": "nope"},
        {"drssellpos": "old"},
        {"operation": "mock"},
    ],
)
def test_a_wrong_fiscal_part_takes_nothing_and_is_kept(books, cashier, page, wrong):
    values = {**TICKED, "drspaymtypes": "CASHLESS", **wrong}
    again = pay(page, status=422, newcash="10", **values)
    kept = again.form("newcash").values
    assert kept["fiscalizepayment"]
    assert kept["newcash"] == "10"
    assert wrong.keys() & {"drspaymtypes"} or kept["drspaymtypes"] == "CASHLESS"
    assert (count(books), count(books, Operation)) == (0, 0)


def test_an_old_vat_rate_passes_with_its_tick(books, cashier, page):
    pay(page, newcash="10", **{**TICKED, "drssellpos": "old"}, drsoldvat="y")
    assert newest(books, Operation).state == "queued"


def test_an_unticked_form_keeps_its_defaults_after_a_mistake(cashier, page):
    again = pay(page, status=422, newcash="abc")
    chosen = [option.attrs["value"] for option in again.all("option") if "selected" in option.attrs]
    assert {"inet", "CASH", "123"} <= set(chosen)
    assert "fiscalizepayment" not in again.form("newcash").values


def test_a_form_sent_twice_takes_one_payment(books, cashier, page):
    form = page(IVANOV).form("newcash")
    first, second = form.submit(newcash="10", status=303), form.submit(newcash="10", status=303)
    assert second.location == first.location
    assert second.follow().shows("the money was taken once")
    assert count(books) == 1


def test_a_used_form_with_another_sum_keeps_what_was_typed_and_can_be_pressed(books, cashier, page):
    form = page(IVANOV).form("newcash")
    form.submit(newcash="10", status=303)
    again = form.submit(newcash="11", status=422)
    assert again.shows("This form has already taken ₽10.00")
    assert again.form("newcash").values["newcash"] == "11"
    again.form("newcash").submit(status=303)
    assert [row.summ for row in rows(books)] == ["10.00", "11.00"]


def test_the_same_sum_again_wants_a_tick(books, cashier, page):
    pay(page, newcash="10")
    asked = pay(page, newcash="10", status=422)
    assert asked.shows("was already taken")
    assert focus_of(asked) == ["secondpayment"]
    asked.form("newcash").submit(status=422)
    assert count(books) == 1
    asked.form("newcash").submit(secondpayment="y", status=303)
    assert count(books) == 2


def test_a_page_from_an_earlier_sign_in_keeps_what_was_typed(books, cashier, page, sign_in):
    yesterday = page(IVANOV).form("newcash")
    sign_in("USERPROFILE", "CASH")
    again = yesterday.submit(newcash="10", newpaymentnote="вчера", status=422, **TICKED)
    assert again.shows("Nothing was taken. All that you typed is here: press again.")
    kept = again.form("newcash").values
    assert (kept["newcash"], kept["newpaymentnote"], kept["drstaxtypes"]) == ("10", "вчера", "SIMPLE")
    assert count(books) == 0
    again.form("newcash").submit(status=303)
    assert (count(books), count(books, Operation)) == (1, 1)


def test_a_missing_csrf_token_takes_nothing_and_keeps_what_was_typed(books, cashier, page):
    again = page(IVANOV).form("newcash").submit(newcash="10", without=("csrf_token",), status=422)
    assert again.form("newcash").values["newcash"] == "10"
    assert count(books) == 0


def test_a_form_of_another_admin_takes_nothing(books, cashier, page, sign_in):
    form = page(IVANOV).form("newcash")
    sign_in("CASH", login="boss")
    fresh = page(IVANOV).form("newcash").values
    again = form.submit(newcash="10", csrf_token=fresh["csrf_token"], status=422)
    assert again.shows("not made for you")
    again.form("newcash").submit(status=303)
    assert [row.admin for row in rows(books)] == ["boss"]


def test_what_was_typed_waits_behind_the_sign_in(books, cashier, page, client):
    form = page(IVANOV).form("newcash")
    with client.session_transaction() as cookie:
        cookie.clear()
    away = form.submit(newcash="10,50", newpaymentnote="не терять", status=303, **TICKED)
    assert "10" not in unquote(away.location)  # addresses stand in logs
    assert away.follow().shows("You were not signed in any more: nothing was taken.")
    cashier_again(client, books)
    back = page(unquote(re.search(r"next=([^&]+)", away.location)[1]))
    assert back.shows("What you typed before signing in is here")
    kept = back.form("newcash").values
    assert (kept["newcash"], kept["newpaymentnote"], kept["drssellpos"]) == ("10,50", "не терять", "inet")
    assert kept["fiscalizepayment"]
    assert count(books) == 0
    assert page(IVANOV).form("newcash").values["newcash"] == ""  # once


def test_what_was_typed_waits_for_its_own_subscriber_only(books, cashier, page, client):
    form = page(IVANOV).form("newcash")
    with client.session_transaction() as cookie:
        cookie.clear()
    form.submit(newcash="10", status=303)
    cashier_again(client, books)
    assert page(PETROVA).form("newcash").values["newcash"] == ""
    assert page(IVANOV).form("newcash").values["newcash"] == "10"


def test_another_site_types_nothing_for_us(books, cashier, page, client):
    with client.session_transaction() as cookie:
        cookie.clear()
    client.post(IVANOV, data={"newcash": "10"}, headers={"Origin": "https://evil.example"})
    cashier_again(client, books)
    assert page(IVANOV).form("newcash").values["newcash"] == ""


def test_an_address_types_nothing(cashier, page):
    assert page(IVANOV + "&newcash=10").form("newcash").values["newcash"] == ""


def test_a_cookie_that_we_did_not_sign_types_nothing(cashier, page, client):
    client.set_cookie("typed", "WyJhIix7fV0.made.up")
    assert page(IVANOV).form("newcash").values["newcash"] == ""


def test_a_subscriber_without_a_mobile_pays_all_the_same(books, cashier, page):
    assert page(PETROVA).shows("A receipt would be rejected")
    back = pay(page, PETROVA, newcash="10", **TICKED).follow()
    assert back.shows(
        "Payment taken: ₽10.00. Rejected Repeat the subscriber has no usable mobile phone number"
    )
    assert receipt(page, 1, PETROVA).shows("Rejected")
    assert balance(books, "petrova") == -64_000


def test_nothing_is_known_of_a_stranger(cashier, page):
    for address in (IVANOV.replace("ivanov", "nobody"), "/?module=addcash", IVANOV + "%00x"):
        assert page(address, 404).shows("There is no such subscriber.")


def test_money_wants_its_right(books, sign_in, page):
    sign_in("USERPROFILE")
    assert page(IVANOV, 403).shows("Access denied")
    assert page(IVANOV + "&receiptbadge=1", 403).shows("Access denied")


def test_hostile_words_are_shown_as_words(books, cashier, page):
    hostile = "<img src=x onerror=alert(1)>' OR 1=1; --"
    with books.app_context():
        transact(lambda session: session.execute(update(RealName).values(realname=hostile)))
    back = pay(page, newcash="10", newpaymentnote=hostile).follow()
    assert back.text.count(hostile) >= 2
    assert newest(books).note == hostile
    assert back.shows("<script>alert(1)</script>")  # the selling position
    assert pay(page, newcash="11", newpaymentnote="a\r\nb\u202ec").follow().shows("a b c")


def test_a_receipt_says_how_the_money_came(books, cashier, page, monkeypatch):
    monkeypatch.setattr(choices, "options", lambda: replace(options(), dreamkas_cashless_cashtypes=(2,)))
    marked = {
        tag.attrs["value"]: tag.attrs["data-type"] for tag in page(IVANOV).tags if "data-type" in tag.attrs
    }
    assert marked == {"2": "CASHLESS", "24": "CASHLESS", "25": "CASHLESS"}
    for number, (cash_type, said) in enumerate({"1": "CASH", **marked}.items(), 1):
        pay(page, newcash=str(number), cashtype=cash_type)
        assert page(f"{IVANOV}&fiscalizelater={number}").form("drspaymtypes").values["drspaymtypes"] == said


def test_a_badge_asks_until_its_receipt_is_final(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    for state, asks in [("queued", True), ("sending", True), ("accepted", True), ("unsure", True)]:
        assert polls(set_state(books, page, state)) is asks, state
    for state in ("fiscalized", "rejected"):
        assert not polls(set_state(books, page, state)), state


def test_each_state_offers_what_can_be_done(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    assert receipt(page).shows("Cancel")
    assert not set_state(books, page, "sending").shows("Cancel")
    assert set_state(books, page, "rejected").shows("Repeat")
    done = set_state(books, page, "fiscalized")
    assert done.shows("Fiscalized")
    assert not done.forms
    assert not done.links


def test_the_forgotten_tick(books, cashier, page):
    pay(page, newcash="10")
    asked = page(IVANOV + "&fiscalizelater=1")
    assert asked.form("drssellpos").submit(status=422, fiscalizepayment="y").shows("Choose a tax system.")
    asked.form("drssellpos").submit(status=303, **TICKED)
    assert newest(books, Operation).source_key == "payment:1"
    refused = asked.form("drssellpos").submit(status=422, **TICKED)
    assert refused.shows("already has a fiscal operation")
    assert count(books, Operation) == 1


def test_the_forgotten_tick_opens_in_a_window(books, cashier, page):
    pay(page, newcash="10")
    part = page(IVANOV + "&fiscalizelater=1", htmx=True)
    assert not part.is_whole
    assert part.form("drssellpos").values["fiscalizepayment"]
    assert not ids(part) & ids(page(IVANOV))
    assert {tag.attrs["for"] for tag in part.all("label") if "for" in tag.attrs} <= ids(part)
    assert {tag.attrs["data-notes"] for tag in part.all("select") if "data-notes" in tag.attrs} <= ids(part)


def test_a_cancellation_opens_in_a_window(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    part = page(IVANOV + "&cancelreceipt=1", htmx=True)
    assert not ids(part) & ids(page(IVANOV))
    part.form("reason").submit(reason="не та касса", status=303)


def test_repeat_asks_for_the_receipt_anew(books, cashier, page):
    pay(page, PETROVA, newcash="10", **TICKED)
    page(PETROVA).post("/?module=mobileedit&username=petrova", {"newmobile": "89110000002"}, 303)
    badge = page(PETROVA).form("repeatreceipt").submit(status=303).follow()
    assert badge.shows("Queued")
    assert count(books, Operation) == 2


def test_cancel_wants_a_reason(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    asked = page(IVANOV + "&cancelreceipt=1")
    assert asked.form("reason").submit(reason=" ", status=422).shows("Say why")
    asked.form("reason").submit(reason="не та касса", status=303)
    assert receipt(page).shows("cancelled by a person: не та касса")
    assert asked.form("reason").submit(reason="ещё", status=422).shows("not in the queue")


@pytest.mark.parametrize("flag", ["receiptbadge", "fiscalizelater", "cancelreceipt"])
@pytest.mark.parametrize("number", ["1", "2", "x", "", "-1", "9" * 40])
def test_a_payment_of_somebody_else_is_not_touched(books, cashier, page, flag, number):
    pay(page, "/?module=addcash&username=sidorov", newcash="10", **TICKED)
    page(f"{IVANOV}&{flag}={number}", 404)


def test_states_change_by_post_only(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    set_state(books, page, "rejected")
    page(IVANOV + "&repeatreceipt=1", 405)
    assert page(IVANOV).post(IVANOV + "&repeatreceipt=2", {}, 404)
    assert count(books, Operation) == 1


def test_all_payments_are_a_click_away(books, cashier, page):
    with books.app_context():
        transact(lambda session: session.execute(Payment.__table__.insert(), [old(n) for n in range(25)]))
    assert len(page(IVANOV).all("td", data_label="Date")) == 20
    assert len(page(page(IVANOV).links[-1]).all("td", data_label="Date")) == 25


def test_a_printed_receipt_is_a_click_away_for_the_cashier(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    assert "showreceipt" not in receipt(page).html
    printed(books)
    (link,) = set_state(books, page, "fiscalized").links
    slip = page(link)
    assert slip.shows("TOTAL") and slip.shows("₽10.00")
    assert slip.all("div", class_="qr")
    copied = {tag.attrs["id"]: tag.attrs["value"] for tag in slip.all("input") if "readonly" in tag.attrs}
    assert copied["slip-link"].endswith(link)
    assert "t=2026" in copied["slip-qr"]
    assert [tag.attrs["data-copy"] for tag in slip.all("button") if "data-copy" in tag.attrs] == list(copied)


def test_a_receipt_that_is_not_known_here_yet_is_asked_for(books, cashier, page):
    pay(page, newcash="10", **TICKED)
    with books.app_context():
        transact(lambda session: session.execute(update(Operation).values(receipt_id=PRINTED)))
    set_state(books, page, "fiscalized")
    asking = page("/?module=userprofile&username=ivanov&showreceipt=1")
    assert asking.shows("the worker is asking Dreamkas for it")
    printed(books)
    (url,) = [tag.attrs["hx-get"] for tag in asking.all("div", id="slip-story")]
    assert page(url, htmx=True).shows("TOTAL")


def test_a_slip_is_shown_with_its_own_payment_and_to_whom_it_concerns_only(books, cashier, page, sign_in):
    pay(page, newcash="10", **TICKED)
    address = "/?module=userprofile&username=ivanov&showreceipt=1"
    page(address, 404)
    printed(books)
    set_state(books, page, "fiscalized")
    page(address)
    page(address.replace("ivanov", "petrova"), 404)
    sign_in("UKV", "DREAMKAS", login="other")
    page(address, 403)
    sign_in("USERPROFILE", login="reader")
    assert page("/?module=userprofile&username=ivanov").shows("Receipts")
    assert page(address).shows("TOTAL")


PRINTED = "5f0000000000000000000017"


def printed(books):
    """Dreamkas told of the receipt of the one operation."""
    body = {"fnNumber": "9999078900001341", "fiscalDocumentNumber": "7", "fiscalDocumentSign": "1234567890"}
    body |= {"localDate": "2026-11-23T21:10:00", "amount": 1000, "type": "SALE"}
    row = {"id": PRINTED, "operation_id": "", "type": "SALE", "amount": 1000, "body": json.dumps(body)}

    def work(session):
        session.add(KnownReceipt(**row, date_utc=clock(), seen_utc=clock()))
        session.execute(update(Operation).values(receipt_id=PRINTED))

    with books.app_context():
        transact(work)


def test_a_trouble_of_the_line_is_said_once_in_the_form(cashier, page):
    said = [tag.text for tag in page(IVANOV).all("div", class_="notice") if "worker is silent" in tag.text]
    assert len(said) == 1


def test_without_the_module_money_is_taken(make_app):
    app = make_app(DREAMKAS_ENABLED="0")
    with app.app_context():
        fill()
    browser = app.test_client()
    cashier_again(browser, app)
    money = open_page(browser, IVANOV, status=200)
    assert "fiscalizepayment" not in money.form("newcash").fields
    money.form("newcash").submit(newcash="10", status=303)
    assert count(app) == 1
    back = open_page(browser, IVANOV, status=200)
    assert back.shows("No receipt") and not back.shows("Fiscalize")
    assert open_page(browser, IVANOV + "&fiscalizelater=1", status=403).shows("This module is disabled")


def test_with_nothing_known_of_dreamkas_money_is_taken(books, cashier, page):
    with books.app_context():
        transact(lambda session: [session.execute(text) for text in forget()])
    money = page(IVANOV)
    assert money.shows("Nothing is known of Dreamkas yet")
    assert (
        money.form("newcash")
        .submit(newcash="10", status=422, fiscalizepayment="y")
        .shows("take the tick away")
    )
    pay(page, newcash="10")
    assert count(books) == 1


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("machines", "Dreamkas names no cash machine"),
        ("positions", "Dreamkas names no selling position of type service"),
    ],
)
def test_what_alone_is_missing_is_named(books, cashier, page, gone, words):
    with books.app_context():
        transact(lambda session: session.execute(delete(CatalogRow).where(CatalogRow.kind == gone)))
        transact(lambda session: session.execute(update(CatalogState).values(version=9)))
    money = page(IVANOV)
    assert money.shows(words) and not money.shows("Nothing is known") and not money.shows("is gone from")
    refused = pay(page, newcash="10", status=422, fiscalizepayment="y")
    assert refused.shows("take the tick away and fiscalize it later")
    assert count(books) == 0


def test_before_the_days_of_fiscalization_the_payment_needs_no_receipt(make_app):
    app = make_app(DREAMKAS_SINCE="2999-01-01")
    with app.app_context():
        fill()
    browser = app.test_client()
    cashier_again(browser, app)
    back = open_page(browser, IVANOV).form("newcash").submit(newcash="10", status=303, **TICKED).follow()
    assert back.shows("Payment taken: ₽10.00; this payment needs no receipt")


def ids(page):
    return {tag.attrs["id"] for tag in page.tags if "id" in tag.attrs}


def rows(app):
    with app.app_context():
        return db.session.scalars(select(Payment).order_by(Payment.id)).all()


def focus_of(page):
    return [tag.attrs["name"] for tag in page.all("input") if "autofocus" in tag.attrs]


def polls(badge):
    return any("hx-trigger" in tag.attrs and "data-poll" in tag.attrs for tag in badge.tags)


def set_state(app, page, state):
    with app.app_context():
        transact(lambda session: session.execute(update(Operation).values(state=state)))
    return receipt(page)


def old(number):
    return {
        "login": "ivanov",
        "date": datetime.fromisoformat("2020-01-01T00:00:00"),
        "admin": "x",
        "balance": "0",
        "summ": str(number),
        "cashtypeid": 1,
        "note": "",
    }


def forget():
    return [delete(CatalogRow), update(CatalogState).values(fetched_utc=None, version=9)]


def cashier_again(browser, app):
    with app.app_context():
        token = transact(lambda s: open_session(s, _admin_id("kassir", ("USERPROFILE", "CASH")), "127.0.0.1"))
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
