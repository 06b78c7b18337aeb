"""The words of the health strip."""

from datetime import datetime, timedelta

import pytest

from modules.dreamkas.views_health import ago

NOW = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 - naive UTC, as inside


@pytest.mark.parametrize(
    ("passed", "words"),
    [(0, "1 sec. ago"), (-5, "1 sec. ago"), (40, "40 sec. ago"), (300, "5 min. ago"), (7200, "2 hr. ago")],
)
def test_a_moment_is_always_ago_and_short(app, passed, words):
    with app.test_request_context("/"):
        assert ago(NOW - timedelta(seconds=passed), NOW) == words
