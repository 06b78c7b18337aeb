"""A queue that can not be reached: the worker delivers receipts by itself, says so, and its log stays short."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import redis
import requests

from tests.story.street import Cashier, Street, free_port, wait_for

pytestmark = pytest.mark.story
ALERT = "The queue at QUEUE_URL does not answer"


class Server:
    """A Redis of this test's own, which may go and come."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--daemonize", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for("the Redis", self.answers)

    def answers(self) -> bool:
        with suppress(redis.ConnectionError):
            return bool(redis.Redis.from_url(self.url).ping())
        return False

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    if not shutil.which("redis-server"):
        pytest.skip("NO redis-server HERE: a queue that goes and comes back is not tested")
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def health() -> Callable[[Street], dict]:
    """health(street) -> what monitoring sees."""
    keys: dict[str, str] = {}

    def ask(street: Street) -> dict:
        key = keys[street.web_url] = keys.get(street.web_url) or street.serial()
        return requests.get(f"{street.web_url}/?module=remoteapi&key={key}&action=health", timeout=10).json()

    return ask


def pays(street: Street, cashier: Cashier, *roubles: int) -> None:
    """Each of these sums is on paper in the end, the last one paid now."""
    assert cashier.pay("ivanov", str(roubles[-1])).status_code == 303
    wait_for(
        f"the receipt for {roubles[-1]}",
        lambda: sorted(slip["amount"] for slip in street.printed()) == [100 * one for one in roubles],
        40,
    )


def log_of(street: Street, about: str = "") -> list[str]:
    text = (street.folder / "worker.log").read_text("utf-8")
    assert "Traceback" not in text
    return [line for line in text.splitlines() if about in line]


def test_a_redis_that_is_away_at_the_start_comes_goes_and_comes_back(make_street, health, server):
    street = make_street(QUEUE_URL=server.url, LOCALE="en")
    cashier = Cashier(street)
    pays(street, cashier, 100)
    told = health(street)
    assert (told["queue_lost"], told["worker_silent"], told["status"]) == (1, 0, "warning")
    page = cashier.page("ivanov")
    assert ALERT in page and "The worker is silent" not in page
    server.start()
    wait_for("the queue in use", lambda: health(street)["queue_lost"] == 0, 40)
    assert ALERT not in cashier.page("ivanov")
    pays(street, cashier, 100, 200)
    server.stop()
    pays(street, cashier, 100, 200, 300)
    wait_for("the figure", lambda: health(street)["queue_lost"] == 1, 20)
    server.start()
    wait_for("the queue in use", lambda: health(street)["queue_lost"] == 0, 40)
    assert len(log_of(street, "is there again")) == 2
    assert 2 <= len(log_of(street, "is lost")) <= 4  # and once for each minute of a slow machine
    assert len(log_of(street)) < 40


def test_a_queue_file_that_can_not_be_written_loses_nothing_either(make_street, health, tmp_path):
    (tmp_path / "queue.db").mkdir()
    street = make_street()
    pays(street, Cashier(street), 100)
    assert health(street)["queue_lost"] == 1
    assert len(log_of(street, "is lost")) <= 2
    assert len(log_of(street)) < 20
