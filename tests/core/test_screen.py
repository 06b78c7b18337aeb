"""What every page and every answer carries: headers, cookies, files, menu, alerts, errors."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from flask import Blueprint, abort, render_template_string
from flask_babel import force_locale

from modules.core.cards import Card
from modules.core.guard import kept_key
from modules.core.screen import day, when, when_local

bp = Blueprint("shop", __name__)


@bp.get("/")
def index():
    return render_template_string(
        "{% extends 'base.html' %}{% block title %}Shop{% endblock %}{% block content %}{{ said }}{% endblock %}",
        said="hello",
    )


@bp.post("/buy")
def buy():
    return "bought"


@bp.get("/lost")
def lost():
    abort(404, "There is no <b>box</b> 7.")


@bp.get("/broken")
def broken():
    raise RuntimeError("the secret is swordfish")


@pytest.fixture
def app(make_app):
    return with_shop(make_app())


def with_shop(app):
    app.register_blueprint(bp, url_prefix="/module/shop")
    app.testing = False  # errors are answered, not raised
    return app


# --- headers and cookies ---


@pytest.mark.parametrize(
    "address",
    ["/?module=shop", "/?module=nothing", "/nowhere", "/?module=shop&broken=true", "/static/house.css"],
)
def test_every_answer_is_guarded(client, address):
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_pages_are_not_kept_and_files_are_kept_for_ever(client, page):
    whole = page("/?module=shop")
    assert whole.answer.headers["Cache-Control"] == "no-store"
    files = [tag.attrs.get("src") or tag.attrs["href"] for tag in whole.all("script") + whole.all("link")]
    assert len(files) == 4
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert re.search(r"v=[0-9a-f]{12}$", file)


def test_htmx_comes_from_the_installed_package(client):
    answer = client.get("/htmx.js")
    assert answer.mimetype == "text/javascript"
    assert 'version:"2.0.3"' in answer.text


@pytest.mark.parametrize(("proxies", "is_secure"), [("1", True), ("0", False)])
def test_cookies_are_marked_secure_when_a_trusted_proxy_speaks_https(make_app, proxies, is_secure):
    browser = with_shop(make_app(TRUSTED_PROXIES=proxies)).test_client()
    answer = browser.get(
        "/?module=shop", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    )
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) == is_secure
    assert ("Strict-Transport-Security" in answer.headers) == is_secure


def test_the_key_is_made_once_kept_to_ourselves_and_agreed_upon(tmp_path, make_app):
    place = tmp_path / "new" / "secret_key"
    key = kept_key(place)
    assert len(key) == 64
    assert kept_key(place) == key
    assert place.stat().st_mode & 0o777 == 0o600
    assert list(place.parent.iterdir()) == [place]
    assert (
        make_app(SECRET_KEY="").secret_key
        == make_app(SECRET_KEY="").secret_key
        == (tmp_path / "secret_key").read_text()
    )


# --- CSRF ---


def test_a_post_without_its_key_does_nothing_and_says_so(client):
    answer = client.post("/?module=shop&buy=true")
    assert answer.status_code == 400
    assert "This page has grown old" in answer.text
    assert "Nothing was saved." in answer.text


def test_a_post_with_its_key_works_also_from_a_page_opened_long_ago(app, page):
    assert page("/?module=shop").post("/?module=shop&buy=true", {}).answer.text == "bought"
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


# --- errors ---


@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/?module=nothing", 404, "Not found"),
        ("/nowhere", 404, "Not found"),
        ("/module/shop/", 404, "Not found"),
        ("/?module=shop&module=shop", 400, "Bad request"),
        ("/?module=shop&buy=true", 405, "Not this way"),
    ],
)
def test_errors_are_pages_of_the_house(page, sign_in, address, status, heading):
    for _ in range(2):
        shown = page(address, status=status)
        assert shown.h1 == heading
        assert shown.shows("Nothing was saved.")
        sign_in("TASKBAR")  # and once more, with the menus


def test_a_view_may_say_it_in_its_own_words_which_are_text(page):
    shown = page("/?module=shop&lost=true", status=404)
    assert shown.shows("There is no <b>box</b> 7.")
    assert not shown.shows("There is no such page.")


def test_a_failure_tells_nothing_of_the_inside_but_a_number_for_the_log(client, caplog):
    answer = client.get("/?module=shop&broken=true")
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    number = re.search(r"Request number: ([0-9a-f]{8})", answer.text)[1]
    assert number in caplog.text
    assert "swordfish" in caplog.text


def test_a_failure_is_drawn_even_when_nothing_else_can_be(app, client, sign_in, monkeypatch):
    sign_in("TASKBAR")
    app.extensions["alerts"].append(lambda: 1 / 0)
    answer = client.get("/?module=shop")
    assert answer.status_code == 500
    assert "The program has failed" in answer.text
    monkeypatch.setattr("modules.core.errors.render_template", lambda *a, **k: 1 / 0)
    answer = client.get("/?module=shop&broken=true")
    assert answer.status_code == 500
    assert "The program has failed" in answer.text


def test_htmx_gets_a_few_words_instead_of_a_page(page):
    part = page("/?module=shop&lost=true", status=404, htmx=True)
    next = "Check the address, or begin at the taskbar."
    assert part.text == f"Not found. There is no <b>box</b> 7. Nothing was saved. {next}"


def test_too_much_is_refused(app, client, page):
    token = page("/?module=login").form("password").values["csrf_token"]
    answer = client.post("/?module=login", data={"csrf_token": token, "login": "x" * (1 << 20)})
    assert answer.status_code == 413
    assert "Too large" in answer.text


# --- the frame of a page ---


def test_the_menu_shows_what_the_admin_may_use_and_where_one_is(app, page, sign_in):
    def card(title, right, option=""):
        return Card(title, "receipt", "shop.index", right, "Tools", option, {"tab": title})

    app.extensions["cards"][:] = [
        card("Cash", "CASH"),
        card("Cable", "UKV", "UKV_ENABLED"),
        card("Roots", "ROOT"),
    ]
    sign_in("CASH", "UKV")
    shown = page("/?module=shop&tab=Cable")
    items = [tag for tag in shown.all("a") if tag.attrs["href"].startswith("/?module=shop&tab=")]
    assert [item.text for item in items] == ["Cash", "Cable"]
    assert [item.attrs.get("aria-current") for item in items] == [None, "page"]


def test_a_module_that_is_off_has_no_place_in_the_menu(make_app, page, sign_in):
    app = with_shop(make_app(UKV_ENABLED="0"))
    app.extensions["cards"][:] = [Card("Cable", "ukv", "shop.index", "UKV", "Tools", "UKV_ENABLED")]
    browser = app.test_client()
    sign_in("ROOT", browser=browser)
    assert not page("/?module=shop", browser=browser).shows("Cable")


def test_alerts_are_asked_for_signed_in_pages_only(app, page, sign_in):
    app.extensions["alerts"].append(lambda: [{"level": "bad", "text": "The till is <off>", "url": None}])
    assert not page("/?module=shop").shows("The till is <off>")
    sign_in("TASKBAR")
    assert page("/?module=shop").shows("The till is <off>")


def test_admins_see_that_alter_ini_went_wrong_until_it_is_mended(app, page, sign_in, tmp_path):
    file, source = tmp_path / "alter.ini", app.extensions["options_source"]
    source.SECONDS_BETWEEN_LOOKS = source._next_look = 0
    file.write_text("DREAMKAS_POPUP_TIMEOUT=x")
    assert not page("/?module=shop").shows("is wrong")
    sign_in("TASKBAR")
    shown = page("/?module=shop")
    assert shown.shows("alter.ini is wrong, and the options read last hold.")
    assert shown.shows("DREAMKAS_POPUP_TIMEOUT: “x” is refused")
    file.write_text("")
    assert not page("/?module=shop").shows("is wrong")


@pytest.mark.parametrize(
    ("url", "training"), [("https://kabinet.dreamkas.ru/api", False), ("http://127.0.0.1:9/api", True)]
)
def test_any_service_but_the_cabinet_is_training(make_app, page, url, training):
    browser = with_shop(make_app(DREAMKAS_API_URL=url)).test_client()
    assert page("/?module=shop", browser=browser).shows("TRAINING") == training


def test_dates_are_shown_by_the_wall_clock(inside):
    moment = datetime.fromisoformat("2026-11-23 18:10:59")
    for language, shown in (
        ("ru", ("23.11.2026 21:10", "23.11.2026 18:10", "23.11.2026")),
        ("uk", ("23.11.2026 21:10", "23.11.2026 18:10", "23.11.2026")),
        ("en", ("23 Nov 2026 21:10", "23 Nov 2026 18:10", "23 Nov 2026")),
    ):
        with force_locale(language):
            seen = when(moment), when_local(moment), day(moment)
        assert tuple(text.replace("\u00a0", " ") for text in seen) == shown
    assert (when(None), when_local(None), day(None)) == ("", "", "")


def test_the_version_is_the_projects(page):
    assert (
        f'version = "{page("/?module=shop").all("span", class_="version")[0].text}"'
        in Path("pyproject.toml").read_text()
    )
