"""Pages beside a row: whatever the rows are sorted by, next and previous lose none and give none twice."""

import random
from datetime import datetime, timedelta
from itertools import count, product
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, select

from modules.core import search
from modules.core.db import db, transact
from modules.core.paging import page_asked
from modules.core.tables import Column, Table
from modules.dreamkas.models import Operation

NOON = datetime.fromisoformat("2026-11-20 12:00:00")
TABLE = Table(
    [
        Column("id", "ID", Operation.id),
        Column("date", "Date", Operation.date_create),
        Column("amount", "Sum", Operation.amount),
        Column("subscriber", "Subscriber", Operation.subscriber),
        Column("state", "State", (Operation.state, Operation.date_create)),
        Column("source", "Source", (Operation.source_id, Operation.external_id)),
    ],
    sort="-date",
    tie=Operation.id,
    size=4,
)
SORTS = [f"{sign}{column.name}" for column in TABLE.columns for sign in ("", "-")]
NAMES = ("", "a", "A", "b ", "Ivanov", "ivanov", "Ёжик", "ежик", "я", "\U0001f600", '"<&>\\')
NOT_KEYS = (
    "[]", "[1]", "[1,2,3]", "[null,null]", '["2026-11-20",null]', '["2026-11-20",1.5]', "[true,true]", "[[],{}]",
    f"[{10**30},1]", f'["2026-11-20",{2**63}]', '["\\ud800",1]', '["2026-99-99",1]', "[NaN,1]", "[1e999,Infinity]",
    '["x",', "[" * 900 + "]", '["0001-01-01T00:00+14:00",1]', '["0000-00-00 00:00:00",1]', '["\0",1]', '["%\'",1]',
)  # fmt: skip


@pytest.fixture(params=[1, 2])
def dice(request, any_books, monkeypatch):
    """Thirty operations, many of them alike, many with nothing known; the list is long from ten rows on."""
    monkeypatch.setattr(search, "COUNTED", 9)
    dice = random.Random(request.param)
    with any_books.test_request_context("/?module=dreamkas&getoperations=true"):
        add(dice, range(1, 31))
        yield dice


def add(dice, numbers):
    transact(lambda session: session.add_all(_operation(dice, number) for number in numbers))


def _operation(dice, number):
    return Operation(
        operation_id=f"o{number}",
        external_id=dice.choice([None, f"e{number}"]),
        state=dice.choice(["queued", "fiscalized", "rejected"]),
        date_create=dice.choice([None, *(NOON + timedelta(hours=hour) for hour in range(3))]),
        amount=dice.choice([None, -1, 0, 10**12]),
        source_id=dice.choice([None, 7]),
        subscriber=dice.choice(NAMES),
        created_utc=NOON,
    )


def page(sort, asked=""):
    """The page that `page` asks for in an address."""
    return TABLE.page_of(select(Operation), TABLE.read({"sort": sort, "page": asked}))


def asked_by(url):
    return parse_qs(urlsplit(url).query).get("page", [""])[0]


def forward(sort):
    """All pages from the first on."""
    pages = [page(sort)]
    while url := pages[-1].next_url:
        pages.append(page(sort, asked_by(url)))
    return pages


def ids(*pages):
    return [row.id for one in pages for row in one.rows]


def test_pages_are_the_list_forwards_and_backwards(dice):
    for sort in SORTS:
        _walk(sort)


def _walk(sort):
    whole = TABLE._order(TABLE.read({"sort": sort})).sort(select(Operation.id))
    pages = forward(sort)
    assert ids(*pages) == list(db.session.scalars(whole))
    assert [one.view.number for one in pages] == list(range(1, 9))
    back = [pages[-1]]
    while url := back[-1].previous_url:
        back.append(page(sort, asked_by(url)))
    assert [ids(one) for one in back] == [ids(one) for one in reversed(pages)]
    assert [one.text for one in back] == [one.text for one in reversed(pages)]


def test_rows_that_come_and_go_meanwhile_move_no_other(dice):
    numbers = count(100)
    for sort in SORTS:
        before = set(ids(*forward(sort)))
        seen, gone, url = ids(shown := page(sort)), set(), shown.next_url
        while url:
            gone.add(dice.choice(sorted(before - gone)))
            _change(dice, gone, next(numbers))
            seen += ids(shown := page(sort, asked_by(url)))
            url = shown.next_url
        assert len(seen) == len(set(seen)), sort
        assert before - gone <= set(seen), sort


def _change(dice, gone, number):
    transact(lambda session: session.execute(delete(Operation).where(Operation.id.in_(gone))))
    db.session.expunge_all()
    add(dice, [number])


def test_a_row_that_no_address_of_ours_tells_of_is_a_page_all_the_same(dice):
    for sort, key, side in product(SORTS, NOT_KEYS, "<>"):
        assert page(sort, f"2{side}{key}").rows, (sort, key)


def test_a_page_before_the_second_is_the_first(dice):
    second = page("-date", asked_by(page("-date").next_url))
    assert asked_by(second.previous_url) == ""
    assert page("-date", asked_by(second.next_url).replace(">", "<").replace("3", "2", 1)).view.number == 2


@pytest.mark.parametrize(
    "text", ["3>", "3[1]", "3>x", "x>[1]", ">[1]", "-3>[1]", "3>[1]x", f"3>[{'1' * 2000}]"]
)
def test_nonsense_in_the_address_is_the_first_page(text):
    assert page_asked(text) == (1, "")
