"""What browsers fetch beside pages: one style sheet, one script, htmx's own, the icons. Each is known by its content.

Sheet and script are written in parts, one for each room of the house that needs its own; browsers get them whole.
"""

import functools
import gzip
import hashlib
import re
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from markupsafe import Markup

# In this order: a later part may overrule an earlier one.
PARTS = {
    "house.css": ("house.css", "tabs.css", "statements.css", "import.css", "board.css"),
    "house.js": ("house.js", "tabs.js", "copy.js"),
}
HTMX = "htmx.js"
# Of a drawing: what it says as a file -> what it says inside a page, where static/house.css knows svg.drawn.
INSIDE = {
    ' xmlns="http://www.w3.org/2000/svg"': "",
    ' focusable="false"': "",
    ' fill="none" stroke="currentColor"': ' class="drawn"',
    ' stroke-linecap="round" stroke-linejoin="round"': "",
    ' width="16" height="16" class="drawn" stroke-width="2"': ' class="drawn"',
    ' width="24" height="24" class="drawn" stroke-width="1.75"': ' class="drawn"',
    ' width="48" height="48" class="drawn" stroke-width="2"': ' class="drawn"',
}
TYPES = {"css": "text/css", "js": "text/javascript"}
ENDPOINTS = ("static", "shipped")  # they ask no database and nobody's session


def init_files(app: Flask) -> None:
    """The routes, and the templates' asset() and svg()."""
    for name in (*PARTS, HTMX):
        app.add_url_rule(f"/{name}", "shipped", _ship, defaults={"name": name})
    app.jinja_env.globals.update(asset=asset, svg=svg, icon=icon)
    app.after_request(_keep)


def asset(name: str) -> str:
    """The address of a file, changing with its content so that browsers may keep it for ever."""
    return _address(request.script_root, _home(), name)


@functools.lru_cache(maxsize=100)  # a root is the client's word, where the server in front lets it pass
def _address(_root: str, home: Path, name: str) -> str:
    if name in PARTS or name == HTMX:
        return url_for("shipped", name=name, v=_shipped(home, name)[0])
    return url_for("static", filename=name, v=_digest((home / name).read_bytes()))


@functools.cache
def svg(name: str) -> Markup:
    """The drawing static/icons/NAME.svg, to stand inside the page. Raises FileNotFoundError."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise FileNotFoundError(name)
    return _drawing(_home() / "icons" / f"{name}.svg")


@functools.cache
def icon(name: str) -> Markup:
    """The same drawing as tall as the text it stands in. Raises FileNotFoundError."""
    return Markup(str(svg(name)).replace('class="', 'class="icon ', 1))  # noqa: S704 - our own file


def _home() -> Path:
    return Path(current_app.static_folder or "")


def _ship(name: str) -> Response:
    _digest_of, plain, packed = _shipped(_home(), name)
    wanted = request.accept_encodings["gzip"] > 0
    answer = Response(packed if wanted else plain, mimetype=TYPES[name.rpartition(".")[2]])
    answer.vary.add("Accept-Encoding")
    if wanted:
        answer.content_encoding = "gzip"
    return answer


def _keep(answer: Response) -> Response:
    if request.endpoint in ENDPOINTS and "v" in request.args and answer.status_code in (200, 304):
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


# --- contents, read once in a process, as templates are ---


@functools.cache
def _shipped(home: Path, name: str) -> tuple[str, bytes, bytes]:
    """Its digest, its bytes, and the same packed by gzip."""
    plain = b"".join((home / part).read_bytes() for part in PARTS.get(name, ())) or _htmx()
    return _digest(plain), plain, gzip.compress(plain, 9, mtime=0)


def _htmx() -> bytes:
    return files("js_lib_htmx").joinpath("static/htmx/htmx.min.js").read_bytes()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


@functools.cache
def _drawing(place: Path) -> Markup:
    # A file stands by itself; inside a page what all drawings say is said once, by the style sheet.
    drawing = place.read_text("utf-8").strip()
    for alone, inside in INSIDE.items():
        drawing = drawing.replace(alone, inside, 1)
    return Markup(drawing)  # noqa: S704 - our own file
