"""Every shape of answer that Dreamkas (or somebody in its place) may give, and what the client makes of it."""

import json
import logging
from datetime import datetime

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

from modules.dreamkas.client import (
    Client,
    DreamkasError,
    NotFound,
    NotSent,
    OperationFact,
    ReceiptFact,
    Refused,
    Throttled,
    TokenRefused,
    Unknown,
    WrongDoor,
)

BASE = "https://dreamkas.test/api"
TOKEN = "11111111-aaaa-4bbb-8ccc-222222222222"
OURS = "5a1e2c66-3b9f-4a1e-9a4c-0f4d2b7f0c11"
OPERATION = {
    "id": "69a1f132bb519c0032c9a7d1",
    "externalId": OURS,
    "createdAt": "2026-02-27T19:32:02.968Z",
    "status": "PENDING",
}
RECEIPT = {
    "id": "69a1f1718abd4b4998e5c310",
    "type": "SALE",
    "amount": 75000,
    "deviceId": 70321,
    "operationId": "69a1f132bb519c0032c9a7d1",
    "localDate": "2026-02-27 22:33:01",
    "date": "2026-02-27T19:33:01.000Z",
    "cashier": {"tabNumber": "1", "name": "Администратор", "card": "046563", "password": "0" * 64},
}
VALIDATION = {
    "status": 400,
    "code": "E_VALIDATION_FAILED",
    "message": "Ошибка валидации",
    "data": {
        "errors": [
            {"code": "E_VALIDATION_ARRAY_BASE", "message": "Поле `tags` должно быть массивом"},
            {"code": "E_VALIDATION_OBJECT_ALLOW_UNKNOWN", "message": '"cashier" is not allowed'},
        ]
    },
}
CHALLENGE = "<!doctype html><html><head><title>check</title></head><body><script></script></body></html>"


@pytest.fixture
def client():
    return Client(BASE, TOKEN)


@pytest.fixture
def dreamkas():
    with responses.RequestsMock() as mock:
        yield mock


def their_error(status):
    return {"status": status, "code": "UNKNOWN_CODE", "message": "UNKNOWN_MESSAGE"}


def post(client):
    return client.send_receipt(b'{"externalId":"..."}', external_id=OURS)


@pytest.mark.parametrize("code", [200, 201, 202])
def test_an_operation_with_our_external_id_is_acceptance_under_any_2xx(client, dreamkas, code):
    date = {"Date": "Fri, 27 Feb 2026 19:32:03 GMT"}
    dreamkas.post(f"{BASE}/receipts", json=OPERATION, status=code, headers=date)
    fact, answer = post(client)
    assert (fact.id, fact.external_id, fact.status) == (OPERATION["id"], OURS, "PENDING")
    assert fact.created_at == datetime(2026, 2, 27, 19, 32, 2, 968000)  # noqa: DTZ001 (naive UTC inside)
    assert (fact.receipt_id, fact.error_code, fact.completed_at) == (None, None, None)
    assert answer.http_status == code and OURS in answer.excerpt
    assert answer.their_date == datetime(2026, 2, 27, 19, 32, 3)  # noqa: DTZ001


