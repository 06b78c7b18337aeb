"""The threaded HTTP server, and answers that misbehave on the socket itself.

Werkzeug's threaded server on purpose: one process (SIGKILL leaves nobody behind holding the port), a thread
per connection (fifty hanging calls cost fifty sleeping threads), and the raw socket in
environ["werkzeug.socket"], which the accidents need. Every answer closes its connection.
"""

import select
import socket
import socketserver
import struct
import time
from typing import Any

from flask import Response
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

_RST = struct.pack("ii", 1, 0)
HANG_SECONDS = 900


class Handler(WSGIRequestHandler):
    """Quiet, and unashamed of being no real cabinet."""

    timeout = 120

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The calls are shown on the page; the console stays free for errors."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without the Date of this very computer: the application dates its answers by their clock."""
        self.send_response_only(code, message)
        self.send_header("Server", "sandbox-dreamkas")

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """Let go at once: without an answer nobody has said "Connection: close" yet."""
        self.close_connection = True


class Server(ThreadedWSGIServer):
    """Closes a connection that was marked for a reset without the polite FIN."""

    request_queue_size = 512

    def server_bind(self) -> None:
        """Bind without asking the resolver for our own name: it may be slow, or not there at all."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, self.server_address[1]

    def shutdown_request(self, request: Any) -> None:
        """A socket with SO_LINGER 0 goes down with RST."""
        if request.fileno() >= 0 and request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == _RST:
            self.close_request(request)
        else:
            super().shutdown_request(request)


def _client_left(sock: socket.socket) -> bool:
    readable = select.select([sock], [], [], 0.1)[0]
    return bool(readable) and sock.recv(1, socket.MSG_PEEK) == b""


def _raw(response: Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status}", *(f"{k}: {v}" for k, v in response.headers), "Connection: close"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


class Broken(Response):
    """An answer that never arrives whole. `how`: rst | close | hang | cut | drip; `seconds` between drops."""

    def __init__(self, how: str, whole: Response | None = None, seconds: float = 0) -> None:
        super().__init__(status=whole.status_code if whole else 444)
        self.how, self.whole, self.pause = how, whole, seconds

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Spoil the connection, then leave by ConnectionError: to the server, the client is gone."""
        sock: socket.socket | None = environ.get("werkzeug.socket")
        if sock is not None:
            getattr(self, f"_{self.how}")(sock)
        raise ConnectionAbortedError(self.how)

    def _rst(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)

    def _close(self, sock: socket.socket) -> None:
        """Nothing: the server closes politely."""

    def _hang(self, sock: socket.socket) -> None:
        end = time.monotonic() + HANG_SECONDS
        while time.monotonic() < end and not _client_left(sock):
            time.sleep(0.1)

    def _cut(self, sock: socket.socket) -> None:
        assert self.whole is not None  # noqa: S101 (a cut answer has something to cut)
        body = self.whole.get_data()
        sock.sendall(_raw(self.whole) + body[: len(body) // 2])
        time.sleep(0.05)  # a reset overtakes what the client has not read yet
        self._rst(sock)

    def _drip(self, sock: socket.socket) -> None:
        assert self.whole is not None  # noqa: S101
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in _raw(self.whole) + self.whole.get_data():
            sock.sendall(bytes([byte]))
            time.sleep(self.pause)
