"""What a mock can not show: the client against real sockets that reset, drip, lie about lengths and break TLS.

The question is always the same: may the request have arrived (Unknown), or is it proved that it was never
written (NotSent)? And was it written once?
"""

import gzip
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from modules.dreamkas import wire
from modules.dreamkas.client import Client, NotSent, Refused, Unknown

OURS = "5a1e2c66-3b9f-4a1e-9a4c-0f4d2b7f0c11"
OPERATION = json.dumps({"id": "69a1f132", "externalId": OURS, "status": "PENDING"}).encode()
DEADLINE = 0.4
BIG = b"x" * 16_000_000  # more than any socket buffer holds
JSON = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"


class Server:
    """A listener on 127.0.0.1; `behave` gets each connection. Counts connections and bytes it was sent."""

    def __init__(self, behave):
        self.behave, self.connections, self.heard = behave, 0, b""
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(conn,), daemon=True).start()

    def _one(self, conn):
        with conn:
            conn.settimeout(5)
            try:
                self.behave(self, conn)
            except OSError:
                return  # the client left; that is what many of these tests are about

    def listen(self, conn):
        """Reads one whole request."""
        while b"\r\n\r\n" not in self.heard:
            self._hear(conn)
        head, _, body = self.heard.partition(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while length and len(body) < int(length[0].split(b":")[1]):
            self._hear(conn)
            body = self.heard.partition(b"\r\n\r\n")[2]

    def _hear(self, conn):
        data = conn.recv(65536)
        if not data:
            raise OSError("the client left")
        self.heard += data


def whole(body, head=JSON, length=None):
    size = len(body) if length is None else length
    return head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size + body


def reset(conn):
    """A real RST, as a firewall or a killed process sends it."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def drip(server, conn, data):
    for byte in data:
        if server.over.is_set():
            return
        conn.sendall(bytes([byte]))
        time.sleep(0.02)


@contextmanager
def serving(behave):
    server = Server(behave)
    try:
        yield server
    finally:
        server.over.set()
        server.listener.close()


def client_of(port, scheme="http", **options):
    facts = {"connect_timeout": 2, "read_timeout": 0.3, "deadline": DEADLINE} | options
    return Client(f"{scheme}://127.0.0.1:{port}/api", "sandbox-token", **facts)


def post(client, body=b"{}", **options):
    return client.send_receipt(body, external_id=OURS, **options)


@contextmanager
def quick(at_most=DEADLINE + 1.5):
    started = time.monotonic()
    yield
    assert time.monotonic() - started < at_most


def answering(data):
    def behave(server, conn):
        server.listen(conn)
        conn.sendall(data)

    return behave


def test_a_good_answer_is_taken_and_the_request_was_written_once():
    with serving(answering(whole(OPERATION))) as server:
        fact, _ = post(client_of(server.port, deadline=5, read_timeout=5), b'{"a":1}')
    assert fact.external_id == OURS
    assert server.connections == 1 and server.heard.endswith(b'\r\n\r\n{"a":1}')
    assert server.heard.startswith(b"POST /api/receipts HTTP/1.1\r\n")


def broken_answers():
    def reset_before_it_read_a_byte(server, conn):
        conn.recv(
            1, socket.MSG_PEEK
        )  # a reset before that may meet the client still connecting: NotSent then
        reset(conn)

    def reset_after_a_bit_of_the_request(server, conn):
        conn.recv(10)
        reset(conn)

    def reset_after_the_request(server, conn):
        server.listen(conn)
        reset(conn)

    def closed_without_an_answer(server, conn):
        server.listen(conn)

    def reset_in_the_middle_of_the_answer(server, conn):
        server.listen(conn)
        conn.sendall(whole(OPERATION)[:-20])
        time.sleep(0.05)
        reset(conn)

    def never_answers(server, conn):
        server.listen(conn)
        server.over.wait(5)

    def drips_its_headers(server, conn):
        server.listen(conn)
        drip(server, conn, whole(OPERATION))

    def drips_its_body(server, conn):
        server.listen(conn)
        conn.sendall(whole(b"", length=len(OPERATION)))
        drip(server, conn, OPERATION)

    def drips_blanks_after_a_body_without_a_length(server, conn):
        server.listen(conn)
        conn.sendall(JSON + b"\r\n" + OPERATION)
        drip(server, conn, b" " * 200)

    def says_continue_again_and_again(server, conn):
        server.listen(conn)
        for _ in range(200):  # long after the deadline, yet not for ever: a broken deadline fails, not hangs
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.02)

    return [
        *(
            reset_before_it_read_a_byte,
            reset_after_a_bit_of_the_request,
            reset_after_the_request,
            closed_without_an_answer,
        ),
        *(reset_in_the_middle_of_the_answer, never_answers, drips_its_headers, drips_its_body),
        *(drips_blanks_after_a_body_without_a_length, says_continue_again_and_again),
    ]


@pytest.mark.parametrize("behave", broken_answers(), ids=lambda behave: behave.__name__)
def test_once_writing_began_no_end_proves_anything_and_nothing_is_written_twice(behave):
    with serving(behave) as server, quick(), pytest.raises(Unknown):
        post(client_of(server.port))
    time.sleep(0.01)  # a second try would be there by now
    assert server.connections == 1


@pytest.mark.parametrize("behave", broken_answers()[1:3], ids=lambda behave: behave.__name__)
def test_a_request_broken_off_in_the_middle_of_writing_is_unknown(behave):
    with serving(behave) as server, quick(), pytest.raises(Unknown):
        post(client_of(server.port), BIG)
    assert server.connections == 1


def test_a_server_that_does_not_read_can_not_hold_us_beyond_the_deadline():
    with serving(lambda server, conn: server.over.wait(5)) as server, quick(), pytest.raises(Unknown):
        post(client_of(server.port, read_timeout=30, connect_timeout=30), BIG)
    assert server.connections == 1


@pytest.mark.parametrize(
    "data",
    [
        whole(OPERATION, length=len(OPERATION) + 1),
        whole(OPERATION, length=len(OPERATION) - 1),
        whole(OPERATION + b" " * 2**20),
        JSON + b"\r\n" + OPERATION[:-1],
        JSON + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(OPERATION) + OPERATION + b"\r\n",
        JSON + b"Content-Encoding: gzip\r\n\r\n" + OPERATION,
        JSON + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(OPERATION + b" " * 50_000_000),
        JSON + b"X: " + b"y" * 70_000 + b"\r\n\r\n" + OPERATION,
        JSON + b"X: y\r\n" * 200 + b"\r\n" + OPERATION,
        OPERATION,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 999999 ?\r\n\r\n",
        b"\0" * 1000,
        whole(
            OPERATION,
            JSON.replace(b"202 Accepted", b"307 Temporary Redirect") + b"Location: /api/receipts\r\n",
        ),
        whole(b"{}", JSON.replace(b"202 Accepted", b"503 Busy") + b"Retry-After: 0\r\n"),
    ],
    ids=lambda data: repr(data[:20] + b"..." + data[-20:]),
)
def test_an_answer_that_is_cut_swollen_or_foreign_is_unknown_and_asked_for_once(data):
    with serving(answering(data)) as server, quick(2), pytest.raises(Unknown):
        post(client_of(server.port, deadline=5, read_timeout=5))
    time.sleep(0.01)
    assert server.connections == 1


def test_an_answer_packed_against_our_wish_is_still_read():
    packed = whole(gzip.compress(OPERATION), JSON + b"Content-Encoding: gzip\r\n")
    with serving(answering(packed)) as server:
        assert post(client_of(server.port, deadline=5, read_timeout=5))[0].id == "69a1f132"


def test_a_refusal_that_comes_before_the_request_was_read_is_read():
    refusal = whole(b'{"status":400,"code":"E","message":"no"}', JSON.replace(b"202 Accepted", b"400 Bad"))

    def behave(server, conn):
        conn.sendall(refusal)
        conn.shutdown(socket.SHUT_WR)
        server.over.wait(1)

    with serving(behave) as server, pytest.raises(Refused, match="E: no"):
        post(client_of(server.port, deadline=3))


def test_a_listing_may_be_longer_than_an_answer_and_obeys_the_same_deadline():
    rows = json.dumps([{"id": str(number), "status": "SUCCESS"} for number in range(50_000)]).encode()
    assert len(rows) > 2**20
    with serving(answering(whole(rows))) as server:
        assert len(client_of(server.port, deadline=5).operations().rows) == 50_000
    for behave in broken_answers()[7:8]:
        with serving(behave) as server, quick(), pytest.raises(Unknown):
            client_of(server.port).operations()


def test_a_refused_port_is_proved_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with quick(), pytest.raises(NotSent, match="try again later"):
        post(client_of(port))


def test_a_name_that_does_not_resolve_is_proved_not_sent():
    with pytest.raises(NotSent):
        post(Client("http://nowhere.invalid/api", "x", connect_timeout=0.3))
    with pytest.raises(NotSent):
        post(Client(f"http://{'a' * 64}.test/api", "x", connect_timeout=0.3))


def test_a_connect_timeout_is_proved_not_sent():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for sock in crowd:  # nobody accepts: the queue is full, further handshakes get no answer
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        time.sleep(0.05)
        with quick(), pytest.raises(NotSent, match="timed out"):
            post(client_of(full.getsockname()[1], connect_timeout=0.25))
        with quick(), pytest.raises(NotSent, match="deadline"):
            post(client_of(full.getsockname()[1], connect_timeout=0.4, deadline=0.2))
        for sock in crowd:
            sock.close()


def test_proxies_of_the_environment_are_not_for_us(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(answering(whole(OPERATION))) as server:
        assert post(client_of(server.port, deadline=5, read_timeout=5))[0].id == "69a1f132"
        assert server.heard.startswith(b"POST /api/receipts ")


@pytest.mark.parametrize(
    "error", [RuntimeError, OSError, BrokenPipeError, ConnectionResetError, TimeoutError]
)
def test_a_sender_without_time_writes_nothing(error):
    def no_time():
        raise error("the lease is over")

    with serving(answering(whole(OPERATION))) as server, quick(2), pytest.raises(NotSent, match="lease"):
        post(client_of(server.port, deadline=5, read_timeout=4), before_writing=no_time)
    time.sleep(0.01)
    assert server.heard == b"" and server.connections == 1


def test_the_sender_is_asked_once_when_the_line_stands_and_nothing_is_written_yet():
    seen = []

    def look():
        time.sleep(0.1)
        seen.append((server.connections, server.heard))

    with serving(answering(whole(OPERATION))) as server:
        post(client_of(server.port, deadline=5, read_timeout=5), before_writing=look)
    assert seen == [(1, b"")]


def test_whoever_comes_too_late_to_connect_is_proved_not_sent(monkeypatch):
    find = wire._Adapter.get_connection_with_tls_context
    slow = lambda *asked, **how: time.sleep(0.3) or find(*asked, **how)  # noqa: E731
    monkeypatch.setattr(wire._Adapter, "get_connection_with_tls_context", slow)
    with serving(answering(whole(OPERATION))) as server, pytest.raises(NotSent, match="deadline"):
        post(client_of(server.port, deadline=0.1))
    assert (server.connections, server.heard) == (0, b"")


def test_a_sender_that_thinks_beyond_the_deadline_writes_nothing():
    with serving(answering(whole(OPERATION))) as server, pytest.raises(NotSent, match="deadline"):
        post(client_of(server.port, deadline=0.2), before_writing=lambda: time.sleep(0.3))
    time.sleep(0.01)
    assert server.heard == b""


def test_a_sender_is_not_asked_when_there_is_no_line():
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotSent):
        post(client_of(port), before_writing=lambda: asked.append(1))
    assert asked == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A throw-away certificate for 127.0.0.1, signed by itself."""
    if not shutil.which("openssl"):
        pytest.skip("the openssl command is missing: NOTHING about TLS is tested here")
    path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", str(path / "key.pem"), "-out", str(path / "cert.pem"), "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


@pytest.fixture
def trusting(certificate):
    """A client that trusts the throw-away certificate."""
    return lambda port, **options: client_of(port, "https", ca_file=str(certificate / "cert.pem"), **options)


def test_over_tls_a_good_answer_is_taken(tls, trusting):
    def behave(server, conn):
        with tls.wrap_socket(conn, server_side=True) as safe:
            server.listen(safe)
            safe.sendall(whole(OPERATION))

    with serving(behave) as server:
        assert post(trusting(server.port, deadline=5, read_timeout=5))[0].id == "69a1f132"
    assert server.connections == 1


def failed_handshakes():
    def speaks_plain_http(server, conn):
        conn.recv(1000)
        conn.sendall(whole(OPERATION))

    def resets_in_the_handshake(server, conn):
        conn.recv(10)
        reset(conn)

    def leaves_in_the_handshake(server, conn):
        conn.recv(10)

    def is_silent_in_the_handshake(server, conn):
        server.over.wait(5)

    def drips_in_the_handshake(server, conn):
        conn.recv(1000)
        drip(server, conn, b"\x16\x03\x03\x40\x00" + b"\0" * 200)

    return [
        *(speaks_plain_http, resets_in_the_handshake, leaves_in_the_handshake),
        *(is_silent_in_the_handshake, drips_in_the_handshake),
    ]


@pytest.mark.parametrize("behave", failed_handshakes(), ids=lambda behave: behave.__name__)
def test_a_failed_handshake_is_proved_not_sent(behave, trusting):
    # A deadline that a machine under load does not pass before it connects, yet shorter than what others wait for.
    with serving(behave) as server, quick(4), pytest.raises(NotSent):
        post(trusting(server.port, connect_timeout=5, read_timeout=5, deadline=2))
    assert server.connections == 1


def test_a_certificate_nobody_vouches_for_is_proved_not_sent(tls):
    def behave(server, conn):
        with tls.wrap_socket(conn, server_side=True) as safe:
            server.listen(safe)

    with serving(behave) as server, pytest.raises(NotSent, match=r"certificate|CERTIFICATE"):
        post(client_of(server.port, "https", deadline=3))
    assert server.heard == b""


def broken_tls():
    def breaks_after_the_request(server, safe, raw):
        server.listen(safe)
        raw.sendall(b"this is no TLS record at all" * 10)

    def resets_after_the_request(server, safe, raw):
        server.listen(safe)
        reset(raw)

    def resets_before_it_read_a_byte(server, safe, raw):
        reset(raw)

    def breaks_in_the_answer(server, safe, raw):
        server.listen(safe)
        safe.sendall(whole(OPERATION)[:-10])
        raw.sendall(b"this is no TLS record at all" * 10)

    def drips_its_answer(server, safe, raw):
        server.listen(safe)
        drip(server, safe, whole(OPERATION))

    def leaves_without_goodbye(server, safe, raw):
        server.listen(safe)
        safe.sendall(JSON + b"\r\n" + OPERATION[:-1])
        raw.shutdown(socket.SHUT_RDWR)

    return [
        *(breaks_after_the_request, resets_after_the_request, resets_before_it_read_a_byte),
        *(breaks_in_the_answer, drips_its_answer, leaves_without_goodbye),
    ]


@pytest.mark.parametrize("break_it", broken_tls(), ids=lambda behave: behave.__name__)
def test_tls_that_breaks_once_writing_began_is_unknown(break_it, tls, trusting):
    def behave(server, conn):
        raw = conn.dup()
        with tls.wrap_socket(conn, server_side=True) as safe, raw:
            if break_it.__name__.startswith("resets"):
                break_it(server, safe, socket.socket(fileno=safe.detach()))
                raw.shutdown(socket.SHUT_RDWR)
            else:
                break_it(server, safe, raw)

    with serving(behave) as server, quick(2), pytest.raises(Unknown):
        post(trusting(server.port, deadline=0.6))
    time.sleep(0.01)
    assert server.connections == 1


def test_no_thread_and_no_socket_is_left_behind():
    with serving(answering(whole(OPERATION))) as server:
        client = client_of(server.port, deadline=30, read_timeout=5)
        post(client)  # the first one also opens what stays open: certificates, the resolver
        time.sleep(0.1)
        before = threading.active_count(), len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            server.heard = b""
            post(client)
        time.sleep(0.1)
        after = threading.active_count(), len(os.listdir("/proc/self/fd"))
    assert after[0] <= before[0] and after[1] <= before[1]


def test_a_request_has_one_connection_and_opens_no_second():
    trip = wire.Trip(lambda: None)
    trip.begin_opening()
    trip.begin_writing()
    with pytest.raises(wire.HeldBack, match="one connection"):
        trip.begin_opening()
    assert not trip.proved_unsent
