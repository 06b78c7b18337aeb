"""Hostile words: SQL, HTML, formulas, control signs and nonsense in every value of every address and every field."""

import re

import pytest

from modules.core.db import db, transact
from modules.dreamkas.models import CatalogRow, CatalogState, Operation
from modules.dreamkas.models_drift import Drift
from modules.dreamkas.models_inbox import InboxRow
from modules.dreamkas.models_receipts import KnownReceipt
from modules.notifications.models import Notification
from tests.page import Page, audit
from tests.security.filled import MACHINES, changed, digests, filled_house
from tests.security.routes import NAMED, routes

HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>"
SQL = "x' OR 1=1; DROP TABLE payments; -- \" ) UNION SELECT 1"
WORDS = [
    SQL,
    HTML,
    "%00\0",
    "\ud800".encode("utf-8", "replace").decode(),
    "{{7*7}}${7*7}",
    "../../etc/passwd",
]
NUMBERS = ["-1", "0", "9" * 30, "1e3", "\u0661", "1.5", "", "0x1", "NaN", "[]", " 1"]
# What an address may carry beside its flags; routes ignore what they do not know.
ASKED = (
    "q",
    "sort",
    "page",
    "csv",
    "show",
    "place",
    "draft",
    "preset",
    "next",
    "back",
    "driftshow",
    "evtype",
    "whid",
)
ASKED += (
    "rcptdatefrom",
    "rcptdateto",
    "rcptmaxcount",
    "rcptdeviceid",
    "fopsdatefrom",
    "fopsdateto",
    "fopsstate",
)
ASKED += (
    "fopssubscriber",
    "fopssum",
    "goodsid",
    "servicetype",
    "since",
    "was",
    "allpayments",
    "locale",
    "year",
)
SHOWN = (
    "title",
    "subscriber",
    "contract",
    "name",
    "error_message",
    "cashier",
    "words",
    "note",
    "realname",
    "notes",
)


@pytest.fixture
def own(tmp_path, empty_tables):
    """A house that may be spoiled."""
    with filled_house(tmp_path, empty_tables) as house:
        yield house


def bad(answer, address: str) -> list[str]:
    """What is wrong with the answer to something hostile."""
    if answer.status_code >= 500:
        return [f"{address}: {answer.status_code}"]
    if answer.mimetype != "text/html" or answer.status_code in (301, 302, 303):
        return []
    page = Page(None, address, answer)
    wild = [tag.name for tag in page.tags if tag.name == "img" and tag.attrs.get("src") == "x"]
    loose = [name for tag in page.tags for name in tag.attrs if name.startswith("on")]
    code = [tag for tag in page.tags if tag.name == "script" and "src" not in tag.attrs]
    return [f"{address}: {wild} {loose}"] if wild or loose or code else []


@pytest.mark.parametrize("word", [*WORDS, *NUMBERS])
def test_no_value_of_an_address_breaks_a_page_or_the_books(house, word):
    root, wrong, before = house.browser("ROOT", login="root"), [], digests(house.app)
    for route in routes(house):
        if route.method != "GET":
            continue
        flags = re.findall(r"[?&]([^=&]+)=", route.address)
        named = [name for name in flags if name != "module"]
        for names in (named, ASKED):
            answer = (
                root.get(route.address, query_string=None)
                if not names
                else _ask(root, route.address, names, word)
            )
            wrong += bad(answer, f"{route} {names}")
    assert wrong == []
    moved = changed(before, digests(house.app))
    assert "payments" not in moved and "dreamkas_operations" not in moved and "banksta2" not in moved


def _ask(browser, address: str, names, word: str):
    """The same address with these values spoiled."""
    pairs = re.findall(r"[?&]([^=&]+)=([^&]*)", address)
    query = {key: word if key in names else value for key, value in pairs} | {
        name: word for name in names if name not in dict(pairs)
    }
    return browser.get("/", query_string=query)


@pytest.mark.parametrize(
    "word", [SQL, HTML, "9" * 400, "\0\u202e\u2028"], ids=["sql", "html", "long", "unseen"]
)
def test_no_word_in_any_field_of_any_form_breaks_anything(own, word):
    """Every form of every page is filled in with it, each field in turn with the whole, and sent."""
    root, wrong = own.browser("ROOT", login="root"), []
    for route in list(routes(own)):
        if route.method != "GET" or route.endpoint in MACHINES or route.endpoint == "login.password":
            continue
        answer = root.get(route.address)
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        page = Page(root, route.address, answer)
        for form in page.forms:
            if "signout" in form.action or form.method == "DIALOG":
                continue
            values = {**form.values, **dict.fromkeys(_texts(form), word)}
            sent = (
                root.get(form.action.partition("?")[0], query_string=values)
                if form.method == "GET"
                else root.post(form.action, data=values)
            )
            wrong += bad(sent, f"{route} -> {form.action}")
    assert wrong == []
    with own.app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Operation)) >= 7


def _texts(form) -> list[str]:
    """Fields into which people type, or choose: whatever is no key of ours."""
    return [name for name in form.fields if name not in ("csrf_token", "module")]


