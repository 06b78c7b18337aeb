"""Many hands at the door at once, on every database there is."""

import threading

import pytest
from sqlalchemy import event, select, update

from modules.core.admins import LoginFailure, new_admin
from modules.core.db import clock, db, transact
from modules.login.doorman import MOST_BY_LOGIN, TooManyWrong, check
from tests.books import any_books  # noqa: F401 - a fixture

pytestmark = pytest.mark.database
PASSWORD = "correct horse"


@pytest.fixture
def house(any_books):  # noqa: F811
    """A house where Vera works."""
    with any_books.app_context():
        transact(lambda session: session.add(new_admin("vera", PASSWORD, ["TASKBAR"])))
    return any_books


def at_once(app, times, login="vera", **typed):
    """(admins that check() gave, how many were refused unseen) of so many checks that begin together."""
    seen, refused, gate = [], [], threading.Barrier(times)

    def come():
        with app.app_context():
            gate.wait()
            try:
                seen.append(check(login, typed["password"], "192.0.2.1"))
            except TooManyWrong:
                refused.append(1)

    threads = [threading.Thread(target=come) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen, len(refused)


def test_guesses_made_at_once_are_counted_like_guesses_in_a_row(house):
    assert at_once(house, 12, password="wrong") == ([None] * 5, 7)


def test_guesses_at_an_account_that_does_not_exist_are_counted_alike(house):
    assert at_once(house, 12, login="nobody", password="wrong") == ([None] * 5, 7)


def test_a_guess_that_is_settled_while_others_are_counted_is_counted(house):
    """Whatever is settled between two questions to the database would be seen by neither of them."""
    with house.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("nothing is settled in between: one writer at a time")
        open_ = [LoginFailure(login="vera", at_utc=clock(), checking=True) for _guess in range(MOST_BY_LOGIN)]
        transact(lambda session: session.add_all(open_))
        event.listen(db.engine, "after_cursor_execute", settle_behind_the_counting)
        with pytest.raises(TooManyWrong):
            check("vera", "wrong", "")
        assert len(db.session.scalars(select(LoginFailure)).all()) == MOST_BY_LOGIN


def settle_behind_the_counting(connection, _cursor, statement, *_more):
    if statement.startswith("SELECT") and LoginFailure.__tablename__ in statement:
        with connection.engine.begin() as other:
            other.execute(update(LoginFailure).values(checking=False))


def test_right_passwords_typed_at_once_all_open(house):
    seen, refused = at_once(house, 12, password=PASSWORD)
    assert ([admin and admin.login for admin in seen], refused) == (["vera"] * 12, 0)
    with house.app_context():
        assert db.session.scalars(select(LoginFailure)).all() == []
