"""A line to a server of databases that can be cut, mended, frozen and thawed; the server never knows."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import make_url

from tests.books import scratch_database

SERVERS = {"mariadb": "TEST_MARIADB_URL", "postgresql": "TEST_POSTGRES_URL"}


class Line:
    """Listens on a port of its own and passes on what comes, both ways."""

    def __init__(self, url: str) -> None:
        self.far = make_url(url)
        self.ends: list[socket.socket] = []
        self.flows = threading.Event()
        self.flows.set()
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        """The same database, over this line."""
        return self.far.set(host="127.0.0.1", port=self.port).render_as_string(hide_password=False)

    def mend(self) -> None:
        self.door = socket.create_server(("127.0.0.1", self.port))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self._listen, args=(self.door,), daemon=True).start()

    def drop(self) -> None:
        """All that are connected are so no more; who comes anew is let in."""
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends = []

    def cut(self) -> None:
        """Nobody is let in."""
        with suppress(OSError):
            self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.drop()

    def freeze(self) -> None:
        """All stay connected, and who comes is let in, but nothing is passed on."""
        self.flows.clear()

    def thaw(self) -> None:
        self.flows.set()

    def _listen(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _address = door.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        self.flows.wait()
        ports = {"postgresql": 5432}
        there = self.far.host or "127.0.0.1", self.far.port or ports.get(self.far.get_backend_name(), 3306)
        far = socket.create_connection(there)
        self.ends += [near, far]
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(65536):
                self.flows.wait()
                other.sendall(said)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(server: str) -> Iterator[Line]:
    """A line to an empty database on that server; skips where the environment names none."""
    url = os.environ.get(SERVERS[server]) or pytest.skip(f"{SERVERS[server]} is not set")
    with scratch_database(url) as scratch:
        made = Line(scratch)
        yield made
        made.thaw()
        made.cut()
