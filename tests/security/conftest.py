"""One filled house for all tests that change nothing in it, and one of its own for a test that does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page import page  # noqa: F401
from tests.security.filled import House, filled_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, empty_tables: Path) -> Iterator[House]:
    """Shared by the tests of a file."""
    with filled_house(tmp_path_factory.mktemp("filled"), empty_tables) as made:
        yield made
