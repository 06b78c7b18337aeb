"""Where the program writes: what it makes, what must be there, and what somebody else left behind."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import NEVER_AGAIN, create_app
from tests.house import env_for

NOBODY = 65534


@pytest.fixture
def var() -> Iterator[Path]:
    """A VAR_DIR that everybody may use, in a folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "var").mkdir()
    (folder / "var").chmod(0o777)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def start(var, capfd) -> Callable[..., str]:
    """start(UKV_ENABLED="0"): the house starts with that; what it says when it does not, "" when it does."""
    env = {**env_for(var.parent), "VAR_DIR": str(var), "SECRET_KEY": ""}

    def start(**changes: str) -> str:
        try:
            create_app({**env, **changes})
        except SystemExit as end:
            assert end.code == NEVER_AGAIN
            return capfd.readouterr().err
        return ""

    return start


@pytest.fixture
def as_nobody(start, var) -> Iterator[None]:
    """From here on the test is somebody without rights; what it needs of Python was read before."""
    if os.geteuid():
        pytest.skip("only root can leave root's files behind")
    assert start() == ""
    for place in var.iterdir():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def roots(place: Path) -> Path:
    """That folder or file, made by root for nobody else."""
    os.seteuid(0)
    if place.suffix or place.name == "secret_key":
        place.touch()
        place.chmod(0o600)
    else:
        place.mkdir(exist_ok=True)
        place.chmod(0o700)
    os.seteuid(NOBODY)
    return place


@pytest.mark.parametrize(
    "name", ["secret_key", "house.db", "house.db-wal", "queue.db", "cache", "statements", ""]
)
def test_what_a_command_of_roots_left_is_named_with_its_owner(as_nobody, start, var, name):
    place = roots(var / name)
    mode = f"{place.stat().st_mode & 0o777:o}"
    said = f"{place} can not be used by nobody, who runs the program: it belongs to root, mode {mode}.\n"
    assert start() == said


def test_files_that_are_not_needed_may_be_anybodys(as_nobody, start, var):
    roots(var / "cache")
    roots(var / "secret_key")
    roots(var / "queue.db")
    elsewhere = {"CACHE_URL": "redis://127.0.0.1:9/1", "QUEUE_URL": "redis://127.0.0.1:9/0"}
    assert start(SECRET_KEY="sixteen letters or so", **elsewhere) == ""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/proc/nope", "The folder /proc/nope can not be made: No such file or directory.\n"),
        ("/dev/null", "/dev/null is no folder.\n"),
        ("/dev/null/var", "The folder /dev/null/var can not be made: Not a directory.\n"),
    ],
)
def test_a_var_folder_that_can_not_be_made_is_one_sentence(start, place, said):
    assert start(VAR_DIR=place) == said


def test_only_what_is_inside_of_the_var_folder_is_made(start, var):
    assert start(VAR_DIR=f"{var}/far", DATABASE_URL=f"sqlite:///{var}/far/away/x.db") == ""
    assert (var / "far" / "away").is_dir()
    nowhere = var.parent / "nowhere"
    for name in ("DATABASE_URL", "QUEUE_URL"):
        assert start(**{name: f"sqlite:///{nowhere}/x.db"}) == f"The folder {nowhere} does not exist.\n"
    assert start(CACHE_URL=f"file://{nowhere}") == f"The folder {nowhere} does not exist.\n"
    assert not nowhere.exists()
