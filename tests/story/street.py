"""A street for stories: web, worker and sandbox as processes of their own, on free ports, in a folder of their own."""

import atexit
import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import requests

from modules.dreamkas.hooks import EVENTS, door

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SECONDS = 120
GUNICORN = ("--preload", "--workers", "2", "--no-control-socket")
# How the two money forms call the sum, what is done with it, how it came, and the note.
INTERNET_FIELDS = ("newcash", "operation", "cashtype", "newpaymentnote")
UKV_FIELDS = ("paymentsumm", "paymenttype", "paymentcashtype", "paymentnotes")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, look: Callable[[], object], seconds: float = SECONDS) -> object:
    """Looks again and again until it sees something; says what it waited for when it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class Street:
    """The three houses and their doors. Everything a story changes is an option in `env`."""

    web_app, worker_app = "app:create_app", "app"

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder = folder
        self.web_port, self.sandbox_port = free_port(), free_port()
        self.web_url, self.sandbox_url = (
            f"http://127.0.0.1:{port}" for port in (self.web_port, self.sandbox_port)
        )
        (folder / "alter.ini").touch()
        own = {
            "ALTER_INI": str(folder / "alter.ini"),
            "VAR_DIR": str(folder),
            "DREAMKAS_ENABLED": "1",
            "DREAMKAS_AUTH_TOKEN": "sandbox",
            "DREAMKAS_DEFAULT_TAX_TYPE": "SIMPLE",
            "DREAMKAS_API_URL": f"{self.sandbox_url}/api",
            "UKV_ENABLED": "1",
            **options,
        }
        self.env = {**os.environ, **own}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def flask(self, *words: str) -> None:
        """One command of the house, to its end."""
        subprocess.run(
            [BIN / "flask", "--app", "app", *words], cwd=ROOT, env=self.env, check=True, timeout=60
        )

    def command(self, name: str) -> list:
        """How a process is started: "web", "worker" (or "worker2"…) or "sandbox"."""
        sandbox = [
            "-m",
            "modules.sandbox",
            "--port",
            str(self.sandbox_port),
            "--data",
            str(self.folder / "sandbox"),
        ]
        at = f"127.0.0.1:{self.web_port}"
        return {
            "web": [BIN / "gunicorn", "-b", at, *GUNICORN, f"{self.web_app}()"],
            "worker": [BIN / "flask", "--app", self.worker_app, "worker"],
            "sandbox": [BIN / "python", *sandbox],
        }[name.rstrip("0123456789")]

    def start(self, name: str) -> None:
        """Starts it, with a log of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            # A session of its own: gunicorn's workers die with it, whatever a story does to it.
            self.running[name] = subprocess.Popen(
                self.command(name), cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """SIGKILL, at whatever instruction it is."""
        process = self.running.pop(name)
        # So young that it has no session of its own yet, it has no group; dead already, it is not there at all.
        for send, whom in ((os.killpg, process.pid), (os.kill, process.pid)):
            with contextlib.suppress(ProcessLookupError):
                send(whom, signal.SIGKILL)
        process.wait()

    def fill(self) -> None:
        """Migrates, and fills in the demo."""
        self.flask("db", "upgrade")
        self.flask("demo")

    def open(self, more: Iterable[str] = ()) -> None:
        """Has a newcomer's books, starts all, waits until all is ready for a receipt."""
        if "DATABASE_URL" in self.env:
            self.fill()
        else:
            shutil.copyfile(newcomers_books(), self.folder / "house.db")
        for name in ("sandbox", "web", "worker", *more):
            self.start(name)
        wait_for("the sandbox", lambda: self.answers(f"{self.sandbox_url}/sandbox/state"))
        wait_for("the web", lambda: self.answers(f"{self.web_url}/?module=login"))
        cashier = Cashier(self)
        wait_for("the catalog", lambda: cashier.field("ivanov", "drscashmachines") is not None)

    def answers(self, url: str) -> bool:
        try:
            return requests.get(url, timeout=10).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def faults(self, **switches: object) -> None:
        """Breaks (or mends) the sandbox."""
        requests.patch(f"{self.sandbox_url}/sandbox/faults", json=switches, timeout=5).raise_for_status()

    def serial(self) -> str:
        """The key of RemoteAPI."""
        said = subprocess.check_output(
            [BIN / "flask", "--app", "app", "serial"], cwd=ROOT, env=self.env, text=True, timeout=60
        )
        return said.strip()

    def listen(self) -> str:
        """Sets up a webhook of ours, about all events, in the cabinet -> its address."""
        address = self.web_url + door(EVENTS, self.serial())
        wish = {"url": address, "isActive": True, "types": dict.fromkeys(EVENTS, True)}
        token = {"Authorization": "Bearer sandbox"}
        url = f"{self.sandbox_url}/api/webhooks"
        requests.post(url, json=wish, headers=token, timeout=10).raise_for_status()
        return address

    def printed(self) -> list[dict]:
        """Every receipt that the virtual cash register printed."""
        answer = requests.get(
            f"{self.sandbox_url}/api/receipts",
            params={"from": "2020-01-01T00:00:00.000Z", "to": "2100-01-01T00:00:00.000Z", "limit": 1000},
            headers={"Authorization": "Bearer sandbox"},
            timeout=10,
        )
        return answer.json()["data"]


@functools.cache
def newcomers_books() -> Path:
    """An SQLite file, migrated and filled in with the demo: made once, copied for each street."""
    folder = Path(tempfile.mkdtemp(prefix="newcomer-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Street(folder).fill()
    with contextlib.closing(sqlite3.connect(folder / "house.db")) as books:
        books.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "house.db"


class Cashier:
    """Somebody at the desk, by HTTP alone: signs in, types sums, reads badges."""

    def __init__(self, street: Street, login: str = "kassir") -> None:
        self.street = street
        self.browser = requests.Session()
        page = self.get("/?module=login").text
        form = {"login": login, "password": "demo", "csrf_token": hidden(page, "csrf_token")}
        answer = self.browser.post(f"{street.web_url}/?module=login", data=form, timeout=20)
        assert answer.ok and hidden(answer.text, "csrf_token"), answer.text

    def get(self, address: str) -> requests.Response:
        return self.browser.get(self.street.web_url + address, timeout=20)

    @staticmethod
    def address(subscriber: str) -> str:
        """The money page of a login, or of a cable-TV number."""
        if subscriber.isdigit():
            return f"/?module=ukv&users=true&showuser={subscriber}"
        return f"/?module=addcash&username={subscriber}"

    def page(self, subscriber: str) -> str:
        return self.get(self.address(subscriber)).text

    def field(self, subscriber: str, name: str) -> str | None:
        """What a selector of the money form has chosen, None when it has nothing to choose."""
        select = re.search(rf'<select[^>]*name="{name}".*?</select>', self.page(subscriber), re.S)
        return chosen(select[0]) if select else None

    def pay(self, subscriber: str, roubles: str, fiscalize: bool = True, page: str = "", **more: str):
        """Presses the money form as the page gives it; -> the answer, not followed."""
        page = page or self.page(subscriber)
        names = UKV_FIELDS if subscriber.isdigit() else INTERNET_FIELDS
        form = {
            "csrf_token": hidden(page, "csrf_token"),
            "formtoken": hidden(page, "formtoken"),
            **dict(zip(names, (roubles, "add", "1", ""), strict=True)),
            **({"fiscalizepayment": "1", **self.defaults(page)} if fiscalize else {}),
            **more,
        }
        url = self.street.web_url + self.address(subscriber)
        return self.browser.post(url, data=form, timeout=30, allow_redirects=False)

    def defaults(self, page: str) -> dict[str, str]:
        selects = re.findall(r'<select[^>]*name="(drs\w+)".*?</select>', page, re.S)
        blocks = {
            name: re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S)[0] for name in selects
        }
        return {name: chosen(block) or "" for name, block in blocks.items()}

    def badges(self, subscriber: str) -> list[str]:
        """The states of the receipts on the page, newest payment first."""
        return re.findall(r'<span class="badge (\w+)"', self.page(subscriber).partition('id="payments"')[2])


def hidden(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    value = re.search(r'value="([^"]*)"', tag[0]) if tag else None
    return value[1] if value else ""


def chosen(select: str) -> str | None:
    option = re.search(r"<option[^>]*selected[^>]*>", select)
    return re.search(r'value="([^"]*)"', option[0])[1] if option else None


def streets(folder: Path) -> Iterator[Callable[..., Street]]:
    """Opens streets, one a folder, and closes them in the end."""
    made: list[Street] = []

    def make(**options: str) -> Street:
        street = Street(folder, **options)
        made.append(street)
        street.open()
        return street

    yield make
    for street in made:
        street.close()


@pytest.fixture
def make_street(tmp_path) -> Iterator[Callable[..., Street]]:
    """make_street(DREAMKAS_UNSURE_GRACE="3") -> a street that is open."""
    yield from streets(tmp_path)


@pytest.fixture(scope="module")
def open_street(tmp_path_factory) -> Iterator[Callable[..., Street]]:
    """As make_street, for all tests of a module: mark it with an xdist_group, or each process opens its own."""
    yield from streets(tmp_path_factory.mktemp("street"))


@pytest.fixture
def street(make_street) -> Street:
    """A street with everything as a newcomer has it."""
    return make_street()
