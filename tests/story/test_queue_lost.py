"""Queue and cache are carriers of nudges: lost at any moment they lose nothing, the operations table is the truth."""

import os
import shutil

import pytest
import redis
from sqlalchemy import NullPool, create_engine, text

from tests.story.street import Cashier, Street, wait_for

pytestmark = pytest.mark.story


def lose_all(street: Street) -> None:
    """The queue's file and the cache go, as if somebody tidied up."""
    for file in street.folder.glob("queue.db*"):
        file.unlink()
    shutil.rmtree(street.folder / "cache", ignore_errors=True)
    if url := street.env.get("QUEUE_URL"):
        redis.Redis.from_url(url).flushdb()


def tried_in_vain(street: Street) -> bool:
    """Whether an operation waits for its next attempt."""
    engine = create_engine(f"sqlite:///{street.folder / 'house.db'}", poolclass=NullPool)
    with engine.connect() as books:
        return bool(books.scalar(text("SELECT count(*) FROM dreamkas_operations WHERE reason = 'not_sent'")))


def all_printed(street: Street, cashier: Cashier, sums: list[int]) -> None:
    wait_for("all receipts", lambda: sorted(slip["amount"] for slip in street.printed()) == sums, 180)
    wait_for("all badges", lambda: set(cashier.badges("ivanov")) == {"fiscalized"})


@pytest.mark.parametrize("carrier", ["files", "redis"])
def test_a_queue_and_a_cache_that_vanish_lose_no_receipt(make_street, carrier):
    url = os.environ.get("TEST_REDIS_URL")
    if carrier == "redis" and not url:
        pytest.skip("TEST_REDIS_URL is not set")
    street = make_street(
        DREAMKAS_BACKOFF="0,1", **({"QUEUE_URL": url, "CACHE_URL": url} if carrier == "redis" else {})
    )
    cashier = Cashier(street)
    street.kill("worker")
    assert cashier.pay("ivanov", "100").status_code == 303  # its nudge waits in the queue
    lose_all(street)
    street.start("worker")
    assert cashier.pay("ivanov", "200").status_code == 303
    lose_all(street)  # under a worker that runs
    assert cashier.pay("ivanov", "300").status_code == 303
    all_printed(street, cashier, [10_000, 20_000, 30_000])
    street.kill("sandbox")
    assert cashier.pay("ivanov", "400").status_code == 303
    wait_for("an attempt that was not sent", lambda: tried_in_vain(street))
    lose_all(street)  # nobody will nudge for what is due in some seconds: only the beat finds it
    street.start("sandbox")
    wait_for("the sandbox", lambda: street.answers(f"{street.sandbox_url}/sandbox/state"))
    all_printed(street, cashier, [10_000, 20_000, 30_000, 40_000])
