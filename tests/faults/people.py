"""What people do while everything breaks: they pay, press again when no answer comes, repeat.

Everybody remembers what the desk told: that is the first of the three books.
"""

import contextlib
import html
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import requests

from modules.core.formats import FORMATS
from tests.story.street import Cashier, Street, hidden

INTERNET, CABLE = ("ivanov", "sidorov"), ("1",)
UNREACHABLE = (
    "petrova"  # has no mobile number: her payments stand, each with a rejected receipt and the reason
)
PATIENCE = 180  # seconds a person goes on pressing the same form
TAKEN = re.compile(r"/\?module=(addcash|ukv)")
# An accountant mapped such a position, or took the mapping away.
OLD_RATE, NO_POSITION = "is a rate of an earlier year: tick that you mean it.", "Choose a selling position."
SECOND = 'name="secondpayment"'
POSITION = re.compile(r'<select[^>]*name="drssellpos".*?<option[^>]* value="([\w-]+)"', re.S)

T = TypeVar("T")


class Told:
    """What the desk told: (subscriber, kopecks) of every payment it said it took, and whether with a receipt.

    `again`: how many more payments of the same sum, with receipts, the same subscriber made.
    """

    def __init__(self) -> None:
        self.payments: dict[tuple[str, int], bool] = {}
        self.again: Counter[tuple[str, int]] = Counter()
        self.complaints: list[str] = []
        self._lock = threading.Lock()

    def took(self, subscriber: str, kopecks: int, fiscal: bool) -> None:
        with self._lock:
            self.payments[subscriber, kopecks] = fiscal

    def took_again(self, subscriber: str, kopecks: int) -> None:
        with self._lock:
            self.again[subscriber, kopecks] += 1

    def complain(self, what: str) -> None:
        with self._lock:
            self.complaints.append(what)

    def booked(self) -> Counter[tuple[str, int]]:
        """How many times each payment must stand in the books."""
        return Counter(self.payments.keys()) + self.again

    def due(self) -> Counter[tuple[str, int]]:
        """How many printed receipts each payment must have."""
        return Counter(
            {
                one: times
                for one, times in self.booked().items()
                if self.payments.get(one) and one[0] != UNREACHABLE
            }
        )


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
    """A cashier with a queue of payments, each of a sum that nobody else pays; some pay the same once more."""

    def __init__(self, street: Street, told: Told, dice: random.Random, sums: Sequence[int] = ()) -> None:
        super().__init__(street, told, dice)
        self.deeds = [lambda kopecks=kopecks: self.serve(kopecks) for kopecks in sums]

    def serve(self, kopecks: int) -> None:
        """One payment; now and then a look at what became of the earlier ones."""
        who = self.dice.choice([*INTERNET, *INTERNET, *CABLE, *CABLE, UNREACHABLE])
        fiscal = self.dice.random() < 0.8
        self.take(who, kopecks, fiscal)
        if fiscal and self.dice.random() < 0.3:
            self.take_the_same_again(who, kopecks)
        if not fiscal and self.dice.random() < 0.7:
            self.remember_the_tick(who, kopecks)
        if self.dice.random() < 0.2:
            self.take_back(who)
        if self.dice.random() < 0.2:
            self.look_after(self.dice.choice([*INTERNET, *CABLE]))

    def take(self, subscriber: str, kopecks: int, fiscal: bool) -> None:
        """One payment; told is what the form said."""
        if self._taken(subscriber, kopecks, fiscal):
            self.told.took(subscriber, kopecks, fiscal)

    def take_the_same_again(self, subscriber: str, kopecks: int) -> None:
        """A second payment, which only its number tells from the first: the form asks whether it is meant."""
        if self._taken(subscriber, kopecks, fiscal=True, second=True):
            self.told.took_again(subscriber, kopecks)

    def _taken(self, subscriber: str, kopecks: int, fiscal: bool, second: bool = False) -> bool:
        """Opens the form and presses it until it says that the money was taken; sometimes twice for luck."""
        page = until(lambda: self._form(subscriber))
        roubles = f"{kopecks // 100},{kopecks % 100:02}"
        try:
            for _press in range(2 if self.dice.random() < 0.2 else 1):
                until(lambda: self._pressed(subscriber, roubles, fiscal, page, second))
        except Refused as refusal:
            self.told.complain(str(refusal))
            return False
        return True

    def _form(self, subscriber: str) -> str:
        page = self.desk.get(f"{self.desk.address(subscriber)}&allpayments=true").text
        return page if hidden(page, "formtoken") else ""

    def _pressed(self, subscriber: str, roubles: str, fiscal: bool, page: str, second: bool) -> bool:
        def press(page: str, more: dict[str, str]) -> requests.Response:
            if more and roubles not in typed(page):
                raise Refused(f"{subscriber} {roubles}: what was typed is gone")
            return self.desk.pay(subscriber, roubles, fiscal, page, **more)

        answer = insist(press, page, second)
        if answer.status_code == 422:
            form = re.search(r'<form[^>]*id="money".*?</form>', answer.text, re.S)
            said = " ".join(re.sub(r"<[^>]*>", " ", form[0] if form else answer.text).split())
            raise Refused(f"{subscriber} {roubles} was refused: {said}")
        return answer.status_code == 303 and bool(TAKEN.search(answer.headers.get("Location", "")))

    def remember_the_tick(self, subscriber: str, kopecks: int) -> None:
        """The box was forgotten: presses Fiscalize beside that payment until it is not offered any more."""
        until(lambda: not self._offered(subscriber, kopecks))
        self.told.took(subscriber, kopecks, fiscal=True)

    def _offered(self, subscriber: str, kopecks: int) -> bool:
        """Whether Fiscalize was offered beside the payment of that sum; if so it was pressed."""
        page, money = until(lambda: self._form(subscriber)), FORMATS["en"].roubles(kopecks)
        [row] = [row for row in page.split("<tr") if f'<b><span class="money">{money}<' in row]
        offer = re.search(r'href="([^"]*fiscalizelater=\d+[^"]*)"', row)
        if not offer:
            return False
        address = html.unescape(offer[1])
        page = self.desk.get(address).text
        wish = {"fiscalizepayment": "1", **self.desk.defaults(page)}
        insist(lambda page, more: self.press(address, page, **{**wish, **more}), page)
        return True

    def take_back(self, subscriber: str) -> None:
        """Presses Cancel beside a receipt that has not gone yet; whether it was in time the books will tell."""
        page = until(lambda: self._form(subscriber))
        if offers := re.findall(r'href="([^"]*cancelreceipt=\d+[^"]*)"', page):
            address = html.unescape(self.dice.choice(offers))
            with contextlib.suppress(requests.RequestException):
                self.press(address, self.desk.get(address).text, reason="pressed too early")

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


def what_is_asked(page: str, second: bool) -> dict[str, str]:
    """What a person who reads the sentences of a form chooses or ticks. `second`: he means a second payment."""
    asked = {"drsoldvat": "1"} if OLD_RATE in page else {}
    asked |= {"secondpayment": "1"} if second and SECOND in page else {}
    offered = POSITION.search(page)
    return {**asked, "drssellpos": offered[1]} if NO_POSITION in page and offered else asked


def insist(
    press: Callable[[str, dict[str, str]], requests.Response], page: str, second: bool = False
) -> requests.Response:
    """Presses; what the form then asks for is chosen or ticked on what it shows now, and pressed again."""
    answer, more = press(page, {}), {}
    while answer.status_code == 422:
        asked = what_is_asked(answer.text, second)
        if asked.items() <= more.items():
            break
        more |= asked
        answer = press(answer.text, more)
    return answer


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
