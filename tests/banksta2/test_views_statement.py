"""The page where a whole statement goes out with one button: what it says before, what it does, how far it is after."""

import json
import re
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from modules.banksta2 import kinds, process
from modules.banksta2.models import Statement
from modules.banksta2.progress import Tally
from modules.billing.internet import INTERNET
from modules.billing.models import Email, Phone, UkvUser
from modules.core.current import options
from modules.core.db import clock, db, transact
from modules.dreamkas import life
from modules.dreamkas.models import CatalogRow, Duty, Operation, ServiceRelation
from tests.banksta2.processing import change, imported, rows_of
from tests.books import count


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch):
    """No worker hears a nudge."""
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    monkeypatch.setattr("modules.dreamkas.duties.enqueue", lambda _task, name: None)


def address(app, statement: int, **more: str) -> str:
    with app.app_context():
        name = db.session.get(Statement, statement).hash
    return f"/?module=banksta2&showhash={name}" + "".join(f"&{key}={value}" for key, value in more.items())


def work(app) -> None:
    with app.app_context():
        process.work_through()


def worker_lives(app) -> None:
    with app.app_context():
        transact(lambda session: session.merge(Duty(name="beat", ran_utc=clock())))


def chips(seen) -> dict[str, str]:
    return {
        tag.attrs["class"].split()[1].removeprefix("of-"): " ".join(tag.text.split())
        for tag in seen.all("a", class_="chip")
    }


def test_before_it_is_pressed_the_page_says_what_will_happen(books, page, sign_in):
    statement = imported(books, 6)
    first, second, third, fourth, *_rest = (row.id for row in rows_of(books, statement))
    change(books, first, subscriber="", contract="7")
    change(books, second, canceled=1, canceled_why="person")
    change(books, third, verdict="suspected", identity_key=None)
    change(books, fourth, tick=False, payer_inn="7707083893")
    worker_lives(books)
    sign_in("BANKSTA2")
    seen = page(address(books, statement))
    assert seen.shows("3 payments for ₽300.15 will be credited, 2 receipts for ₽200.11 will be printed.")
    assert seen.shows("1 company pays: without a receipt.")
    left = [link for link in seen.all("a") if any(tag.attrs.get("id") == "push" for tag in link.inside)]
    assert [link.text for link in left] == ["without subscriber: 1", "suspected duplicates: 1", "canceled: 1"]
    assert seen.shows("nobody has this contract") and seen.shows("Canceled by a person.")
    assert chips(seen) == {
        "all": "All 6 ₽600.21",
        "ready": "To process 3 ₽300.15",
        "nobody": "Without subscriber 1 ₽100.01",
        "suspected": "Suspected duplicates 1 ₽100.03",
        "canceled": "Canceled 1 ₽100.02",
    }
    assert not seen.by_id("progress").attrs.get("data-poll")


def test_what_could_go_wrong_stands_above_the_button(books, page, sign_in):
    statement = imported(books, 3)
    with books.app_context():
        transact(
            lambda session: session.execute(delete(ServiceRelation).where(ServiceRelation.service == "ukv"))
        )
    sign_in("BANKSTA2")
    seen = page(address(books, statement))
    assert seen.shows("The worker is silent: nothing is credited until it runs again.")
    assert seen.shows("No selling position is mapped to this service: choose one.")
    assert seen.shows("no selling position: the receipt will be rejected")
    assert seen.html.index("worker is silent: nothing") < seen.html.index('id="push"')


def test_an_earlier_years_rate_behind_the_mapping_is_said_above_the_button(books, page, sign_in):
    statement = imported(books, 3)
    with books.app_context():
        change = update(ServiceRelation).where(ServiceRelation.service == "internet").values(goods_id="old")
        transact(lambda session: session.execute(change))
    sign_in("BANKSTA2")
    seen = page(address(books, statement))
    assert seen.shows("mapped to this service, Старая ставка, has the VAT rate of an earlier year (VAT 20%)")
    assert seen.html.index("earlier year") < seen.html.index('id="push"')


