"""Webhooks out, to a tiny receiver of our own."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from modules.sandbox.hooks import is_loopback


class Receiver:
    """Keeps every message; answers `status`, after `wait` seconds."""

    def __init__(self):
        self.messages, self.status, self.wait = [], 204, 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.messages.append(json.loads(body))
                time.sleep(owner.wait)
                self.send_response(owner.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def expect(self, count, seconds=3):
        end = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < end:
            time.sleep(0.01)
        assert len(self.messages) >= count, self.messages
        return self.messages

    def kinds(self):
        return [(m["type"], m["action"], m["data"].get("status")) for m in self.messages]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def hook(sandbox, receiver, **types):
    body = {"url": receiver.url, "isActive": True, "types": types or {"operations": True, "receipts": True}}
    return sandbox.api("POST", "/webhooks", body).json()


def test_a_payment_is_told_step_by_step(sandbox, receiver):
    hook(sandbox, receiver)
    id = sandbox.pay(externalId="e-1").json()["id"]
    receiver.expect(4)
    assert sorted(receiver.kinds(), key=str) == [
        ("OPERATION", "CREATE", "PENDING"),
        ("OPERATION", "UPDATE", "IN_PROGRESS"),
        ("OPERATION", "UPDATE", "SUCCESS"),
        ("RECEIPT", "CREATE", None),
    ]
    data = next(m["data"] for m in receiver.messages if m["type"] == "RECEIPT")
    assert "id" not in data
    assert (data["operationId"], data["customer"]) == (id, {"phone": "+79110000001"})
    assert data["localDate"].endswith(".000Z")
    assert data["localDate"][:13] != data["date"][:13]


def test_only_the_asked_types_and_only_active_hooks(sandbox, receiver):
    hook(sandbox, receiver, shifts=True)
    asleep = hook(sandbox, receiver, operations=True)
    sandbox.api("PATCH", f"/webhooks/{asleep['id']}", {"isActive": False})
    sandbox.settled(sandbox.pay().json()["id"])
    receiver.expect(1)
    time.sleep(0.1)
    assert receiver.kinds() == [("SHIFT", "CREATE", None)]


def test_catalog_changes_are_told(sandbox, receiver):
    hook(sandbox, receiver, products=True, devices=True)
    sandbox.control("PATCH", "/devices/70321", {"isOnline": False})
    receiver.expect(1)
    assert receiver.messages[0]["data"]["isOnline"] is False


def test_a_refused_message_is_tried_again_and_then_given_up(sandbox, receiver):
    receiver.status = 500
    sandbox.faults(webhook_retries=3)
    hook(sandbox, receiver, receipts=True)
    sandbox.settled(sandbox.pay().json()["id"])
    receiver.expect(3)
    time.sleep(0.4)
    assert len(receiver.messages) == 3
    assert sandbox.control("GET", "/state").json()["deliveries"] == 0


def test_a_slow_receiver_does_not_hold_up_the_api(sandbox, receiver):
    receiver.wait = 0.7
    hook(sandbox, receiver)
    began = time.monotonic()
    sandbox.settled(sandbox.pay().json()["id"])
    assert time.monotonic() - began < 0.6


def test_duplicates_lies_and_silence(sandbox, receiver):
    hook(sandbox, receiver, operations=True)
    sandbox.faults(webhook_duplicates=2, webhook_lies=True)
    assert sandbox.settled(sandbox.pay().json()["id"])["status"] == "SUCCESS"
    receiver.expect(9)
    assert receiver.kinds().count(("OPERATION", "UPDATE", "ERROR")) == 3
    sandbox.faults(webhooks_on=False)
    receiver.messages.clear()
    sandbox.settled(sandbox.pay().json()["id"])
    time.sleep(0.1)
    assert receiver.messages == []


def test_a_strangers_address_is_never_called(sandbox):
    sandbox.api("POST", "/webhooks", {"url": "http://192.0.2.1:9/x", "types": {"receipts": True}})
    sandbox.settled(sandbox.pay().json()["id"])
    end = time.monotonic() + 2
    told = ""
    while "не отправлен" not in told and time.monotonic() < end:
        told = requests.get(f"{sandbox.url}/live", timeout=5).json()["regions"]["hooks"]
    assert "не отправлен: адрес не локальный" in told


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost/x", "http://[::1]:8/", "https://127.9.9.9"]
)
def test_our_own_machine_has_several_names(url):
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.evil.test/", "http://localhost@evil.test/", "http:///", "http://10.0.0.1"]
)
def test_a_strangers_name_is_not_one_of_them(url):
    assert not is_loopback(url)


def test_a_partial_patch_merges_or_replaces_by_the_switch(sandbox, receiver):
    one = hook(sandbox, receiver)
    merged = sandbox.api("PATCH", f"/webhooks/{one['id']}", {"types": {"shifts": True}}).json()
    assert (merged["types"]["operations"], merged["types"]["shifts"]) == (True, True)
    sandbox.faults(patch_mode="replace")
    replaced = sandbox.api("PATCH", f"/webhooks/{one['id']}", {"types": {"devices": True}}).json()
    assert [name for name, on in replaced["types"].items() if on] == ["devices"]
    assert sandbox.get(f"/webhooks/{one['id']}") == replaced
    assert sandbox.api("DELETE", f"/webhooks/{one['id']}").status_code == 204
    assert sandbox.get("/webhooks") == []


@pytest.mark.parametrize(
    "body",
    [{}, {"url": "ftp://x"}, {"url": "http://x", "types": {"all": True}}, {"url": "http://x", "secret": "1"}],
)
def test_a_wrong_webhook_is_refused(sandbox, body):
    assert sandbox.api("POST", "/webhooks", body).status_code == 400


def test_messages_may_come_late_and_out_of_order(sandbox, receiver):
    hook(sandbox, receiver, receipts=True)
    sandbox.faults(webhook_delay=0.3)
    sandbox.settled(sandbox.pay().json()["id"])
    assert receiver.messages == []
    receiver.expect(1)
    sandbox.faults(webhook_delay=0, webhook_shuffle=True)
    papers = [sandbox.control("POST", "/print", {"kopecks": n}).json()["id"] for n in range(1, 9)]
    receiver.expect(9, seconds=5)
    assert {m["data"]["_id"] for m in receiver.messages[1:]} == set(papers)
    assert [m["data"]["_id"] for m in receiver.messages[1:]] != papers
