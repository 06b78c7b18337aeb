"""A house with notifications on."""

import pytest

from tests.books import any_books  # noqa: F401


@pytest.fixture
def options_env(options_env: dict[str, str]) -> dict[str, str]:
    """As every test's house, with DREAMKAS_NOTIFICATIONS_ENABLED."""
    return {**options_env, "DREAMKAS_NOTIFICATIONS_ENABLED": "1"}
