"""Money is taken only over a database that can be trusted with it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, make_url, text

from modules.core import startup
from modules.core.db import connect_to, db
from tests.books import scratch_database
from tests.house import upgrade


def test_a_migrated_database_may_be_used(inside):
    assert startup.trouble() == ""


def test_without_tables_every_page_says_what_to_run(make_app, tmp_path):
    (tmp_path / "house.db").touch()
    answer = make_app().test_client().get("/?module=login")
    assert answer.status_code == 503
    assert ".venv/bin/flask --app app db upgrade" in answer.text
    assert f"The database sqlite:///{tmp_path}/house.db has no tables yet." in answer.text


def test_the_page_works_as_soon_as_the_tables_are_there(make_app, empty_tables, tmp_path):
    (tmp_path / "house.db").touch()
    app = make_app()
    assert app.test_client().get("/?module=login").status_code == 503
    with app.app_context():
        db.engine.dispose()
    (tmp_path / "house.db").write_bytes(empty_tables.read_bytes())
    assert app.test_client().get("/?module=login").status_code == 200


@pytest.mark.parametrize(
    "older", ["DROP TABLE dreamkas_webhooks", "ALTER TABLE dreamkas_hold DROP COLUMN away_told"]
)
def test_a_database_that_missed_a_migration_is_named_as_older(inside, older):
    db.session.execute(text(older))
    db.session.commit()
    run = ".venv/bin/flask --app app db upgrade"
    assert startup.trouble() == f"The database is older than the program. Run: {run}"


@pytest.mark.parametrize(
    ("name", "weak"), [("journal_mode", "DELETE"), ("synchronous", "NORMAL"), ("foreign_keys", "OFF")]
)
def test_a_sqlite_that_keeps_less_than_it_is_told_stops_the_web_and_the_worker(make_app, name, weak):
    """As on a network disk without shared memory: it says yes and does another thing."""
    app = make_app()
    with app.app_context():
        db.engine.dispose()
        event.listen(
            db.engine, "connect", lambda connection, _record: connection.execute(f"PRAGMA {name}={weak}")
        )
    said = app.test_client().get("/?module=login")
    assert said.status_code == 503 and f"({name})" in said.text
    worker = app.test_cli_runner().invoke(args=["worker"])
    assert worker.exit_code == 1 and f"can not keep what it is told ({name})" in worker.output


def test_a_sqlite_without_wal_is_refused(inside, monkeypatch):
    monkeypatch.setitem(startup.PRAGMAS, "journal_mode", "something that sqlite does not say")
    assert "journal_mode" in startup.trouble()


@pytest.mark.parametrize(
    "words", ["admin list", "admin add vera --rights CASH", "serial", "demo", "worker", "dreamkas sweep"]
)
def test_without_tables_a_command_says_what_to_run(make_app, tmp_path, words):
    (tmp_path / "house.db").touch()
    answer = make_app().test_cli_runner().invoke(args=words.split())
    assert answer.exit_code == 1
    meant, run = f"sqlite:///{tmp_path}/house.db", ".venv/bin/flask --app app db upgrade"
    assert answer.output.strip() == f"Error: The database {meant} has no tables yet. Run: {run}"


@pytest.mark.parametrize("words", ["admin list", "db upgrade", "db current"])
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_does_not_answer_ends_a_command_in_one_sentence(make_app, words, kind):
    app = make_app(DATABASE_URL=f"{kind}://nobody:hunter2@127.0.0.1:9/none")
    answer = app.test_cli_runner().invoke(args=words.split())
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: The database does not answer:")
    assert answer.output.count("\n") == 1
    assert "hunter2" not in answer.output


@pytest.mark.parametrize("words", ["admin list", "db upgrade"])
def test_a_file_that_is_no_database_ends_a_command_in_one_sentence(make_app, tmp_path, words):
    (tmp_path / "house.db").write_text("a letter to nobody " * 99)
    answer = make_app().test_cli_runner().invoke(args=words.split())
    assert (answer.exit_code, answer.output) == (1, "Error: The database refuses: file is not a database\n")


def test_a_page_says_that_the_database_does_not_answer(make_app, sign_in, caplog):
    browser = make_app(DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:9/none").test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "somebody"
    answer = browser.get("/?module=taskbar")
    assert answer.status_code == 503
    assert "The database does not answer: the log says why" in answer.text
    assert "127.0.0.1" in caplog.text and "hunter2" not in caplog.text
    assert "Traceback" not in caplog.text and "127.0.0.1" not in answer.text


def test_pages_come_by_themselves_once_the_database_can_be_used(make_app, empty_tables, tmp_path):
    (tmp_path / "later.db").mkdir()
    browser = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/later.db").test_client()
    answer = browser.get("/?module=login")
    assert answer.status_code == 503
    assert "The database refuses: the log says why" in answer.text
    (tmp_path / "later.db").rmdir()
    shutil.copyfile(empty_tables, tmp_path / "later.db")
    assert browser.get("/?module=login").status_code == 200


@pytest.fixture(params=["MARIADB", "POSTGRES"])
def weak(request):
    """The address of a migrated database for somebody who may connect to it and hardly more."""
    url = os.environ.get(f"TEST_{request.param}_URL") or pytest.skip(f"TEST_{request.param}_URL is not set")
    with scratch_database(url) as scratch:
        name, base = f"weak_{uuid4().hex[:8]}", make_url(scratch).database
        mine = (
            "@localhost IDENTIFIED BY 'hunter2'"
            if request.param == "MARIADB"
            else " LOGIN PASSWORD 'hunter2'"
        )
        rights = f"INSERT ON {base}.*" if request.param == "MARIADB" else f"CONNECT ON DATABASE {base}"
        server = create_engine(connect_to(url)[0], isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE USER {name}{mine}"))
            at = "@localhost" if request.param == "MARIADB" else ""
            connection.execute(text(f"GRANT {rights} TO {name}{at}"))
            yield scratch, make_url(scratch).set(username=name, password="hunter2").render_as_string(False)
            if not at:
                connection.execute(text(f"REVOKE {rights} FROM {name}"))
            connection.execute(text(f"DROP USER {name}{at}"))
        server.dispose()


def test_a_privilege_that_is_missing_is_not_called_silence(make_app, weak):
    scratch, url = weak
    with make_app(DATABASE_URL=scratch).app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    app = make_app(DATABASE_URL=url)
    for words in ("admin list", "db upgrade"):
        answer = app.test_cli_runner().invoke(args=words.split())
        assert answer.exit_code == 1
        assert re.match("Error: The database refuses: .*(denied|permission)", answer.output), answer.output
        assert answer.output.count("\n") == 1
    assert "The database refuses: the log says why" in app.test_client().get("/?module=login").text
    with app.app_context():
        db.engine.dispose()


def test_a_wrong_password_is_not_called_silence(make_app):
    url = os.environ.get("TEST_MARIADB_URL") or pytest.skip("TEST_MARIADB_URL is not set")
    url = make_url(url).set(username="nobody_known", password="hunter2").render_as_string(False)
    answer = make_app(DATABASE_URL=url).test_cli_runner().invoke(args=["db", "upgrade"])
    assert answer.output.startswith("Error: The database refuses: 1045 Access denied")
    assert "hunter2" not in answer.output


def test_a_house_that_nobody_asked_yet_has_no_file_open(make_app, tmp_path):
    """Gunicorn makes it once and forks: an SQLite connection that is open then would be everybody's, and break."""
    make_app()
    opened = [os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.exists()]
    assert not [file for file in opened if file.startswith(str(tmp_path))]