def test_one_press_credits_and_queues_and_the_page_watches_until_all_is_final(books, page, sign_in):
    statement = imported(books, 3)
    worker_lives(books)
    sign_in("BANKSTA2", login="buh")
    seen = page(address(books, statement))
    press = seen.form("bankstaneedpaymentspush")
    assert press.submit(303).follow().shows("3 payments are being processed")
    assert press.submit(303).follow().shows("nothing (more) to process")
    watched = page(address(books, statement))
    assert re.search(r"every 1s", watched.by_id("progress").attrs["hx-trigger"])
    assert len(
        [box for box in watched.all("input", class_="moving") if box.attrs["value"]]
    ) == 3 and not watched.all("form", id="push")
    work(books)
    assert count(books, Operation) == 3
    ids = [row.id for row in rows_of(books, statement)]
    moving = "".join(f"&moving={pk}" for pk in ids)
    beat = page(address(books, statement, bankstaprogress="true") + moving, htmx=True)
    assert beat.shows("3 of 3") and beat.shows("0 of 3") and beat.shows("Queued: 3")
    assert "every 2s" in beat.by_id("progress").attrs["hx-trigger"]
    assert [tag.attrs["hx-swap-oob"] for tag in beat.all("tbody")] == ["true"] * 3
    assert len(beat.all("span", class_="badge queued")) == 3
    with books.app_context():
        for pk in db.session.scalars(select(Operation.id)).all():
            transact(
                lambda session, pk=pk: life.reject(session, life.fresh(session, pk), ("queued",), "refused")
            )
    final = page(address(books, statement, bankstaprogress="true"), htmx=True)
    assert "every" not in final.by_id("progress").attrs["hx-trigger"]
    assert final.shows("3: Dreamkas refused the receipt ( ₽300.06 )") and final.shows("failed: 3")


def test_rejected_receipts_are_chosen_and_sent_again(books, page, sign_in):
    statement = imported(books, 3)
    with books.app_context():
        process.press(statement, "buh")
        process.work_through()
        pks = db.session.scalars(select(Operation.id).order_by(Operation.id)).all()
        for pk in pks[:2]:
            transact(
                lambda session, pk=pk: life.reject(session, life.fresh(session, pk), ("queued",), "refused")
            )
    sign_in("BANKSTA2")
    seen = page(address(books, statement, show="rejected"))
    assert [tag.attrs["value"] for tag in seen.all("input", name="row")] == [
        str(row.id) for row in rows_of(books, statement)[:2]
    ]
    after = seen.form("bankstaneedrefiscalize").submit(303, row=str(rows_of(books, statement)[0].id))
    assert "1 receipt is asked for again." in after.follow().text
    work(books)
    assert count(books, Operation) == 4
    all_of_it = page(address(books, statement, show="rejected")).form("bankstaneedrefiscalize")
    assert (
        all_of_it.page.post(all_of_it.action, {"all": "1"}, 303)
        .follow()
        .shows("1 receipt is asked for again.")
    )
    work(books)
    assert count(books, Operation) == 5
    assert page(address(books, statement, show="rejected")).shows("Nothing found")


def test_rows_of_another_statement_are_not_fiscalized_through_this_one(books, page, sign_in):
    mine, other = imported(books, 1, tick=False), imported(books, 1, tick=False)
    with books.app_context():
        process.press(mine, "buh")
        process.press(other, "buh")
        process.work_through()
    sign_in("BANKSTA2")
    form = page(address(books, mine, show="none")).form("bankstaneedrefiscalize")
    after = form.page.post(form.action, {"row": str(rows_of(books, other)[0].id)}, 303).follow()
    assert after.shows("There is nothing to fiscalize again among these rows.")
    assert rows_of(books, other)[0].wanted_utc is None


def test_all_are_ticked_and_chosen_for_at_once(books, page, sign_in):
    statement = imported(books, 3, tick=False)
    sign_in("BANKSTA2")
    seen = page(address(books, statement))
    seen.form("fiscalizeall=true").submit(303)
    assert all(row.tick for row in rows_of(books, statement))
    form = page(address(books, statement, chooseall="true")).form("drspaymtypes_all")
    assert form.submit(303, drspaymtypes_all="PREPAID").follow().shows("3 rows are changed.")
    assert {(row.payment_type, row.tax_system) for row in rows_of(books, statement)} == {
        ("PREPAID", "SIMPLE")
    }
    refused = form.submit(422, drssellpos_all="old")
    assert refused.shows("the VAT rate of an earlier year")
    assert form.submit(422, drscashmachines_all="999").status == 422
    assert {row.position_id for row in rows_of(books, statement)} == {""}