def test_the_request_is_our_bytes_as_json_with_the_token_and_nothing_of_the_environment(
    client, dreamkas, monkeypatch, tmp_path
):
    (tmp_path / "netrc").write_text("machine dreamkas.test login evil password evil\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    dreamkas.post(f"{BASE}/receipts", json=OPERATION)
    body = '{"имя":"Доступ"}'.encode()
    client.send_receipt(body, external_id=OURS)
    request = dreamkas.calls[0].request
    assert request.body == body
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity"


def test_a_refusal_in_a_2xx_is_still_an_operation_of_ours(client, dreamkas):
    said = OPERATION | {
        "status": "ERROR",
        "data": {"error": {"code": "CashOffline", "message": "Cash is offline"}},
    }
    dreamkas.post(f"{BASE}/receipts", json=said)
    fact, _ = post(client)
    assert (fact.status, fact.error_code, fact.error_message) == ("ERROR", "CashOffline", "Cash is offline")


@pytest.mark.parametrize(
    "reply",
    [
        {"body": CHALLENGE, "content_type": "text/html"},
        {"body": json.dumps(OPERATION), "content_type": "text/html"},
        {"body": CHALLENGE, "content_type": "application/json"},
        {"body": json.dumps(OPERATION)[:-9], "content_type": "application/json"},
        {"body": b"", "content_type": "application/json"},
        {"body": b"\xff\xfe{}", "content_type": "application/json"},
        {"body": "[" * 100_000, "content_type": "application/json"},
        {"body": "[1" + "0" * 10_000 + "]", "content_type": "application/json"},
        *(
            {"json": said}
            for said in (
                *(None, [], [OPERATION], "accepted", 17, {}, {"id": "69a1"}, {"status": "PENDING"}),
                *(OPERATION | {"externalId": other} for other in (None, "", OURS.upper(), "another")),
                *(OPERATION | {"id": nothing} for nothing in (None, "", " ", {}, "a b", "x" * 65, True)),
                *(OPERATION | {"status": nothing} for nothing in (None, "", 200, {}, True)),
                *(their_error(400), their_error(200)),
            )
        ),
        {"json": OPERATION, "status": 500},
        {"json": their_error(503), "status": 503},
        {"body": CHALLENGE, "content_type": "text/html", "status": 502},
        {"json": OPERATION, "status": 302, "headers": {"Location": f"{BASE}/elsewhere"}},
        {"json": OPERATION, "status": 307, "headers": {"Location": f"{BASE}/receipts"}},
        {"json": OPERATION, "status": 304},
        {"json": OPERATION, "status": 599},
    ],
    ids=lambda reply: str(reply)[:70],
)
def test_what_is_not_the_json_we_know_is_unknown_and_never_success(client, dreamkas, reply):
    dreamkas.post(f"{BASE}/receipts", **reply)
    with pytest.raises(Unknown, match="ask before another try") as problem:
        post(client)
    assert problem.value.answer.http_status == reply.get("status", 200)
    assert len(dreamkas.calls) == 1


@pytest.mark.parametrize("error", [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError])
def test_no_class_of_exception_proves_that_nothing_was_sent(client, dreamkas, error):
    dreamkas.post(f"{BASE}/receipts", body=error("whatever"))
    with pytest.raises(Unknown):
        post(client)


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_keeps_every_message_of_theirs(client, dreamkas, status):
    dreamkas.post(f"{BASE}/receipts", json=VALIDATION | {"status": status}, status=status)
    with pytest.raises(Refused, match="do not try again") as problem:
        post(client)
    assert problem.value.errors == [
        ("E_VALIDATION_ARRAY_BASE", "Поле `tags` должно быть массивом"),
        ("E_VALIDATION_OBJECT_ALLOW_UNKNOWN", '"cashier" is not allowed'),
    ]
    assert '"cashier" is not allowed' in str(problem.value)
    assert "E_VALIDATION_FAILED" in problem.value.answer.excerpt


@pytest.mark.parametrize("data", [None, {}, [], {"errors": {}}, {"errors": ["?", 5, None]}, {"errors": []}])
def test_a_refusal_without_inner_errors_keeps_the_outer_one(client, dreamkas, data):
    dreamkas.post(f"{BASE}/receipts", json=VALIDATION | {"data": data}, status=400)
    with pytest.raises(Refused) as problem:
        post(client)
    assert problem.value.errors == [("E_VALIDATION_FAILED", "Ошибка валидации")]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "-5"}, 60),
        ({"Retry-After": "1" * 5000}, 60),
        ({"Retry-After": "Fri, 27 Feb 2026 19:32:33 GMT", "Date": "Fri, 27 Feb 2026 19:32:03 GMT"}, 30),
        ({"Retry-After": "Fri, 27 Feb 2099 19:32:33 GMT"}, 3600),
        ({"Retry-After": "Fri, 27 Feb 2015 19:32:33 GMT"}, 1),
    ],
)
def test_a_throttled_request_knows_when_it_may_come_back(client, dreamkas, headers, seconds):
    dreamkas.post(f"{BASE}/receipts", json=their_error(429), status=429, headers=headers)
    with pytest.raises(Throttled) as problem:
        post(client)
    assert problem.value.retry_after == seconds
    assert len(dreamkas.calls) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_told_apart(client, dreamkas, status):
    dreamkas.post(f"{BASE}/receipts", json=their_error(status), status=status)
    with pytest.raises(TokenRefused, match="UNKNOWN_MESSAGE"):
        post(client)


@pytest.mark.parametrize(
    "reply",
    [
        *(
            {"body": CHALLENGE, "content_type": "text/html", "status": status}
            for status in (400, 401, 403, 404, 422, 429)
        ),
        *({"json": their_error(status), "status": status} for status in (402, 404, 405, 408, 409, 413, 451)),
        *({"json": said, "status": 400} for said in ([], "no", {}, {"status": "400"}, {"status": True})),
        {"json": their_error(403), "status": 403, "content_type": "text/html"},
    ],
    ids=lambda reply: str(reply)[:70],
)
def test_a_stranger_behind_the_door_is_told_apart(client, dreamkas, reply):
    dreamkas.post(f"{BASE}/receipts", **reply)
    with pytest.raises(WrongDoor, match="look at the address"):
        post(client)


