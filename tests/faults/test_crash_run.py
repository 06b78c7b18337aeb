"""Receipts printed per payment = 1, whatever breaks."""

import os

import pytest

from tests.books import scratch_database
from tests.faults.run import Size, run

pytestmark = pytest.mark.story
AGAIN = "make torture FIRST={seed} N=1 ON={on}"


def assert_one_receipt_each(outcome, on: str) -> None:
    story = "\n".join([*outcome.broken, *outcome.story])
    assert not outcome.broken, f"{story}\nagain: {AGAIN.format(seed=outcome.seed, on=on)}"
    assert outcome.payments > 1


@pytest.mark.parametrize("seed", range(1, 5))
def test_each_payment_has_one_receipt_whatever_breaks(tmp_path, seed):
    assert_one_receipt_each(run(seed, tmp_path), "sqlite")


@pytest.mark.database
@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("server", ["mariadb", "postgresql"])
def test_the_same_with_two_workers_on_a_database_server_and_redis(tmp_path, server, seed):
    name = {"mariadb": "TEST_MARIADB_URL", "postgresql": "TEST_POSTGRES_URL"}[server]
    url, redis = os.environ.get(name), os.environ.get("TEST_REDIS_URL")
    if not url or not redis:
        pytest.skip(f"{name} and TEST_REDIS_URL are not both set")
    with scratch_database(url) as scratch:
        outcome = run(seed, tmp_path, Size(workers=2), DATABASE_URL=scratch, QUEUE_URL=redis, CACHE_URL=redis)
    assert_one_receipt_each(outcome, server)
