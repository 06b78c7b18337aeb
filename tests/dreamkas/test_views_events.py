"""The tab "Events": what webhooks told, what became of it, and the message itself on demand."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import update

from modules.core.db import clock, transact
from modules.core.times import to_local
from modules.dreamkas import service, settling, views_events
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.privacy import purge
from modules.dreamkas.service import keep_hook
from tests.dreamkas.hooks import hook, kept, operation_hook, receipt_hook
from tests.dreamkas.test_views_operations import make, rows

LIST = "/?module=dreamkas&getevents=true"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def reader(sign_in):
    """Somebody who may read the tabs."""
    return sign_in("DREAMKAS", login="buh")


@pytest.fixture
def told(books, reader):
    """told(raw, …): these webhooks come, and the worker looks into the inbox (nothing of it asks Dreamkas)."""

    def come(*raws: bytes, allowed=None) -> list[InboxRow]:
        with books.app_context():
            for raw in raws:
                keep_hook(raw, allowed)
            settling.settle()
            return kept()

    return come


def details(pk: int) -> str:
    return f"/?module=dreamkas&showdetailedEvent={pk}"


def test_an_empty_list_says_how_it_fills(page, books, reader):
    shown = page(LIST)
    assert shown.h1 == "Events"
    assert shown.shows("No events")
    assert shown.shows("An event appears here when Dreamkas tells of it by a webhook")


def test_without_the_right_there_is_no_event(page, told, sign_in):
    told(hook("SHIFT", shiftId=1))
    sign_in("CASH", "USERPROFILE", login="kassir")
    assert page(LIST, status=403).shows("Access denied")
    assert page(details(1), status=403).shows("Access denied")


def test_each_event_is_a_sentence_with_what_became_of_it(page, told):
    told(hook("SHIFT", shiftId=117, deviceId=70321, isClosed=True), operation_hook("theirs", "PENDING"))
    first, second = rows(page(LIST))
    assert "Operations UPDATE theirs Dreamkas: operation theirs waits for the cash machine waiting" in first
    assert "Shift 117 was closed, cash machine 70321 noted" in second


def test_duplicates_are_counted_on_one_row(page, told):
    told(*[receipt_hook("r-1", None)] * 3)
    assert ["×3" in row for row in rows(page(LIST))] == [True]


def test_what_was_not_asked_for_says_so(page, told):
    told(receipt_hook("r-1", "op"), allowed=frozenset({"shifts"}))
    assert "not asked for" in rows(page(LIST))[0]


def test_our_operation_and_a_receipt_are_links(page, told, books):
    with books.app_context():
        pk = make(17, "fiscalized", operation_id="op-17")
    told(operation_hook("op-17"), receipt_hook("r-1", None))
    links = page(LIST).links
    assert f"/?module=dreamkas&showdetailedFiscOp={pk}" in links
    assert "/?module=dreamkas&showdetailedrcpt=r-1" in links


def test_the_message_itself_is_shown_on_demand(page, told):
    row = told(receipt_hook("r-1", None, phone="+79110000001"))[0]
    assert not page(LIST).shows("+79110000001")
    for shown in (page(details(row.id)), page(details(row.id), htmx=True)):
        assert shown.shows('"phone": "+79110000001"')
        assert shown.shows("is a hint only")
    assert page(details(row.id)).h1 == f"Event {row.id}"


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "", "9" * 30, "²"])
def test_an_event_that_is_not_there_is_a_404(page, books, reader, number):
    assert page(details(number), status=404).shows("There is no such event.")


def test_the_list_is_filtered_by_type_and_searched_by_object(page, told):
    told(
        receipt_hook("r-1", None), receipt_hook("r-2", None), hook("SHIFT", shiftId=1), b'{"type": "TEAPOT"}'
    )
    assert len(rows(page(LIST))) == 4
    assert len(rows(page(f"{LIST}&evtype=receipts"))) == 2
    assert len(rows(page(f"{LIST}&evtype=receipts&q=R-2"))) == 1
    assert "TEAPOT" in rows(page(f"{LIST}&evtype=other"))[0]
    assert page(f"{LIST}&evtype=nonsense").shows("Nothing found")


def test_the_newest_stands_first_and_fifty_are_a_page(page, told):
    told(*(receipt_hook(f"r-{number}", None) for number in range(60)))
    shown = page(LIST)
    assert "r-59" in rows(shown)[0]
    assert shown.shows("1–50 of 60")
    assert len(rows(page(f"{LIST}&page=2"))) == 10
    assert "r-0" in rows(page(f"{LIST}&sort=came"))[0]


def test_csv_gives_the_whole_list_with_its_sentences(told, reader, books):
    came = told(
        *(receipt_hook(f"r-{number}", None) for number in range(60)), hook("PRODUCT", name="=1+1", id="p")
    )
    text = reader.get(f"{LIST}&csv=true").get_data(as_text=True)
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))
    assert len(lines) == 62
    assert lines[0][0] == "Came"
    assert lines[1][4] == "Selling position “=1+1” was changed"
    with books.app_context():
        assert lines[1][0] == f"{to_local(came[-1].came_utc):%Y-%m-%d %H:%M:%S}"


def test_hostile_words_are_shown_as_words(page, told):
    raws = [hook("PRODUCT", name=HOSTILE, id=HOSTILE), hook(HOSTILE, HOSTILE, name="x")]
    for row in told(*raws):
        assert page(details(row.id)).shows(HOSTILE)
    assert page(LIST).shows(HOSTILE)


def test_the_sentence_is_in_the_readers_language(make_app):
    with make_app(LOCALE="ru").test_request_context("/"):
        keep_hook(hook("SHIFT", shiftId=117, deviceId=70321, isClosed=True), None)
        row = kept()[0]
        assert views_events.text_of(row) == "Смена 117 закрыта, касса 70321"
        assert views_events.fate_words(row) == "только что пришло"


def test_signs_that_nobody_sees_are_named_in_the_raw_message(page, told):
    told(rb'{"type":"PRODUCT","action":"\ud800","data":{"id":"\udfff","name":"a\u202eb\ud800 \u0436"}}')
    assert page(LIST).shows("Selling position")
    assert page(details(1)).shows(r'"name": "a\u202eb\ud800 ж"')


def test_purge_forgets_what_webhooks_brought(books, told):
    told(receipt_hook("r-1", None), receipt_hook("r-2", None))
    with books.app_context():
        old = clock() - timedelta(days=10)
        aged = update(InboxRow).where(InboxRow.object_id == "r-1").values(came_utc=old, last_utc=old)
        transact(lambda session: session.execute(aged))
        assert purge(5)[3] == 1
        assert [row.object_id for row in kept()] == ["r-2"]


def test_health_says_when_the_last_one_came(books, told):
    with books.app_context():
        assert service.health().webhook is None
    row = told(receipt_hook("r-1", None))[0]
    with books.app_context():
        assert service.health().webhook == row.last_utc
