"""Admins, passwords and sessions, as the tables keep them; the commands that make admins."""

import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from modules.core import admins
from modules.core.admins import (
    NOBODYS_HASH,
    RIGHTS,
    Admin,
    AdminError,
    PanelSession,
    find_admin,
    hash_password,
    is_password,
    new_admin,
    refresh_hash,
    rights_text,
)
from modules.core.db import db, transact
from modules.core.journal import Weblog
from modules.core.sessions import close_session, close_sessions, open_session, visitor
from modules.core.times import utc_now


def keep(*admins_):
    transact(lambda session: session.add_all(admins_))


@pytest.fixture
def vera(inside):
    keep(new_admin("vera", "correct horse", ["CASH"]))
    return find_admin("vera")


# --- rights ---


def test_an_admin_can_what_the_list_says_and_root_can_all():
    assert Admin(rights="CASH,UKV").can("UKV")
    assert not Admin(rights="CASH,UKV").can("DREAMKAS")
    assert not Admin(rights="DREAMKASMANAGE").can("DREAMKAS")
    assert all(Admin(rights="ROOT").can(right) for right in RIGHTS)
    assert Admin(rights="").can("")
    assert not Admin(rights="").can("TASKBAR")


def test_rights_are_kept_in_one_order_and_wrong_ones_are_named():
    assert rights_text([" ukv", "CASH", "cash", ""]) == "CASH,UKV"
    with pytest.raises(AdminError, match="BOSS, WIZARD"):
        rights_text(["CASH", "wizard", "BOSS"])


@pytest.mark.parametrize("login", ["", "Вера", "two words", "x" * 46, "<b>", "Vera", "a\n"])
def test_a_login_is_small_latin_letters(login):
    with pytest.raises(AdminError):
        new_admin(login, "correct horse", [])


# --- passwords ---


def test_a_password_is_kept_as_argon2id_only():
    admin = new_admin("vera", "correct horse", [])
    assert admin.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_password(admin, "correct horse")
    assert not is_password(admin, "correct horsE")


def test_seven_characters_are_too_few():
    with pytest.raises(AdminError, match="at least 8"):
        hash_password("1234567")


def test_nobody_has_no_password_and_takes_as_long_to_say_so():
    assert not is_password(None, "correct horse")
    assert NOBODYS_HASH.split("$")[:4] == hash_password("correct horse").split("$")[:4]
    admin = Admin(password_hash=hash_password("correct horse"))
    assert spent(None) > spent(admin) / 3


def spent(admin):
    start = time.perf_counter()
    for _ in range(3):
        is_password(admin, "wrong")
    return time.perf_counter() - start


def test_a_broken_hash_is_nobodys_password():
    assert not is_password(Admin(password_hash="5f4dcc3b5aa765d61d8327deb882cf99"), "password")


def test_a_weak_hash_is_made_anew_at_the_next_right_password(vera, monkeypatch):
    stronger = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(admins, "_HASHER", stronger)
    transact(lambda session: refresh_hash(session, vera, "correct horse"))
    db.session.expire_all()
    assert "m=64," in find_admin("vera").password_hash
    assert is_password(find_admin("vera"), "correct horse")


# --- sessions ---


def opened(admin):
    return transact(lambda session: open_session(session, admin.id, "192.0.2.1"))


def rewind(**how):
    """Lets time pass for all sessions."""

    def work(session):
        for row in session.scalars(select(PanelSession)):
            for name, ago in how.items():
                setattr(row, name, getattr(row, name) - ago)

    transact(work)


def test_a_session_is_found_by_its_secret_which_no_table_holds(vera):
    token = opened(vera)
    assert len(token) >= 43  # 256 bits
    assert visitor(token, keep_alive=True).login == "vera"
    assert visitor(token[:-1], keep_alive=True) is None
    row = db.session.scalars(select(PanelSession)).one()
    assert token not in (row.id_hash, row.ip)


def test_an_idle_session_ends_after_twelve_hours(vera):
    token = opened(vera)
    rewind(seen_utc=timedelta(hours=11, minutes=59))
    assert visitor(token, keep_alive=False)
    rewind(seen_utc=timedelta(minutes=2))
    assert visitor(token, keep_alive=True) is None


def test_polls_do_not_keep_a_session_alive_and_visits_do(vera):
    token = opened(vera)
    rewind(seen_utc=timedelta(hours=6))
    visitor(token, keep_alive=False)
    rewind(seen_utc=timedelta(hours=5))
    visitor(token, keep_alive=True)
    rewind(seen_utc=timedelta(hours=6))
    assert visitor(token, keep_alive=False)
    rewind(seen_utc=timedelta(hours=7))
    assert visitor(token, keep_alive=False) is None