def test_an_unknown_id_is_not_found_and_an_unknown_address_is_a_wrong_door(client, dreamkas):
    for path in ("operations/69a1", "receipts/69a1"):
        dreamkas.get(f"{BASE}/{path}", json=their_error(404), status=404)
    dreamkas.get(f"{BASE}/operations", json=their_error(404), status=404)
    dreamkas.get(f"{BASE}/operations/69a2", body=CHALLENGE, status=404)
    for ask in (client.operation, client.receipt):
        with pytest.raises(NotFound):
            ask("69a1")
    for ask in (client.operations, lambda: client.operation("69a2")):
        with pytest.raises(WrongDoor):
            ask()


@pytest.mark.parametrize("id", ["", ".", "..", "a b", "a\nb", "x" * 65, "абв"])
def test_what_can_not_be_an_id_is_never_asked_for(client, dreamkas, id):
    for ask in (client.operation, client.receipt, client.delete_webhook):
        with pytest.raises(NotFound):
            ask(id)


def test_an_id_never_leaves_its_place_in_the_address(client, dreamkas):
    dreamkas.get(f"{BASE}/operations/..%2Fusers%3Fx=1%23".replace("=", "%3D"), json=OPERATION)
    assert client.operation("../users?x=1#").id == OPERATION["id"]


def test_a_finished_operation_names_its_receipt_or_its_error(client, dreamkas):
    done = OPERATION | {"status": "SUCCESS", "completedAt": "2026-02-27T19:33:02.410Z"}
    dreamkas.get(f"{BASE}/operations/1", json=done | {"data": {"receiptId": "69a1f1718abd4b4998e5c310"}})
    dreamkas.get(f"{BASE}/operations/2", json=done | {"data": {}})
    assert client.operation("1").receipt_id == "69a1f1718abd4b4998e5c310"
    assert client.operation("1").completed_at == datetime(2026, 2, 27, 19, 33, 2, 410000)  # noqa: DTZ001
    assert client.operation("2").receipt_id is None


def test_numbers_for_ids_new_keys_and_new_words_are_taken(client, dreamkas):
    odd = {"id": 17, "externalId": 5, "status": "DREAMING", "new": [1], "createdAt": 5, "completedAt": "soon"}
    dreamkas.get(f"{BASE}/operations/17", json=odd | {"data": [1]})
    fact = client.operation("17")
    assert (fact.id, fact.external_id, fact.status) == ("17", "5", "DREAMING")
    assert fact.created_at is fact.completed_at is fact.receipt_id is None
    assert fact.raw["new"] == [1]


def test_a_webhooks_object_is_read_like_one_of_rest():
    assert ReceiptFact.read({"_id": "69a1", "amount": 5}).id == "69a1"
    assert OperationFact.read(OPERATION).id == OPERATION["id"]
    assert OperationFact.read(OPERATION | {"id": None, "_id": "x"}).id == "x"
    for junk in (None, [], "x", {}, {"_id": ""}):
        with pytest.raises(ValueError):
            ReceiptFact.read(junk)


def test_a_listing_of_operations_is_a_bare_array(client, dreamkas):
    query = [responses.matchers.query_param_matcher({"limit": "1000", "offset": "2000"})]
    dreamkas.get(f"{BASE}/operations", json=[OPERATION, OPERATION | {"id": "2"}], match=query)
    page = client.operations(offset=2000)
    assert [row.id for row in page.rows] == [OPERATION["id"], "2"]
    assert page.answer.http_status == 200


def test_a_listing_of_receipts_lies_in_an_envelope(client, dreamkas):
    query = {"from": "2026-02-27T00:00:00.000Z", "to": "2026-02-28T00:00:00.500Z"}
    query |= {"limit": "10", "offset": "20", "devices": "70321,70322"}
    dreamkas.get(
        f"{BASE}/receipts",
        json={"query": {}, "data": [RECEIPT]},
        match=[responses.matchers.query_param_matcher(query)],
    )
    since, until = datetime(2026, 2, 27), datetime(2026, 2, 28, 0, 0, 0, 500000)  # noqa: DTZ001
    page = client.receipts(since, until, offset=20, limit=10, devices=(70321, 70322))
    (fact,) = page.rows
    assert (fact.id, fact.operation_id) == (RECEIPT["id"], RECEIPT["operationId"])
    assert (fact.device_id, fact.amount, fact.type) == (70321, 75000, "SALE")
    assert fact.date == datetime(2026, 2, 27, 19, 33, 1)  # noqa: DTZ001
    assert fact.raw["localDate"] == "2026-02-27 22:33:01"


