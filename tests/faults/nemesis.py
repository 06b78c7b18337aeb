"""Who breaks things: Dreamkas' accidents, one after another, and SIGKILL at random instants and at named points."""

import contextlib
import os
import random
import signal
import time
from typing import Any

import requests

from tests.faults.doomed import WEB_POINTS, WORKER_POINTS
from tests.faults.houses import MortalStreet
from tests.story.street import wait_for

# Every accident here is one after which the truth can be found out; `seconds` are shorter than the grace.
ACCIDENTS: dict[str, dict[str, Any]] = {
    "latency": {"seconds": 0.6},
    "hang": {},
    "lose_before_accept": {},
    "lose_answer_after_accept": {},
    "cut_answer": {},
    "drip": {"seconds": 0.05},
    "late_processing": {"seconds": 1},
    "answer_500": {},
    "answer_502_html": {},
    "answer_503": {},
    "html_challenge_200": {},
    "truncated_json": {},
    "wrong_content_type": {},
    "redirect_307": {},
    "error_in_2xx": {},
    "wrong_external_id": {},
    "no_external_id": {},
}
# These speak before anything was processed, as design section 4 relies on: a refusal is a refusal.
REFUSALS: dict[str, dict[str, Any]] = {
    "answer_429": {"seconds": 0.5},
    "answer_401": {},
    "answer_403": {},
    "refuse_400": {},
}
FAMILIAR = ("answer_500", "answer_502_html", "answer_503", "html_challenge_200", "hang")
MOODS: tuple[dict[str, Any], ...] = (
    {"till_offline": True},
    {"shift_expired": True},
    {"receipt_id_delay": 1},
    {"success_without_receipt": "hidden"},
    {"unknown_status_word": "in_progress"},
    {"unknown_status_word": "final"},
    {"operations_page_cap": 2},
    {"operations_order": "oldest"},
    {"operations_order": "random"},
    {"operations_ignore_offset": True},
    {"operations_lag": 0.5},
    {"operations_empty": True},
    {"listing_fails_after_page": 1},
    {"lose_how": "close"},
    {"late_answer": "reset"},
    {"webhook_shuffle": True},
    {"webhook_duplicates": 3},
    {"webhook_lies": True},
    {"webhook_delay": 1},
    {"webhooks_on": False},
)


def character(dice: random.Random) -> dict[str, Any]:
    """What this Dreamkas is like all the time: things that no source tells."""
    return {
        "external_id_mode": dice.choice(["duplicate", "same", "conflict"]),
        "success_code": dice.choice(["200", "201", "202"]),
        "clock_skew_seconds": dice.choice([0, 0, 600, -600]),
        "print_seconds": dice.choice([0, 0.1, 0.4]),
        "operations_page_cap": dice.choice([1000, 7]),
        "contact_required": dice.random() < 0.5,
    }


class Nemesis:
    """Breaks one thing after another while the people work, and says what it broke."""

    def __init__(self, street: MortalStreet, dice: random.Random) -> None:
        self.street, self.dooms, self.dice = street, street.dooms, dice
        self.story: list[str] = []
        self.deeds = 0
        self._nature: dict[str, Any] = {}
        self._begun = time.monotonic()

    def begin(self) -> None:
        """Gives the sandbox its character."""
        nature = character(self.dice)
        self._say(f"character {nature}")
        self.street.faults(**nature)
        self._nature = {**self._faults(), **nature}

    def strike(self) -> None:
        """One deed."""
        deeds = {self._accident: 8, self._mood: 4, self._calm: 1, self._kill: 2, self._doom: 5}
        deeds |= {self._restart: 1, self._lose_the_queue: 2}
        [deed] = self.dice.choices(list(deeds), list(deeds.values()))
        deed()
        self.deeds += 1
        self.revive()

    def revive(self) -> None:
        """Whoever died is started again, as systemd would; the web comes to an answer before it is struck again."""
        self._start_who_died()
        wait_for("the web", self._web_is_there)

    def _start_who_died(self) -> None:
        for name, process in list(self.street.running.items()):
            if process.poll() is not None:
                self.street.running.pop(name)
                self.street.start(name)

    def _web_is_there(self) -> bool:
        self._start_who_died()  # told to end, it may answer once more and be gone
        return self.street.answers(f"{self.street.web_url}/?module=login")

    def mend(self) -> None:
        """The end of all faults: no more orders, Dreamkas as it was, everybody alive."""
        for order in self.dooms.iterdir():
            order.unlink(missing_ok=True)
        self.revive()
        self._say("mended")
        self._faults_until_done(self._nature)

    def _accident(self) -> None:
        name = self.dice.choice([*ACCIDENTS, *REFUSALS])
        how = {
            "probability": self.dice.choice([0.3, 0.7, 1]),
            **ACCIDENTS.get(name, {}),
            **REFUSALS.get(name, {}),
        }
        if name in FAMILIAR:
            how["when"] = self.dice.choice(["before", "after"])
        self._say(f"{name} {how}")
        self._faults_until_done({name: how})

    def _mood(self) -> None:
        mood = self.dice.choice(MOODS)
        self._say(f"{mood}")
        self._faults_until_done(mood)

    def _calm(self) -> None:
        self._say("calm")
        self._faults_until_done(self._nature)

    def _kill(self) -> None:
        name = self.dice.choice([*self.street.running])
        self._say(f"SIGKILL {name}")
        self.street.kill(name)
        self.street.start(name)

    def _restart(self) -> None:
        name = self.dice.choice([*self.street.running])
        self._say(f"SIGTERM {name}")
        with contextlib.suppress(ProcessLookupError):  # it has ended this very moment
            os.kill(self.street.running[name].pid, signal.SIGTERM)

    def _lose_the_queue(self) -> None:
        self._say("the queue and the cache are lost")
        self.street.lose_the_queue()

    def _doom(self) -> None:
        who, points = self.dice.choice([("web", WEB_POINTS), ("worker", WORKER_POINTS)])
        point = self.dice.choice(points)
        self._say(f"doom {who}.{point}")
        (self.dooms / f"{who}.{point}").touch()

    def _faults(self) -> dict[str, Any]:
        return requests.get(f"{self.street.sandbox_url}/sandbox/faults", timeout=10).json()

    def _faults_until_done(self, switches: dict[str, Any]) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                self.street.faults(**switches)
                return
            except requests.RequestException:  # it was killed a moment ago, or is just about to end
                if time.monotonic() > end:
                    raise
                self._start_who_died()
                time.sleep(0.1)

    def _say(self, what: str) -> None:
        self.story.append(f"{time.monotonic() - self._begun:6.2f} {what}")
