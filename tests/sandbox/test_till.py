"""The life of an operation, and what comes out of the machine."""

import time


def test_a_receipt_comes_out_and_is_found_by_its_operation(sandbox):
    done = sandbox.settled(sandbox.pay(externalId="e-1").json()["id"])
    assert done["type"] == "EXTERNAL_PURCHASE"
    assert done["completedAt"] > done["createdAt"]
    paper = sandbox.get(f"/receipts/{done['data']['receiptId']}")
    assert (paper["operationId"], paper["amount"], paper["type"]) == (done["id"], 75000, "SALE")
    assert paper["positions"][0]["quantity"] == 1000
    assert paper["payments"] == [{"type": "CASHLESS", "amount": 75000}]
    assert all(
        isinstance(paper[k], str) for k in ("fiscalDocumentNumber", "fiscalDocumentSign", "registryNumber")
    )
    assert len(paper["fnNumber"]) == 16
    assert paper["localDate"][10] == " "


def test_it_passes_through_pending_and_in_progress(sandbox):
    sandbox.faults(print_seconds=0.6)
    id = sandbox.pay().json()["id"]
    seen = set()
    sandbox.until(f"/operations/{id}", lambda one: seen.add(one["status"]) or one["status"] == "SUCCESS")
    assert seen == {"PENDING", "IN_PROGRESS", "SUCCESS"}


def test_documents_are_numbered_one_after_another(sandbox):
    ids = [sandbox.settled(sandbox.pay().json()["id"])["data"]["receiptId"] for _ in range(3)]
    numbers = [
        (p["number"], int(p["fiscalDocumentNumber"])) for p in (sandbox.get(f"/receipts/{id}") for id in ids)
    ]
    assert numbers == [(1, 204), (2, 205), (3, 206)]


def test_an_offline_machine_keeps_its_operations_until_they_expire(sandbox):
    sandbox.faults(till_offline=True, minute_seconds=0.05)
    done = sandbox.settled(sandbox.pay(timeout=5, externalId="e-1").json()["id"])
    assert done["data"] == {"error": {"code": "CashOffline", "message": "Cash is offline"}}
    assert sandbox.printed("e-1") == 0


def test_what_expires_may_end_with_another_code(sandbox):
    sandbox.faults(till_offline=True, minute_seconds=0.05, timeout_error="EMU_TIMEOUT")
    done = sandbox.settled(sandbox.pay(timeout=5).json()["id"])
    assert done["data"]["error"]["code"] == "EMU_TIMEOUT"


def test_a_machine_back_online_prints_what_waited(sandbox):
    sandbox.control("PATCH", "/devices/70321", {"isOnline": False})
    id = sandbox.pay().json()["id"]
    time.sleep(0.2)
    assert sandbox.get(f"/operations/{id}")["status"] == "PENDING"
    sandbox.control("PATCH", "/devices/70321", {"isOnline": True})
    assert sandbox.settled(id)["status"] == "SUCCESS"


def test_an_expired_operation_may_print_after_all(sandbox):
    sandbox.faults(till_offline=True, minute_seconds=0.02, print_after_error_seconds=0.1)
    id = sandbox.pay(timeout=5, externalId="e-1").json()["id"]
    assert sandbox.settled(id)["status"] == "ERROR"
    sandbox.faults(till_offline=False)
    sandbox.until("/receipts", lambda answer: len(answer["data"]) == 1)
    assert sandbox.get(f"/operations/{id}")["status"] == "ERROR"
    assert sandbox.printed("e-1") == 1


def test_shift_and_fiscal_drive_speak_made_up_codes_and_a_closed_shift_heals(sandbox):
    sandbox.faults(fn_expired=True)
    assert sandbox.settled(sandbox.pay().json()["id"])["data"]["error"]["code"] == "EMU_FN_EXPIRED"
    sandbox.faults(fn_expired=False, shift_expired=True)
    assert sandbox.settled(sandbox.pay().json()["id"])["data"]["error"]["code"] == "EMU_SHIFT_EXPIRED"
    sandbox.control("POST", "/devices/70321/close-shift", {})
    assert sandbox.settled(sandbox.pay().json()["id"])["status"] == "SUCCESS"


