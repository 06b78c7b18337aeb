"""The money form is drawn once for all subscribers: what changes beneath it is seen all the same."""

import json

import pytest
from sqlalchemy import delete, event, update

from modules.billing.models import CashType
from modules.core.db import db, transact
from modules.core.times import utc_now
from modules.dreamkas.models import CatalogRow, CatalogState, Duty, Hold, ServiceRelation
from tests.addcash.test_money_page import IVANOV, PETROVA, cashier  # noqa: F401
from tests.books import TICKED, count


@pytest.fixture
def known(books, cashier):  # noqa: F811
    def change(*statements):
        with books.app_context():
            transact(lambda session: [session.execute(one) for one in statements])

    return change


def offered(page, name, address=IVANOV):
    return page(address).form("newcash").values[name]


def test_the_next_page_shows_what_dreamkas_tells_anew(known, page):
    before = page(PETROVA).text
    machine = {"id": 70321, "name": "Касса у окна", "isOnline": False}
    known(
        delete(CatalogRow).where(CatalogRow.kind == "machines"),
        CatalogRow.__table__.insert().values(
            kind="machines", their_id="70321", place=0, body=json.dumps(machine)
        ),
        update(CatalogState).where(CatalogState.kind == "machines").values(version=CatalogState.version + 1),
    )
    assert "Касса у окна" not in before
    assert page(PETROVA).shows("offline: receipts wait for it")


def test_the_next_page_chooses_the_position_that_is_mapped_now(known, page):
    assert offered(page, "drssellpos") == TICKED["drssellpos"]
    known(delete(ServiceRelation))
    assert offered(page, "drssellpos") == ""


def test_a_cash_type_that_is_gone_is_refused_though_the_page_still_shows_it(books, known, page):
    money = page(IVANOV).form("newcash")
    known(delete(CashType).where(CashType.id == 2))
    assert money.submit(status=422, newcash="10", cashtype="2").shows("There is no such cash type.")
    assert count(books) == 0


def test_the_worker_that_falls_silent_is_said_on_the_next_page(known, page):
    known(update(Duty).where(Duty.name == "beat").values(ran_utc=utc_now()))
    assert not page(IVANOV).shows("The worker is silent")
    known(update(Duty).where(Duty.name == "beat").values(ran_utc=None))
    assert page(IVANOV).shows("The worker is silent")


def test_a_refused_token_is_said_at_the_desk_although_nothing_was_sent_yet(known, page):
    error = {"error_utc": utc_now(), "error": "HTTP 401; TokenInvalid: no; try again", "success_utc": None}
    known(update(Duty).where(Duty.name == "beat").values(ran_utc=utc_now()), update(Hold).values(**error))
    shown = page(IVANOV)
    assert shown.text.count("Dreamkas does not accept the token: receipts wait in the queue.") == 2
    assert not shown.shows("does not answer as it should")


def test_the_page_asks_the_database_eight_times_at_most(books, sign_in, page):
    sign_in("ROOT")  # who hears the bell and may see statements
    page(IVANOV)
    asked = []
    with books.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    page(IVANOV)
    assert len([sql for sql in asked if not sql.startswith("BEGIN")]) <= 8
