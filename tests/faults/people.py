"""What people do while everything breaks: they pay, press again when no answer comes, repeat, refresh.

Everybody remembers what the desk told: that is the first of the three books.
"""

import html
import random
import re
import threading
import time
from collections.abc import Callable

import requests

from tests.story.street import Cashier, Street, hidden

SUBSCRIBERS = ("ivanov", "sidorov")
PATIENCE = 90  # seconds a person goes on pressing the same form
TAKEN = re.compile(r"/\?module=addcash")


class Told:
    """What the desk told: (subscriber, kopecks) of every payment it said it took, and whether with a receipt."""

    def __init__(self) -> None:
        self.payments: dict[tuple[str, int], bool] = {}
        self.complaints: list[str] = []
        self._lock = threading.Lock()

    def took(self, subscriber: str, kopecks: int, fiscal: bool) -> None:
        with self._lock:
            self.payments[subscriber, kopecks] = fiscal

    def complain(self, what: str) -> None:
        with self._lock:
            self.complaints.append(what)


class Person(threading.Thread):
    """A cashier with a queue of payments, each of a sum that no other payment has."""

    def __init__(self, street: Street, told: Told, dice: random.Random, sums: list[int]) -> None:
        super().__init__(daemon=True)
        self.told, self.dice, self.sums = told, dice, sums
        self.desk = Cashier(street)

    def run(self) -> None:
        try:
            for kopecks in self.sums:
                self.take(self.dice.choice(SUBSCRIBERS), kopecks, fiscal=self.dice.random() < 0.9)
                if self.dice.random() < 0.15:
                    self.look_after(self.dice.choice(SUBSCRIBERS))
                time.sleep(self.dice.uniform(0, 0.7))
        except Exception as error:  # a thread's error would be nobody's
            self.told.complain(f"a cashier gave up: {type(error).__name__}: {error}")

    def take(self, subscriber: str, kopecks: int, fiscal: bool) -> None:
        """Opens the form and presses it until it says that the money was taken; sometimes twice for luck."""
        page = until(lambda: self._form(subscriber))
        roubles = f"{kopecks // 100},{kopecks % 100:02}"
        for _press in range(2 if self.dice.random() < 0.2 else 1):
            until(lambda: self._pressed(subscriber, roubles, fiscal, page))
        self.told.took(subscriber, kopecks, fiscal)

    def _form(self, subscriber: str) -> str:
        page = self.desk.get(f"/?module=addcash&username={subscriber}&allpayments=true").text
        return page if hidden(page, "formtoken") else ""

    def _pressed(self, subscriber: str, roubles: str, fiscal: bool, page: str) -> bool:
        answer = self.desk.pay(subscriber, roubles, fiscal, page)
        if answer.status_code == 422:
            self.told.complain(
                f"{roubles}: {' '.join(re.findall(r'role=.alert.[^>]*>([^<]*)', answer.text))}"
            )
            return True
        return answer.status_code == 303 and bool(TAKEN.search(answer.headers.get("Location", "")))

    def look_after(self, subscriber: str) -> int:
        """Presses every Repeat and Fiscalize… that the page offers; how many there were."""
        page = until(lambda: self._form(subscriber))
        addresses = [html.unescape(one) for one in re.findall(r'action="([^"]*repeatreceipt[^"]*)"', page)]
        for address in addresses:
            self._press_button(address, hidden(page, "csrf_token"))
        return len(addresses)

    def look_after_all(self) -> int:
        """The same for every subscriber."""
        return sum(self.look_after(subscriber) for subscriber in SUBSCRIBERS)

    def _press_button(self, address: str, csrf_token: str) -> None:
        try:
            self.desk.browser.post(self.desk.street.web_url + address, {"csrf_token": csrf_token}, timeout=20)
        except requests.RequestException:
            return  # whether it counted the page will show


def until(done: Callable[[], object]) -> object:
    """Does it again and again until it gives something; an answer that does not come is no reason to stop."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if seen := done():
                return seen
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no answer for {PATIENCE} s")