def test_receipts_until_now_are_asked_without_an_end(client, dreamkas):
    dreamkas.get(f"{BASE}/receipts", json={"data": []})
    assert client.receipts(datetime(2026, 2, 27), None).rows == []  # noqa: DTZ001
    assert "to=" not in dreamkas.calls[0].request.url and "devices" not in dreamkas.calls[0].request.url
    assert "from=2026-02-27T00%3A00%3A00.000Z" in dreamkas.calls[0].request.url


def test_one_row_that_cannot_be_read_hides_no_other_and_is_counted(client, dreamkas):
    dreamkas.get(f"{BASE}/operations", json=[{"id": "1"}, OPERATION, None])
    page = client.operations()
    assert ([row.id for row in page.rows], page.odd, page.came) == ([OPERATION["id"]], 2, 3)
    dreamkas.get(f"{BASE}/receipts", json={"data": [RECEIPT, {"amount": 5}]})
    assert client.receipts(datetime(2026, 2, 27), None).odd == 1  # noqa: DTZ001


@pytest.mark.parametrize(
    "said",
    [None, {}, "", {"data": []}, {"query": {}, "data": [OPERATION]}, [1], [{}], [{"id": "2"}]],
)
def test_a_listing_that_is_not_theirs_is_no_listing(client, dreamkas, said):
    dreamkas.get(f"{BASE}/operations", json=said)
    with pytest.raises(Unknown):
        client.operations()


@pytest.mark.parametrize(
    "said", [None, [], [RECEIPT], {"query": {}}, {"data": {}}, {"data": [{}]}, {"data": [1]}]
)
def test_an_envelope_that_is_not_theirs_is_no_listing(client, dreamkas, said):
    dreamkas.get(f"{BASE}/receipts", json=said)
    with pytest.raises(Unknown):
        client.receipts(datetime(2026, 2, 27), None)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("amount", "kopecks"),
    [(75000, 75000), ("75000", 75000), (75000.0, 75000)]
    + [(junk, None) for junk in (None, 0.5, True, "75 000", {}, 10**30)],
)
def test_a_receipts_sum_is_kopecks_or_nothing(amount, kopecks):
    assert ReceiptFact.read(RECEIPT | {"amount": amount}).amount == kopecks


def test_passwords_and_cards_are_dropped_as_they_are_read(client, dreamkas):
    cashier = {"tabNumber": "1", "name": "Администратор", "password": "f" * 64, "card": "046563", "inn": "77"}
    dreamkas.get(f"{BASE}/cashiers", json=[cashier, {"tabNumber": "2", "card": 46563, "password": None}])
    dreamkas.get(f"{BASE}/receipts/1", json=RECEIPT)
    page, receipt = client.cashiers(), client.receipt("1")
    assert page.rows == [{"tabNumber": "1", "name": "Администратор", "inn": "77"}, {"tabNumber": "2"}]
    kept = repr((page, receipt.raw))
    assert not any(secret in kept for secret in ("f" * 64, "046563", "46563", "0" * 64))
    assert "Администратор" in page.answer.excerpt or "\\u0410" in page.answer.excerpt


def test_the_catalog_is_kept_as_it_comes(client, dreamkas):
    machine = {"id": 70321, "name": "Касса офис", "isOnline": True, "newKey": 5}
    position = {"id": "0b6a4c9e", "name": "<script>", "type": "ODD", "tax": None}
    dreamkas.get(f"{BASE}/devices", json=[machine])
    query = [responses.matchers.query_param_matcher({"limit": "50", "offset": "100"})]
    dreamkas.get(f"{BASE}/v2/products", json=[position], match=query)
    assert client.devices().rows == [machine]
    assert client.products(offset=100, limit=50).rows == [position]


def test_webhooks_are_listed_made_changed_and_deleted(client, dreamkas):
    types = {"operations": True, "receipts": False}
    row = {"id": "3f0c", "url": "https://billing.test/?module=remoteapi", "isActive": True, "types": types}
    dreamkas.get(f"{BASE}/webhooks", json=[row])
    made = [responses.matchers.json_params_matcher({key: row[key] for key in ("url", "isActive", "types")})]
    dreamkas.post(f"{BASE}/webhooks", json=row, status=201, match=made)
    partial = [responses.matchers.json_params_matcher({"isActive": False})]
    dreamkas.patch(f"{BASE}/webhooks/3f0c", body=b"", status=200, match=partial)
    dreamkas.delete(f"{BASE}/webhooks/3f0c", status=204)
    assert client.webhooks().rows == [row]
    assert client.create_webhook(row["url"], True, types) == row
    assert client.change_webhook("3f0c", is_active=False) == {}
    assert client.delete_webhook("3f0c") is None
    assert dreamkas.calls[3].request.body is None


