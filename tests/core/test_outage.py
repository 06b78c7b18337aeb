"""The database goes away, or can not write, after the first good request: everybody is told so, and nothing is lost."""

import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pymysql
import pytest
from flask import Flask
from sqlalchemy import exc, text
from sqlalchemy.orm import Session

from modules.billing.models import Payment
from modules.core import outage, patience, queue, startup
from modules.core.admins import Admin, hash_password
from modules.core.db import db, transact
from modules.core.outage import Spell, is_outage
from modules.core.serial import serial
from tests.books import balance, count, fill, newest
from tests.house import upgrade
from tests.line import SERVERS, Line, line_to

MONEY = "/?module=addcash&username=ivanov"


# --- what is an outage, and what a mistake of ours ---


def of_sqlite(code: int, kind=exc.OperationalError):
    said = sqlite3.OperationalError("in words")
    said.sqlite_errorcode = code
    return kind("INSERT", {}, said)


def of_mariadb(code: int, kind=exc.OperationalError):
    return kind("INSERT", {}, pymysql.err.OperationalError(code, "in words"))


def of_postgres(sqlstate: str | None):
    said = psycopg.errors.lookup(sqlstate)("in words") if sqlstate else psycopg.OperationalError("in words")
    kind = exc.OperationalError if isinstance(said, psycopg.OperationalError) else exc.ProgrammingError
    return kind("INSERT", {}, said)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (of_sqlite(13), "The database can not write: x"),
        (of_sqlite(8), "The database can not write: x"),
        (of_sqlite(10 | 3 << 8), "The database can not write: x"),
        (of_sqlite(14), "The database refuses: x"),
        (of_sqlite(5), "The database refuses: x"),
        (of_sqlite(26, exc.DatabaseError), "The database refuses: x"),
        (of_mariadb(2003), "The database does not answer: x"),
        (of_mariadb(2013), "The database does not answer: x"),
        (of_mariadb(0, exc.InterfaceError), "The database does not answer: x"),
        (of_mariadb(1021), "The database can not write: x"),
        (of_mariadb(1290), "The database can not write: x"),
        (of_mariadb(1040), "The database refuses: x"),
        (of_mariadb(1698), "The database refuses: x"),
        (of_mariadb(28, exc.InternalError), "The database refuses: x"),
        (of_postgres(None), "The database does not answer: x"),
        (of_postgres("57P01"), "The database refuses: x"),
        (of_postgres("53300"), "The database refuses: x"),
        (of_postgres("53100"), "The database can not write: x"),
        (of_postgres("25006"), "The database can not write: x"),
        (of_postgres("42501"), "The database refuses: x"),
        (exc.TimeoutError("QueuePool limit"), "The database does not answer: x"),
    ],
)
def test_a_database_that_is_away_is_told_apart_by_what_it_says(inside, error, sentence):
    assert is_outage(error)
    assert outage.complaint(error, "x") == sentence


@pytest.mark.parametrize(
    "error",
    [
        of_sqlite(1),
        of_sqlite(19, exc.IntegrityError),
        of_mariadb(1054),
        of_mariadb(1062, exc.IntegrityError),
        of_postgres("42P01"),
        of_postgres("23505"),
        exc.InvalidRequestError("no"),
        ValueError("no"),
    ],
)
def test_a_mistake_of_ours_is_none(error):
    assert not is_outage(error)


# --- people ---


@pytest.fixture
def cashier(books, sign_in, monkeypatch):
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    return sign_in("TASKBAR", "USERPROFILE", "CASH")


@pytest.fixture
def commit(monkeypatch):
    """commit(error): so ends each commit of something written, in a `with`."""
    real = Session.commit

    @contextmanager
    def fails(error):
        def fail(session):
            if session.in_transaction() and session.connection().get_execution_options().get("writes"):
                raise error
            real(session)

        with monkeypatch.context() as patch:
            patch.setattr(Session, "commit", fail)
            yield

    return fails


@contextmanager
def closed(app):
    """SQLite's file is there, and nobody may open it."""
    with app.app_context():
        place = Path(db.engine.url.database)
        db.engine.dispose()
    away = place.rename(place.with_suffix(".away"))
    place.mkdir()
    yield
    place.rmdir()
    away.rename(place)


