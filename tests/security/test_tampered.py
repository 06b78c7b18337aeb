"""What a browser sends is what a person could have sent: sums, ids and choices that no page offered do nothing."""

import pytest
from sqlalchemy import select

from modules.banksta2.models import StatementRow
from modules.core.db import db
from tests.banksta2.processing import imported
from tests.books import count
from tests.page import open_page
from tests.security.filled import changed, digests, filled_house

BOOKS = {"payments", "ukv_payments", "users", "dreamkas_operations", "cashdesk_tokens"}


@pytest.fixture
def own(tmp_path, empty_tables):
    with filled_house(tmp_path, empty_tables) as house:
        yield house


@pytest.fixture
def root(own):
    return own.browser("ROOT", login="root")


@pytest.mark.parametrize(
    "tampered",
    [
        {"newcash": "-100"},
        {"newcash": "0"},
        {"newcash": "1e9"},
        {"newcash": "100.001"},
        {"newcash": "1000000.01"},
        {"operation": "steal"},
        {"cashtype": "999"},
        {"formtoken": "made.up"},
        {"formtoken": ""},
        {"drscashmachines": "99999"},
        {"drstaxtypes": "ENVD"},
        {"drspaymtypes": "GIFT"},
        {"drssellpos": "nothing"},
    ],
    ids=str,
)
def test_no_tampered_field_of_the_money_form_takes_anything(own, root, tampered):
    form = open_page(root, "/?module=addcash&username=sidorov").form("newcash")
    good = {"newcash": "77", "fiscalizepayment": "1", "drssellpos": "inet", "drscashmachines": "123"}
    before = digests(own.app)
    answer = root.post(
        form.action, data={**form.values, **good, "drstaxtypes": "SIMPLE", "drspaymtypes": "CASH", **tampered}
    )
    assert answer.status_code == 422, answer.status_code
    assert not changed(before, digests(own.app)) & BOOKS


def test_a_form_of_one_subscriber_pays_for_no_other(own, root):
    form = open_page(root, "/?module=addcash&username=sidorov").form("newcash")
    before = digests(own.app)
    answer = root.post("/?module=addcash&username=petrova", data={**form.values, "newcash": "77"})
    assert answer.status_code == 422
    assert not changed(before, digests(own.app)) & BOOKS


def test_a_statement_is_credited_by_the_books_and_not_by_the_form(own, root):
    """Ubilling credits what the form carries: sums, subscribers, dates."""
    paper = own.names["statement"]
    form = open_page(root, f"/?module=banksta2&showhash={paper}").form("bankstaneedpaymentspush")
    lie = {
        "amount": "999999",
        "summ": "9999",
        "subscriber": "petrova",
        "row": "1",
        "payments": "Tzo4OiJzdGRDbGFzcyI6MDp7fQ==",
    }
    root.post(form.action, data={**form.values, **lie})
    with own.app.app_context():
        sums = db.session.scalars(
            select(StatementRow.amount).where(StatementRow.identity_key.is_not(None))
        ).all()
        assert {10_001, 10_002} <= set(sums) and 99_999_900 not in sums
        assert "petrova" not in set(db.session.scalars(select(StatementRow.subscriber)))


def test_ids_of_another_statement_are_not_touched(own, root):
    """Ubilling puts the ids that a client sends into IN (…)."""
    other = imported(own.app, 2)
    with own.app.app_context():
        ids = [
            str(pk)
            for pk in db.session.scalars(select(StatementRow.id).where(StatementRow.statement_id == other))
        ]
    paper = own.names["statement"]
    page = open_page(root, f"/?module=banksta2&showhash={paper}")
    for act in ("bankstaneedpaymentspush", "bankstaneedrefiscalize", "fiscalizeall"):
        page.post(f"/?module=banksta2&showhash={paper}&{act}=true", {"row": [*ids, "1 OR 1=1", "1) OR (1=1"]})
    with own.app.app_context():
        wanted = select(StatementRow.wanted_utc).where(StatementRow.statement_id == other)
        assert set(db.session.scalars(wanted)) == {None}


@pytest.mark.parametrize(
    "login", ["' OR '1'='1", "admin' --", "root\0", "root\r\nSet-Cookie: a=b", "%", "_oot"]
)
def test_no_login_is_sql(own, login):
    browser = own.app.test_client()
    form = open_page(browser, "/?module=login").form("password")
    answer = form.submit(login=login, password="' OR '1'='1")
    assert answer.status in (200, 422) and "_user_id" not in str(answer.answer.headers)
    assert browser.get("/").status_code == 303


def test_no_line_break_gets_into_a_header(own, root):
    for address in (
        "/?module=login&next=%0d%0aSet-Cookie:%20a=b",
        "/?module=dreamkas%0d%0aX:%20y",
        "/%0d%0aX: y",
    ):
        answer = own.app.test_client().get(address)
        assert "a=b" not in answer.headers.get("Set-Cookie", "") and "X" not in answer.headers
    form = open_page(root, "/?module=dreamkas&dreamkasforcecacheupdate=true").form("dreamkasforcecacheupdate")
    answer = root.post(form.action, data={**form.values, "back": "/?module=dreamkas\r\nX: y"})
    assert answer.status_code == 303 and "\n" not in answer.headers["Location"]


def test_a_bad_id_is_nobodys(own, root):
    before = digests(own.app)
    page = open_page(root, "/")
    for address, field in (
        ("/?module=dreamkas&repeatFiscOps=true", "repeatFiscOp"),
        ("/?module=dreamkas&matchdrift=true", "driftrow"),
    ):
        for text in ("0", "-1", "9" * 30, "1 OR 1=1", "\u0661", ""):
            assert page.post(address, {field: text}).status < 500
    assert not changed(before, digests(own.app)) & BOOKS
    assert count(own.app) >= 7
