"""A payment becomes a receipt: browser form -> worker -> the cash register prints -> badge "fiscalized"."""

import os
import threading

import pytest

from tests.books import scratch_database
from tests.story.street import Cashier, wait_for

pytestmark = pytest.mark.story


def test_a_payment_becomes_one_receipt(street):
    cashier = Cashier(street)
    answer = cashier.pay("ivanov", "1 234,50")
    assert answer.status_code == 303
    wait_for("the badge", lambda: cashier.badges("ivanov")[:1] == ["fiscalized"])
    [slip] = street.printed()
    assert slip["amount"] == 123450
    assert "договор 100001" in slip["positions"][0]["name"]


@pytest.mark.database
@pytest.mark.parametrize("server", ["TEST_MARIADB_URL", "TEST_POSTGRES_URL"])
def test_the_same_on_a_database_server_with_redis(make_street, server):
    url, redis = os.environ.get(server), os.environ.get("TEST_REDIS_URL")
    if not url or not redis:
        pytest.skip(f"{server} and TEST_REDIS_URL are not both set")
    with scratch_database(url) as scratch:
        street = make_street(DATABASE_URL=scratch, QUEUE_URL=redis, CACHE_URL=redis)
        cashier = Cashier(street)
        assert cashier.pay("ivanov", "99.99").status_code == 303
        wait_for("the badge", lambda: cashier.badges("ivanov")[:1] == ["fiscalized"])
        assert [slip["amount"] for slip in street.printed()] == [9999]
        street.close()


def test_the_same_form_pressed_ten_times_at_once_takes_one_payment(street):
    cashier = Cashier(street)
    page = cashier.page("sidorov")
    answers = []
    presses = [
        threading.Thread(target=lambda: answers.append(cashier.pay("sidorov", "77", page=page).status_code))
        for _ in range(10)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert set(answers) == {303}
    wait_for("the badge", lambda: cashier.badges("sidorov") == ["fiscalized"])
    assert [slip["amount"] for slip in street.printed()] == [7700]


def test_answers_are_lost_and_processes_die_and_each_payment_has_one_receipt(make_street):
    quick = {"DREAMKAS_UNSURE_GRACE": "3", "DREAMKAS_DEADLINE": "3", "DREAMKAS_READ_TIMEOUT": "1"}
    street = make_street(**quick, DREAMKAS_BACKOFF="0,1,1")
    cashier = Cashier(street)
    cashier.pay("ivanov", "100.00")  # the canary: an operation that Dreamkas acknowledged
    wait_for("the first receipt", lambda: len(street.printed()) == 1)
    street.faults(lose_answer_after_accept={"every": 2}, lose_before_accept={"every": 5})
    for number in range(10):
        assert cashier.pay("ivanov", f"{200 + number}.{number:02}").status_code == 303
        if number in (3, 6):
            street.kill("worker")
            street.start("worker")
    street.faults(lose_answer_after_accept={"every": 0}, lose_before_accept={"every": 0})
    wait_for("all badges", lambda: set(cashier.badges("ivanov")) == {"fiscalized"}, 180)
    expected = sorted([10000, *(20000 + 100 * number + number for number in range(10))])
    assert sorted(slip["amount"] for slip in street.printed()) == expected
