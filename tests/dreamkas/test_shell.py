"""What stands round every tab: the icon, the row of tabs, rights, the health strip, the refresh of the cache."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from modules.core.db import clock, db, transact
from modules.dreamkas import catalog, duties, line, tasks
from modules.dreamkas.models import CatalogRow, CatalogState, Duty, Hold, Operation
from tests.books import fill
from tests.dreamkas.fake import FakeDreamkas, failure

TABS = {
    "getreceipts": "Issued checks",
    "getboard": "Board",
    "getoperations": "Fiscal operations",
    "getgoods": "Selling positions",
    "getcashiers": "Cashiers",
    "getcashmachines": "Cash machines",
    "getwebhookss": "Webhooks",
    "getevents": "Events",
}
EACH_TAB = [f"/?module=dreamkas&{flag}=true" for flag in TABS]
REFRESH = "/?module=dreamkas&dreamkasforcecacheupdate=true"
STRIP = "/?module=dreamkas&healthstrip=true"


@pytest.fixture
def reader(sign_in):
    """Somebody who may read the tabs."""
    return sign_in("TASKBAR", "DREAMKAS", login="buh")


@pytest.fixture
def fake(monkeypatch) -> FakeDreamkas:
    """The service on the other side of the line; nobody asks it but the worker."""
    service = FakeDreamkas()
    monkeypatch.setattr(line, "client", lambda: service)
    return service


def work(app) -> None:
    """The worker's beat finds the duty and does it."""
    with app.app_context():
        duties.run_duty("catalog")


def set_line(app, **values) -> None:
    with app.app_context():
        transact(lambda session: session.execute(update(Hold).values(**values)))


def heartbeat(app, ago: timedelta = timedelta()) -> None:
    with app.app_context():
        seen = clock() - ago
        transact(
            lambda session: session.execute(update(Duty).where(Duty.name == "beat").values(ran_utc=seen))
        )


def figures(page) -> dict[str, tuple[str, str]]:
    """The strip: title -> (what it says, how bad that is)."""
    strip = page.by_id("health")
    boxes = [tag for tag in page.all("div") if strip in tag.inside]
    said = {}
    for box in boxes:
        inner = [tag for tag in page.tags if box in tag.inside]
        title = next(tag.text for tag in inner if tag.name == "dt")
        said[title] = (next(tag.text for tag in inner if tag.name == "dd"), box.attrs["class"])
    return said


# --- the way in ---


def test_the_icon_leads_to_the_receipts(page, reader):
    assert "/?module=dreamkas&getreceipts=true" in page("/").links
    assert page("/?module=dreamkas", status=302).location == "/?module=dreamkas&getreceipts=true"


def test_without_the_right_there_is_no_icon(page, sign_in):
    sign_in("TASKBAR")
    assert not [link for link in page("/").links if "dreamkas" in link]


@pytest.mark.parametrize("address", [*EACH_TAB, "/?module=dreamkas", STRIP, REFRESH])
def test_every_page_needs_its_right(page, sign_in, address):
    sign_in("TASKBAR", "CASH", "DREAMKASMANAGE")
    assert page(address, status=403).shows("Access denied")


@pytest.mark.parametrize("address", [*EACH_TAB, "/?module=dreamkas", STRIP, REFRESH])
def test_switched_off_it_says_so(make_app, sign_in, page, address):
    browser = make_app(DREAMKAS_ENABLED="0").test_client()
    sign_in("DREAMKAS", "DREAMKASMANAGE", browser=browser)
    assert page(address, status=403, browser=browser).shows("This module is disabled")


@pytest.mark.parametrize("flag, title", TABS.items())
def test_every_tab_names_itself_and_leads_to_the_others(page, reader, flag, title):
    shown = page(f"/?module=dreamkas&{flag}=true")
    row = shown.all("nav", class_="tabs")[0]
    tabs = [tag for tag in shown.all("a", class_="tab") if row in tag.inside]
    assert [tag.text for tag in tabs] == list(TABS.values())
    assert [tag.attrs["href"] for tag in tabs] == EACH_TAB
    assert [tag.text for tag in tabs if tag.attrs.get("aria-current") == "page"] == [title]
    assert shown.by_id("health").attrs["hx-get"] == STRIP


