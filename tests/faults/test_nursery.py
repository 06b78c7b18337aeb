"""Whoever is killed in the middle of a crash run leaves no house behind."""

import os
import socket
import subprocess
import sys

import pytest

from tests.story.street import ROOT

pytestmark = pytest.mark.story
ASKS = """
import os, pathlib, sys, time
from tests.faults.nursery import born
born([sys.argv[1]], dict(os.environ), pathlib.Path(os.devnull))
time.sleep(600)
"""
LIVES = """
import os, socket, time
line = socket.create_connection(("127.0.0.1", int(os.environ["EAR"])))
line.send(b"born")
time.sleep(600)
"""


def test_who_was_born_ends_with_who_asked_for_it_however_that_one_ends(tmp_path):
    house = tmp_path / "house.py"
    house.write_text(LIVES, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as ear:
        ear.settimeout(20)
        env = {**os.environ, "EAR": str(ear.getsockname()[1])}
        asking = subprocess.Popen([sys.executable, "-c", ASKS, house], cwd=ROOT, env=env)
        line, _whence = ear.accept()
        line.settimeout(20)
        assert line.recv(9) == b"born"
        asking.kill()
        asking.wait()
        assert line.recv(9) == b"", "it lives on"
