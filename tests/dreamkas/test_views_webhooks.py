"""The tab "Webhooks": the last known list, and changes for which a person waits."""

import base64
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from modules.core.db import clock, db, transact
from modules.core.journal import Weblog
from modules.core.serial import serial
from modules.dreamkas import line, webhooks
from modules.dreamkas.client import Answer, NotSent, Refused, TokenRefused, Unknown
from modules.dreamkas.hooks import EVENTS, Address, Webhook, address, door, is_base
from modules.dreamkas.models_receipts import WebhookList
from tests.dreamkas.cabinet import Cabinet
from tests.dreamkas.test_views_receipts import queued

LIST = "/?module=dreamkas&getwebhookss=true"
NEW = "/?module=dreamkas&whcreate=true"
HERE = "http://localhost"
EMPTY = Answer()


def edit(id: str = "hook-1") -> str:
    return f"/?module=dreamkas&whedit=true&whid={id}"


@pytest.fixture
def cabinet(books, monkeypatch) -> Cabinet:
    """The service, for the worker and for the person who waits."""
    made = Cabinet()
    monkeypatch.setattr(line, "client", lambda: made)
    monkeypatch.setattr(webhooks, "Client", lambda *args, **kwargs: made)
    return made


@pytest.fixture
def reader(sign_in):
    """Somebody who may only read."""
    return sign_in("DREAMKAS", login="reader")


@pytest.fixture
def manager(sign_in):
    """Somebody who may also change."""
    return sign_in("DREAMKAS", "DREAMKASMANAGE", login="buh")


@pytest.fixture
def key(books) -> str:
    """The serial of this house."""
    with books.app_context():
        return serial()


@pytest.fixture
def worker(books):
    """worker(): the worker reads the list."""

    def work() -> None:
        with books.app_context():
            webhooks.fetch()

    return work


@pytest.fixture
def known(cabinet, worker):
    """known(hook, …): webhooks that the cabinet has and the worker has read."""

    def read(*hooks: dict) -> None:
        cabinet.hooks += hooks
        worker()
        cabinet.asked.clear()

    return read


def hook(url: str, /, *events: str, number=1, on=True, **changes) -> dict:
    types = {event: event in events for event in EVENTS}
    return {"id": f"hook-{number}", "url": url, "isActive": on, "types": types} | changes


def ours(key: str, *events: str, base=HERE, **more) -> dict:
    return hook(address(base, events, key), *events, **more)


def journal_of(books) -> list[str]:
    with books.app_context():
        return [row.event for row in db.session.scalars(select(Weblog)) if "WEBHOOK" in row.event]


# --- the address ---


def test_the_address_is_composed_as_in_ubilling():
    url = address("http://billing.example.net/", ["operations", "receipts"], "UB123")
    first, second = url.split("&param=")
    assert first == "http://billing.example.net/?module=remoteapi&key=UB123&action=dreamkas"
    assert json.loads(base64.b64decode(second)) == ["receipts", "operations"]
    read = Address.read(url)
    assert (read.base, read.key, read.events) == (
        "http://billing.example.net",
        "UB123",
        ("receipts", "operations"),
    )


@pytest.mark.parametrize("base", ["https://a.example", "http://a.example:8080/billing", "https://[::1]:8/x"])
def test_what_can_be_the_first_part(base):
    assert is_base(base)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "a.example",
        "ftp://a.example",
        "https://",
        "https://u:p@a.example",
        "https://a.example/?x",
        "https://a#b",
        "https://a b",
        "javascript:alert(1)",
        "https://a.example:x",
        "https://a.example:0",
    ],
)
def test_what_can_not(base):
    assert not is_base(base)


@pytest.mark.parametrize(
    "url", ["", "x", "http://[", "http://a/?module=remoteapi&action=dreamkas&param=%%%&key="]
)
def test_any_address_can_be_read(url):
    assert Address.read(url).events == ()
    assert Address.read(url).masked() is not None


@pytest.mark.parametrize("row", [None, {}, {"url": "x"}, {"id": ""}, {"id": []}])
def test_what_has_no_id_is_no_webhook(row):
    assert Webhook.read(row) is None