@pytest.mark.parametrize("address", EACH_TAB)
def test_no_page_waits_for_dreamkas(page, reader, monkeypatch, address):
    def asked():
        raise AssertionError("a page asked Dreamkas")

    monkeypatch.setattr(line, "client", asked)
    assert page(address).status == 200


def test_a_cache_that_is_away_keeps_no_page_from_being_drawn_and_no_button_from_working(
    make_app, sign_in, page
):
    app = make_app(CACHE_URL="redis://127.0.0.1:9/0")  # nobody listens there
    browser = app.test_client()
    sign_in("TASKBAR", "DREAMKAS", browser=browser)
    assert page(EACH_TAB[0], browser=browser).status == 200
    page(REFRESH, browser=browser).form("dreamkasforcecacheupdate").submit(status=303)
    with app.app_context():
        assert catalog.is_stale(db.session())


# --- the health strip ---


def test_a_house_that_never_worked_says_what_to_start(page, reader):
    shown = page(EACH_TAB[1])
    assert figures(shown)["Worker"] == (
        "never seen. Start it: .venv/bin/flask --app app worker. Receipts wait in the queue until it runs.",
        "bad",
    )
    assert figures(shown)["Dreamkas"] == ("not asked yet", "unknown")
    assert figures(shown)["Last webhook"][0] == "none has come"
    assert shown.shows("Trouble")


def test_all_is_well_in_one_look(page, reader, app):
    heartbeat(app)
    with app.app_context():
        now = clock()
    set_line(app, success_utc=now)
    shown = page(STRIP, htmx=True)
    assert shown.shows("All is well")
    assert {level for _text, level in figures(shown).values()} == {"ok"}
    assert figures(shown)["Token"][0] == "valid"
    assert figures(shown)["Queue"][0] == "empty"


def test_a_silent_worker_is_seen(page, reader, app):
    heartbeat(app, timedelta(minutes=5))
    text, level = figures(page(STRIP, htmx=True))["Worker"]
    assert level == "bad"
    assert text.startswith("silent, seen 5 min. ago")


@pytest.mark.parametrize("who", [("TASKBAR", "DREAMKAS"), ("TASKBAR", "CASH"), ("ROOT",)])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("token", "Dreamkas does not accept the token: receipts wait in the queue."),
        ("no_token", "There is no token for Dreamkas: receipts wait in the queue"),
    ],
)
def test_every_page_says_of_a_token_what_is_true(page, sign_in, app, who, wrong, said):
    heartbeat(app)
    sign_in(*who)
    with app.app_context():
        transact(lambda session: line.went_wrong(session, failure(wrong)))
    shown = page("/")
    assert shown.shows(said)
    assert not shown.shows("does not answer as it should")


def test_a_worker_that_goes_on_without_its_queue_is_seen_and_every_page_says_what_is_true(
    page, reader, app, monkeypatch
):
    monkeypatch.setattr(tasks, "is_lost", lambda: True)
    with app.app_context():
        transact(tasks._claim_beat)
    text, level = figures(page(STRIP, htmx=True))["Worker"]
    assert (text.split(".")[0], level) == ("works, without its queue", "warn")
    lost = "receipts go out all the same, more slowly"
    assert page(EACH_TAB[1]).shows(lost) and not page(EACH_TAB[1]).shows("The worker is silent")
    set_line(app, reason="token")
    assert not page(EACH_TAB[1]).shows(lost)
    set_line(app, reason="")
    heartbeat(app, timedelta(minutes=5))
    assert page(EACH_TAB[1]).shows("The worker is silent") and not page(EACH_TAB[1]).shows(lost)


