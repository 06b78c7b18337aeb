"""Measuring: the same question asked over and over, by several at once, for a while; and what a figure is."""

import socket
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

SECONDS = 1.5
ROUNDS = 3
AT_ONCE = 8


@dataclass(frozen=True)
class Figure:
    """What was measured, as it is said ("310/s"), and the number that a target is for; `least`: at least it."""

    what: str
    said: str
    value: float
    target: float
    unit: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.least else self.value <= self.target

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """What, figure, what is compared, target, met or not."""
        wanted = f"{'≥' if self.least else '≤'} {self.target:g} {self.unit}".strip()
        return (
            self.what,
            self.said,
            with_unit(self.value, self.unit),
            wanted,
            "met" if self.met else "NOT MET",
        )


def with_unit(value: float, unit: str) -> str:
    """Three digits, or all of a whole number's: "0.482 R0", "1760 nodes"."""
    return f"{value:.0f} {unit}" if abs(value) >= 1000 else f"{value:.3g} {unit}".strip()


def ratio(what: str, ours: float, beside: float, target: float, name: str) -> Figure:
    """So many a second, beside the bare thing of that name."""
    return Figure(what, f"{ours:.0f}/s beside {beside:.0f}/s", ours / beside, target, name, least=True)


def at_most(what: str, value: float, target: float, unit: str, said: str = "") -> Figure:
    """The less the better."""
    return Figure(what, said or with_unit(value, unit), value, target, unit)


def at_least(what: str, value: float, target: float, unit: str, said: str = "") -> Figure:
    """The more the better."""
    return Figure(what, said or with_unit(value, unit), value, target, unit, least=True)


@dataclass(frozen=True)
class Question:
    """What is asked, and the status that is the right answer: a fast refusal is no figure.

    `bodies`: gives the body of the next POST; without it the question is a GET.
    """

    port: int
    path: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    bodies: Callable[[], bytes] | None = None

    def ask(self) -> bytes:
        """Once, on a connection of its own, as gunicorn's sync workers want it -> the answer, head and all.

        By a bare socket: who asks shares the cores with who answers, and must not be what is measured.
        """
        answer = self._said()
        if not answer.startswith(b"HTTP/1.1 %d " % self.status):
            raise RuntimeError(f"{self.path[:80]}: {answer[:200]!r} where {self.status} was due")
        return answer

    def answer(self) -> tuple[int, str]:
        """Once, whatever the status -> status, body."""
        head, _, body = self._said().partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def _said(self) -> bytes:
        body = self.bodies() if self.bodies else b""
        head = {"Host": f"127.0.0.1:{self.port}", "Connection": "close", **self.headers}
        head |= {"Content-Length": str(len(body))} if self.bodies else {}
        lines = [
            f"{'POST' if self.bodies else 'GET'} {self.path} HTTP/1.1",
            *(f"{k}: {v}" for k, v in head.items()),
        ]
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as sock:
            sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            return b"".join(iter(lambda: sock.recv(1 << 18), b""))

    def seconds(self, times: int = 7) -> float:
        """How long one answer takes while nothing else is asked: the median."""
        self.ask()
        return statistics.median(_seconds(self.ask) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def rates(*questions: Question, at_once: int = AT_ONCE) -> list[float]:
    """Answers a second for each: the median of rounds that take turns, so that all share the machine's moods."""
    for question in questions:
        for _warm in range(20):
            question.ask()
    rounds = [[_rate(question.ask, at_once) for question in questions] for _round in range(ROUNDS)]
    return [statistics.median(figures) for figures in zip(*rounds, strict=True)]


def _rate(ask: Callable[[], object], at_once: int) -> float:
    began = time.monotonic()

    def go_on(_thread: int) -> int:
        done = 0
        while time.monotonic() < began + SECONDS:
            ask()
            done += 1
        return done

    with ThreadPoolExecutor(at_once) as threads:
        done = sum(threads.map(go_on, range(at_once)))
    return done / (time.monotonic() - began)
