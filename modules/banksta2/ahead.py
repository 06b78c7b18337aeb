"""A file -> what the books keep of its rows, some thousand at a time; pure. A long one is read by a process of its own.

To read and to understand a row takes nearly as long as to keep it, so a second core halves the wait. The process is
started, not forked: whoever asks has threads and open databases. It gets a Job, and tells lines of JSON: columns, at
the end "end" or a refusal's code and facts.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, Any

from modules.banksta2 import reader
from modules.banksta2.facts import MIB, Look, Unreadable
from modules.banksta2.mapping import Mapper, columns_of
from modules.banksta2.rules import Rules, Settings
from modules.core.root import ROOT

AT_ONCE = 2000  # rows
LONG = MIB  # bytes: what is shorter is read before a process has started (0.2 s)
COMMAND = (sys.executable, "-c", "from modules.banksta2.ahead import tell; tell()")

Columns = dict[str, Sequence[Any]]


@dataclass(frozen=True)
class Job:
    """A file, and how it is to be read."""

    path: Path
    look: Look
    skip: int  # rows
    rules: Rules
    settings: Settings

    def as_json(self) -> str:
        """As it is told to the process."""
        return json.dumps(asdict(self), default=str)


def _job_of(text: str) -> Job:
    told = json.loads(text)
    look, rules, settings = Look(**told["look"]), Rules(**told["rules"]), Settings(**told["settings"])
    return Job(Path(told["path"]), look, told["skip"], rules, settings)


def columns(job: Job) -> Iterator[Columns]:
    """The columns of the books for AT_ONCE rows, again and again. Raises Unreadable, maybe after some of them."""
    return _read_beside(job) if job.path.exists() and job.path.stat().st_size > LONG else _read(job)


def _read(job: Job) -> Iterator[Columns]:
    mapper = Mapper(job.rules, job.settings)
    rows = (mapper.understand(cells, number) for number, cells in reader.rows(job.path, job.look, job.skip))
    while some := list(islice(rows, AT_ONCE)):
        yield columns_of(some)


def _read_beside(job: Job) -> Iterator[Columns]:
    with _process(replace(job, path=job.path.absolute())) as lines:
        for line in lines:
            said = json.loads(line)
            if said == "end":
                return
            if isinstance(said, list):
                raise Unreadable(said[0], **said[1])
            yield said | {"paid_on": [day and date.fromisoformat(day) for day in said["paid_on"]]}
    raise EOFError("the process that reads a statement died")


@contextmanager
def _process(job: Job) -> Iterator[IO[str]]:
    """What it tells; however the reading ends, it does not outlive it."""
    with subprocess.Popen(  # noqa: S603  our own words, no shell sees them
        COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as beside:
        assert beside.stdin is not None and beside.stdout is not None  # noqa: S101  they are pipes, as asked
        try:
            with beside.stdin as asked:
                asked.write(job.as_json())
            yield beside.stdout
        finally:
            beside.kill()


def tell() -> None:
    """The process: reads a Job from its standard input and tells what columns() gives."""
    try:
        for some in _read(_job_of(sys.stdin.read())):
            print(json.dumps(some, default=date.isoformat), flush=True)
        print(json.dumps("end"))
    except Unreadable as refusal:
        print(json.dumps([refusal.code, refusal.params]))
