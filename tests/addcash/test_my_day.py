"""A cashier's day: what was taken, each figure leading to its list, and what the Z report must say."""

import csv
import io
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from modules.billing.models import Payment
from modules.cashdesk import myday
from modules.cashdesk.board import Figure
from modules.core.db import clock, db, transact
from modules.core.times import local_now, to_utc
from modules.dreamkas.models import Operation
from modules.dreamkas.models_receipts import KnownReceipt
from tests.cashdesk import ledgers

DAY = "/?module=addcash&myday=true"


@pytest.fixture
def options_env(options_env):
    return options_env | {"DREAMKAS_SINCE": "2020-01-01", "DREAMKAS_NO_RECEIPT_CASHTYPES": "3"}


def finished_when_paid(session):
    for operation in session.scalars(select(Operation).where(Operation.state == "fiscalized")):
        operation.finished_utc = to_utc(operation.date_create) + timedelta(seconds=20)


@pytest.fixture
def busy(books):
    """Two days of payments before today's midnight and after it."""
    with books.app_context():
        midnight = datetime.combine(local_now().date(), time())
        ledgers.fill(4, 80, midnight + timedelta(hours=1), days=0.08, odd=0.3)
        transact(finished_when_paid)
        db.session.remove()
    return books


def as_rows(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))[1:]


@pytest.mark.parametrize("ago", [0, 1])
def test_every_figure_of_the_day_leads_to_exactly_its_payments(busy, client, sign_in, page, ago):
    sign_in("CASH")
    with busy.app_context():
        day = local_now().date() - timedelta(days=ago)
    shown = page(f"{DAY}&mydate={day}")
    figures = [*shown.all("a", class_="figure"), *shown.all("a", class_="tile")]
    assert len(figures) > 12
    for figure in figures:
        wanted = next(word for word in figure.text.split() if word.isdecimal())
        lines = as_rows(client.get(f"{figure.attrs['href']}&csv=true"))
        assert len(lines) == int(wanted), (figure.text, figure.attrs["href"])


def test_a_cashier_sees_the_own_payments_whatever_the_address_says(busy, client, sign_in):
    sign_in("UKV", login="buh")
    with busy.app_context():
        day = local_now().date()
    lines = as_rows(client.get(f"{DAY}&mydaylist=true&brdfrom={day}&brdto={day}&brdcashier=kassir&csv=true"))
    assert lines
    assert {line[8] for line in lines} == {"buh"}


def test_the_day_is_for_cashiers(busy, sign_in, page):
    sign_in("DREAMKAS", "TASKBAR", login="other")
    page(DAY, status=403)
    page(f"{DAY}&mydaylist=true", status=403)
    assert "My day" not in page("/?module=taskbar").text
    sign_in("UKV", "TASKBAR")
    assert "My day" in page("/?module=taskbar").text


def test_an_empty_day_says_so(books, sign_in, page):
    sign_in("CASH")
    assert page(f"{DAY}&mydate=2021-05-05").shows("Nothing was taken on this day")
    assert page(f"{DAY}&mydate=nonsense").shows("Nothing was taken on this day")


def test_a_receipt_counts_on_the_day_it_was_printed(any_books):
    """By the receipt's own date; what was heard of it later, or paid earlier, changes nothing."""
    with any_books.app_context():
        day = local_now().date()
        midnight = datetime.combine(day, time())
        paid = {"login": "ivanov", "admin": "kassir", "cashtypeid": 1, "note": "", "balance": "0"}
        late = Payment(**paid, date=midnight - timedelta(hours=5), summ="100.00")
        early = Payment(**paid, date=midnight - timedelta(hours=6), summ="7.00")
        transact(lambda session: (session.add_all([late, early]), session.flush()))
        for payment, kopecks in ((late, 10_000), (early, 700)):
            transact(
                lambda session, payment=payment, kopecks=kopecks: session.add(operation(payment, kopecks))
            )
        yesterday = to_utc(midnight - timedelta(minutes=2))
        receipt = {"id": f"r{early.id}", "type": "SALE", "date_utc": yesterday, "seen_utc": clock()}
        transact(lambda session: session.add(KnownReceipt(**receipt)))
        now = myday.my_day("kassir", day).printed
        assert [(one.machine, one.payment_type, one.mine, one.late, one.figure) for one in now] == [
            ("123", "CASH", True, True, Figure(1, 10_000))
        ]
        (before,) = myday.my_day("buh", day - timedelta(days=1)).printed
        assert (before.mine, before.late, before.figure) == (False, False, Figure(1, 700))
        transact(lambda session: session.execute(update(Operation).values(state="accepted")))
        assert not myday.my_day("kassir", day).printed


def operation(payment, kopecks):
    """Its receipt, heard of some minutes after today's midnight."""
    name = f"op-{payment.id}"
    return Operation(
        operation_id=name,
        external_id=name,
        state="fiscalized",
        source_kind="payment",
        source_id=payment.id,
        source_key=f"payment:{payment.id}",
        amount=kopecks,
        subscriber=payment.login,
        paid_local=payment.date,
        device_id="123",
        payment_type="CASH",
        receipt_id=f"r{payment.id}",
        created_utc=clock(),
        finished_utc=to_utc(datetime.combine(local_now().date(), time(0, 3))),
    )


def test_the_menu_says_where_one_is_and_the_money_of_a_subscriber_is_no_part_of_the_day(books, sign_in, page):
    sign_in("CASH", "USERPROFILE")

    def marked(address: str) -> list[str]:
        return [
            tag.attrs["href"] for tag in page(address).all("a") if tag.attrs.get("aria-current") == "page"
        ]

    assert DAY in marked(DAY)
    assert DAY not in marked("/?module=addcash&username=ivanov")
