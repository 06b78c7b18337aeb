"""Trouble that lasts is told when it begins, rarely while it lasts, and when it is over."""

import pytest

from modules.core import lasting
from modules.core.lasting import Lasting


@pytest.fixture
def clock(monkeypatch):
    """now[0] seconds."""
    now = [1000.0]
    monkeypatch.setattr(lasting.time, "monotonic", lambda: now[0])
    return now


def after(clock, seconds: float) -> None:
    clock[0] += seconds


def test_it_is_told_when_it_begins_and_once_in_a_while(clock):
    trouble = Lasting(tell_seconds=600, steady_seconds=60)
    assert trouble.begins() and not trouble.begins()
    after(clock, 599)
    assert not trouble.begins()
    after(clock, 1)
    assert trouble.begins()
    after(clock, 30)
    assert trouble.ends() == 630, "since it was told first"
    assert trouble.ends() is None, "once"


def test_what_begins_again_soon_is_the_same_trouble_and_later_another(clock):
    trouble = Lasting(tell_seconds=600, steady_seconds=60)
    assert trouble.begins()
    assert trouble.ends() == 0
    after(clock, 59)
    assert not trouble.begins()
    assert trouble.ends() is None, "what was not told is not told to be over"
    after(clock, 1)
    assert trouble.begins()


def test_what_never_began_does_not_end(clock):
    assert Lasting().ends() is None