def said(caplog) -> list[str]:
    assert "Traceback" not in caplog.text
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_page_says_what_happened_and_the_log_one_line(books, cashier, page, caplog):
    assert page(MONEY).status == 200
    with closed(books):
        told = page(MONEY, 503)
        part = page(MONEY, 503, htmx=True)
    for words in (
        "The database refuses: the log says why.",
        "what was saved before is safe",
        "reload the page",
    ):
        assert told.shows(words) and part.shows(words)
    assert told.is_whole and not part.is_whole and not part.tags
    assert 0 < int(told.answer.headers["Retry-After"]) <= 60
    whole, of_part = said(caplog)
    assert told.text.partition("Request number: ")[2].split()[0] in whole
    assert "unable to open database file" in whole and "unable to open database file" in of_part
    assert page(MONEY).status == 200, "it is asked anew, and is there"


def test_money_that_can_not_be_written_says_so_and_the_log_no_sum(books, cashier, page, caplog):
    form = page(MONEY).form("newcash")
    with books.app_context():
        db.engine.dispose()
        read_only = lambda connection, _record: connection.execute("PRAGMA query_only=ON")  # noqa: E731
        db.event.listen(db.engine, "connect", read_only)
    told = form.submit(status=503, newcash="12,57", newpaymentnote="за ноябрь")
    assert told.shows("The database can not write: the log says why. Nothing was saved.")
    assert told.shows("Wait a minute and send the same again.")
    [line] = said(caplog)
    assert "attempt to write a readonly database" in line
    assert not any(word in caplog.text for word in ("12,57", "1257", "12.57", "ноябрь", "Иванов"))


def test_a_disk_that_fills_within_the_commit_has_saved_nothing(books, cashier, page, commit):
    form = page(MONEY).form("newcash")
    with commit(of_sqlite(13)):
        told = form.submit(status=503, newcash="12,57")
    assert told.shows("The database can not write: the log says why. Nothing was saved.")
    assert count(books, Payment) == 0


def test_a_commit_without_an_answer_is_a_doubt_that_sending_the_same_again_settles(
    books, cashier, page, commit
):
    form = page(MONEY).form("newcash")
    with commit(of_mariadb(2013)):
        told = form.submit(status=503, newcash="12,50", newpaymentnote='за <b>"ноябрь"</b>')
    assert told.shows("It was saved whole or not at all; which, is not known yet.")
    for _time in range(2):
        told.form("newcash").submit(status=303)
    assert (count(books, Payment), balance(books, "ivanov")) == (1, 12_050 + 1250)
    assert newest(books).note == 'за <b>"ноябрь"</b>'


def test_a_password_is_never_offered_to_be_sent_again(books, page):
    form = page("/?module=login").form("password")
    with closed(books):
        told = form.submit(status=503, login="kassir", password="hunter2")
    assert "hunter2" not in told.html and told.shows("Nothing was saved.")
    assert not told.all("input", type="password") and not told.forms


def test_it_is_said_in_the_language_of_the_admin_whom_nobody_can_look_up(books, page):
    with books.app_context():
        admin = Admin(
            login="olena", name="Олена", password_hash=hash_password("parole parole"), rights="CASH"
        )
        transact(lambda session: session.add(admin))
    page("/?module=login").form("password").submit(303, login="olena", password="parole parole")
    page(MONEY).post("/?module=login&language=true", {"locale": "uk"}, 303)
    with closed(books):
        told = page(MONEY, 503)
    assert told.all("html")[0].attrs["lang"] == "uk" and told.shows("База даних")


def test_a_mistake_in_a_statement_is_still_the_programs_failure(books, cashier, page, caplog):
    books.testing = False
    with books.app_context():
        db.session.execute(text("ALTER TABLE payments RENAME TO gone"))
        db.session.commit()
    assert page(MONEY, 500).shows("The program has failed")
    assert "no such table: payments" in caplog.text and "Traceback" in caplog.text


# --- machines ---


