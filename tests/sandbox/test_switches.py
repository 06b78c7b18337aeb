"""The control API: switches are checked, mended, and drawn from one table."""

import pytest
import requests

from modules.sandbox.faults import BY_NAME, GROUPS, PATHS, TABLE, table_text
from modules.sandbox.lessons import LESSONS
from modules.sandbox.switches import Switches, checked, default_of


def test_every_row_of_the_table_is_whole():
    assert len(BY_NAME) == len(TABLE)
    for fault in TABLE:
        assert fault.caption and fault.text, fault.name
        assert fault.group in GROUPS
        assert set(fault.paths) <= set(PATHS)
        default = default_of(fault)
        assert checked(fault, default, default) == default
        assert f"`{fault.name}`" in table_text()


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_sets_its_switches_and_the_page_says_what_to_look_for(sandbox, name):
    answer = sandbox.control("POST", f"/lessons/{name}", {})
    assert answer.status_code == 200
    for key, wish in LESSONS[name].switches.items():
        assert answer.json()[key] == checked(BY_NAME[key], default_of(BY_NAME[key]), wish)
    assert LESSONS[name].look in requests.get(sandbox.url, timeout=5).text


def test_mending_puts_everything_back_and_ends_the_lesson(sandbox):
    sandbox.control("POST", "/lessons/offline", {})
    sandbox.control("POST", "/mend", {})
    faults = sandbox.control("GET", "/faults").json()
    assert faults == {fault.name: default_of(fault) for fault in TABLE}
    assert "Идёт урок" not in requests.get(sandbox.url, timeout=5).text


@pytest.mark.parametrize(
    "change",
    [
        {"no_such_switch": 1},
        {"print_seconds": -1},
        {"print_seconds": "fast"},
        {"till_offline": 1},
        {"success_code": "204"},
        {"answer_500": 2},
        {"answer_500": {"probability": -0.1}},
        {"answer_500": {"every": 1.5}},
        {"answer_500": {"often": 1}},
        {"answer_500": {"paths": ["everything"]}},
        {"answer_500": {"paths": []}},
        {"answer_500": {"when": "never"}},
        {"lose_before_accept": {"when": "after"}},
        {"answer_500": "yes"},
    ],
)
def test_a_wrong_value_is_refused_by_name_and_changes_nothing(sandbox, change):
    before = sandbox.control("GET", "/faults").json()
    answer = sandbox.control("PATCH", "/faults", {"till_offline": True} | change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0].startswith(next(iter(change)))
    assert sandbox.control("GET", "/faults").json() == before


def test_a_new_rhythm_replaces_the_old_one(sandbox):
    sandbox.faults(answer_500={"next": 5, "paths": ["post_receipts"]})
    sandbox.faults(answer_500={"probability": 0.5})
    one = sandbox.control("GET", "/faults").json()["answer_500"]
    assert (one["next"], one["probability"], one["paths"]) == (0, 0.5, ["post_receipts"])


def test_a_strangers_page_cannot_pull_the_strings(sandbox):
    url = f"{sandbox.url}/sandbox/faults"
    elsewhere = requests.patch(
        url, json={"till_offline": True}, headers={"Origin": "http://evil.test"}, timeout=5
    )
    assert elsewhere.status_code == 403
    form = requests.post(f"{sandbox.url}/sandbox/reset", data={"x": 1}, timeout=5)
    assert form.status_code == 415
    assert sandbox.control("GET", "/faults").json()["till_offline"] is False


def test_unknown_remembered_switches_do_not_stop_a_newer_sandbox(tmp_path):
    from modules.sandbox.store import Store

    store = Store(tmp_path)
    with store.change() as db:
        db.execute("INSERT INTO settings VALUES ('gone', '1'), ('till_offline', 'true')")
    assert Switches(store)["till_offline"] is True
    store.close()


def test_checkers_see_every_operation_and_every_receipt(sandbox):
    sandbox.faults(double_print=True)
    for _ in range(2):
        sandbox.settled(sandbox.pay(externalId="e-1").json()["id"])
    receipts = sandbox.control("GET", "/receipts").json()
    assert (receipts["count"], receipts["amount"]) == (4, 300000)
    assert receipts["by_external_id"] == {"e-1": 4}
    operations = sandbox.control("GET", "/operations").json()
    assert operations["by_external_id"] == {"e-1": 2}
    state = sandbox.control("GET", "/state").json()
    assert (state["operations"], state["receipts"]) == ({"total": 2, "SUCCESS": 2}, 4)
