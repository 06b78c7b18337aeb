"""Fifty rows of a statement with receipts while Dreamkas answers in 0.3 s: nobody waits, and the worker keeps pace."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

from app import create_app
from tests.bench.gauge import Figure, Question, at_most
from tests.bench.paper import SHOWN, imported
from tests.bench.stage import Stage, stage
from tests.story.street import Cashier, hidden, wait_for

ROWS, LATENCY, AT_ONCE = 50, 0.3, 4
PUSH = f"{SHOWN}&bankstaneedpaymentspush=true"


def measure() -> Iterator[Figure]:
    """One press."""
    with stage("sandbox", "worker") as house:
        imported(create_app(house.env), ROWS)
        house.faults(latency={"probability": 1, "seconds": LATENCY}, print_seconds=0.1)
        press = button(house)
        time.sleep(3)  # the worker's own beginnings are over
        before = posts(house)
        began = time.monotonic()
        press.ask()
        answered = time.monotonic() - began
        wait_for("the first answer", lambda: posts(house) > before)
        first = time.monotonic() - began - LATENCY
        wait_for("the last answer", lambda: posts(house) == before + ROWS)
        last = time.monotonic() - began
    yield at_most(f"processing {ROWS} rows: the page answers", answered, 0.3, "s")
    yield at_most(f"processing {ROWS} rows: first POST after", first - answered, 0.5, "s")
    least = ROWS * LATENCY / AT_ONCE
    said = f"{last:.2f} s of {least:.2f} s"
    yield at_most(f"processing {ROWS} rows: all accepted", last / least, 1.3, "×", said)


def posts(house: Stage) -> int:
    """Receipts that Dreamkas has answered for."""
    return house.told()["asked"].get("POST /api/receipts", 0)


def button(house: Stage) -> Question:
    """The one button of the statement's page."""
    buh = Cashier(house, "admin")
    form = urlencode({"csrf_token": hidden(buh.get(SHOWN).text, "csrf_token")}).encode()
    cookie = "; ".join(f"{name}={value}" for name, value in buh.browser.cookies.items())
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Origin": house.web_url}
    return house.asks(PUSH, 303, headers={**headers, "Referer": house.web_url + SHOWN}, bodies=lambda: form)
