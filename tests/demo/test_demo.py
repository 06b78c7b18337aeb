"""`make run` on a fresh machine: the demo, and the words that greet; on a real one neither gets in the way."""

import subprocess

import pytest
from sqlalchemy import select

from modules.billing.models import User
from modules.core.admins import Admin
from modules.core.db import db
from modules.core.root import ROOT
from modules.core.source import Source
from modules.demo.training import greeting, training_ini
from tests.page import open_page

CABINET = "https://kabinet.dreamkas.ru/api"


def run(app, *words):
    return app.test_cli_runner().invoke(args=["demo", *words])


def people(app):
    with app.app_context():
        return db.session.scalars(select(Admin.login).order_by(Admin.id)).all()


def test_the_demo_fills_an_empty_database_once(app):
    assert run(app, "--subscribers", "3").exit_code == 0
    assert people(app) == ["admin", "kassir", "buh"]
    again = run(app)
    assert again.exit_code == 1
    assert "other data" in again.output
    assert run(app, "--if-empty").exit_code == 0
    with app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 6
    form = open_page(app.test_client(), "/?module=login").form("password")
    assert form.submit(303, login="kassir", password="demo").location == "/?module=taskbar"


def test_books_of_the_cabinet_itself_stay_empty(make_app):
    app = make_app(DREAMKAS_API_URL=CABINET)
    assert run(app, "--if-empty").exit_code == 0
    assert people(app) == []


def test_the_alter_ini_of_training_points_at_the_cash_register_of_this_start(tmp_path):
    place = tmp_path / "alter.ini"
    place.write_text(training_ini((ROOT / "alter.ini.example").read_text("utf-8"), 8765), "utf-8")
    options = Source(place, {}).options
    assert (options.dreamkas_api_url, options.dreamkas_enabled) == ("http://127.0.0.1:8765/api", True)
    assert options.ukv_enabled and options.banksta2_enabled and options.dreamkas_notifications_enabled
    assert "зал готов" in greeting(options.dreamkas_api_url, 8000, 8765)


@pytest.mark.parametrize("api", ["http://127.0.0.1:8001/api", "http://10.0.0.7:8765/api"])
def test_a_cash_register_of_another_start_is_named(api):
    said = greeting(api, 8000, 8765)
    assert "зал готов" not in said
    assert f"чеки уходят на {api}" in said
    assert "DREAMKAS_API_URL=http://127.0.0.1:8765/api" in said


def test_the_cabinet_is_named_and_no_password_offered():
    said = greeting(CABINET, 8000, 8001)
    assert "Чеки будут настоящими" in said
    assert "demo" not in said


def make_clean(folder):
    command = ["make", "-C", folder, "-f", ROOT / "Makefile", "clean"]
    return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode


@pytest.mark.parametrize("ini", ["DREAMKAS_API_URL=\n", f"DREAMKAS_API_URL={CABINET}\n", None])
def test_make_clean_leaves_real_books_alone(tmp_path, ini):
    (tmp_path / "var").mkdir()
    (tmp_path / "var/house.db").touch()
    if ini:
        (tmp_path / "alter.ini").write_text(ini)
    assert make_clean(tmp_path) != 0
    assert (tmp_path / "var/house.db").exists()
    assert (tmp_path / "alter.ini").exists() == bool(ini)


def test_make_clean_takes_away_all_that_training_made(tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "alter.ini").write_text(training_ini((ROOT / "alter.ini.example").read_text("utf-8"), 8765))
    assert make_clean(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []
    assert make_clean(tmp_path) == 0
