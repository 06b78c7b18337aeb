"""A queue that does not answer: its worker goes on by itself, and says so in few words."""

import logging
import socket
import threading
import time

import pytest
from huey.storage import MemoryStorage

from modules.core import carrier
from modules.core.carrier import Carrier, FileStorage, ServerStorage
from modules.core.urls import plain

URL = "redis://:secret@queue.example:6379/0"


class Queue(MemoryStorage):
    """One that can be lost, for reading or only for writing; counts how often it was turned to in vain."""

    blocking = True

    def __init__(self) -> None:
        super().__init__()
        self.reads = self.writes = True
        self.in_vain = 0

    def enqueue(self, data, priority=None):
        self._needs(self.writes)
        super().enqueue(data, priority)

    def put_data(self, key, value, is_result=False):
        self._needs(self.writes)
        super().put_data(key, value, is_result)

    def dequeue(self):
        self._needs(self.reads)
        return super().dequeue()

    def _needs(self, there: bool) -> None:
        if not there:
            self.in_vain += 1
            raise ConnectionError("Error 111 connecting to queue.example:6379. Connection refused.")


@pytest.fixture
def hours(monkeypatch):
    """hours.append(seconds): so much later by the carrier's clock; nothing waits."""
    past: list[float] = []
    monkeypatch.setattr(carrier.time, "monotonic", lambda: 1000 + sum(past))
    monkeypatch.setattr(carrier, "WAIT_SECONDS", 0)
    return past


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def worker(queue) -> Carrier:
    """The queue as a worker has it."""
    made = Carrier(queue, URL)
    made.works = True
    return made


def lose(queue: Queue, there: bool = False) -> None:
    queue.reads = queue.writes = there


def said(caplog) -> list[str]:
    """The log's lines; none may carry a traceback or a password."""
    assert not [record for record in caplog.records if record.exc_info]
    assert "secret" not in caplog.text
    return [record.getMessage() for record in caplog.records]


def test_a_worker_finds_what_it_asks_of_itself_while_the_queue_is_lost(queue, worker, hours):
    lose(queue)
    for nudge in (b"beat", b"deliver"):
        worker.enqueue(nudge)
    assert [worker.dequeue() for _ in range(3)] == [b"beat", b"deliver", None]


def test_a_queue_that_is_there_again_is_used_again_and_nothing_waits_behind(queue, worker, hours):
    lose(queue)
    worker.enqueue(b"meanwhile")
    lose(queue, there=True)
    queue.enqueue(b"of another process")
    hours.append(carrier.TRY_SECONDS)
    assert [worker.dequeue() for _ in range(2)] == [b"meanwhile", b"of another process"]
    worker.enqueue(b"afterwards")
    assert not worker.is_lost and queue.dequeue() == b"afterwards"


def test_it_is_told_once_when_it_begins_once_a_minute_and_once_when_it_ends(queue, worker, hours, caplog):
    caplog.set_level(logging.INFO)
    lose(queue)
    for _second in range(150):
        worker.enqueue(b"beat")
        while worker.dequeue():
            pass
        hours.append(1)
    lost = "the queue redis://queue.example:6379/0 is lost (ConnectionError: Error 111 connecting to"
    assert [line.startswith(lost) for line in said(caplog)] == [True] * 3
    lose(queue, there=True)
    hours.append(2)
    worker.dequeue()
    assert said(caplog)[3:] == ["the queue redis://queue.example:6379/0 is there again after 152 s"]


@pytest.mark.parametrize("broken", ["reads", "writes"])
def test_a_queue_that_does_half_of_its_work_fills_no_log(queue, worker, hours, caplog, broken):
    caplog.set_level(logging.INFO)
    setattr(queue, broken, False)
    for _second in range(300):
        worker.enqueue(b"beat")
        while worker.dequeue():
            pass
        assert worker.is_lost
        hours.append(1)
    assert len(said(caplog)) == 5


def test_one_that_comes_and_goes_is_told_of_now_and_then(queue, worker, hours, caplog):
    caplog.set_level(logging.INFO)
    for _ in range(30):
        lose(queue)
        worker.enqueue(b"beat")
        lose(queue, there=True)
        hours.append(carrier.TRY_SECONDS)
        while worker.dequeue():
            pass
    assert len(said(caplog)) <= 12


def test_threads_do_not_spin_on_a_dead_queue(queue, worker):
    lose(queue)
    end = time.monotonic() + 1.5

    def work():
        while time.monotonic() < end:
            worker.dequeue()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.in_vain <= len(threads) + 1  # each once before any of them knew


def test_a_nudge_within_a_worker_wakes_a_thread_at_once_while_the_queue_is_lost(queue, worker):
    lose(queue)
    worker.enqueue(b"first")
    worker.dequeue()
    threading.Timer(0.2, worker.enqueue, [b"second"]).start()
    begun = time.monotonic()
    assert worker.dequeue() == b"second"
    assert time.monotonic() - begun < 0.7


def test_a_page_tries_a_lost_queue_now_and_then_only_and_keeps_nothing(queue, hours, caplog):
    page = Carrier(queue, URL)
    lose(queue)
    for _second in range(60):
        page.enqueue(b"nudge")
        hours.append(1)
    assert queue.in_vain == 4
    assert len(said(caplog)) == 1
    lose(queue, there=True)
    page.enqueue(b"nudge")
    assert queue.dequeue() == b"nudge"
    assert queue.dequeue() is None, "what was asked for while it was lost is found by the beat"


def test_what_a_worker_asks_of_itself_has_an_end(queue, worker, hours):
    lose(queue)
    for _ in range(carrier.OWN_AT_MOST + 5):
        worker.enqueue(b"beat")
    found = 0
    while worker.dequeue():
        found += 1
    assert found == carrier.OWN_AT_MOST


def test_a_file_that_can_not_be_written_is_a_lost_queue_and_comes_back_when_it_can(tmp_path, hours):
    file = tmp_path / "queue.db"
    file.mkdir()
    worker = Carrier(FileStorage("house", file), f"sqlite:///{file}")
    worker.works = True
    worker.enqueue(b"beat")
    assert worker.is_lost and worker.dequeue() == b"beat"
    file.rmdir()
    hours.append(carrier.TRY_SECONDS)
    assert worker.dequeue() is None and not worker.is_lost
    worker.enqueue(b"beat")
    assert worker.real.dequeue() == b"beat"


def test_a_redis_that_takes_connections_and_says_nothing_is_lost_not_empty(monkeypatch, hours):
    monkeypatch.setattr(carrier, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        worker = Carrier(ServerStorage("house", url), url)
        assert worker.dequeue() is None and worker.is_lost


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "redis://queue.example:6379/0"),
        ("rediss://house:p%40ss@queue.example/1?password=secret", "rediss://queue.example/1"),
        ("redis://queue.example/0", "redis://queue.example/0"),
        ("sqlite:////srv/var/queue.db", "sqlite:////srv/var/queue.db"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(url, shown):
    assert plain(url) == shown
