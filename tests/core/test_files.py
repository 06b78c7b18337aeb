"""The files beside pages: one sheet and one script, whole, packed, known by their content."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from modules.core import files
from modules.core.files import PARTS, asset, icon, svg

STATIC = Path(__file__).parents[2] / "static"
NAMES = ("house.css", "house.js", "htmx.js")
FOR_EVER = "public, max-age=31536000, immutable"


def addresses(page) -> dict[str, str]:
    whole = page("/?module=login")
    found = [tag.attrs.get("src") or tag.attrs["href"] for tag in whole.all("script") + whole.all("link")]
    return {re.search(r"([\w.]+)\?", address)[1]: address for address in found}


def test_an_icon_is_its_drawing_with_one_class_more(app):
    with app.app_context():
        drawing = svg("print")
        assert 'class="drawn"' in drawing
        assert icon("print") == drawing.unescape().replace('class="drawn"', 'class="icon drawn"')


def test_every_page_asks_for_one_sheet_and_one_script_of_ours(page, sign_in):
    sign_in("ROOT")
    pages = ["/?module=taskbar", "/?module=dreamkas&getreceipts=true", "/?module=banksta2&uploadform=true"]
    for address in (*pages, "/?module=banksta2&presets=true", "/?module=ukv&users=true&userslist=true"):
        whole = page(address)
        sheets = [tag.attrs["href"] for tag in whole.all("link", rel="stylesheet")]
        scripts = [tag.attrs["src"] for tag in whole.all("script")]
        assert [re.match(r"/([\w.]+)\?v=", file)[1] for file in sheets + scripts] == [
            "house.css",
            "htmx.js",
            "house.js",
        ]


@pytest.mark.parametrize("kind", ["css", "js"])
def test_no_part_is_left_out(kind):
    parts = [part for name in PARTS for part in PARTS[name] if name.endswith(kind)]
    assert sorted(parts) == sorted(file.name for file in STATIC.glob(f"*.{kind}"))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_packed_to_who_can_unpack_and_plain_to_who_can_not(client, page, name):
    address = addresses(page)[name]
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    packed = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"] == FOR_EVER
        assert "Set-Cookie" not in answer.headers


def test_gzip_that_is_declined_is_not_sent(client, page):
    answer = client.get(addresses(page)["house.css"], headers={"Accept-Encoding": "gzip;q=0, *"})
    assert "Content-Encoding" not in answer.headers


def test_what_the_parts_hold_comes_in_their_order(client):
    text = client.get("/house.css").text
    places = [text.index((STATIC / part).read_text("utf-8")) for part in PARTS["house.css"]]
    assert places == sorted(places)


def test_a_change_of_one_part_is_another_address(make_app, tmp_path):
    app = make_app()
    browser = app.test_client()

    def sheet() -> str:
        return re.search(r'rel="stylesheet" href="([^"]+)', browser.get("/?module=login").text)[1]

    before = sheet()
    shutil.copytree(STATIC, tmp_path / "next", ignore=shutil.ignore_patterns("readme"))
    (tmp_path / "next" / PARTS["house.css"][-1]).write_text("b { color: red }")
    app.static_folder = str(tmp_path / "next")  # the next version: a process reads what it ships once
    assert sheet() != before
    assert "b { color: red }" in browser.get(sheet()).text


def test_a_client_that_has_many_names_for_our_root_fills_no_memory(app):
    for number in range(200):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": f"/{number}"}):
            assert asset("house.css").startswith(f"/{number}/")
    assert files._address.cache_info().currsize <= 100


def test_without_its_version_nothing_is_kept(client):
    assert client.get("/house.css").headers["Cache-Control"] == "no-store"
