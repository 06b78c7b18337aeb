"""Measuring: the same question asked over and over, by several threads, for a while."""

import http.client
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

SECONDS = 2.0
ROUNDS = 3
THREADS = 4


@dataclass(frozen=True)
class Line:
    """What was measured: requests a second, ours and beside it; the ratio wanted at least."""

    name: str
    ours: float
    beside: float
    target: float

    @property
    def ratio(self) -> float:
        """How ours compares."""
        return self.ours / self.beside


@dataclass(frozen=True)
class Question:
    """What is asked, and the status that is the right answer: a fast refusal is no figure."""

    port: int
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self) -> None:
        """Once, on a connection of its own, as gunicorn's sync workers want it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", self.path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if answer.status != self.status:
            raise RuntimeError(f"{self.path.partition('&')[0]}: {answer.status} where {self.status} was due")


def rates(*questions: Question) -> list[float]:
    """Answers a second for each: the median of rounds that take turns, so that all share the machine's moods."""
    rounds = [[_rate(question.ask) for question in questions] for _round in range(ROUNDS)]
    return [statistics.median(figures) for figures in zip(*rounds, strict=True)]


def _rate(ask: Callable[[], None]) -> float:
    began = time.monotonic()

    def go_on(_thread: int) -> int:
        done = 0
        while time.monotonic() < began + SECONDS:
            ask()
            done += 1
        return done

    with ThreadPoolExecutor(THREADS) as threads:
        done = sum(threads.map(go_on, range(THREADS)))
    return done / (time.monotonic() - began)