def test_hostile_words_in_the_books_are_shown_as_words_on_every_page(own):
    """Subscribers, products, cashiers, webhooks, statements, messages: all that came from outside, everywhere."""
    root = own.browser("ROOT", login="root")
    with own.app.app_context():
        transact(_spoil)
    wrong, seen = [], 0
    for route in routes(own):
        if route.method == "GET" and route.endpoint not in MACHINES:
            for headers in ({}, {"HX-Request": "true"}):
                answer = root.get(route.address, headers=headers)
                wrong += bad(answer, str(route))
                if answer.mimetype == "text/html" and answer.status_code < 300:
                    wrong += [f"{route}: {trouble}" for trouble in audit(Page(root, route.address, answer))]
                seen += "&lt;script&gt;" in answer.text
    assert wrong == []
    assert seen > 20, "else they were not there to be shown"


def _spoil(session) -> None:
    """Every text column that pages show holds it, cut to what fits."""
    for table in (Operation, KnownReceipt, Drift, InboxRow):
        keys = {
            "id",
            "name",
            "state",
            "kind",
            "operation_id",
            "external_id",
            "source_kind",
            "source_key",
            "body",
        }
        keys |= {"receipt_id", "operation_body", "fate", "digest", "raw", "hash", "status", "alarm", "reason"}
        for row in session.scalars(db.select(table)):
            for column in table.__table__.columns:
                size = getattr(column.type, "length", None)
                if column.name not in keys and column.type.python_type is str:
                    setattr(row, column.name, HTML[: size or len(HTML)])
    for name, columns in {
        "realname": ("realname",),
        "contracts": (),
        "banksta2": ("realname", "notes", "address"),
        "city": ("cityname",),
        "street": ("streetname",),
        "ukv_users": ("realname",),
        "cashtype": ("cashtype",),
        "payments": ("note",),
        "ukv_payments": ("note",),
        "phones": ("phone",),
        "tariffs": (),
        "fn_presets": (),
    }.items():
        table = db.metadata.tables.get(name)
        for column in columns if table is not None else ():
            if column in table.columns:
                session.execute(table.update().values({column: HTML[:60]}))
    for row in session.scalars(db.select(CatalogRow)):
        row.body = row.body.replace("Касса 1", "<script>alert(1)</script>").replace(
            "Доступ", "<script>alert(1)</script>"
        )
    for state in session.scalars(db.select(CatalogState)):
        state.error = HTML
    session.add(Notification(created_utc=_now(session), level="bad", kind="x", message=HTML, params="{}"))


def _now(session):
    return session.scalar(db.select(Operation.created_utc).limit(1))


def test_no_file_begins_a_cell_with_a_formula(own):
    """1.2.10: whatever the books hold, a spreadsheet runs nothing of it."""
    root = own.browser("ROOT", login="root")
    with own.app.app_context():
        transact(
            lambda session: [
                setattr(row, "subscriber", "=cmd|'/c calc'!A0")
                for row in session.scalars(db.select(Operation))
            ]
        )
        transact(
            lambda session: [setattr(row, "title", "@SUM(1)") for row in session.scalars(db.select(Drift))]
        )
        transact(
            lambda session: [
                setattr(row, "cashier", "+1+1") for row in session.scalars(db.select(KnownReceipt))
            ]
        )
        transact(
            lambda session: session.execute(db.metadata.tables["banksta2"].update().values(realname="-2+3"))
        )
    files = 0
    for route in routes(own):
        answer = (
            root.get(f"{route.address}&csv=true")
            if route.method == "GET" and route.endpoint not in MACHINES
            else None
        )
        if answer is not None and answer.mimetype == "text/csv":
            files += 1
            cells = [
                cell.strip('"')
                for line in answer.text.lstrip("\ufeff").splitlines()
                for cell in line.split(";")
            ]
            assert not [cell for cell in cells if re.match(r"[=@\t\r]|[+-](?![0-9., ]*$)", cell)], route
    assert files >= 8


@pytest.mark.parametrize("size", [1 << 21, 30 << 20])
def test_a_body_that_is_too_large_is_refused_everywhere(house, size):
    root, before, wrong = house.browser("ROOT", login="root"), digests(house.app), []
    body = b"a=" + b"x" * size
    for route in routes(house):
        if route.method == "POST" and (size < 10 << 20 or route.endpoint == "banksta2.upload"):
            answer = root.post(route.address, data=body, content_type="application/x-www-form-urlencoded")
            wrong += (
                [f"{route}: {answer.status_code}"] if answer.status_code not in (400, 401, 413, 422) else []
            )
    assert wrong == []
    assert changed(before, digests(house.app)) <= {"panel_sessions", "weblogs"}


def test_a_form_of_thousands_of_fields_and_nested_json_are_no_500(house):
    root, before, wrong = house.browser("ROOT", login="root"), digests(house.app), []
    fields = "&".join(f"f{number}=1" for number in range(5000))
    nested = "[" * 50_000 + "]" * 50_000
    for route in routes(house):
        if route.method == "POST":
            for body, kind in ((fields, "application/x-www-form-urlencoded"), (nested, "application/json")):
                answer = root.post(route.address, data=body, content_type=kind)
                wrong += [f"{route}: {answer.status_code}"] if answer.status_code >= 500 else []
    assert wrong == []
    assert changed(before, digests(house.app)) <= {"panel_sessions", "weblogs"}


def test_the_named_addresses_are_those_that_pages_ask_for():
    """A misspelt name in the table would make the walk above walk past it."""
    assert all(names for names in NAMED.values())