def test_the_outcome_is_a_file_with_no_formula_in_it(books, client, sign_in):
    statement = imported(books, 3)
    change(books, rows_of(books, statement)[0].id, realname="=HYPERLINK(1)")
    with books.app_context():
        process.press(statement, "buh")
        process.work_through()
    sign_in("BANKSTA2")
    lines = client.get(address(books, statement, csv="true")).text.splitlines()
    assert len(lines) == 4 and "'=HYPERLINK(1)" in lines[1]
    assert "100.01" in lines[1] and ";100001;" in lines[1] and ";Queued;" in lines[1]


def three_hundred_positions(session) -> None:
    for place in range(300):
        body = {"id": f"p{place}", "name": f"Услуга {place}", "type": "SERVICE", "tax": None}
        session.add(
            CatalogRow(kind="positions", their_id=f"p{place}", place=10 + place, body=json.dumps(body))
        )


def test_five_thousand_rows_and_three_hundred_positions_open_light(books, page, sign_in):
    said = {
        "realname": "Константинопольская Александра Вениаминовна",
        "address": "Приозёрск, Набережная 127/345",
    }
    said["notes"] = "Оплата услуг связи по договору 100001 за ноябрь 2026 года, НДС не облагается. " * 2
    statement = imported(books, 5000, **said)
    with books.app_context():
        transact(three_hundred_positions)
    sign_in("BANKSTA2", "DREAMKAS", "USERPROFILE", "UKV", login="buh")
    seen = page(address(books, statement))
    weight, nodes = len(seen.html.encode()), len(seen.tags)
    assert weight <= 150_000 and nodes <= 5000, (weight, nodes)
    assert seen.shows("1–40 of 5000")
    assert not seen.all("select")


def test_a_search_and_a_chip_narrow_the_list(books, page, sign_in):
    statement = imported(books, 6)
    change(books, rows_of(books, statement)[2].id, realname="Пётр Кузнецов")
    sign_in("BANKSTA2")
    part = page(address(books, statement, q="кузнецов"), htmx=True)
    assert not part.is_whole and part.shows("1–1 of 1")
    assert page(address(books, statement, show="canceled"), htmx=True).shows("Nothing found")


def test_other_statements_and_other_people(books, page, sign_in):
    statement = imported(books, 1)
    sign_in("CASH")
    page(address(books, statement), 403)
    sign_in("BANKSTA2")
    page("/?module=banksta2&showhash=none", 404)
    with books.app_context():
        transact(lambda session: setattr(session.get(Statement, statement), "state", "draft"))
    page(address(books, statement), 404)
    page(f"/?module=banksta2&showdetailed={rows_of(books, statement)[0].id}", 404)


def test_a_receipt_that_nobody_could_get_is_told_before_the_button_is_pressed(books, page, sign_in):
    statement = imported(books, 4)
    first, _second, third, fourth = (row.id for row in rows_of(books, statement))
    change(books, first, subscriber="petrova")
    change(books, fourth, subscriber="petrova", tick=False)
    with books.app_context():
        transact(lambda session: session.execute(update(UkvUser).where(UkvUser.id == 1).values(mobile=" ")))
    worker_lives(books)
    sign_in("BANKSTA2")
    seen = page(address(books, statement))
    assert seen.shows("4 payments for ₽400.10 will be credited, 1 receipt for ₽100.02 will be printed.")
    assert seen.shows("2 more receipts will be rejected: their subscribers have no mobile number.")
    assert chips(seen)["unreached"] == "Without a mobile number 2 ₽200.04"
    marks = [tag.text for tag in seen.all("span", class_="lacks")]
    assert marks == ["No mobile number is filled in. The receipt will be rejected."] * 2
    few = page(address(books, statement, show="unreached"))
    assert [tag.attrs["id"] for tag in few.all("tbody", class_="pair")] == [f"row-{first}", f"row-{third}"]


def test_where_an_email_is_enough_only_who_has_neither_is_not_reached(any_books, monkeypatch):
    statement = imported(any_books, 3)
    with any_books.app_context():
        transact(lambda session: session.execute(update(Phone).values(mobile="")))
        transact(lambda session: session.execute(delete(Email)))
        transact(lambda session: INTERNET.set_email(session, "sidorov", "sidorov@example.test"))
        assert kinds.tallies(statement)["unreached"] == Tally(2, 20003)
        monkeypatch.setattr(kinds, "options", lambda: replace(options(), dreamkas_email_only=True))
        assert kinds.tallies(statement)["unreached"] == Tally(1, 10001)
