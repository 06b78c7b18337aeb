"""The list of statements: how far each is, and which of them may still be taken away."""

from modules.banksta2 import process
from modules.banksta2.models import Statement, StatementRow
from modules.core.db import db, transact
from modules.core.journal import Weblog
from tests.banksta2.processing import change, imported, rows_of
from tests.books import count

LIST = "/?module=banksta2&bankstalist=true"


def name_of(app, statement: int) -> str:
    with app.app_context():
        return db.session.get(Statement, statement).hash


def test_the_list_says_how_far_each_statement_is(books, page, sign_in):
    statement = imported(books, 3)
    change(books, rows_of(books, statement)[2].id, canceled=1)
    with books.app_context():
        process.press(statement, "buh", [rows_of(books, statement)[0].id])
        process.work_through()
        transact(lambda session: setattr(session.get(Statement, statement), "rows_total", 3))
    sign_in("BANKSTA2")
    seen = page(LIST)
    cells = [cell.text for cell in seen.all("td")][1:6]
    assert cells == ["may.csv", "3", "1", "1", "kassir"]
    assert seen.shows("1 of 2")
    assert not [form for form in seen.forms if "statementdelete" in form.action]


def test_a_hostile_name_is_a_name_and_no_formula(books, page, sign_in, client):
    statement = imported(books, 1)
    with books.app_context():
        transact(
            lambda session: setattr(session.get(Statement, statement), "filename", "=<script>1</script>")
        )
    sign_in("BANKSTA2")
    assert page(LIST).shows("=<script>1</script>")
    assert "'=<script>" in client.get(LIST + "&csv=true").text


def test_a_statement_goes_away_while_nothing_of_it_is_credited(books, page, sign_in):
    statement = imported(books, 2)
    sign_in("BANKSTA2")
    asked = page(f"/?module=banksta2&statementdelete={name_of(books, statement)}")
    assert asked.shows("may.csv") and count(books, StatementRow) == 2
    after = page(LIST).form("statementdelete").submit(303).follow()
    assert after.shows("The statement “may.csv” is deleted.") and after.shows("No statements yet")
    assert (count(books, StatementRow), count(books, Statement)) == (0, 0)
    with books.app_context():
        assert f"BANKSTA2 DELETE [{statement}] may.csv" in db.session.scalars(db.select(Weblog.event)).all()


def test_a_statement_with_a_wanted_row_stays(books, page, sign_in):
    statement = imported(books, 2)
    sign_in("BANKSTA2")
    form = page(LIST).form("statementdelete")
    with books.app_context():
        process.press(statement, "buh")
    assert form.submit(303).follow().shows("it stays")
    assert count(books, StatementRow) == 2


def test_who_lacks_the_right_sees_nothing_and_a_stranger_is_404(books, page, sign_in):
    statement = imported(books, 1)
    sign_in("CASH", "DREAMKAS")
    page(LIST, 403)
    page(f"/?module=banksta2&statementdelete={name_of(books, statement)}", 403)
    sign_in("BANKSTA2")
    page("/?module=banksta2&statementdelete=nobody", 404)
    assert page("/?module=banksta2", 302).location.endswith("bankstalist=true")


def test_switched_off_there_is_no_room(make_app, sign_in):
    browser = make_app(BANKSTA2_ENABLED="0").test_client()
    answer = sign_in("ROOT", browser=browser).get(LIST)
    assert answer.status_code == 403 and "disabled" in answer.text


def test_what_i_began_to_import_stands_above_the_list_and_nobody_elses(books, page, sign_in):
    for statement, admin in ((imported(books, 1), "buh"), (imported(books, 1), "other")):
        with books.app_context():
            values = {"state": "draft", "admin": admin, "filename": f"{admin}.csv"}
            transact(
                lambda session, pk=statement, values=values: [
                    setattr(session.get(Statement, pk), *pair) for pair in values.items()
                ]
            )
    sign_in("BANKSTA2", login="buh")
    seen = page(LIST)
    assert seen.shows("buh.csv") and not seen.shows("other.csv")
    assert [link for link in seen.links if "fieldmapping" in link]
