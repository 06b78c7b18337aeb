"""Lists: sorted, searched, paged on the server; their state in the address; CSV that no spreadsheet runs."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import request
from sqlalchemy import func, insert, select, update

from modules.core import search, tables
from modules.core.db import transact
from modules.core.journal import Weblog
from modules.core.tables import Column, Table, View

FRUITS = [
    SimpleNamespace(name="Яблоко", price=30, note="=1+1"),
    SimpleNamespace(name="груша", price=None, note="-5"),
    SimpleNamespace(name="Арбуз", price=200, note=None),
    SimpleNamespace(name="вишня", price=7, note="кислая"),
]
MEMORY = Table(
    [
        Column("name", "Name", lambda row: row.name),
        Column("price", "Price", lambda row: row.price, "num"),
        Column("note", "Note", cell=lambda row: row.note),
        Column("acts", "Actions", in_csv=False),
    ],
    sort="name",
    size=2,
)
LOG = Table(
    [
        Column("date", "Date", Weblog.date),
        Column("admin", "Admin", Weblog.admin),
        Column("event", "Event", Weblog.event),
    ],
    sort="-date",
    search=(Weblog.admin, Weblog.event),
    tie=Weblog.id,
    size=3,
)


@pytest.fixture
def asked(app):
    """asked("&sort=price") -> what the table makes of that address of a list."""
    contexts = []

    def ask(tail: str = "", table: Table = MEMORY, wanted=FRUITS):
        context = app.test_request_context(f"/?module=ukv&users=true&userslist=true{tail}")
        context.push()
        contexts.append(context)
        return table.page_of(wanted, table.read(request.args))

    yield ask
    for context in reversed(contexts):
        context.pop()


@pytest.fixture
def journal(inside):
    """Seven lines of the journal on two days."""

    def fill(session) -> None:
        for number in range(7):
            session.add(
                Weblog(
                    date=datetime.fromisoformat(f"2026-11-{20 + number // 4}"),
                    admin="Кассир",
                    event=f"Оплата № {number} 100%",
                )
            )

    transact(fill)
    return select(Weblog)


def names(page) -> list[str]:
    return [row.name for row in page.rows]


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


# --- what the address asks ---


def test_nothing_asked_is_the_lists_own_order_and_its_first_page():
    assert MEMORY.read({}) == View("", "name", False, 1, False)
    assert LOG.read({}) == View("", "date", True, 1, False)


def test_a_minus_before_the_column_turns_it_round():
    assert MEMORY.read({"sort": "-price"}) == View("", "price", True)


@pytest.mark.parametrize("sort", ["nonsense", "acts", "note", "--name", "-", "__class__"])
def test_a_column_that_does_not_sort_is_as_if_nothing_were_asked(sort):
    assert MEMORY.read({"sort": sort}) == MEMORY.read({})


@pytest.mark.parametrize("page", ["0", "-3", "x", "", "1e9", "²", "99999999999999999999"])
def test_a_page_that_is_no_number_is_the_first(page):
    assert MEMORY.read({"page": page}).number == 1


def test_a_search_is_one_line_of_limited_length():
    assert MEMORY.read({"q": "  а \0 б\n в "}).q == "а б в"
    assert len(MEMORY.read({"q": "а" * 5000}).q) == tables.LONGEST
    assert len(MEMORY.read({"q": "а " * 50}).words) == tables.MOST_WORDS


# --- rows in memory ---


def test_words_are_sorted_whatever_their_case(asked):
    assert names(asked()) == ["Арбуз", "вишня"]
    assert names(asked("&page=2")) == ["груша", "Яблоко"]
    assert names(asked("&sort=-name")) == ["Яблоко", "груша"]


def test_what_is_missing_comes_last_and_breaks_nothing(asked):
    mixed = [
        *FRUITS,
        SimpleNamespace(name="Ё", price="дорого", note=""),
        SimpleNamespace(name="Z", price=True, note={}),
    ]
    page = asked("&sort=price", Table(MEMORY.columns, "name", size=50), mixed)
    assert names(page) == ["Z", "вишня", "Яблоко", "Арбуз", "Ё", "груша"]
    assert names(asked("&sort=-price", Table(MEMORY.columns, "name", size=50)))[-1] == "груша"


def test_every_word_of_a_search_must_be_somewhere_in_the_row(asked):
    assert names(asked("&q=КИСЛ+виш")) == ["вишня"]
    assert names(asked("&q=кисл+груша")) == []
    assert asked("&q=%3D1").total == 1


def test_it_says_which_of_how_many_are_shown(asked):
    page = asked("&page=2")
    assert (page.text, page.total, page.more) == ("3–4 of 4", 4, False)


def test_beyond_the_end_stands_the_last_page(asked):
    page = asked("&page=77")
    assert (names(page), page.text) == (["груша", "Яблоко"], "3–4 of 4")
    assert query(page.previous_url or "").get("page") is None


# --- a select ---


def test_a_select_is_sorted_with_a_certain_order_among_equals(asked, journal):
    page = asked("", LOG, journal)
    assert [row.id for row in page.rows] == [7, 6, 5]
    for number in (3, 4, 99):
        assert [row.id for row in asked(f"&page={number}", LOG, journal).rows] == [1]
    assert [row.id for row in asked("&sort=date", LOG, journal).rows] == [1, 2, 3]


def test_what_a_select_orders_by_itself_comes_first(asked, journal):
    wanted = journal.order_by((Weblog.id == 3).desc())
    assert [row.id for row in asked("", LOG, wanted).rows] == [3, 7, 6]


def test_of_a_long_list_a_number_alone_leads_as_far_as_rows_are_counted(asked, journal, long_lists):
    second = asked("&page=2", LOG, journal)
    assert [row.id for row in second.rows] == [4, 3, 2]
    assert asked("&page=99", LOG, journal).rows == second.rows


def test_a_select_of_several_columns_gives_rows(asked, journal):
    first = asked("", LOG, select(Weblog.id, Weblog.event)).rows[0]
    assert (first.id, first.event) == (7, "Оплата № 6 100%")


def test_a_select_is_searched_whatever_the_case_and_signs_mean_themselves(asked, journal):
    assert asked("&q=ОПЛАТА+кассир", LOG, journal).total == 7
    assert asked("&q=%D0%9E%D0%BF%D0%BB%D0%B0%D1%82%D0%B0+6", LOG, journal).total == 1
    assert asked("&q=100%25", LOG, journal).total == 7
    assert asked("&q=%25_%25", LOG, journal).total == 0
    assert asked("&q='+or+1=1", LOG, journal).total == 0


@pytest.fixture
def long_lists(monkeypatch):
    """More than five rows are many, more than two of one beginning are dense."""
    monkeypatch.setattr(search, "COUNTED", 5)
    monkeypatch.setattr(search, "FEW", 2)


def test_more_than_are_counted_is_said_so(asked, journal, long_lists):
    page = asked("", LOG, journal)
    assert (page.total, page.more) == (None, True)
    assert page.text == "1–3 of 5+"


def test_a_long_list_is_searched_by_beginnings_of_indexed_columns_and_says_so(asked, journal, long_lists):
    table = replace(LOG, begins={"Event": Weblog.event})
    transact(lambda session: session.execute(update(Weblog).values(event=func.fold(Weblog.event))))
    page = asked("&q=ОПЛАТА", table, journal)
    assert (page.total, len(page.rows), page.more) == (None, 3, True)
    assert "at the beginning of Event only" in page.searched
    last = asked(f"&{urlsplit(asked('&q=оплата&page=2', table, journal).next_url).query}", table, journal)
    assert [row.event for row in last.rows] == ["оплата № 0 100%"]
    assert asked("&q=лата", table, journal).total == 0


def test_a_rare_beginning_is_counted_and_sorted_as_ever(asked, journal, long_lists, monkeypatch):
    monkeypatch.setattr(search, "FEW", 3_000)
    transact(lambda session: session.execute(update(Weblog).where(Weblog.id <= 3).values(event="rare")))
    page = asked("&q=rar&sort=date", replace(LOG, begins={"Event": Weblog.event}), journal)
    assert (page.total, [row.id for row in page.rows]) == (3, [1, 2, 3])


def test_of_a_list_that_is_long_and_narrowed_those_are_counted_that_are_shown(asked, journal, long_lists):
    """Of the whole list more begin so than are counted, and most of them are not wanted here."""
    table = replace(LOG, begins={"Event": Weblog.event, "Admin": Weblog.admin})
    lines = [{"event": f"paid {number:02}", "admin": "kassir", "ip": "x"} for number in range(30)]
    transact(lambda session: session.execute(insert(Weblog), lines))
    newest = select(Weblog).where(Weblog.event >= "paid 23", Weblog.event <= "paid 29")
    assert asked("&q=paid", table, newest).total is None
    transact(lambda session: session.execute(update(Weblog).where(Weblog.event > "paid 26").values(ip="y")))
    here = replace(table, begins={"Event": Weblog.event, "Ip": Weblog.ip})
    assert asked("&q=x", here, newest).total == 4
    assert asked("&q=paid y", here, newest).total == 3
    assert asked("&q=paid y", here, select(Weblog)).total == 3


def test_of_a_long_list_without_an_index_the_newest_rows_are_searched(asked, journal, long_lists):
    page = asked("&q=оплата", replace(LOG, newest=True), journal)
    assert page.total == 5
    assert "newest 5 rows" in page.searched
    assert asked("&q=оплата", LOG, journal).searched == ""


def test_a_long_list_is_not_sorted_by_what_has_no_index(asked, journal, long_lists):
    table = replace(LOG, columns=[replace(one, indexed=one.name == "date") for one in LOG.columns])
    page = asked("&sort=event", table, journal)
    assert page.rows == asked("", LOG, journal).rows
    assert [bool(head["url"]) for head in page.heads] == [True, False, False]
    assert all(head["url"] for head in asked("", table, journal.where(Weblog.id < 4)).heads)


# --- links keep the address ---


def test_sort_links_turn_the_present_column_and_keep_the_filters(asked):
    heads = {head["name"]: head for head in asked("&q=а&page=2&sort=name&colour=red").heads}
    assert query(heads["name"]["url"]) == {
        "module": "ukv",
        "users": "true",
        "userslist": "true",
        "q": "а",
        "sort": "-name",
        "colour": "red",
    }
    assert query(heads["price"]["url"])["sort"] == "price"
    assert (heads["name"]["dir"], heads["price"]["dir"]) == ("asc", None)
    assert heads["note"]["url"] is None


def test_pages_link_to_their_neighbours(asked):
    first, second = asked("&sort=price"), asked("&sort=price&page=2")
    assert first.previous_url is None
    assert query(first.next_url or "")["page"] == "2"
    assert second.next_url is None
    assert "page" not in query(second.previous_url or "")
    assert query(second.previous_url or "")["sort"] == "price"


def test_the_search_form_sends_the_flags_of_the_page_and_the_order(asked):
    page = asked("&sort=-price&q=x")
    assert page.fixed == [("module", "ukv"), ("users", "true"), ("userslist", "true")]
    assert page.kept == [("sort", "-price")]
    assert page.is_filtered
    assert not asked("&sort=-price&page=2").is_filtered


# --- CSV ---


def csv_of(answer) -> list[list[str]]:
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff"), "a spreadsheet needs the mark to know UTF-8"
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_csv_is_the_whole_list_as_it_is_sorted_and_searched(asked):
    asked()
    answer = MEMORY.csv(View("а", "name", True), FRUITS, "fruits")
    rows = csv_of(answer)
    assert rows[0] == ["Name", "Price", "Note"], "buttons are no data"
    assert [row[0] for row in rows[1:]] == ["груша", "вишня", "Арбуз"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="fruits.csv"'
    assert answer.mimetype == "text/csv"


def test_csv_of_a_select_goes_beyond_the_page(asked, journal):
    asked("", LOG, journal)
    rows = csv_of(LOG.csv(View("", "date", False), journal, "log"))
    assert len(rows) == 8
    assert rows[1][0] == "2026-11-20 00:00:00"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+79110000001", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=cmd|'/C calc'!A0", "\u00a0=1"],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused(asked, text):
    asked()
    table = Table([Column("text", "Text", lambda row: row)], sort="text")
    assert csv_of(table.csv(View(sort="text"), [text], "x"))[1] == [f"'{text}"]


def test_numbers_stay_numbers(asked, app):
    asked()
    table = Table([Column("n", "N", lambda row: row)], sort="n")
    rows = csv_of(table.csv(View(sort="n"), [-5, Decimal("-1234.50"), 7], "x"))
    assert rows[1:] == [["-1234.50"], ["-5"], ["7"]]


def test_a_cell_may_hold_what_divides_cells(asked):
    asked()
    table = Table([Column("text", "Text", lambda row: row)], sort="text")
    text = 'a;"b"\nc'
    assert csv_of(table.csv(View(sort="text"), [text], "x"))[1] == [text]


def test_a_russian_spreadsheet_reads_a_decimal_comma(make_app):
    app = make_app(LOCALE="ru")
    table = Table([Column("n", "N", lambda row: row)], sort="n")
    with app.test_request_context("/"):
        assert csv_of(table.csv(View(sort="n"), [Decimal("12.50")], "x"))[1] == ["12,50"]
