"""The page "Differences": what differs, what to do about it, and what a person decides."""

import pytest
from sqlalchemy import select, update

from modules.billing.service import INTERNET
from modules.core.db import clock, db, transact
from modules.dreamkas import service
from modules.dreamkas.birth import Source
from modules.dreamkas.drift_words import KINDS
from modules.dreamkas.models_drift import Drift, DriftCheck
from tests.books import newest, nobodys_receipt
from tests.cashdesk.test_taking import press, token

LIST = "/?module=dreamkas&getdrift=true"
ACTS = ("checkdrift", "settledrift", "matchdrift")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def nudges(monkeypatch):
    """No worker is listening."""
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    monkeypatch.setattr("modules.dreamkas.duties.enqueue", lambda *_words: None)


@pytest.fixture
def manager(books, sign_in):
    return sign_in("DREAMKAS", "DREAMKASMANAGE", "CASH", "UKV", login="buh")


def press_for(page, act: str, *ids: int, **fields):
    return page(LIST).post(
        f"/?module=dreamkas&{act}=true", {"driftrow": [str(pk) for pk in ids], **fields}, status=303
    )


def taken_without_receipt(books, kopecks: int) -> int:
    with books.app_context():
        return press(token(), kopecks=kopecks, wish=None).source.id


def test_nothing_to_explain_is_said_so(page, manager, books):
    alike = "say the same of every receipt that was compared"
    assert not page(LIST).shows(alike)  # nobody has compared anything yet
    with books.app_context():
        transact(
            lambda session: session.execute(update(DriftCheck).values(done_utc=clock(), since_utc=clock()))
        )
    assert page(LIST).shows("No differences")
    assert page(LIST).shows(alike)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_what_it_is_and_what_to_do(page, manager, books, kind):
    nobodys_receipt(books, "100001", 12_345, kind=kind)
    shown = page(LIST)
    assert shown.shows(str(KINDS[kind])) and shown.shows("₽123.45")
    with books.test_request_context("/"):
        assert "module=dreamkas&amp;getdrift=true" in page("/?module=dreamkas&getoperations=true").html


def test_hostile_words_are_words(page, manager, books):
    nobodys_receipt(books, HOSTILE, 1, title=HOSTILE, type=HOSTILE, kind=HOSTILE[:16])
    assert page(LIST).shows(HOSTILE)


def test_the_file_defuses_formulas(manager, books):
    nobodys_receipt(books, "100001", 1, title="=1+1")
    assert "'=1+1" in manager.get(LIST + "&csv=true").text


def test_the_button_asks_the_worker_and_the_page_waits_for_it(page, manager, books):
    shown = page(LIST).post("/?module=dreamkas&checkdrift=true", {}, status=303).follow()
    assert shown.shows("the worker is comparing…")
    with books.app_context():
        done = DriftCheck.asked_utc
        transact(
            lambda session: session.execute(
                update(DriftCheck).values(tried_utc=done, done_utc=done, since_utc=done)
            )
        )
    over = page("/?module=dreamkas&driftnow=true", htmx=True)
    assert "getdrift" in over.html and "every" not in over.html


def test_a_failure_is_said_in_words(page, manager, books):
    with books.app_context():
        transact(
            lambda session: session.execute(update(DriftCheck).values(error="receipts_failed ReadTimeout"))
        )
    assert page(LIST).shows("the list of receipts could not be read whole (no whole answer came in time)")


def test_explaining_wants_a_reason_and_takes_it_off_the_list(page, manager, books):
    pk = nobodys_receipt(books, "100001", 1)
    assert (
        page(LIST)
        .post("/?module=dreamkas&settledrift=true", {"driftrow": str(pk)}, status=422)
        .shows("Say why")
    )
    press_for(page, "settledrift", pk, driftreason="our other shop")
    assert page(LIST).shows("No differences")
    assert page(LIST + "&driftshow=settled").shows("our other shop")


def test_a_receipt_is_matched_to_the_one_payment_that_has_none(page, manager, books):
    pk, payment = nobodys_receipt(books, "100001", 12_345), taken_without_receipt(books, 12_345)
    assert page(LIST).shows("has no receipt")
    assert press_for(page, "matchdrift", pk).follow().shows("Receipts matched: 1 of 1")
    with books.app_context():
        assert service.state_of(Source(INTERNET.source_kind, payment)).state == "fiscalized"
    assert page("/?module=addcash&username=ivanov").shows("Fiscalized")


def test_two_receipts_never_become_one_payments(page, manager, books):
    pks = [nobodys_receipt(books, "100001", 12_345) for _ in range(2)]
    taken_without_receipt(books, 12_345)
    assert press_for(page, "matchdrift", *pks).follow().shows("Receipts matched: 1 of 2")


def test_without_such_a_payment_nothing_is_matched(page, manager, books):
    pk = nobodys_receipt(books, "100001", 12_345)
    taken_without_receipt(books, 12_346)
    assert press_for(page, "matchdrift", pk).follow().shows("Receipts matched: 0 of 1")


@pytest.mark.parametrize("act", ACTS)
def test_deciding_needs_both_rights_a_post_and_a_key(page, books, sign_in, client, act):
    pk = nobodys_receipt(books, "100001", 1)
    address = f"/?module=dreamkas&{act}=true"
    sign_in("DREAMKAS", login="reader")
    assert not page(LIST).forms[-1].fields.get("driftreason")
    page(LIST).post(address, {"driftrow": str(pk), "driftreason": "x"}, status=403)
    sign_in("DREAMKAS", "DREAMKASMANAGE", login="buh")
    assert client.post(address, data={"driftrow": str(pk), "driftreason": "x"}).status_code == 400
    client.get(address + f"&driftrow={pk}&driftreason=x")
    with books.app_context():
        assert db.session.scalar(select(Drift.settled_utc)) is None
        assert db.session.scalar(select(DriftCheck.asked_utc)) is None


def test_the_strip_leads_here(page, manager, books):
    nobodys_receipt(books, "100001", 1)
    assert LIST.replace("&", "&amp;") in page("/?module=dreamkas&healthstrip=true", htmx=True).html
    assert newest(books, Drift).settled_utc is None