def test_a_wrong_option_ends_gunicorn_too_instead_of_a_new_try_every_second(options_env):
    command = [
        Path(sys.executable).parent / "gunicorn",
        "--bind",
        "127.0.0.1:0",
        "--preload",
        "--no-control-socket",
    ]
    env = {**os.environ, **options_env, "DREAMKAS_CONCURRENCY": "lots"}
    here = Path(startup.__file__).parents[2]
    ended = subprocess.run(
        [*command, "app:create_app()"],
        cwd=here,
        env=env,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode != 0
    assert ended.stderr.count("alter.ini: DREAMKAS_CONCURRENCY: “lots” is refused") == 1


def test_a_process_keeps_only_what_it_needs():
    """Megabytes each: Alembic; what Babel knows of a language. The collector no longer counts what was imported."""
    look = "import app, gc, sys; from babel import localedata; "
    look += "print('alembic' in sys.modules, bool(localedata._cache), gc.get_freeze_count() > 100_000)"
    here = Path(startup.__file__).parents[2]
    assert subprocess.check_output([sys.executable, "-c", look], cwd=here) == b"False False True\n"


@pytest.mark.skipif(not os.environ.get("TEST_MARIADB_URL"), reason="TEST_MARIADB_URL is not set")
def test_tables_of_myisam_are_named_with_their_alter(make_app):
    with (
        scratch_database(os.environ["TEST_MARIADB_URL"]) as scratch,
        make_app(DATABASE_URL=scratch).app_context(),
    ):
        upgrade()
        db.session.execute(text("ALTER TABLE payments ENGINE=MyISAM"))
        assert "ALTER TABLE `payments` ENGINE=InnoDB;" in startup.trouble()
        db.session.execute(text("ALTER TABLE payments ENGINE=InnoDB"))
        assert startup.trouble() == ""
        db.session.remove()
