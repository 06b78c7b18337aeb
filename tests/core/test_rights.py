"""Who may see what: the guard over views, and the way through the sign-in page and back."""

from datetime import timedelta

import pytest
from flask import Blueprint
from sqlalchemy import select, update

from modules.core.admins import PanelSession
from modules.core.db import db, transact
from modules.core.rights import needs, no_keepalive, own_address
from modules.core.times import utc_now

PAGE = "/?module=vault&box=7"
POLL = "/?module=vault&poll=true"
bp = Blueprint("vault", __name__)


@bp.route("/", methods=["GET", "POST"])
@needs("UKV", option="UKV_ENABLED")
def index():
    return "gold"


@bp.get("/poll")
@needs("UKV")
@no_keepalive
def poll():
    return "more gold"


@bp.get("/anybody")
@needs()
def anybody():
    return "tea"


@pytest.fixture
def app(make_app):
    return with_vault(make_app())


def with_vault(app):
    app.register_blueprint(bp, url_prefix="/module/vault")
    return app


def test_a_stranger_is_asked_to_sign_in_and_remembered_where_to_go(page):
    assert page(PAGE, status=303).location == "/?module=login&next=%2F%3Fmodule%3Dvault%26box%3D7"


def test_a_stranger_who_posts_comes_back_to_the_page_of_the_form(client):
    answer = client.post(PAGE, headers={"Referer": "http://localhost/?module=vault&box=8"})
    assert answer.status_code == 400  # without the key of CSRF nobody gets that far
    client.application.config["WTF_CSRF_ENABLED"] = False
    answer = client.post(PAGE, headers={"Referer": "http://localhost/?module=vault&box=8"})
    assert (answer.status_code, answer.location) == (
        303,
        "/?module=login&next=%2F%3Fmodule%3Dvault%26box%3D8",
    )
    answer = client.post(PAGE, headers={"Referer": "http://evil.example/?module=vault"})
    assert answer.location == "/?module=login"


def test_htmx_is_sent_to_the_sign_in_page_whole_and_a_poll_is_only_told(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/?module=vault"}
    answer = client.get(PAGE, headers=headers)
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"] == "/?module=login&next=%2F%3Fmodule%3Dvault"
    answer = client.get(POLL, headers=headers)
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers


def test_who_lacks_the_right_reads_so_and_nothing_else(page, sign_in):
    sign_in("CASH", "TASKBAR")
    refused = page(PAGE, status=403)
    assert refused.h1 == "Access denied"
    assert not refused.shows("gold")
    assert page(POLL, status=403).h1 == "Access denied"


def test_the_right_and_root_open_the_door(client, sign_in):
    for rights in (["UKV"], ["ROOT"]):
        sign_in(*rights)
        assert client.get(PAGE).text == "gold"


def test_any_admin_may_enter_where_no_right_is_asked(client, sign_in):
    sign_in()
    assert client.get("/?module=vault&anybody=true").text == "tea"


def test_a_module_that_is_off_says_so_even_to_root(make_app, page, sign_in):
    browser = with_vault(make_app(UKV_ENABLED="0")).test_client()
    sign_in("ROOT", browser=browser)
    refused = page(PAGE, status=403, browser=browser)
    assert refused.h1 == "This module is disabled"
    sign_in("CASH", browser=browser)
    assert page(PAGE, status=403, browser=browser).h1 == "Access denied"


def test_a_poll_does_not_make_a_session_last_and_a_visit_does(app, client, sign_in):
    sign_in("UKV")
    with app.app_context():
        earlier = utc_now() - timedelta(hours=1)
        transact(lambda session: session.execute(update(PanelSession).values(seen_utc=earlier)))
    assert client.get(POLL).text == "more gold"
    assert last_visit(app) == earlier
    assert client.get(PAGE).text == "gold"
    assert last_visit(app) > earlier


def last_visit(app):
    with app.app_context():
        return db.session.scalars(select(PanelSession.seen_utc)).one()


@pytest.mark.parametrize(
    "address", ["/?module=addcash&username=ivanov", "/?module=ukv&users=true", "/?module=x&q=%D0%98"]
)
def test_pages_of_ours_are_places_to_come_back_to(address):
    assert own_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "/static/x",
        "//evil.example/?module=x",
        "https://evil.example",
        "/?module=login",
        "/?module=login&signout=true",
        "/?module=a b",
        "/?module=\\",
        "/?module=a\n",
        "/?module=Иван",
        "?module=x",
        " /?module=x",
        "/?x=1&module=x",
    ],
)
def test_nothing_else_is(address):
    assert own_address(address) == ""
