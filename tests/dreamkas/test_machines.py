"""What every page says of cash machines: a drive that ends, all of them offline; to those who may see to it."""

import pytest
from sqlalchemy import event

from modules.core.db import db, transact
from modules.core.times import utc_now
from modules.dreamkas.models import Operation
from tests.dreamkas.test_views_catalog import machine, tell  # noqa: F401

HOME = "/"
ENDS = "Cash machine “Касса офис”: its fiscal drive or registration"


@pytest.fixture
def told(page):
    """told() -> (level, words) of each alert of a page that says something of cash machines."""

    def alerts() -> list[tuple[str, str]]:
        found = [(tag.attrs["class"], tag.text) for tag in page(HOME).all("li") if tag.attrs.get("class")]
        return [
            (level, words) for level, words in found if "ash machine" in words and level in ("warn", "bad")
        ]

    return alerts


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [
        (31, "", ""),
        (30, "warn", "ends in 30 days, on "),
        (8, "warn", "ends in 8 days"),
        (1, "bad", "ends in 1 day,"),
        (7, "bad", "ends in 7 days"),
        (0, "bad", "ends today."),
        (-2, "bad", "ended on "),
    ],
)
def test_the_end_of_a_drive_is_told_on_every_page(tell, sign_in, told, days, level, words):  # noqa: F811
    tell("machines", machine(days=days))
    sign_in("TASKBAR", "DREAMKAS")
    said = told()
    assert [one for one, _text in said] == ([level] if level else [])
    assert all(text.startswith(ENDS) and words in text for _level, text in said)


def test_one_without_the_right_is_not_told(tell, sign_in, told):  # noqa: F811
    tell("machines", machine(days=1, isOnline=False))
    sign_in("TASKBAR", "CASH", "USERPROFILE")
    assert told() == []


def test_a_machine_that_nobody_uses_is_not_told_of(books, tell, sign_in, told):  # noqa: F811
    tell("machines", machine(1, "usual", days=300), machine(2, "Касса офис", days=3))
    sign_in("TASKBAR", "DREAMKAS")
    assert told() == []
    with books.app_context():
        printed = {"operation_id": "x", "external_id": "x", "state": "fiscalized", "created_utc": utc_now()}
        transact(lambda session: session.add(Operation(device_id="2", **printed)))
    tell("machines", machine(1, "usual", days=300), machine(2, "Касса офис", days=3))
    assert [level for level, _words in told()] == ["bad"]


@pytest.mark.parametrize(
    ("online", "level"),
    [((False, False), ["warn"]), ((False, True), []), ((False, ...), []), ((), [])],
)
def test_all_machines_offline_are_told_of_and_one_that_may_be_online_is_enough(
    tell,  # noqa: F811
    sign_in,
    told,
    online,
    level,
):
    tell("machines", *(machine(number, isOnline=lamp) for number, lamp in enumerate(online, 1)))
    sign_in("TASKBAR", "DREAMKAS")
    assert [one for one, _words in told()] == level


def test_it_costs_a_page_no_statement(books, tell, sign_in, page, monkeypatch):  # noqa: F811
    sign_in("ROOT", login="root")
    tell("machines", machine(days=3, isOnline=False))
    addresses = (HOME, "/?module=addcash&username=ivanov")
    with books.app_context():
        engine = db.engine
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    def statements() -> list[int]:
        numbers = []
        for address in addresses:
            page(address)
            asked.clear()
            page(address)
            numbers.append(len(asked))
        return numbers

    with_them = statements()
    monkeypatch.setattr("modules.dreamkas.alerts._machines", list)
    assert with_them == statements()
