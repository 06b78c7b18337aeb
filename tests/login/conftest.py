"""Passwords are checked a hundred times here: a cheap hash, of the same kind, saves half a minute."""

import pytest
from argon2 import PasswordHasher

from modules.core import admins


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(admins, "_HASHER", cheap)
    monkeypatch.setattr(admins, "NOBODYS_HASH", cheap.hash("nobody's password"))