def test_closing_the_shift_starts_the_numbers_again(sandbox):
    sandbox.settled(sandbox.pay().json()["id"])
    assert sandbox.control("POST", "/devices/70321/close-shift", {}).json() == {"closed": True}
    assert sandbox.control("POST", "/devices/70321/close-shift", {}).json() == {"closed": False}
    id = sandbox.settled(sandbox.pay().json()["id"])["data"]["receiptId"]
    paper = sandbox.get(f"/receipts/{id}")
    assert (paper["shiftId"], paper["number"]) == (118, 1)
    assert [(one["shiftId"], one["isClosed"]) for one in sandbox.get("/shifts")] == [
        (118, False),
        (117, True),
    ]


def test_the_receipt_id_may_lag_behind_success(sandbox):
    sandbox.faults(receipt_id_delay=0.4)
    id = sandbox.pay().json()["id"]
    assert sandbox.settled(id)["data"] == {}
    sandbox.until(f"/operations/{id}", lambda one: "receiptId" in one["data"])


def test_success_without_a_receipt_in_both_flavours(sandbox):
    sandbox.faults(success_without_receipt="hidden")
    assert sandbox.settled(sandbox.pay(externalId="hidden").json()["id"])["data"] == {}
    sandbox.faults(success_without_receipt="none")
    assert sandbox.settled(sandbox.pay(externalId="none").json()["id"])["data"] == {}
    assert (sandbox.printed("hidden"), sandbox.printed("none")) == (1, 0)


def test_double_print_and_unknown_words(sandbox):
    sandbox.faults(double_print=True, unknown_status_word="final")
    id = sandbox.pay(externalId="e-1").json()["id"]
    sandbox.until(f"/operations/{id}", lambda one: one["status"] == "DONE")
    assert sandbox.printed("e-1") == 2


def test_an_invalid_contact_is_silently_dropped_but_becomes_a_client_card(sandbox):
    done = sandbox.settled(sandbox.pay(attributes={"phone": "8911", "email": "a@example.test"}).json()["id"])
    assert sandbox.get(f"/receipts/{done['data']['receiptId']}")["customer"] == {"email": "a@example.test"}
    (card,) = sandbox.get("/clients")
    assert card["phone"] == "8911"
    assert sandbox.api("DELETE", f"/clients/{card['id']}").status_code == 204
    assert sandbox.get("/clients") == []


def test_an_odd_tag_value_is_queued_and_fails_at_the_machine(sandbox):
    done = sandbox.settled(sandbox.pay(tags=[{"tag": 1227, "value": -1}]).json()["id"])
    assert done["data"]["error"]["code"] == "EMU_TASK_NOT_VALID"


def test_a_receipt_rung_up_by_hand_has_no_operation(sandbox):
    id = sandbox.control("POST", "/print", {"kopecks": 12345, "name": "Кабель"}).json()["id"]
    paper = sandbox.get(f"/receipts/{id}")
    assert "operationId" not in paper
    assert sandbox.get("/reports/counters")["summary"] == {"cash": {"value": 12345}, "cashless": {"value": 0}}
    assert sandbox.control("POST", "/print", {"kopecks": 0}).status_code == 400


def test_refunds_are_subtracted_in_the_counters(sandbox):
    sandbox.settled(sandbox.pay().json()["id"])
    sandbox.settled(sandbox.pay(type="REFUND").json()["id"])
    assert sandbox.get("/reports/counters")["summary"]["cashless"]["value"] == 0


def test_their_clock_may_be_wrong(sandbox):
    sandbox.faults(clock_skew_seconds=-3600)
    born = sandbox.pay().json()
    assert abs(int(born["id"][:8], 16) - (time.time() - 3600)) < 5


def test_one_indigestible_task_does_not_stop_those_behind_it(sandbox):
    sandbox.control("POST", "/devices", {"id": 7, "timezoneOffset": "завтра"})
    broken, fine = sandbox.pay(deviceId=7).json()["id"], sandbox.pay().json()["id"]
    assert sandbox.settled(broken)["data"]["error"]["code"] == "EMU_TILL_BROKEN"
    assert sandbox.settled(fine)["status"] == "SUCCESS"