# --- the list ---


def test_a_page_shows_the_last_known_and_asks_the_worker(page, manager, cabinet, key, known, worker, books):
    assert page(LIST).shows("The webhooks have not been read from Dreamkas yet.")
    assert cabinet.asked == [], "a page never asks Dreamkas itself"
    known(ours(key, "receipts", "operations"))
    shown = page(LIST)
    assert shown.shows("As of") and shown.shows(key)
    lamps = [tag.attrs["class"] for tag in shown.all("span") if tag.attrs.get("class", "").startswith("lamp")]
    assert lamps == [f"lamp {'on' if on else 'off'}" for on in (1, 0, 0, 0, 1, 0, 1, 0)]


def test_when_dreamkas_is_down_the_last_known_stays(page, manager, cabinet, key, known, worker):
    known(ours(key, "operations"))
    cabinet.go_away()
    worker()
    shown = page(LIST)
    assert shown.shows(key) and shown.shows("Dreamkas could not be read")


def test_the_page_asks_itself_until_the_worker_has_read(page, manager, cabinet, worker):
    note = page(LIST).by_id("webhooks-age").attrs
    assert note["hx-trigger"] == "every 2s"
    headers = {"HX-Request": "true"}
    assert manager.get(note["hx-get"], headers=headers).status_code == 204
    worker()
    assert 'hx-trigger="load"' in manager.get(note["hx-get"], headers=headers).text
    assert "hx-trigger" not in page(LIST).by_id("webhooks-age").attrs


@pytest.mark.parametrize(
    "odd",
    [
        {"url": None},
        {"types": None},
        {"isActive": None},
        {"types": {"receipts": "yes"}},
        {"url": 5, "new": [1]},
        {"id": None},
        {"url": "<script>alert(1)</script>"},
    ],
)
def test_odd_webhooks_break_no_page(page, manager, known, odd):
    known(hook("https://other.example/x", "receipts", **odd), hook("https://b.example", number=2))
    page(LIST)
    if odd.get("id", "") is not None:
        page(edit())


def test_the_key_is_masked_for_who_may_only_read(page, reader, known, key):
    known(ours(key, "operations"), hook("https://other.example/hooks/secret", "receipts", number=2))
    shown = page(LIST)
    assert key not in shown.html and "secret" not in shown.html
    assert shown.shows("http://localhost/?module=remoteapi&key=•••&action=dreamkas")
    assert shown.shows("https://other.example/•••")
    text = reader.get(f"{LIST}&csv=true").text
    assert key not in text and "secret" not in text


def test_who_may_only_read_has_no_button_and_no_way(page, reader, known, cabinet, key):
    known(ours(key, "operations"))
    shown = page(LIST)
    assert not [form for form in shown.forms if "whid" in form.fields] and NEW not in shown.links
    for address_ in (NEW, edit(), "/?module=dreamkas&delWebhook=true&whid=hook-1"):
        page(address_, 403)
    for fields in (
        {"whcreate": "true"},
        {"delWebhook": "true", "whid": "hook-1"},
        {"whswitch": "off", "whid": "hook-1"},
    ):
        assert shown.post(LIST, fields).status == 403
    assert shown.post("/?module=dreamkas&webhookaddress=true", {"whoperationschk": "y"}).status == 403
    assert cabinet.asked == []


# --- changes ---


def test_a_webhook_is_added_with_the_address_that_follows_the_events(page, manager, cabinet, key, books):
    form = page(NEW).form("whcreate")
    assert form.values["whurl"] == HERE and form.values["whisactive"]
    done = form.submit(303, without=("whreceiptschk",), whurl="https://billing.example.net", whshiftschk="y")
    assert done.follow().shows("The webhook is added.")
    made = cabinet.hooks[0]
    assert made["url"] == "https://billing.example.net" + door(["shifts", "operations"], key)
    assert made["isActive"] is True
    assert [event for event, on in made["types"].items() if on] == ["shifts", "operations"]
    assert page(LIST).shows("https://billing.example.net"), "the list knows it at once"
    assert journal_of(books) == ["DREAMKAS WEBHOOK CREATE [hook-1] billing.example.net shifts,operations"]
    assert key not in "".join(journal_of(books))


