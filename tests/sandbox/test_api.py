"""The cabinet API as a client sees it."""

import time

import pytest
import requests

from tests.sandbox.conftest import receipt


def test_without_its_token_nobody_gets_in(sandbox):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "sandbox"}):
        answer = requests.get(f"{sandbox.url}/api/devices", headers=headers, timeout=5)
        assert answer.status_code == 401
        assert answer.json()["status"] == 401


def test_a_lower_case_bearer_is_taken_too(sandbox):
    assert sandbox.api("GET", "/devices", headers={"Authorization": "bearer sandbox"}).status_code == 200


def test_a_body_without_the_json_content_type_is_refused(sandbox):
    answer = sandbox.api("POST", "/receipts", data=b"{}", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (400, "E_VALIDATION_FAILED")


def test_a_refusal_has_the_shape_of_the_real_one(sandbox):
    assert sandbox.pay(cashier="Иванов").json() == {
        "status": 400,
        "code": "E_VALIDATION_FAILED",
        "message": "Ошибка валидации",
        "data": {
            "errors": [{"code": "E_VALIDATION_OBJECT_ALLOW_UNKNOWN", "message": '"cashier" is not allowed'}]
        },
    }


def test_an_accepted_receipt_is_a_pending_operation_with_an_id_of_this_second(sandbox):
    answer = sandbox.pay(externalId="e-1")
    assert answer.status_code == 202
    born = answer.json()
    assert set(born) == {"id", "externalId", "createdAt", "status"}
    assert (born["externalId"], born["status"], len(born["id"])) == ("e-1", "PENDING", 24)
    assert abs(int(born["id"][:8], 16) - time.time()) < 3


@pytest.mark.parametrize("body", [receipt(deviceId=1), None])
def test_an_unknown_machine_or_no_json_at_all_is_refused(sandbox, body):
    assert (
        sandbox.api("POST", "/receipts", body, headers={"Content-Type": "application/json"}).status_code
        == 400
    )


def test_only_fiscal_machines_take_receipts(sandbox):
    sandbox.control("POST", "/devices", {"id": 9, "name": "Старая", "modelCode": "VIKI_PRINT"})
    assert sandbox.pay(deviceId=9).json()["data"]["errors"][0]["code"] == "E_VALIDATION_EMU_DEVICE_MODEL"


def test_lists_are_bare_arrays_and_receipts_are_wrapped(sandbox):
    for path in ("/operations", "/devices/", "/shops", "/cashiers", "/products", "/v2/products", "/v1/shops"):
        assert isinstance(sandbox.get(path), list), path
    for path in ("/departments", "/v2/departments", "/webhooks", "/clients", "/shifts"):
        assert isinstance(sandbox.get(path), list), path
    assert set(sandbox.get("/receipts?limit=7")["query"]) == {"limit", "offset"}
    assert sandbox.get("/encashments")["data"] == []
    assert sandbox.get("/users/0")["id"] == 48810


def test_unknown_ids_and_addresses_are_their_404(sandbox):
    for path in ("/operations/x", "/receipts/x", "/devices/1", "/v2/products/x", "/webhooks/x", "/nowhere"):
        answer = sandbox.api("GET", path)
        assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_the_catalog_of_the_first_day(sandbox):
    assert [one["id"] for one in sandbox.get("/devices")] == [70321, 70322]
    products = {one["name"]: one for one in sandbox.get("/v2/products")}
    assert products["Доступ в Интернет"]["id"] == "0b6a4c9e-52d1-4f3a-8c27-1c9b1b0b7a10"
    assert products["Кабельное ТВ"]["id"] == "1c7b5d0f-63e2-4a4b-9d38-2d0c2c1c8b21"
    assert products["Подключение"]["tax"] is None
    assert {one["name"]: one["tax"] for one in sandbox.get("/products")}["Настройка роутера"] == 20


def test_cashiers_leak_secrets_like_the_real_ones(sandbox):
    first, second, *_ = sandbox.get("/cashiers")
    assert len(first["password"]) == 64
    assert first["card"]
    assert "deviceId" not in second


def test_odd_products_and_machines_can_be_added_changed_and_taken_away(sandbox):
    odd = {"id": "odd", "name": "<script>alert(1)</script>", "type": "WEIRD", "tax": None, "новый": [1]}
    assert sandbox.control("POST", "/products", odd).status_code == 201
    assert sandbox.get("/v2/products/odd") == odd
    sandbox.control("PATCH", "/products/odd", {"name": "Б", "-": ["type"]})
    assert sandbox.get("/v2/products/odd") == {"id": "odd", "name": "Б", "tax": None, "новый": [1]}
    assert sandbox.control("DELETE", "/products/odd").status_code == 204
    assert sandbox.control("DELETE", "/products/odd").status_code == 404


def test_listings_page_and_refuse_too_much(sandbox):
    sandbox.control("POST", "/seed", {"receipts": 30, "operations": 30})
    first, second = sandbox.get("/operations?limit=20"), sandbox.get("/operations?limit=20&offset=20")
    assert (len(first), len(second)) == (20, 10)
    assert len({one["id"] for one in first + second}) == 30
    assert [one["createdAt"] for one in first] == sorted((one["createdAt"] for one in first), reverse=True)
    assert sandbox.api("GET", "/receipts?limit=1001").status_code == 400
    assert sandbox.api("GET", "/receipts?offset=x").status_code == 400
    assert sandbox.api("GET", "/receipts?from=yesterday").status_code == 400


def test_receipts_are_filtered_by_date_and_machine(sandbox):
    one = sandbox.settled(sandbox.pay().json()["id"])
    date = sandbox.get(f"/receipts/{one['data']['receiptId']}")["date"]
    assert len(sandbox.get(f"/receipts?from={date}&devices=70321")["data"]) == 1
    assert sandbox.get("/receipts?devices=70322")["data"] == []
    assert sandbox.get(f"/receipts?to={date}")["data"] == []
    assert sandbox.get("/receipts?from=2020-01-01T00:00:00&to=2020-01-02T00:00:00Z")["data"] == []


def test_seeding_is_quick_and_adds_up(sandbox):
    began = time.monotonic()
    body = {"machines": 3, "positions": 40, "cashiers": 12, "receipts": 5000, "operations": 5000}
    state = sandbox.control("POST", "/seed", body).json()
    assert time.monotonic() - began < 5
    assert (state["operations"]["total"], state["receipts"]) == (5000, 5000)
    kinds = ("devices", "products", "cashiers")
    assert [state["documents"][kind] for kind in kinds] == [3, 40, 12]
    assert sandbox.control("POST", "/seed", {"machines": -1}).status_code == 400


def test_absurd_numbers_are_refused_not_a_crash(sandbox):
    for path in ("/receipts?devices=99999999999999999999", "/operations?offset=99999999999999999999"):
        assert sandbox.api("GET", path).status_code == 400
