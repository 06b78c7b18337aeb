"""The cache: pages are drawn from what was fetched once, however many are opened, whatever the cabinet does."""

import threading

import pytest
import requests

from tests.story.street import Cashier

pytestmark = pytest.mark.story
CATALOG = ("GET /api/devices", "GET /api/cashiers", "GET /api/v2/products")


def asked(street) -> dict[str, int]:
    """How often each list of the catalog was fetched so far, by its pages."""
    told = requests.get(f"{street.sandbox_url}/sandbox/state", timeout=10).json()["asked"]
    return {name: told.get(name, 0) for name in CATALOG}


def test_a_thousand_profiles_in_the_cache_s_lifetime_are_one_round_of_calls(make_street):
    street = make_street(DREAMKAS_CACHE_LIFETIME="1800")
    before = asked(street)
    assert set(before.values()) == {1}, before  # the first round
    answers = []

    def look_through(cashier: Cashier) -> None:
        answers.extend(cashier.get("/?module=addcash&username=ivanov").status_code for _ in range(250))

    people = [threading.Thread(target=look_through, args=[Cashier(street)]) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert answers == [200] * 1000
    assert asked(street) == before
