"""Real Apache with the very file that we give away, in front of real gunicorn."""

import contextlib
import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from modules.dreamkas.hooks import door
from tests.dreamkas.hooks import operation_hook
from tests.story.street import ROOT, Street, free_port, hidden, wait_for

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("apache")]

CONFIG = ROOT / "remoteapi" / "apache.conf.example"
APACHE = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
# What a2enmod switches on beside Debian's own choice, and of that what every Apache needs.
LOADED = ("mpm_event", "authz_core", "status", "ssl", "proxy", "proxy_http", "rewrite", "headers")
HOOKS, PANEL = "hooks.example.net", "billing.example.net"
JSON = {"Content-Type": "application/json"}
HOOK = operation_hook("op-1")


class Front:
    """Apache before a street of which only the web is open."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.street = Street(folder, TRUSTED_PROXIES="1", GUNICORN_CMD_ARGS="--access-logfile -")
        for host in (HOOKS, PANEL):
            self._certify(host)

    def _certify(self, host: str) -> None:
        place = self.folder / "certificates" / host
        place.mkdir(parents=True)
        line = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ]
        line += ["-keyout", place / "privkey.pem", "-out", place / "fullchain.pem", "-days", "2"]
        line += ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
        subprocess.run(line, check=True, capture_output=True)

    def open(self) -> None:
        self.street.flask("db", "upgrade")
        self.street.flask("demo")
        self.start_web()
        self.logs.mkdir()
        with (self.folder / "apache.log").open("wb") as said:
            self.apache = subprocess.Popen(
                self._line(), env={**os.environ, "APACHE_LOG_DIR": str(self.logs)}, stdout=said, stderr=said
            )
        wait_for("apache", self._answers, 30)

    def _line(self) -> list[str]:
        said = [f"ServerRoot {self.folder}", f"DefaultRuntimeDir {self.folder}", "ServerName localhost"]
        said += [f"PidFile {self.folder}/apache.pid", f"ErrorLog {self.logs}/error.log"]
        said += [f"Listen 127.0.0.1:{self.port}"]
        said += [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED]
        said += ["User www-data", "Group www-data"] if os.getuid() == 0 else []
        said += [f"Define HTTPS_PORT {self.port}", f"Define GUNICORN 127.0.0.1:{self.street.web_port}"]
        said += [f"Define HOOKS_HOST {HOOKS}", f"Define PANEL_HOST {PANEL}"]
        said += [f"Define CERTIFICATES {self.folder}/certificates"]
        return [APACHE, "-DFOREGROUND", "-f", str(CONFIG), *(word for line in said for word in ("-C", line))]

    def _answers(self) -> bool:
        assert self.apache.poll() is None, (self.folder / "apache.log").read_text()
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            return bool(self.ask(HOOKS, "/").status)
        return False

    def start_web(self) -> None:
        self.street.start("web")
        wait_for("the web", lambda: self.street.answers(f"{self.street.web_url}/?module=login"))

    def close(self) -> None:
        if hasattr(self, "apache"):
            self.apache.send_signal(signal.SIGTERM)
            self.apache.wait()
        self.street.close()

    def ask(self, host: str, address: str, method: str = "GET", **how) -> urllib3.BaseHTTPResponse:
        """As the world asks: by HTTPS, by name."""
        ca = str(self.folder / "certificates" / host / "fullchain.pem")
        with urllib3.HTTPSConnectionPool("127.0.0.1", self.port, server_hostname=host, ca_certs=ca) as pool:
            headers = {"Host": host, **how.pop("headers", {})}
            return pool.request(
                method, address, headers=headers, retries=False, redirect=False, timeout=30, **how
            )

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def key(self) -> str:
        return self.one("SELECT value FROM ubstats WHERE key = 'ubid'")

    def one(self, query: str) -> str:
        with contextlib.closing(sqlite3.connect(self.folder / "house.db")) as books:
            return books.execute(query).fetchone()[0]

    def kept(self) -> int:
        return int(self.one("SELECT coalesce(sum(times), 0) FROM dreamkas_inbox"))


@pytest.fixture(scope="module")
def front(tmp_path_factory) -> Iterator[Front]:
    """A site that is open."""
    if not os.path.exists(APACHE) or not shutil.which("openssl"):
        pytest.skip("no Apache here: apt-get install apache2-bin openssl")
    front = Front(tmp_path_factory.mktemp("apache"))
    try:
        front.open()
        yield front
    finally:
        front.close()


@pytest.fixture
def hook(front) -> str:
    """The address that the form of webhooks prints."""
    return door(["operations", "receipts"], front.key)


def is_apaches_own(answer) -> bool:
    """Whether gunicorn was never asked: the panel puts this header on all that it says."""
    return "X-Content-Type-Options" not in answer.headers


def test_a_webhook_passes_and_is_kept(front, hook):
    before = front.kept()
    answer = front.ask(HOOKS, hook, "POST", body=HOOK, headers=JSON)
    assert (answer.status, answer.data) == (200, b"OK")
    assert front.kept() == before + 1


def test_a_probe_passes(front, hook):
    assert front.ask(HOOKS, hook).status == 200
    assert front.ask(HOOKS, hook, "HEAD").status == 200


def test_an_address_quoted_by_the_service_passes_too(front, hook):
    quoted = hook.replace("=", "%3D").replace("%3D", "=", 4)
    assert front.ask(HOOKS, quoted, "POST", body=HOOK, headers=JSON).status == 200


def test_a_hook_in_pieces_passes(front, hook):
    pieces = (HOOK[at : at + 10] for at in range(0, len(HOOK), 10))
    answer = front.ask(HOOKS, hook, "POST", body=pieces, headers=JSON, chunked=True)
    assert (answer.status, answer.data) == (200, b"OK")


OTHERS = [
    "/",
    "/?",
    "/?module=login",
    "/?module=taskbar",
    "/?module=remoteapi&key=KEY&action=identify",
    "/?module=remoteapi&key=KEY&action=health",
    "/?module=remoteapi&key=KEY&action=dreamkas",
    "/?module=remoteapi&key=&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/?module=remoteapi&key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd&module=login",
    "/?module=remoteapi&key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd&action=health",
    "/?module=login&module=remoteapi&key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/?key=KEY&module=remoteapi&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/?module=remoteapi&key=KEY&key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/?module=remoteapi%26key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/x?module=remoteapi&key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/module/login/?module=remoteapi&key=KEY&action=dreamkas&param=WyJyZWNlaXB0cyJd",
    "/static/house.css",
    "/house.css",
    "/htmx.js",
    "/server-status",
    "/%2e%2e/%2e%2e/etc/passwd",
]


@pytest.mark.parametrize("address", OTHERS)
def test_nothing_else_passes(front, address):
    answer = front.ask(HOOKS, address.replace("KEY", front.key))
    assert answer.status == (400 if "%2e" in address else 403)
    assert is_apaches_own(answer)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_no_other_method_passes(front, hook, method):
    answer = front.ask(HOOKS, hook, method)
    assert answer.status == 403
    assert is_apaches_own(answer)


def test_a_name_that_nobody_knows_finds_the_webhooks_door_only(front):
    assert front.ask(HOOKS, "/?module=login", headers={"Host": "elsewhere.example"}).status in (403, 421)


def test_garbage_is_refused_and_kept_nowhere(front, hook):
    before, large = front.kept(), b" " * ((1 << 20) + 1)
    assert front.ask(HOOKS, hook, "POST", body=b"garbage", headers=JSON).status == 400
    assert front.ask(HOOKS, hook, "POST", body=large, headers=JSON).status == 413
    pieces = (large[at : at + 65536] for at in range(0, len(large), 65536))
    assert front.ask(HOOKS, hook, "POST", body=pieces, headers=JSON, chunked=True).status == 413
    assert front.kept() == before


# --- the panel ---


def sign_in(front, password: str, **headers: str):
    page = front.ask(PANEL, "/?module=login")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    form = {"login": "kassir", "password": password, "csrf_token": hidden(page.data.decode(), "csrf_token")}
    said = {"Cookie": cookie, "Referer": f"https://{PANEL}/?module=login", **headers}
    return front.ask(PANEL, "/?module=login", "POST", fields=form, headers=said)


def test_the_panel_is_reached_by_its_name_and_keeps_to_https(front):
    page = front.ask(PANEL, "/?module=login")
    assert page.status == 200
    assert page.headers.getlist("Strict-Transport-Security") == ["max-age=31536000"]
    assert "; Secure;" in page.headers["Set-Cookie"]
    assert front.ask(PANEL, "/static/favicon.svg").status == 200


@pytest.mark.parametrize("name", ["house.css", "house.js", "htmx.js"])
def test_sheet_and_scripts_come_packed_and_may_be_kept(front, name):
    login = front.ask(PANEL, "/?module=login").data.decode()
    address = re.search(rf"/{name}\?v=[0-9a-f]+", login)[0]
    packed = front.ask(PANEL, address, headers={"Accept-Encoding": "gzip"}, decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Cache-Control"].endswith("immutable")
    plain = gzip.decompress(packed.data)
    assert len(plain) > 2 * len(packed.data) == 2 * int(packed.headers["Content-Length"])
    assert front.ask(PANEL, address).data == plain


def test_an_admin_signs_in_through_apache(front):
    answer = sign_in(front, "demo", SCRIPT_NAME="/evil")
    assert answer.status == 303
    assert answer.headers["Location"] == "/?module=taskbar"


def test_the_panel_knows_its_own_name(front):
    asked_from = {"HX-Request": "true", "HX-Current-URL": f"https://{PANEL}/?module=ukv"}
    answer = front.ask(PANEL, "/?module=taskbar", headers=asked_from)
    assert "next=%2F%3Fmodule%3Dukv" in answer.headers["HX-Redirect"]


def test_nobody_can_lie_about_where_they_come_from(front):
    lies = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}
    assert sign_in(front, "wrong", **lies).status == 422
    assert front.one("SELECT ip FROM weblogs WHERE event LIKE 'LOGIN wrong%' ORDER BY id DESC") == "127.0.0.1"


# --- what happens when gunicorn is away, and what was written down ---


def test_while_gunicorn_is_away_a_sender_is_told_so_and_soon_it_works_again(front, hook):
    front.street.kill("web")
    try:
        assert front.ask(HOOKS, hook, "POST", body=HOOK, headers=JSON).status in (502, 503)
        away = front.ask(PANEL, "/?module=login")
        assert away.status in (502, 503)
        assert away.headers.getlist("Strict-Transport-Security") == ["max-age=31536000"]
    finally:
        front.start_web()
    assert front.ask(HOOKS, hook, "POST", body=HOOK, headers=JSON).status == 200
    assert front.ask(PANEL, "/?module=login").status == 200


def test_the_key_reaches_no_log(front, hook):
    front.ask(HOOKS, hook, "POST", body=HOOK, headers={**JSON, "Referer": f"https://{HOOKS}{hook}"})
    front.ask(PANEL, hook)
    log = (front.logs / "dreamkas_hooks_access.log").read_text()
    assert '"POST / HTTP/1.1" 200' in log
    written = [*front.logs.iterdir(), front.folder / "web.log", front.folder / "apache.log"]
    assert len(written) == 7
    for place in written:
        assert front.key not in place.read_text(), place.name
    assert "key=•••&action=dreamkas" in (front.folder / "web.log").read_text()
