"""`make torture N=1000`: so many seeds, several at once, and how to run again the one that fails."""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.books import scratch_database
from tests.faults.run import Outcome, Size, prepare, run

SERVERS = {"mariadb": "TEST_MARIADB_URL", "postgresql": "TEST_POSTGRES_URL"}


def one(seed: int, on: str, size: Size, prepared: Path | None) -> Outcome:
    """One seed in a folder of its own; what it left behind goes when all is well."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"torture-{seed}-")))
        if on == "sqlite":
            return run(seed, folder, size, prepared)
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


def main() -> int:
    """The command; 0 when no promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--on", choices=["sqlite", *SERVERS], default="sqlite")
    parser.add_argument("--people", type=int, default=Size.people)
    parser.add_argument("--payments", type=int, default=Size.payments)
    asked = parser.parse_args()
    size = Size(asked.people, asked.payments, 1 if asked.on == "sqlite" else 2)
    needs = [] if asked.on == "sqlite" else [SERVERS[asked.on], "TEST_REDIS_URL"]
    if missing := [name for name in needs if not os.environ.get(name)]:
        parser.error(f"--on {asked.on} wants {' and '.join(missing)}, as the tests do")
    begun, outcomes = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="torture-") as books, ProcessPoolExecutor(asked.at_once) as pool:
        prepared = prepare(Path(books)) if asked.on == "sqlite" else None
        seeds = range(asked.first, asked.first + asked.seeds)
        runs = {pool.submit(one, seed, asked.on, size, prepared): seed for seed in seeds}
        for done in as_completed(runs):
            try:
                outcome = done.result()
            except Exception as error:
                outcome = Outcome(
                    runs[done], [f"the run itself failed: {type(error).__name__}: {error}"], 0, 0
                )
            outcomes.append(outcome)
            say(outcome, asked.on)
    bad = sorted(outcome.seed for outcome in outcomes if outcome.broken)
    payments = sum(outcome.payments for outcome in outcomes)
    print(
        f"{len(outcomes)} seeds on {asked.on}, {payments} payments, broken: {bad or 'none'}; "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