def test_a_webhook_is_not_changed_by_a_page_of_html_nor_an_unknown_one_deleted(client, dreamkas):
    dreamkas.patch(f"{BASE}/webhooks/3f0c", body=CHALLENGE, status=200, content_type="text/html")
    dreamkas.delete(f"{BASE}/webhooks/3f0c", json=their_error(404), status=404)
    with pytest.raises(Unknown):
        client.change_webhook("3f0c", is_active=True)
    with pytest.raises(NotFound):
        client.delete_webhook("3f0c")


@pytest.mark.parametrize("status", [200, 400, 401, 403, 418, 429, 500])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_a_token_echoed_back_is_never_kept(client, dreamkas, caplog, status, kind):
    echo = {"status": status, "code": f"Bearer {TOKEN}", "message": f"x{TOKEN.upper()}x"}
    padded = json.dumps(echo | {"data": {"errors": [echo]}, "z": "я" * 1700 + TOKEN}, ensure_ascii=False)
    dreamkas.post(f"{BASE}/receipts", body=padded, status=status, content_type=kind)
    with caplog.at_level(logging.DEBUG), pytest.raises(DreamkasError) as problem:
        post(client)
    error = problem.value
    shown = (repr(error) + str(error) + repr(vars(error)) + repr(client) + caplog.text).lower()
    assert TOKEN not in shown and TOKEN[:18] not in shown
    assert "•••" in error.answer.excerpt and len(error.answer.excerpt) <= 2000
    assert error.__cause__ is None


@pytest.mark.parametrize("token", ["", " ", "a b", "токен", "x\n", "x\r\nEvil: 1", "\ud800"])
def test_a_token_that_can_not_be_one_is_proved_not_sent_and_never_shown(dreamkas, token):
    with pytest.raises(NotSent) as problem:
        post(Client(BASE, token))
    assert not token.strip() or token.strip() not in str(problem.value)


@pytest.mark.parametrize(
    "address",
    [
        *("", "kabinet.dreamkas.ru/api", "ftp://x.test", "htps://x.test/api", "https://", "https://[::1/api"),
        *(
            "https://u:p@x.test/api",
            "https://x.test/?a=1",
            "https://x.test:99999999/api",
            "https://x y.test/",
        ),
    ],
)
def test_an_address_that_can_not_be_one_is_proved_not_sent(dreamkas, address):
    with pytest.raises(NotSent):
        post(Client(address, TOKEN))


def test_an_answer_is_kept_in_a_form_that_every_database_takes(client, dreamkas):
    dreamkas.post(
        f"{BASE}/receipts", body=b'{"status":400,"code":"\\ud800\\u0000","message":"\0"}', status=400
    )
    dreamkas.post(
        f"{BASE}/receipts",
        body=b'{"status":400,"code":"\\ud800\\u0000","message":"x"}',
        status=400,
        content_type="application/json",
    )
    for expected in (WrongDoor, Refused):
        with pytest.raises(expected) as problem:
            post(client)
        kept = str(problem.value) + problem.value.answer.excerpt
        assert kept.encode() and "\0" not in kept


def test_a_door_is_known_by_address_and_token_and_shows_neither():
    door = Client(BASE, TOKEN).door
    assert door == Client(BASE + "/", TOKEN).door and len(door) == 16
    assert len({door, Client(BASE, "other").door, Client(BASE + "2", TOKEN).door}) == 3
    assert TOKEN[:4] not in door


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(OURS),
    lambda some: (
        st.lists(some)
        | st.dictionaries(
            st.sampled_from(
                ["id", "_id", "status", "externalId", "data", "errors", "code", "message", "receiptId"]
            )
            | st.text(),
            some,
        )
    ),
    max_leaves=12,
)


@given(said=JSON, status=st.sampled_from([200, 202, 204, 301, 400, 401, 404, 422, 429, 500]))
def test_no_answer_at_all_leads_to_anything_but_a_fact_or_an_error_of_ours(said, status):
    client = Client(BASE, TOKEN)
    with responses.RequestsMock() as mock:
        mock.post(f"{BASE}/receipts", body=json.dumps(said), status=status, content_type="application/json")
        try:
            fact, _ = post(client)
        except DreamkasError as error:
            assert not isinstance(error, NotSent)
        else:
            assert fact.external_id == OURS and status in (200, 202, 204)
