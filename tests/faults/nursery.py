"""Where the processes of a crash run are born: forked from one that has read all the code, in milliseconds.

What runs is the very command (gunicorn, flask, python -m), in a session of its own and with its own environment; only
the second of CPU that reading the code costs each of them is paid once. The nursery itself starts nothing. What
was born ends with whoever asked for it, however that one ended: nobody is left alone.
"""

import gc
import multiprocessing
import os
import runpy
import signal
import sys
import threading
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

NURSERY = multiprocessing.get_context("forkserver")
NURSERY.set_forkserver_preload(
    ["tests.faults.doomed", "gunicorn.app.wsgiapp", "gunicorn.workers.sync", "modules.sandbox.app"]
)


class Born:
    """A running process; as much of subprocess.Popen as a street uses."""

    def __init__(self, process: BaseProcess) -> None:
        self._process, self.pid = process, process.pid or 0

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int | None:
        """The same, when it has ended or so many seconds are over."""
        self._process.join(seconds)
        return self.poll()


def born(command: Sequence[object], env: dict[str, str], log: Path) -> Born:
    """Starts a Python program: a script by its path, or python -m MODULE."""
    process = NURSERY.Process(target=_live, args=([str(word) for word in command], env, str(log)))
    process.start()
    return Born(process)


def _live(command: list[str], env: dict[str, str], log: str) -> None:
    gc.freeze()  # what was read once is never looked through again for what to throw away
    os.setsid()  # gunicorn's workers die with it, whatever a run does to it
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(env)
    if command[1:2] == ["-m"]:
        sys.argv = command[2:]
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


def _end_with(parent: Any) -> None:
    """Whoever asked for this house is gone, without a word perhaps: the house goes too, and all who live in it."""
    parent.join()
    os.killpg(0, signal.SIGKILL)
