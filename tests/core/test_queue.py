"""The queue in a file, which may be deleted whenever somebody likes; the threads that work it off."""

import ctypes
import subprocess
import sys

import pytest

from modules.core.queue import huey, init_queue
from modules.core.root import ROOT


def test_a_queue_whose_file_was_deleted_before_it_was_used_has_tables_again(tmp_path):
    file, before = tmp_path / "queue.db", (huey.storage, huey.serializer)
    try:
        init_queue(f"sqlite:///{file}", "a secret that only this test knows")
        file.unlink(missing_ok=True)
        huey.storage.enqueue(b"nudge")
        assert huey.storage.dequeue() == b"nudge"
    finally:
        huey.storage, huey.serializer = before


MANY_THREADS = """
import ctypes, threading
from flask import Flask
from modules.core.queue import consumer, init_queue

init_queue("sqlite:///{file}", "a secret")
consumer(Flask("worker"), threads=4)
kept = threading.Barrier(9)
for _thread in range(8):
    threading.Thread(target=lambda: (bytes(1000), kept.wait()), daemon=True).start()
kept.wait()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this C library tells nothing of its heaps"
)
def test_the_threads_of_a_worker_share_two_heaps(tmp_path):
    script = MANY_THREADS.format(file=tmp_path / "queue.db")
    told = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True, timeout=60)
    assert told.count("<heap") == 2
