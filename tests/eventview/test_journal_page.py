"""The journal as an admin reads it."""

import csv
import io

import pytest

from modules.core.db import transact
from modules.core.journal import Weblog, write
from tests.books import books  # noqa: F401

JOURNAL = "/?module=eventview"


@pytest.fixture
def lines(app):
    """line("what was done", "anna"): written before the page is opened."""

    def add(event: str, admin: str = "anna") -> None:
        with app.app_context():
            transact(lambda _session: write(event, admin))

    return add


def test_an_empty_journal_says_how_it_fills(app, sign_in, page):
    sign_in("ROOT")
    with app.app_context():
        transact(lambda session: session.query(Weblog).delete())
    assert page(JOURNAL).shows("The journal is empty")


def test_the_newest_line_comes_first_and_says_who(sign_in, page, lines):
    sign_in("ROOT")
    lines("DREAMKAS CANCEL [5] (ivanov) typed twice")
    lines("<b>BANKSTA2</b> DELETE", "buh")
    seen = page(JOURNAL)
    said = [tag.text for tag in seen.all("td", data_label="Event")]
    assert said[:2] == ["<b>BANKSTA2</b> DELETE", "DREAMKAS CANCEL [5] (ivanov) typed twice"]
    assert [tag.text for tag in seen.all("td", data_label="Admin")][:2] == ["buh", "anna"]


def test_what_is_looked_for_is_found_and_taken_along(client, sign_in, page, lines):
    sign_in("ROOT")
    lines("DREAMKAS ADOPT [7] receipt r-1: printed after all")
    lines("LOGIN")
    found = page(f"{JOURNAL}&q=adopt", htmx=True)
    assert [tag.text for tag in found.all("td", data_label="Event")] == [
        "DREAMKAS ADOPT [7] receipt r-1: printed after all"
    ]
    text = client.get(f"{JOURNAL}&q=adopt&csv=true").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[-1] for row in rows] == ["Event", "DREAMKAS ADOPT [7] receipt r-1: printed after all"]


def test_it_is_for_root_alone(sign_in, page):
    sign_in("TASKBAR", "DREAMKAS", "DREAMKASMANAGE")
    assert page(JOURNAL, 403).shows("Access denied")
    assert not page("/").shows("Journal")