def test_ubillings_own_form_works_at_the_lists_address(page, manager, cabinet, key):
    fields = {
        "whcreate": "true",
        "whurl": "https://b.example",
        "whencashmentschk": "on",
        "whdeviceRegistrationschk": "on",
    }
    assert page(LIST).post(LIST, fields).status == 303
    made = cabinet.hooks[0]
    assert made["url"].endswith(door(["encashments", "deviceRegistrations"], key))
    assert made["isActive"] is False, "a box that is not ticked is not sent"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"whurl": ""}, "The address must not be empty."),
        ({"whurl": "billing.example.net"}, "Write it like https://billing.example.net"),
        ({"whurl": "https://b.example/?a=1"}, "Write it like https://billing.example.net"),
    ],
)
def test_a_wrong_address_is_refused_before_dreamkas_is_asked(page, manager, cabinet, fields, words):
    shown = page(NEW).form("whcreate").submit(422, **fields)
    assert shown.shows(words)
    assert cabinet.asked == []


def test_at_least_one_event_is_wanted(page, manager, cabinet):
    shown = page(NEW).form("whcreate").submit(422, without=("whreceiptschk", "whoperationschk"))
    assert shown.shows("Tick at least one event.")
    assert cabinet.asked == []


def test_the_second_part_follows_the_boxes(page, manager, cabinet, key):
    form = page(NEW)
    part = form.post("/?module=dreamkas&webhookaddress=true", {"whproductschk": "y", "whdeviceschk": "y"})
    assert part.by_id("webhook-second").text == door(["products", "devices"], key)
    assert cabinet.asked == []


def test_a_webhook_is_changed(page, manager, cabinet, key, known, books):
    known(ours(key, "receipts"))
    form = page(edit()).form("whedit")
    assert form.values["whurl"] == HERE and "whreceiptschk" in form.values
    form.submit(
        303, without=("whreceiptschk", "whisactive"), whurl="https://new.example", whoperationschk="y"
    )
    assert cabinet.hooks == [ours(key, "operations", base="https://new.example", on=False)]
    assert journal_of(books) == ["DREAMKAS WEBHOOK CHANGE [hook-1] new.example operations off"]


def test_taking_over_another_programs_webhook_is_warned_of(page, manager, known):
    known(hook("https://other.example/hooks/1", "receipts"))
    assert page(edit()).shows("This webhook is another program's")


def test_a_webhook_is_switched_off_and_on(page, manager, cabinet, key, known):
    known(ours(key, "receipts"))
    page(LIST).form("whswitch").submit(303)
    assert cabinet.hooks[0]["isActive"] is False
    page(LIST).form("whswitch").submit(303)
    assert cabinet.hooks[0]["isActive"] is True


def test_a_webhook_is_deleted_after_a_question(page, manager, cabinet, key, known, books):
    known(ours(key, "receipts"), hook("https://other.example", number=2))
    form = next(
        form for form in page(LIST).forms if "delWebhook" in form.fields and form.values["whid"] == "hook-1"
    )
    assert form.tag.attrs["data-confirm"]
    asks = page("/?module=dreamkas&delWebhook=true&whid=hook-1")
    assert len(cabinet.hooks) == 2, "a GET only asks"
    asks.form("delWebhook").submit(303)
    assert [row["id"] for row in cabinet.hooks] == ["hook-2"]
    assert not page(LIST).shows(key)
    assert journal_of(books) == ["DREAMKAS WEBHOOK DELETE [hook-1]"]


