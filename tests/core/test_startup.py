"""Money is taken only over a database that can be trusted with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event, text

from modules.core import startup
from modules.core.db import db
from tests.books import scratch_database
from tests.house import upgrade


def test_a_migrated_database_may_be_used(inside):
    assert startup.trouble() == ""


def test_without_tables_every_page_says_what_to_run(make_app, tmp_path):
    (tmp_path / "house.db").touch()
    answer = make_app().test_client().get("/?module=login")
    assert answer.status_code == 503
    assert "flask --app app db upgrade" in answer.text


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
    assert startup.trouble() == "The database is older than the program. Run: flask --app app db upgrade"


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
    assert answer.output.strip() == "Error: The database has no tables yet. Run: flask --app app db upgrade"


def test_a_database_that_does_not_answer_ends_a_command_in_one_sentence(make_app):
    app = make_app(DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:9/none")
    answer = app.test_cli_runner().invoke(args=["admin", "list"])
    assert answer.output.startswith("Error: The database does not answer:")
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