@pytest.mark.parametrize(
    "reason, words",
    [
        ("token", "Dreamkas does not accept the token"),
        ("door", "the address answered, but not as Dreamkas does"),
    ],
)
def test_a_hold_says_its_reason(page, reader, app, reason, words):
    with app.app_context():
        now = clock()
    set_line(app, reason=reason, since_utc=now, success_utc=now)
    said = figures(page(STRIP, htmx=True))
    assert said["Sending"][0].startswith(f"held: {words}")
    assert said["Sending"][1] == "bad"
    assert said["Token"][1] == ("bad" if reason == "token" else "ok")


def test_a_line_that_fails_says_since_when_and_why(page, reader, app):
    with app.app_context():
        now = clock()
    set_line(app, success_utc=now - timedelta(hours=2), error_utc=now, error="HTTP 502 <html>")
    text, level = figures(page(STRIP, htmx=True))["Dreamkas"]
    assert level == "warn"
    assert text.startswith("does not answer, answered 2 hr. ago")
    assert "HTTP 502 <html>" in text


@pytest.fixture
def one_of_each(app):
    """An operation for every figure."""
    with app.app_context():
        now = clock()

        def work(session) -> None:
            rows = [
                {"state": "queued", "created_utc": now - timedelta(minutes=20)},
                {"state": "accepted", "reason": "late"},
                {"state": "unsure", "reason": "unknown"},
                {"state": "unsure", "reason": "needs_person"},
                {"state": "fiscalized", "alarm": "two_receipts"},
                {"state": "rejected", "finished_utc": now},
                {"state": "rejected", "finished_utc": now - timedelta(days=3)},
            ]
            for number, row in enumerate(rows):
                session.add(Operation(operation_id=f"op-{number}", **{"created_utc": now, **row}))

        transact(work)


def test_every_figure_leads_to_its_list(page, reader, one_of_each):
    strip = page(STRIP, htmx=True)
    said = figures(strip)
    assert said["Queue"] == ("1, the oldest 20 min. ago", "warn")
    assert (said["Late"], said["Unsure"]) == (("1", "warn"), ("2", "warn"))
    assert (said["Rejected today"], said["Needs a person"][1]) == (("1", "warn"), "bad")
    expected = {"Queue": 1, "Late": 1, "Unsure": 2, "Needs a person": 2, "Rejected today": 1}
    for title, many in expected.items():
        box = next(tag for tag in strip.all("dt") if tag.text == title).inside[-1]
        link = next(tag for tag in strip.all("a") if box in tag.inside)
        rows = [
            tag
            for tag in page(link.attrs["href"]).all("tr")
            if any(outer.name == "tbody" for outer in tag.inside)
        ]
        assert len(rows) == many, title


def test_the_strip_asks_again_by_itself_without_keeping_the_session_alive(app, page, reader):
    strip = page(STRIP, htmx=True).by_id("health")
    assert (strip.attrs["hx-trigger"], strip.attrs["hx-swap"]) == ("every 10s", "outerHTML")
    assert app.view_functions["dreamkas.health_strip"].keeps_alive is False
    assert app.view_functions["dreamkas.refresh_state"].keeps_alive is False


# --- the refresh of the cache ---


@pytest.fixture
def known(app):
    """A house that knows a catalog by heart, told long enough ago, with nothing asked for."""
    with app.app_context():
        fill()
        moment = clock() - timedelta(minutes=5)

        def settle(session) -> None:
            session.execute(update(CatalogState).values(fetched_utc=moment, tried_utc=moment))
            session.execute(update(Duty).where(Duty.name == "catalog").values(due_utc=moment, ran_utc=moment))

        transact(settle)
    return app