def test_one_that_is_gone_is_said_to_be_gone(page, manager, cabinet, key, known):
    known(ours(key, "receipts"))
    cabinet.hooks.clear()
    done = page(LIST).post(LIST, {"delWebhook": "true", "whid": "hook-1"})
    assert done.follow().shows("Dreamkas has no such webhook any more.")
    page("/?module=dreamkas&whedit=true&whid=nobody", 404)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            NotSent("no route to host", EMPTY),
            "Dreamkas could not be reached, nothing was changed: no route to host<",
        ),
        (NotSent("x NewConnectionError x", EMPTY), "nothing was changed: no connection could be made<"),
        (Refused("HTTP 422", EMPTY, [("url", "Адрес занят")]), "nothing was changed: Адрес занят<"),
        (Refused("HTTP 400; url", EMPTY, []), "Dreamkas refused it, nothing was changed"),
        (TokenRefused("HTTP 401", EMPTY), "Dreamkas does not accept the token"),
        (Unknown("ReadTimeout", EMPTY), "It is not known whether Dreamkas did it"),
    ],
)
def test_what_went_wrong_is_said_and_what_was_typed_is_kept(page, manager, cabinet, books, error, words):
    form = page(NEW).form("whcreate")
    cabinet.away = error
    answer = manager.post(
        form.action, data={**form.values, "whurl": "https://typed.example", "whshiftschk": "y"}
    )
    assert answer.status_code == 502 and words in answer.text
    assert "https://typed.example" in answer.text
    with books.app_context():
        assert webhooks.is_due(db.session()), "whatever became of it, the list will say"
    assert journal_of(books) == []


def test_an_error_never_tells_the_key(page, manager, cabinet, key):
    form = page(NEW).form("whcreate")
    cabinet.away = Refused(f'HTTP 400; "http://x/?key={key}" is not allowed', EMPTY, [])
    answer = manager.post(form.action, data=form.values)
    assert f"key={key}&#34;" not in answer.text and "•••" in answer.text


# --- warnings ---


def test_a_webhook_of_ours_that_is_well_is_not_warned_of(page, manager, known, key, books):
    queued(books, 17)
    known(
        hook("https://other.example/x", "receipts", number=2),
        ours(key, "operations", base="https://localhost"),
    )
    shown = page(LIST)
    assert not [tag for tag in shown.all("div", class_="notice warn") if "hidden" not in tag.attrs]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "UB-other"}, "carries another key than ours"),
        ({"base": "https://old.example"}, "goes to another host than this one"),
        ({"base": "http://localhost"}, "goes by http"),
    ],
)
def test_a_webhook_that_misses_us_is_warned_of(page, manager, known, key, change, words):
    values = {"key": key, "base": "https://localhost"} | change
    known(ours(values["key"], "operations", base=values["base"]))
    assert page(LIST).shows(words)


def test_an_address_that_names_other_events_is_warned_of(page, manager, known, key):
    known(hook(address(HERE, ["receipts"], key), "receipts", "operations"))
    assert page(LIST).shows("names other events in its address than it sends")


def test_two_of_ours_that_overlap_are_warned_of(page, manager, known, key):
    known(ours(key, "receipts", "operations"), ours(key, "operations", number=2))
    assert page(LIST).shows("Two webhooks of ours tell the same, everything comes twice: Operations.")
    known(ours(key, "shifts", number=3))


def test_two_of_ours_of_which_one_sleeps_do_not_overlap(page, manager, known, key):
    known(ours(key, "operations"), ours(key, "operations", number=2, on=False))
    assert not page(LIST).shows("everything comes twice")


@pytest.mark.parametrize("on", [True, False])
def test_operations_that_flow_without_a_webhook_are_warned_of(page, manager, known, key, books, on):
    known(ours(key, "operations", on=on))
    words = "no active webhook of ours tells of them"
    assert not page(LIST).shows(words), "nothing flows yet"
    queued(books, 17)
    assert page(LIST).shows(words) is not on


# --- the worker ---


def test_the_list_is_read_again_when_it_has_grown_old(books, cabinet, worker):
    def due() -> bool:
        with books.app_context():
            return webhooks.is_due(db.session())

    def older(session) -> None:
        row = session.get(WebhookList, 1)
        row.fetched_utc = row.tried_utc = clock() - timedelta(minutes=31)

    assert due()
    worker()
    assert not due()
    with books.app_context():
        transact(older)
    assert due()
    cabinet.go_away()
    worker()
    assert not due(), "not at once again"
