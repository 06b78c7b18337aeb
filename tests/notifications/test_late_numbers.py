"""Numbers that commit out of order, and commits in the midst of a look: nobody misses anything, on any database."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event

from modules.core.db import db, transact
from modules.notifications import news, pulse
from modules.notifications.service import tell
from tests.notifications.hear import Tab, say


def begun(app: Flask, word: str) -> Callable[[], None]:
    """A transaction of its own that has told the word and has not committed; what is returned lets it."""
    told, go = threading.Event(), threading.Event()

    def work(session) -> None:
        tell("info", "test", "%(word)s", word=word)
        session.flush()
        told.set()
        go.wait(30)

    def run() -> None:
        with app.app_context():
            transact(work)

    teller = threading.Thread(target=run)
    teller.start()
    assert told.wait(30)

    def commit() -> None:
        go.set()
        teller.join(30)

    return commit


def test_a_lower_number_that_commits_after_a_higher_one_is_heard(any_books, sign_in):
    if any_books.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: numbers commit in order")
    buh = sign_in("TASKBAR", "DREAMKAS", login="buh", browser=any_books.test_client())
    tab = Tab(buh)
    commits = [begun(any_books, word) for word in ("first", "second")]
    say(any_books, "third")
    assert tab.poll() == ["third"]
    commits[1]()
    assert tab.poll() == ["second"]
    left = Tab(buh)
    commits[0]()
    assert (tab.poll(), tab.poll(), left.poll(), Tab(buh).poll()) == (["first"], [], ["first"], [])


def test_a_number_that_is_never_committed_is_not_waited_for(any_books, sign_in):
    buh = sign_in("TASKBAR", "DREAMKAS", login="buh", browser=any_books.test_client())
    tab = Tab(buh)

    def work(session) -> None:
        tell("bad", "test", "never")
        session.flush()
        raise ZeroDivisionError

    with any_books.app_context(), pytest.raises(ZeroDivisionError):
        transact(work)
    say(any_books, "after it")
    assert (tab.poll(), tab.poll(), Tab(buh).poll()) == (["after it"], [], [])


def test_a_commit_in_the_midst_of_a_look_is_heard_by_the_next_poll(any_books, sign_in, monkeypatch):
    tab = Tab(sign_in("TASKBAR", "DREAMKAS", login="buh", browser=any_books.test_client()))
    tab.poll()
    look, between = news._tail, []

    def slow() -> str:
        found = look()
        while between:
            teller = threading.Thread(target=say, args=(any_books, between.pop()))
            teller.start()
            teller.join(30)
        return found

    monkeypatch.setattr(news, "_tail", slow)
    with any_books.app_context():
        pulse.ring()
    between.append("in the midst")
    heard = tab.poll() + tab.poll()
    assert (heard, between) == (["in the midst"], [])


def test_a_poll_in_the_midst_of_a_commit_keeps_nobody_from_hearing_it(any_books, sign_in):
    """All of the transaction is done but for the database's own COMMIT: nothing may have been rung by then."""
    tab = Tab(sign_in("TASKBAR", "DREAMKAS", login="buh", browser=any_books.test_client()))
    tab.poll()
    early = []

    def poll(_connection) -> None:
        reader = threading.Thread(target=lambda: early.append(tab.poll()))
        reader.start()
        reader.join(30)

    with any_books.app_context():
        event.listen(db.engine, "commit", poll, once=True)
    say(any_books, "committed")
    assert (early, tab.poll()) == ([[]], ["committed"])


def test_four_tellers_at_once_and_a_page_that_polls_all_the_while(any_books, sign_in):
    """Each polls and tells as fast as it can; rolled-back numbers leave gaps among them."""
    tab = Tab(sign_in("TASKBAR", "DREAMKAS", login="buh", browser=any_books.test_client()))
    words = [[f"{teller}.{number}" for number in range(8)] for teller in range(4)]
    tellers = [threading.Thread(target=_chatter, args=(any_books, mine)) for mine in words]
    for teller in tellers:
        teller.start()
    heard = []
    while any(teller.is_alive() for teller in tellers):
        heard += tab.poll()
    heard += tab.poll() + tab.poll()
    single = [word for word in heard if "notifications" not in word]
    told = sum(int(word.split()[0]) for word in heard if "notifications" in word)
    assert len(single) == len(set(single)), "nothing twice"
    assert len(single) + told == 32


def _chatter(app: Flask, words: list[str]) -> None:
    with app.app_context():
        for word in words:
            transact(lambda session, word=word: tell("info", "test", "%(word)s", word=word))
            _stumble()


def _stumble() -> None:
    def work(session) -> None:
        tell("info", "test", "never")
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transact(work)
