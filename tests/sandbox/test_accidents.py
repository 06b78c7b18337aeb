"""Each accident over a real socket: what the wire carries, and whether a receipt comes out."""

import json
import socket
import threading
import time

import pytest
import requests

from tests.sandbox.conftest import receipt


def raw_post(sandbox, body, timeout=3):
    """Everything that came back over the socket, and how it ended: 'end' or 'reset'."""
    data = json.dumps(body).encode()
    head = "POST /api/receipts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    got = b""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout) as sock:
        sock.sendall(head.encode() + data)
        try:
            while more := sock.recv(65536):
                got += more
        except ConnectionResetError:
            return got, "reset"
    return got, "end"


def test_an_answer_lost_after_accept_is_a_true_reset_and_the_receipt_comes_out(sandbox):
    sandbox.faults(lose_answer_after_accept={"next": 1})
    assert raw_post(sandbox, receipt(externalId="e-1")) == (b"", "reset")
    sandbox.until("/operations", lambda rows: rows and rows[0]["status"] == "SUCCESS")
    assert sandbox.printed("e-1") == 1
    assert sandbox.pay().status_code == 202


def test_it_may_also_close_politely(sandbox):
    sandbox.faults(lose_answer_after_accept=True, lose_how="close")
    assert raw_post(sandbox, receipt(externalId="e-1")) == (b"", "end")
    assert len(sandbox.get("/operations")) == 1


def test_lost_before_accept_leaves_nothing(sandbox):
    sandbox.faults(lose_before_accept=True)
    assert raw_post(sandbox, receipt()) == (b"", "reset")
    assert sandbox.get("/operations") == []


def test_an_answer_is_cut_in_the_middle(sandbox):
    sandbox.faults(cut_answer={"probability": 1, "paths": ["post_receipts"]})
    got, end = raw_post(sandbox, receipt())
    head, body = got.split(b"\r\n\r\n")
    promised = int(head.partition(b"Content-Length: ")[2].split()[0])
    assert (end, body[:1], len(body)) == ("reset", b"{", promised // 2)
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert len(sandbox.get("/operations")) == 1


def test_truncated_json_is_whole_http(sandbox):
    sandbox.faults(truncated_json={"next": 1})
    answer = sandbox.pay()
    assert answer.status_code == 202
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_an_answer_drips_byte_by_byte_from_its_first_header(sandbox):
    sandbox.faults(drip={"next": 1, "seconds": 0.001})
    with socket.create_connection(("127.0.0.1", sandbox.port), 3) as sock:
        sock.sendall(b"GET /api/users/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox\r\n\r\n")
        pieces = []
        while more := sock.recv(65536):
            pieces.append(more)
    assert len(pieces) > 50
    assert b"".join(pieces).startswith(b"HTTP/1.1 200")
    assert json.loads(b"".join(pieces).split(b"\r\n\r\n")[1])["id"] == 48810


def test_late_processing_swallows_now_and_accepts_later(sandbox):
    sandbox.faults(late_processing={"next": 1, "seconds": 0.3})
    assert sandbox.pay(externalId="e-1").status_code == 500
    assert sandbox.get("/operations") == []
    sandbox.until("/operations", lambda rows: rows and rows[0]["externalId"] == "e-1")
    sandbox.until("/receipts", lambda answer: len(answer["data"]) == 1)


def test_late_processing_may_answer_with_a_reset(sandbox):
    sandbox.faults(late_processing=True, late_answer="reset")
    assert raw_post(sandbox, receipt()) == (b"", "reset")


def test_hanging_calls_answer_nobody_and_hold_up_nobody(sandbox):
    sandbox.faults(hang={"next": 50, "paths": ["get_catalog"]})
    errors = []

    def call():
        try:
            sandbox.api("GET", "/devices", timeout=1.2)
        except requests.ReadTimeout:
            errors.append(1)

    hanging = [threading.Thread(target=call) for _ in range(50)]
    for one in hanging:
        one.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert [sandbox.pay().status_code for _ in range(20)] == [202] * 20
    assert time.monotonic() - began < 1
    for one in hanging:
        one.join()
    assert len(errors) == 50


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("answer_500", 500, "application/json"),
        ("answer_502_html", 502, "text/html"),
        ("answer_503", 503, "application/json"),
        ("answer_429", 429, "application/json"),
        ("answer_401", 401, "application/json"),
        ("answer_403", 403, "application/json"),
        ("html_challenge_200", 200, "text/html"),
        ("refuse_400", 400, "application/json"),
        ("wrong_content_type", 202, "text/html"),
        ("redirect_307", 307, ""),
    ],
)
def test_answers_instead_of_the_true_one(sandbox, name, status, kind):
    sandbox.faults(**{name: {"next": 1, "paths": ["post_receipts"]}})
    answer = sandbox.api("POST", "/receipts", receipt(), allow_redirects=False)
    assert (answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0]) == (
        status,
        kind or "text/html",
    )
    assert len(sandbox.get("/operations")) == (1 if name == "wrong_content_type" else 0)
    assert sandbox.pay().status_code == 202