def press(page, htmx: bool = True):
    """Presses the button of the operations tab."""
    shown = page(EACH_TAB[1])
    form = shown.form("dreamkasforcecacheupdate")
    if not htmx:
        return form.submit(status=303)
    answer = shown.client.post(form.action, data=form.values, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def asks_again(html: str) -> str:
    """The address that the running button asks."""
    marker = 'hx-get="'
    start = html.index(marker) + len(marker)
    return html[start : html.index('"', start)].replace("&amp;", "&")


def test_the_button_works_shows_that_it_works_and_tells_what_changed(page, reader, known, fake):
    html = press(page)
    assert "Asking Dreamkas…" in html
    address = asks_again(html)
    assert page(address, htmx=True).shows("Asking Dreamkas…")
    work(known)
    done = page(address, htmx=True)
    assert "hx-trigger" not in done.by_id("refresh").attrs
    assert done.shows("Selling positions: new") or done.shows("Cash machines: new")


def test_nothing_changed_is_said_too(page, reader, known, fake):
    press(page)
    work(known)
    address = asks_again(press(page))
    work(known)
    assert page(address, htmx=True).shows("Nothing has changed.")


def test_what_is_known_stays_in_use_while_it_is_refreshed(page, reader, known, fake):
    press(page)
    with known.app_context():
        now = catalog.catalog()
        assert now.fetched_utc is not None
        assert now.machine(123) is not None


def test_a_refresh_that_fails_says_so_and_keeps_what_was_known(page, reader, known, monkeypatch):
    address = asks_again(press(page))
    work(known)  # nobody listens at the address of this test's house
    done = page(address, htmx=True)
    assert done.shows("Could not be refreshed")
    assert done.shows("What was known before stays in use.")
    with known.app_context():
        assert catalog.catalog().machine(123) is not None


def test_however_many_ask_one_round_is_made(page, reader, known, fake):
    for _press in range(5):
        press(page)
    work(known)
    asked = len(fake.asked)
    work(known)
    assert len(fake.asked) == asked > 0


def test_without_javascript_the_button_posts_and_comes_back(page, reader, known, fake):
    back = press(page, htmx=False)
    assert back.location == EACH_TAB[1]
    assert back.follow().shows("The worker refreshes the data now")
    with known.app_context():
        assert catalog.is_stale(db.session())


def test_the_button_never_leads_off_the_house(page, reader, known):
    form = page(EACH_TAB[1]).form("dreamkasforcecacheupdate")
    assert (
        form.submit(back="https://evil.example/", status=303).location == "/?module=dreamkas&getreceipts=true"
    )


def test_opening_the_address_refreshes_nothing(page, reader, known):
    shown = page(REFRESH)
    assert shown.form("dreamkasforcecacheupdate")
    with known.app_context():
        assert not catalog.is_stale(db.session())


@pytest.mark.parametrize(
    "moment", ["", "nonsense", "2026-11-24T00:00:00+03:00", "9999-12-31T23:59:59", "%00"]
)
def test_a_moment_that_nobody_named_breaks_nothing(page, reader, known, moment):
    assert page(f"/?module=dreamkas&refreshstate={moment.replace('+', '%2B')}", htmx=True).status == 200


def test_cashiers_that_only_moved_have_not_changed(page, reader, known, fake):
    def cashiers(*names: str) -> None:
        def work(session) -> None:
            session.execute(delete(CatalogRow).where(CatalogRow.kind == "cashiers"))
            for place, name in enumerate(names):
                body = json.dumps({"name": name, "tabNumber": 1, "deviceId": 123})
                session.add(CatalogRow(kind="cashiers", their_id=str(place), place=place, body=body))

        with known.app_context():
            transact(work)

    cashiers("Анна", "Борис")
    address = asks_again(press(page))
    cashiers("Борис", "Вера")
    with known.app_context():
        done = clock() + timedelta(seconds=1)
        transact(
            lambda session: session.execute(update(Duty).where(Duty.name == "catalog").values(ran_utc=done))
        )
    assert page(address, htmx=True).shows("Cashiers: new 1, changed 0, gone 1")
