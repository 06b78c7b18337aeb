"""`make torture N=1000`: so many seeds, several at once, and how to run again the one that fails."""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from tests.books import scratch_database
from tests.faults.run import Outcome, Size, run
from tests.story.street import newcomers_books

SERVERS = {"mariadb": "TEST_MARIADB_URL", "postgresql": "TEST_POSTGRES_URL"}


def one(seed: int, on: str, size: Size, home: Path) -> Outcome:
    """One seed in a folder of its own; what it left behind goes when all is well."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{seed}-", dir=home)))
        if on == "sqlite":
            return run(seed, folder, size)
        redis = os.environ["TEST_REDIS_URL"]
        url = stack.enter_context(scratch_database(os.environ[SERVERS[on]]))
        return run(seed, folder, size, DATABASE_URL=url, QUEUE_URL=redis, CACHE_URL=redis)


def say(outcome: Outcome, on: str) -> None:
    """A line for a good run; the whole story and the way back for a bad one."""
    state = "BROKEN" if outcome.broken else "ok"
    print(
        f"seed {outcome.seed}: {state}, {outcome.payments} payments, "
        f"{outcome.kopecks} kopecks, {outcome.seconds:.1f} s",
        flush=True,
    )
    if outcome.broken:
        print(
            "\n".join(
                [*(f"  ! {line}" for line in outcome.broken), *(f"    {line}" for line in outcome.story)]
            )
        )
        print(f"  again: make torture FIRST={outcome.seed} N=1 ON={on}", flush=True)


def arguments() -> argparse.Namespace:
    """The command line; ends here when a server is not named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument(
        "--at-once", type=int, default=2 * (os.cpu_count() or 1), help="most of it is waiting"
    )
    parser.add_argument(
        "--minutes", type=float, default=0, help="begin no seed after so many; 0: all of them"
    )
    parser.add_argument("--on", choices=["sqlite", *SERVERS], default="sqlite")
    asked = parser.parse_args()
    needs = [] if asked.on == "sqlite" else [SERVERS[asked.on], "TEST_REDIS_URL"]
    if missing := [name for name in needs if not os.environ.get(name)]:
        parser.error(f"--on {asked.on} wants {' and '.join(missing)}, as the tests do")
    return asked


def outcomes(asked: argparse.Namespace) -> Iterator[Outcome]:
    """Of each seed as it ends; one that is not begun in time is left out."""
    size = Size(workers=1 if asked.on == "sqlite" else 2)
    last = time.monotonic() + asked.minutes * 60 if asked.minutes else float("inf")
    with tempfile.TemporaryDirectory(prefix="torture-") as home, ThreadPoolExecutor(asked.at_once) as pool:
        newcomers_books()  # before several want them at once
        waiting = iter(range(asked.first, asked.first + asked.seeds))
        runs: dict[Future[Outcome], int] = {}
        while True:
            while len(runs) < asked.at_once and time.monotonic() < last and (seed := next(waiting, None)):
                runs[pool.submit(one, seed, asked.on, size, Path(home))] = seed
            if not runs:
                return
            for done in wait(runs, return_when=FIRST_COMPLETED).done:
                yield outcome_of(done, runs.pop(done))


def outcome_of(done: Future[Outcome], seed: int) -> Outcome:
    """What became of it; a run that fails by itself is broken too."""
    try:
        return done.result()
    except Exception as error:
        return Outcome(seed, [f"the run itself failed: {type(error).__name__}: {error}"], 0, 0)


def main() -> int:
    """The command; 0 when no promise was broken."""
    asked, begun = arguments(), time.monotonic()
    bad, payments, seeds = [], 0, 0
    for outcome in outcomes(asked):
        say(outcome, asked.on)
        seeds, payments = seeds + 1, payments + outcome.payments
        bad += [outcome.seed] if outcome.broken else []
    print(
        f"{seeds} seeds on {asked.on}, {payments} payments, broken: {sorted(bad) or 'none'}; "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