def test_no_session_outlives_a_week_however_busy(vera):
    token = opened(vera)
    rewind(created_utc=timedelta(days=7))
    assert visitor(token, keep_alive=True) is None


def test_a_visit_is_written_down_once_a_minute_at_most(vera):
    token = opened(vera)
    first = seen()
    visitor(token, keep_alive=True)
    assert seen() == first
    rewind(seen_utc=timedelta(minutes=2))
    visitor(token, keep_alive=True)
    assert utc_now() - seen() < timedelta(seconds=30)


def seen():
    db.session.rollback()  # as it is now, not as this session saw it first
    return db.session.scalars(select(PanelSession.seen_utc)).one()


def test_closed_sessions_and_dismissed_admins_are_out_at_once(vera):
    one, two, three = opened(vera), opened(vera), opened(vera)
    transact(lambda session: close_session(session, one))
    assert [bool(visitor(token, keep_alive=True)) for token in (one, two, three)] == [False, True, True]
    transact(lambda session: close_sessions(session, vera.id))
    assert not visitor(two, keep_alive=True)
    four = opened(vera)
    transact(lambda session: session.execute(update(Admin).values(disabled=True)))
    assert not visitor(four, keep_alive=True)


def test_what_a_request_holds_is_its_own_copy(vera):
    token = opened(vera)
    mine = visitor(token, keep_alive=True)
    db.session.rollback()
    assert mine not in db.session
    assert (mine.login, mine.token) == ("vera", token)


# --- the commands ---


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *words, **how: runner.invoke(args=["admin", *words], **how)


def test_an_admin_is_added_with_a_password_typed_twice(app, run):
    said = run("add", "olga", "--rights", "cash,UKV", "--name", "Ольга", input="tea and milk\ntea and milk\n")
    assert said.exit_code == 0, said.output
    assert "tea and milk" not in said.output
    with app.app_context():
        olga = find_admin("olga")
        assert (olga.rights, olga.name, olga.loopback_only) == ("CASH,UKV", "Ольга", False)
        assert is_password(olga, "tea and milk")
        assert db.session.scalars(select(Weblog.event)).all() == ["ADMIN add (olga) CASH,UKV"]


@pytest.mark.parametrize(
    ("words", "password", "sentence"),
    [
        (("add", "olga", "--rights", "CASH,KING"), "long enough", "KING"),
        (("add", "olga", "--rights", "CASH"), "short", "at least 8"),
        (("add", "Ольга", "--rights", "CASH"), "long enough", "small Latin letters"),
        (("add", "kassir", "--rights", "CASH"), "long enough", "already"),
        (("disable", "olga"), "", "no admin olga"),
        (("rights", "kassir", "--rights", "KING"), "", "KING"),
    ],
)
def test_what_can_not_be_done_is_said_and_nothing_is_changed(app, run, words, password, sentence):
    with app.app_context():
        keep(new_admin("kassir", "correct horse", ["CASH"]))
    said = run(*words, env={"ADMIN_PASSWORD": password})
    assert said.exit_code != 0
    assert sentence in said.output
    assert run("list").output == "kassir\tCASH\n"


def test_commands_speak_the_language_of_the_house(make_app):
    app = make_app(LOCALE="ru")
    with app.app_context():
        keep(new_admin("kassir", "correct horse", ["CASH"], loopback_only=True))

    def said(*words):
        return (
            app.test_cli_runner().invoke(args=["admin", *words], env={"ADMIN_PASSWORD": "long enough"}).output
        )

    assert said("add", "kassir", "--rights", "CASH") == "Error: Администратор kassir уже есть.\n"
    assert said("disable", "olga") == "Error: Администратора olga нет.\n"
    assert said("disable", "kassir") == "kassir: готово\n"
    assert said("list") == "kassir\tCASH\tотключён, только с этой машины\n"


def test_every_change_of_an_admin_ends_the_sessions(app, run):
    with app.app_context():
        keep(new_admin("kassir", "correct horse", ["CASH"]))
    changes = [("rights", "--rights", "UKV"), ("password",), ("disable",)]
    for act, *words in changes:
        with app.app_context():
            token = opened(find_admin("kassir"))
        assert run(act, "kassir", *words, env={"ADMIN_PASSWORD": "another secret"}).exit_code == 0
        with app.app_context():
            assert visitor(token, keep_alive=True) is None
    assert run("list").output == "kassir\tUKV\tdisabled\n"
    assert run("enable", "kassir").exit_code == 0
    with app.app_context():
        assert is_password(find_admin("kassir"), "another secret")
        assert not find_admin("kassir").disabled
