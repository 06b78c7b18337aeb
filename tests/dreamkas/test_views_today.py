"""Above the receipts: today in figures and thirty days as a picture, in which every bar leads to its list."""

import csv
import io
from datetime import datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from modules.cashdesk.month import month
from modules.core.cache import cache
from modules.core.db import db
from modules.core.times import local_now
from tests.cashdesk import ledgers

RECEIPTS = "/?module=dreamkas&getreceipts=true"


@pytest.fixture
def options_env(options_env):
    return options_env | {"DREAMKAS_SINCE": "2020-01-01"}


@pytest.fixture
def month_of(books):
    with books.app_context():
        ledgers.fill(9, 90, local_now(), days=40, odd=0.2)
        db.session.remove()
    return books


def lines_of(client, address):
    text = client.get(f"{address}&csv=true").data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))[1:]


def bars_of(shown):
    return [*shown.all("rect", class_="pay"), *shown.all("rect", class_="got")]


def test_every_figure_of_today_leads_to_exactly_its_payments(month_of, client, sign_in, page):
    sign_in("DREAMKAS", login="buh")
    tiles = page(RECEIPTS).all("a", class_="tile")
    assert len(tiles) == 6
    for tile in tiles:
        wanted = next(word for word in tile.text.split() if word.isdecimal())
        assert len(lines_of(client, tile.attrs["href"])) == int(wanted), tile.text


def test_each_bar_is_as_high_as_its_list_is_long(month_of, client, sign_in, page):
    sign_in("DREAMKAS", login="buh")
    shown = page(RECEIPTS)
    bars = [(bar, next(tag for tag in reversed(bar.inside) if tag.name == "a")) for bar in bars_of(shown)]
    assert len(bars) > 30
    longest = max(float(bar.attrs["height"]) for bar, _link in bars)
    by_length = {}
    for bar, link in bars[::5]:
        by_length[len(lines_of(client, link.attrs["href"]))] = float(bar.attrs["height"])
        assert float(bar.attrs["y"]) + float(bar.attrs["height"]) == pytest.approx(100, abs=0.02)
    units = {round(height / length, 1) for length, height in by_length.items()}
    assert max(units) - min(units) <= 0.11
    assert longest == pytest.approx(92)


def test_the_picture_is_told_to_who_can_not_see_it(month_of, sign_in, page):
    sign_in("DREAMKAS", login="buh")
    shown = page(RECEIPTS)
    assert shown.by_id("chart-title").text == "Payments and receipts of 30 days"
    rows = [
        tag for tag in shown.all("tr") if any(outer.attrs.get("class") == "as-table" for outer in tag.inside)
    ]
    assert len(rows) == 31
    days = {parse_qs(urlsplit(link).query)["brdfrom"][0] for link in shown.links if "brdplace=needed" in link}
    assert len(days) > 20


def test_the_part_asks_for_itself_and_keeps_no_session_alive(month_of, sign_in, page, client):
    sign_in("DREAMKAS", login="buh")
    part = page(f"{RECEIPTS}&boardtoday=true", htmx=True)
    assert not part.is_whole
    assert part.by_id("today").attrs["hx-trigger"] == "every 30s"
    with client.session_transaction() as cookie:
        cookie.clear()
    page(f"{RECEIPTS}&boardtoday=true", status=401)


def test_a_house_without_payments_draws_an_empty_month(books, sign_in, page):
    sign_in("DREAMKAS", login="buh")
    assert not bars_of(page(RECEIPTS))


def test_today_is_counted_anew_and_the_days_before_once_a_minute(books):
    with books.app_context():
        midnight = datetime.combine(local_now().date(), time())
        assert [one.needed.count for one in month()] == [0] * 30
        ledgers.fill(2, 20, midnight + timedelta(minutes=30), days=0.04, odd=0)
        *before, today = month()
        assert today.needed.count > 0
        assert not any(one.needed.count for one in before)
        cache.clear()
        *before, today = month()
        assert before[-1].needed.count > 0
        assert today.day - before[-1].day == timedelta(days=1)
