"""What people do while everything breaks: they pay, press again when no answer comes, repeat.

Everybody remembers what the desk told: that is the first of the three books.
"""

import html
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import requests

from tests.story.street import Cashier, Street, hidden

INTERNET, CABLE = ("ivanov", "sidorov"), ("1",)
UNREACHABLE = (
    "petrova"  # has no mobile number: her payments stand, each with a rejected receipt and the reason
)
PATIENCE = 180  # seconds a person goes on pressing the same form
TAKEN = re.compile(r"/\?module=(addcash|ukv)")
OLD_RATE = "is a rate of an earlier year: tick that you mean it."  # an accountant mapped such a position

T = TypeVar("T")


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

    def due(self) -> set[tuple[str, int]]:
        """The payments that must have a printed receipt."""
        return {one for one, fiscal in self.payments.items() if fiscal and one[0] != UNREACHABLE}


class Refused(Exception):
    """The desk did not take it; str() is what the form says."""


class Person(threading.Thread):
    """Somebody with a list of things to do, one after another, with a breath between them."""

    def __init__(self, street: Street, told: Told, dice: random.Random, login: str = "kassir") -> None:
        super().__init__(daemon=True)
        self.told, self.dice, self.street = told, dice, street
        self.desk = until(lambda: Cashier(street, login))
        self.deeds: Sequence[Callable[[], object]] = ()

    def run(self) -> None:
        try:
            for deed in self.deeds:
                deed()
                time.sleep(self.dice.uniform(0, 0.6))
        except Exception as error:  # a thread's error would be nobody's
            self.told.complain(f"{type(self).__name__} gave up: {type(error).__name__}: {error}")

    def press(self, address: str, page: str, **values: str) -> requests.Response:
        """Presses a button of that page; -> the answer, not followed."""
        form = {"csrf_token": hidden(page, "csrf_token"), **values}
        return self.desk.browser.post(self.street.web_url + address, form, timeout=20, allow_redirects=False)


class Teller(Person):
    """A cashier with a queue of payments, each of a sum that no other payment has."""

    def __init__(self, street: Street, told: Told, dice: random.Random, sums: Sequence[int] = ()) -> None:
        super().__init__(street, told, dice)
        self.deeds = [lambda kopecks=kopecks: self.serve(kopecks) for kopecks in sums]

    def serve(self, kopecks: int) -> None:
        """One payment; now and then a look at what became of the earlier ones."""
        who = self.dice.choice([*INTERNET, *INTERNET, *CABLE, *CABLE, UNREACHABLE])
        self.take(who, kopecks, fiscal=self.dice.random() < 0.9)
        if self.dice.random() < 0.2:
            self.look_after(self.dice.choice([*INTERNET, *CABLE]))

    def take(self, subscriber: str, kopecks: int, fiscal: bool) -> None:
        """Opens the form and presses it until it says that the money was taken; sometimes twice for luck."""
        page = until(lambda: self._form(subscriber))
        roubles = f"{kopecks // 100},{kopecks % 100:02}"
        try:
            for _press in range(2 if self.dice.random() < 0.2 else 1):
                until(lambda: self._pressed(subscriber, roubles, fiscal, page))
        except Refused as refusal:
            self.told.complain(str(refusal))
            return
        self.told.took(subscriber, kopecks, fiscal)

    def _form(self, subscriber: str) -> str:
        page = self.desk.get(f"{self.desk.address(subscriber)}&allpayments=true").text
        return page if hidden(page, "formtoken") else ""

    def _pressed(self, subscriber: str, roubles: str, fiscal: bool, page: str) -> bool:
        answer = self.desk.pay(subscriber, roubles, fiscal, page)
        if (
            answer.status_code == 422 and OLD_RATE in answer.text
        ):  # reads it, ticks, presses what is there now
            if roubles not in typed(answer.text):
                raise Refused(f"{subscriber} {roubles}: what was typed is gone")
            answer = self.desk.pay(subscriber, roubles, fiscal, answer.text, drsoldvat="1")
        if answer.status_code == 422:
            form = re.search(r'<form[^>]*id="money".*?</form>', answer.text, re.S)
            said = " ".join(re.sub(r"<[^>]*>", " ", form[0] if form else answer.text).split())
            raise Refused(f"{subscriber} {roubles} was refused: {said}")
        return answer.status_code == 303 and bool(TAKEN.search(answer.headers.get("Location", "")))

    def look_after(self, subscriber: str) -> int:
        """Presses every Repeat that the page offers; how many there were."""
        page = until(lambda: self._form(subscriber))
        addresses = [html.unescape(one) for one in re.findall(r'action="([^"]*repeatreceipt[^"]*)"', page)]
        for address in addresses:
            try:
                self.press(address, page)
            except requests.RequestException:
                continue  # whether it counted the page will show
        return len(addresses)

    def look_after_all(self) -> int:
        """The same for everybody who can have a receipt."""
        return sum(self.look_after(subscriber) for subscriber in [*INTERNET, *CABLE])


def typed(page: str) -> set[str]:
    """What stands in the fields of a page."""
    return set(re.findall(r'<input[^>]* value="([^"]*)"', page))


def until(done: Callable[[], T]) -> T:
    """Does it again and again until it gives something; an answer that does not come is no reason to stop."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if seen := done():
                return seen
        except (requests.RequestException, AssertionError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"no answer for {PATIENCE} s")
