"""A sandbox of our own: a real process on a free port, emptied before each test."""

import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
QUICK = {"print_seconds": 0.02, "webhook_backoff": 0.05, "webhook_timeout": 1}


class Sandbox:
    """One process and the few words the tests need to talk to it."""

    def __init__(self, folder, port=0):
        self.folder = folder
        command = [sys.executable, "-m", "modules.sandbox", "--port", str(port), "--data", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[2].rstrip("/")
        self.port = int(self.url.rpartition(":")[2])

    def api(self, method, path, json=None, timeout=5, **more):
        headers = {"Authorization": "Bearer sandbox"} | more.pop("headers", {})
        return requests.request(
            method, f"{self.url}/api{path}", json=json, headers=headers, timeout=timeout, **more
        )

    def get(self, path):
        return self.api("GET", path).json()

    def pay(self, **changes):
        return self.api("POST", "/receipts", receipt(**changes))

    def faults(self, **changes):
        answer = requests.patch(f"{self.url}/sandbox/faults", json=changes, timeout=5)
        assert answer.status_code == 200, answer.text

    def control(self, method, path, json=None):
        return requests.request(method, f"{self.url}/sandbox{path}", json=json, timeout=10)

    def printed(self, external_id):
        return self.control("GET", f"/receipts?externalId={external_id}").json()["count"]

    def until(self, path, good, seconds=3):
        """Ask until `good` likes the answer; the last answer."""
        end = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if good(answer) or time.monotonic() > end:
                assert good(answer), answer
                return answer
            time.sleep(0.02)

    def settled(self, id):
        return self.until(f"/operations/{id}", lambda one: one["status"] in ("SUCCESS", "ERROR"))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def receipt(**changes):
    """A body of POST /receipts; a change to None leaves the key out."""
    body = {
        "externalId": str(uuid.uuid4()),
        "deviceId": 70321,
        "type": "SALE",
        "timeout": 15,
        "taxMode": "SIMPLE_WO",
        "positions": [{"name": "Доступ в Интернет", "type": "SERVICE", "quantity": 1, "price": 75000}],
        "payments": [{"sum": 75000, "type": "CASHLESS"}],
        "attributes": {"phone": "+79110000001"},
        "total": {"priceSum": 75000},
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


@pytest.fixture(scope="session")
def process(tmp_path_factory):
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield sandbox
    sandbox.kill()


@pytest.fixture
def sandbox(process):
    process.control("POST", "/reset", {})
    process.faults(**QUICK)
    return process
