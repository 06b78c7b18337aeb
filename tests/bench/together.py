"""Everything at once on one SQLite file: pages, polls, webhooks, payments, lists, a statement being credited."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle

from app import create_app
from modules.dreamkas.hooks import EVENTS, door
from tests.bench.gauge import Figure, at_least, at_most
from tests.bench.lists import OPERATIONS
from tests.bench.paper import CREDITED, SHOWN, imported
from tests.bench.processing import button, posts
from tests.bench.stage import PROFILE, Stage, stage
from tests.bench.webhook import hook_to, serial
from tests.story.street import Cashier

SECONDS, ROWS = 20, 2000
BAD = ("database is locked", "Traceback")


def measure() -> Iterator[Figure]:
    """Three web workers, two workers, eight who ask without a pause."""
    with stage("sandbox", "worker", "worker2") as house:
        imported(create_app(house.env), ROWS)
        house.faults(print_seconds=0.1)
        press, cookie = button(house), house.signed_in()
        pages = [house.asks(path, headers=cookie) for path in (PROFILE, OPERATIONS, SHOWN, "/")]
        work = {"pages": _in_turn([page.ask for page in pages]), "profile": pages[0].ask}
        work |= {"webhooks": hook_to(house, door(EVENTS, serial(house))).ask}
        work |= {"payments": _payer(house, "u00003"), "more payments": _payer(house, "u00004")}
        press.ask()
        done, wrong = _all_at_once(work)
        rows = house.ask(CREDITED)
        sent = posts(house)
        logs = "".join(place.read_text("utf-8", "replace") for place in house.folder.glob("*.log"))
        most = house.told()["most_at_once"]
    said = ", ".join(f"{name} {number / SECONDS:.0f}/s" for name, number in done.items())
    print(f"    in {SECONDS} s: {said}; rows credited {rows}, receipts sent {sent}; wrong: {dict(wrong)}")
    yield at_most("all at once on one SQLite file: wrong answers", sum(wrong.values()), 0, "answers")
    yield at_most("all at once: “database is locked” in logs", sum(map(logs.count, BAD)), 0, "lines")
    yield at_least("all at once: receipts sent meanwhile", sent, 1, "receipts")
    yield at_most("all at once: POSTs at once, as the sandbox saw it", most, 4, "POSTs")


def _all_at_once(work: dict[str, Callable[[], object]]) -> tuple[Counter, Counter]:
    done, wrong, end = Counter(), Counter(), time.monotonic() + SECONDS

    def go_on(name: str, ask: Callable[[], object]) -> None:
        while time.monotonic() < end:
            try:
                ask()
                done[name] += 1
            except Exception as error:
                wrong[f"{name}: {error}"[:200]] += 1

    people = [threading.Thread(target=go_on, args=one) for one in work.items()]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return done, wrong


def _in_turn(asks: list[Callable[[], object]]) -> Callable[[], object]:
    turn = cycle(asks)

    def ask() -> object:
        return next(turn)()

    return ask


def _payer(house: Stage, subscriber: str) -> Callable[[], None]:
    """Somebody who pays another sum each time, so that none is taken for a double."""
    cashier, kopecks = Cashier(house, "admin"), iter(range(10_000, 10**9))

    def pay() -> None:
        answer = cashier.pay(subscriber, f"{next(kopecks) / 100:.2f}")
        if answer.status_code != 303:
            raise RuntimeError(answer.status_code)

    return pay
