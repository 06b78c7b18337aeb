"""What a SIGKILL leaves behind."""

import time

import pytest

from modules.sandbox.__main__ import only_one
from tests.sandbox.conftest import Sandbox


def test_a_killed_sandbox_goes_on_where_it_was(tmp_path):
    first = Sandbox(tmp_path)
    first.faults(print_seconds=0.6, double_print=False, minute_seconds=30)
    first.control("POST", "/products", {"id": "odd", "name": "Б"})
    ids = [first.pay(externalId=f"e-{n}").json()["id"] for n in range(5)]
    first.faults(late_processing={"next": 1, "seconds": 0.7})
    first.pay(externalId="late")
    first.kill()
    began = time.monotonic()
    again = Sandbox(tmp_path, first.port)
    assert time.monotonic() - began < 1.5
    assert again.control("GET", "/faults").json()["print_seconds"] == 0.6
    assert again.get("/v2/products/odd")["name"] == "Б"
    for id in ids:
        assert again.settled(id)["status"] == "SUCCESS"
    again.until("/receipts", lambda answer: len(answer["data"]) == 6)
    assert set(again.control("GET", "/receipts").json()["by_external_id"].values()) == {1}
    again.kill()


def test_kills_at_random_moments_neither_lose_nor_double(tmp_path):
    acknowledged = []
    port = 0
    for life in range(4):
        sandbox = Sandbox(tmp_path, port)
        port = sandbox.port
        sandbox.faults(print_seconds=0.05)
        end = time.monotonic() + 0.15 + life * 0.03
        while time.monotonic() < end:
            acknowledged.append(sandbox.pay().json()["externalId"])
        sandbox.kill()
    sandbox = Sandbox(tmp_path, port)
    sandbox.until("/operations?limit=1000", lambda rows: all(one["status"] == "SUCCESS" for one in rows))
    printed = sandbox.control("GET", "/receipts").json()["by_external_id"]
    assert set(printed.values()) == {1}
    assert set(acknowledged) <= set(printed)
    sandbox.kill()


def test_two_sandboxes_never_share_one_memory(tmp_path):
    lock = only_one(tmp_path)
    with pytest.raises(SystemExit, match="уже запущен"):
        only_one(tmp_path, patience=2)
    lock.close()