def test_an_answer_after_processing_hides_an_accepted_receipt(sandbox):
    sandbox.faults(answer_500={"next": 1, "when": "after"})
    assert sandbox.pay(externalId="e-1").status_code == 500
    assert sandbox.get("/operations")[0]["externalId"] == "e-1"


def test_too_many_requests_names_its_seconds(sandbox):
    sandbox.faults(answer_429={"probability": 1, "seconds": 7})
    assert sandbox.pay().headers["Retry-After"] == "7"


def test_latency_is_only_slow(sandbox):
    sandbox.faults(latency={"next": 1, "seconds": 0.3})
    began = time.monotonic()
    assert sandbox.pay().status_code == 202
    assert time.monotonic() - began > 0.3


def test_an_accident_keeps_to_its_paths_and_to_every_nth(sandbox):
    sandbox.faults(answer_500={"every": 3, "paths": ["list_operations"]})
    statuses = [sandbox.api("GET", "/operations").status_code for _ in range(6)]
    assert statuses == [200, 200, 500, 200, 200, 500]
    assert sandbox.pay().status_code == 202
    assert sandbox.api("GET", "/operations/x").status_code == 404


def test_half_of_the_calls_means_some_but_not_all(sandbox):
    sandbox.faults(answer_500=0.5)
    statuses = {sandbox.api("GET", "/users/0").status_code for _ in range(40)}
    assert statuses == {200, 500}


def test_an_error_inside_2xx_is_an_operation_that_never_prints(sandbox):
    sandbox.faults(error_in_2xx=True)
    answer = sandbox.pay(externalId="e-1")
    assert (answer.status_code, answer.json()["status"]) == (202, "ERROR")
    assert sandbox.get(f"/operations/{answer.json()['id']}")["status"] == "ERROR"
    assert sandbox.printed("e-1") == 0


def test_an_answer_may_name_another_external_id_or_none(sandbox):
    sandbox.faults(wrong_external_id={"next": 1})
    assert sandbox.pay(externalId="e-1").json()["externalId"] != "e-1"
    sandbox.faults(no_external_id=True)
    assert "externalId" not in sandbox.pay(externalId="e-2").json()
    assert {one["externalId"] for one in sandbox.get("/operations")} == {"e-1", "e-2"}


@pytest.mark.parametrize(
    ("mode", "operations", "status"), [("duplicate", 2, 202), ("same", 1, 202), ("conflict", 1, 409)]
)
def test_a_repeated_external_id_has_three_modes(sandbox, mode, operations, status):
    sandbox.faults(external_id_mode=mode)
    first = sandbox.pay(externalId="e-1").json()["id"]
    again = sandbox.pay(externalId="e-1")
    assert again.status_code == status
    assert len(sandbox.get("/operations")) == operations
    if mode == "same":
        assert again.json()["id"] == first


def test_the_success_code_is_a_switch(sandbox):
    for code in ("200", "201"):
        sandbox.faults(success_code=code)
        assert sandbox.pay().status_code == int(code)


def test_listings_lie_in_every_documented_way(sandbox):
    sandbox.control("POST", "/seed", {"receipts": 9, "operations": 9})
    ids = [one["id"] for one in sandbox.get("/operations")]
    sandbox.faults(operations_page_cap=4)
    assert [one["id"] for one in sandbox.get("/operations?limit=1000")] == ids[:4]
    sandbox.faults(operations_ignore_offset=True)
    assert [one["id"] for one in sandbox.get("/operations?offset=4")] == ids[:4]
    sandbox.faults(operations_ignore_offset=False, listing_fails_after_page=1)
    assert sandbox.api("GET", "/operations?offset=4").status_code == 500
    sandbox.faults(listing_fails_after_page=0, operations_page_cap=1000, operations_order="oldest")
    assert [one["id"] for one in sandbox.get("/operations")] == ids[::-1]
    sandbox.faults(operations_order="random")
    assert sorted(one["id"] for one in sandbox.get("/operations")) == sorted(ids)
    sandbox.faults(operations_lag=30)
    new = sandbox.pay().json()["id"]
    assert new not in [one["id"] for one in sandbox.get("/operations")]
    assert sandbox.get(f"/operations/{new}")["id"] == new
    sandbox.faults(operations_empty=True)
    assert sandbox.get("/operations") == []
