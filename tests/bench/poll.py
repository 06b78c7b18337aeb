"""The poll of hundreds of open pages with nothing new: asks no table, so it costs little more than saying hello."""

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.gauge import Line, Question, rates
from tests.bench.served import HELLO
from tests.notifications.hear import HTMX, POLL, bell_of
from tests.story.street import Cashier, Street, wait_for

TARGET = 0.27


class House(Street):
    """The web alone, in one process: the other core is for those who ask."""

    web_app = "tests.bench.served:both"

    def command(self, name: str) -> list:
        """As every street's, with one worker."""
        return [*super().command(name), "--workers", "1"]


def line() -> Line:
    """Polls a second, and hellos a second."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), DREAMKAS_NOTIFICATIONS_ENABLED="1")
        try:
            house.flask("db", "upgrade")
            house.flask("demo")
            house.start("web")
            wait_for("the web", lambda: house.answers(f"{house.web_url}/?module=login"))
            hello = Question(house.web_port, f"{HELLO}/", 200)
            polls, hellos = rates(_poll(house), hello)
        finally:
            house.close()
    return Line("poll with nothing new, bare Flask beside it", polls, hellos, TARGET)


def _poll(house: House) -> Question:
    """The poll of an accountant's page that has heard everything."""
    buh = Cashier(house, "buh")
    values, _at_once = bell_of(buh.get("/").text)
    buh.browser.headers.update(HTMX)
    while (answer := buh.get(f"{POLL}&{urlencode(values)}")).status_code != 204:
        answer.raise_for_status()
        values, _at_once = bell_of(answer.text)
    cookie = "; ".join(f"{name}={value}" for name, value in buh.browser.cookies.items())
    return Question(house.web_port, f"{POLL}&{urlencode(values)}", 204, {"Cookie": cookie, **HTMX})
