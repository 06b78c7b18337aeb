"""One HTTP exchange on a connection of its own, that knows afterwards whether it ever began to write.

Whether a request may have reached the other side decides if a receipt may be sent again, and no exception's
class tells it: TLS that breaks after the body was sent raises what a failed handshake raises. So our own
connection sets a flag right before the first byte. Used by client.py alone.

requests' adapter is called without its Session: so there are no redirects, no cookies, no proxy and no .netrc
from the environment, and no pooled connection that went stale.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

Reply = tuple[int, Mapping[str, str], bytes]  # status, headers, body


class HeldBack(Exception):
    """Nothing may be written (any more): the time is up, or the caller has no time left."""


class Trip:
    """What one request may do and has done; shared with the timer that ends it."""

    def __init__(self, before_writing: Callable[[], None]) -> None:
        self.opened = self.writing = self.expired = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self._before_writing = before_writing
        self._handle: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def proved_unsent(self) -> bool:
        """Our connection was the one in use, and it never came to write."""
        return self.opened and not self.writing

    def begin_opening(self) -> None:
        """Called before connecting. A second connection could write a second time: there is none.

        One that came too late to open is ours all the same, and has written nothing.
        """
        again, self.opened = self.opened, True
        if again or self.expired:
            raise HeldBack("the total deadline passed" if self.expired else "a request has one connection")

    def watch(self, sock: socket.socket) -> None:
        """Keeps a second handle of the socket: TLS takes the first one away before its handshake."""
        self._handle = sock.dup()
        if self.expired:
            raise HeldBack("the total deadline passed")

    def begin_writing(self) -> None:
        """Called before each write; the first one asks the caller, then sets the flag for ever."""
        if self.writing:
            return
        try:
            self._before_writing()
        except (
            Exception
        ) as error:  # whatever it is, nothing was written; an OSError would be taken for the line's
            raise HeldBack(f"held back by the sender: {type(error).__name__}: {error}") from error
        if self.expired:
            raise HeldBack("the total deadline passed")
        self.writing = True

    def expire(self) -> None:
        """The total deadline: whoever waits on the socket, drip by drip, reads its end at once."""
        self.expired = True
        with self._lock:
            if self._handle:
                _shut(self._handle)

    def close(self) -> None:
        """The trip is over; a timer that comes late finds no socket."""
        with self._lock:
            if self._handle:
                self._handle.close()
                self._handle = None


class Broken(Exception):
    """No whole answer. `proved_unsent`: not one byte was written; `status`, `headers`: theirs, if any."""

    def __init__(self, text: str, trip: Trip) -> None:
        super().__init__(text)
        self.proved_unsent, self.status, self.headers = trip.proved_unsent, trip.status, trip.headers


def exchange(
    request: requests.PreparedRequest,
    *,
    timeouts: tuple[float, float],
    deadline: float,
    at_most: int,
    before_writing: Callable[[], None],
    verify: str | bool,
) -> Reply:
    """Sends once, answers (status, headers, body). `timeouts` connect and read, `deadline` in all: seconds.

    An answer longer than `at_most` bytes is none. Only what comes before a connection (the resolver, one
    dead address after another) can outlast the deadline, and then nothing is written. Raises Broken.
    """
    trip = Trip(before_writing)
    adapter = _Adapter(trip)
    timer = threading.Timer(deadline, trip.expire)
    timer.daemon = True
    try:
        timer.start()
        return _answer(
            trip, partial(adapter.send, request, stream=True, timeout=timeouts, verify=verify), at_most
        )
    except Exception as error:
        why = "the total deadline passed" if trip.expired else f"{type(error).__name__}: {error}"
        raise Broken(why, trip) from None  # the original carries the request, and so the token
    finally:
        timer.cancel()
        trip.close()
        adapter.close()


def _answer(trip: Trip, send: Callable[[], requests.Response], at_most: int) -> Reply:
    with send() as response:
        trip.status, trip.headers = response.status_code, response.headers
        body = bytearray()
        for piece in response.iter_content(65536):
            body += piece
            if len(body) > at_most:
                raise ValueError(f"the answer is longer than {at_most} bytes")
    if trip.expired:  # an answer without a length would look whole where the timer cut it
        raise TimeoutError
    return response.status_code, response.headers, bytes(body)


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was broken already


class _Watched(HTTPConnection):
    """A connection that asks its trip before it opens and before it writes."""

    def __init__(self, *args: Any, trip: Trip, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._trip = trip

    def connect(self) -> None:
        self._trip.begin_opening()
        super().connect()

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        self._trip.watch(sock)
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:  # http.client opens plain connections as late as here
            self.connect()
        self._trip.begin_writing()
        super().send(data)


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same over TLS; the handshake is over before the first write."""

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        self.ssl_context, self.ca_certs = _trusting(self.ca_certs), None
        return sock


@cache
def _trusting(ca_certs: str | None) -> ssl.SSLContext:
    """Whom TLS believes, read once: read anew it took more of a processor's time than all else about a request."""
    context = create_urllib3_context()
    context.load_verify_locations(ca_certs)  # None is no trust at all: it raises
    return context


class _Adapter(HTTPAdapter):
    """requests' transport with our connections, and without any second try."""

    def __init__(self, trip: Trip) -> None:
        super().__init__(max_retries=Retry(total=False, redirect=False))
        self._trip = trip

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = partial(_WatchedTLS if pool.scheme == "https" else _Watched, trip=self._trip)
        return pool
