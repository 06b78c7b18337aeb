"""The tab "Board" as its reader sees it: figures that lead to lists of exactly them, and receipts asked from there."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from modules.billing.models import Payment
from modules.core.db import db
from modules.core.formats import MINUS
from modules.core.portable import kopecks_or_none
from modules.core.times import local_now
from modules.dreamkas.models import Operation
from tests.cashdesk import ledgers

BOARD = "/?module=dreamkas&getboard=true"
DAYS = "&brdfrom=2020-01-01"


@pytest.fixture
def options_env(options_env):
    return options_env | {"DREAMKAS_SINCE": "2020-01-01", "DREAMKAS_NO_RECEIPT_CASHTYPES": "3"}


@pytest.fixture
def month(books):
    with books.app_context():
        ledgers.fill(5, 60, local_now(), days=20, odd=0.3)
        db.session.remove()
    return books


@pytest.fixture
def days(books):
    with books.app_context():
        today = local_now().date()
    return f"&brdfrom={today - timedelta(days=60)}&brdto={today}"


def kopecks_of(text):
    """ "₽1,234.50" or a spreadsheet's number -> kopecks; a sum that is none counts as nothing."""
    plain = text.replace(MINUS, "-").replace("₽", "").replace(",", "").strip(" '")
    return parsed if (parsed := kopecks_or_none(plain)) is not None else 0


def as_rows(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_every_figure_leads_to_a_list_of_exactly_so_many(month, client, sign_in, page, days):
    sign_in("DREAMKAS", login="buh")
    board = page(f"{BOARD}{days}")
    assert "add up to the books" in board.text
    figures = board.all("a", class_="figure")
    assert len(figures) > 40
    for figure in figures[::3]:
        wanted, *roubles = figure.text.split(" ", 1)
        lines = as_rows(client.get(f"{figure.attrs['href']}&csv=true"))[1:]
        assert len(lines) == int(wanted), figure.attrs["href"]
        assert kopecks_of(roubles[0]) == sum(kopecks_of(line[1]) for line in lines), figure.attrs["href"]


def test_the_file_of_the_board_adds_up(month, client, sign_in, days):
    sign_in("DREAMKAS", login="buh")
    head, *lines = as_rows(client.get(f"{BOARD}{days}&csv=true"))
    assert head == ["Service type", "Admin", "Cash type", "Bucket", "Reason", "Age", "Payments", "Cash"]
    with month.app_context():
        payments = db.session.scalar(select(db.func.count()).select_from(Payment))
    internet = [line for line in lines if line[0] == "Internet" and line[4] != "correction of a balance"]
    assert sum(int(line[6]) for line in internet) == payments
    assert {"'=cmd"} == {line[1] for line in lines if "cmd" in line[1]}, "a formula got into a spreadsheet"


def test_a_list_is_a_file_too(month, client, sign_in, days):
    sign_in("DREAMKAS", login="buh")
    head, *lines = as_rows(client.get(f"{BOARD}&boardlist=true{days}&brdplace=none&csv=true"))
    assert head[:3] == ["Date", "Cash", "Receipt"]
    assert lines
    assert {line[2] for line in lines} == {"No receipt"}


def test_nonsense_in_the_address_is_as_if_it_were_not_there(month, sign_in, page):
    sign_in("DREAMKAS", login="buh")
    nonsense = (
        "&brdplace=x&brdservice=y&brdcashtype=9999999999999&brdage=z&brdfrom=2026-99-99&sort=-nothing&page=0"
    )
    page(f"{BOARD}&boardlist=true{nonsense}")
    page(f"{BOARD}&boardlist=true&brdcashier=%00&brdcashtype=--1&q=%27%25")


def test_nobody_without_the_right_sees_it(month, sign_in, page):
    sign_in("CASH", "UKV")
    for address in (BOARD, f"{BOARD}&boardlist=true", f"{BOARD}&boardfiscalize=true"):
        page(address, status=403)
    sign_in("DREAMKAS", login="buh")
    page(f"{BOARD}&boardfiscalize=true", status=403)


def unasked(app):
    with app.app_context():
        asked = select(Operation.source_id).where(Operation.source_kind == "payment")
        plain = (
            Payment.note == "",
            Payment.cashtypeid.in_((1, 2)),
            Payment.summ.in_(ledgers.NICE),
            Payment.login == "ivanov",
        )
        return list(db.session.scalars(select(Payment.id).where(Payment.id.not_in(asked), *plain)))


def ticked(*numbers):
    fields = {
        "fiscalizepayment": "y",
        "drscashmachines": "123",
        "drstaxtypes": "SIMPLE",
        "drspaymtypes": "CASH",
    }
    fields["drssellpos"] = "inet"
    return {f"internet-{name}": value for name, value in fields.items()} | {
        "pay": [f"payment:{n}" for n in numbers]
    }


def test_chosen_payments_are_fiscalized_together(month, sign_in, page):
    sign_in("DREAMKAS", "DREAMKASMANAGE", login="buh")
    numbers = unasked(month)
    assert len(numbers) > 1
    asked = page(f"{BOARD}&boardfiscalize=true" + "".join(f"&pay=payment:{number}" for number in numbers))
    assert asked.form("internet-drscashmachines").values["internet-drssellpos"] == "inet"
    done = asked.post(f"{BOARD}&boardfiscalize=true", ticked(*numbers), status=200)
    assert "Queued" in done.text
    with month.app_context():
        keys = [f"payment:{number}" for number in numbers]
        made = select(Operation).where(Operation.source_key.in_(keys))
        assert {(one.state, one.admin) for one in db.session.scalars(made)} == {("queued", "buh")}


def test_what_was_chosen_twice_or_has_a_receipt_gets_no_second_one(month, sign_in, page):
    sign_in("DREAMKAS", "DREAMKASMANAGE", login="buh")
    number = unasked(month)[0]
    address = f"{BOARD}&boardfiscalize=true"
    opened = page(BOARD)
    opened.post(address, ticked(number, number))
    assert "already has a fiscal operation" in opened.post(address, ticked(number)).text
    with month.app_context():
        mine = select(Operation).where(Operation.source_key == f"payment:{number}")
        assert len(db.session.scalars(mine).all()) == 1


def test_without_a_position_nothing_is_queued_and_the_page_says_so(month, sign_in, page):
    sign_in("DREAMKAS", "DREAMKASMANAGE", login="buh")
    number = unasked(month)[0]
    fields = {**ticked(number), "internet-drssellpos": ""}
    refused = page(BOARD).post(f"{BOARD}&boardfiscalize=true", fields, status=422)
    assert "Choose a selling position" in refused.text
    assert unasked(month)[0] == number