def test_a_machine_is_told_in_its_own_words_when_to_come_again(books, caplog):
    with books.app_context():
        key = serial()
    door, hook = f"/?module=remoteapi&key={key}&action=", {"type": "OPERATION", "action": "UPDATE"}
    hook["data"] = {"id": "5f0000000000000000000001", "status": "SUCCESS"}
    machine = books.test_client()
    assert machine.post(f"{door}dreamkas", json=hook).status_code == 200
    with closed(books):
        answers = [machine.post(f"{door}dreamkas", json=hook), machine.get(f"{door}health")]
    for answer in answers:
        assert (answer.status_code, answer.text) == (503, "ERROR:DATABASE")
        assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert len(said(caplog)) == 2
    assert machine.post(f"{door}dreamkas", json=hook).status_code == 200


# --- the worker ---


def test_a_worker_tells_an_outage_once_and_its_end_once(caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    spell, now = Spell(), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for _beat in range(300):
        assert spell.tells(of_mariadb(2003))
        now[0] += 2
    assert len(said(caplog)) == 1
    assert spell.tells(of_mariadb(2003))
    assert len(said(caplog)) == 2, "rarely while it lasts"
    spell.ends()
    spell.ends()
    assert [one.getMessage() for one in caplog.records][2:] == ["the database can be used again, after 600 s"]
    assert spell.tells(of_mariadb(2003))
    assert len(said(caplog)) == 2, "so soon it is the same"
    assert not spell.tells(of_mariadb(1054)) and not spell.tells(ValueError())


def test_a_task_of_the_worker_leaves_one_line_instead_of_a_traceback(app, caplog, monkeypatch):
    spell = Spell()
    monkeypatch.setattr(queue, "spell", spell)
    monkeypatch.setattr(queue, "_worker_app", [app])

    def ask():
        raise of_mariadb(2006)

    for _beat in range(3):
        queue.in_app(ask)()
    assert [line for line in said(caplog) if "2006" in line] == said(caplog)
    assert len(said(caplog)) == 1


def test_a_worker_that_begins_waits_for_its_database(make_app, empty_tables, tmp_path, monkeypatch):
    (tmp_path / "later.db").mkdir()
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/later.db")
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 6:
            (tmp_path / "later.db").rmdir()
            shutil.copyfile(empty_tables, tmp_path / "later.db")

    monkeypatch.setattr(startup.time, "sleep", sleep)
    with app.app_context():
        startup.await_database()
    assert waited == [1, 2, 4, 8, 15, 15]


# --- servers, over a line of ours ---


@pytest.fixture(params=SERVERS)
def line(request, monkeypatch) -> Iterator[Line]:
    """A line to an empty database."""
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 1)
    with line_to(request.param) as line:
        yield line


@pytest.fixture
def far_books(line, make_app) -> Iterator[Flask]:
    """A house whose books are at the other end of it."""
    app = make_app(DATABASE_URL=line.url)
    with app.app_context():
        upgrade()
        fill()
        db.session.remove()
        db.engine.dispose()
        patience.set_limits(db.engine)  # as in a process that migrated nothing
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_a_server_that_goes_away_is_503_and_comes_back_by_itself(line, far_books, sign_in, page, caplog, how):
    browser = sign_in("CASH", browser=far_books.test_client())
    form = page(MONEY, browser=browser).form("newcash")
    getattr(line, how)()
    begun = time.monotonic()
    told = form.submit(status=503, newcash="12,50")
    assert time.monotonic() - begun < 15
    assert told.shows("The database does not answer: the log says why. Nothing was saved.")
    assert len(said(caplog)) == 1
    line.mend() if how == "cut" else line.thaw()
    told.form("newcash").submit(status=303)
    assert count(far_books, Payment) == 1


def test_connections_that_broke_while_nobody_used_them_are_made_anew(line, far_books, sign_in, page, caplog):
    browser = sign_in("CASH", browser=far_books.test_client())
    form = page(MONEY, browser=browser).form("newcash")
    line.drop()
    form.submit(status=303, newcash="12,50")
    assert said(caplog) == []


def test_a_command_may_take_longer_than_a_page(line, make_app):
    sleep = "SELECT SLEEP(2)" if "mysql" in line.url else "SELECT pg_sleep(2)"
    with make_app(DATABASE_URL=line.url).app_context():
        with pytest.raises(exc.OperationalError):
            db.session.execute(text(sleep))
        db.session.remove()
        patience.take_time(db.engine)
        db.engine.dispose()
        db.session.execute(text(sleep))
        db.session.remove()
