"""xls, xlsx and ods -> rows, read by python-calamine in a process that is allowed little (sheets_child.py).

An archive that would unpack to more than we take is refused before it is opened; one that lies about its sizes
meets the limits of the child, which dies alone.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from modules.banksta2.facts import FIRST, MIB, Row, Rows, Unreadable

UNPACKED_AT_MOST = 300 * MIB
RATIO_AT_MOST = 200  # unpacked : packed, for an entry that is over UNPACKED_FREELY
UNPACKED_FREELY = 20 * MIB
ENTRIES_AT_MOST = 1000
MEMORY = 448 * MIB  # address space of the child, of which Python and its libraries map some 100 MiB
SECONDS = 20  # of processor time
_CHILD = Path(__file__).with_name("sheets_child.py")


def rows(path: Path) -> Rows:
    """Rows of the first visible sheet with anything in it, those of one cell left out. Raises Unreadable."""
    return ((number, cells) for number, cells in _asked("rows", path))


def look(path: Path) -> tuple[list[Row], list[str]]:
    """The first rows, and the names of the sheets that rows() leaves out though there is something in them.

    Raises Unreadable.
    """
    *first, others = _asked("look", path)
    return [(number, cells) for number, cells in first], others


def _asked(what: str, path: Path) -> Iterator[list]:
    """What the child says line by line, up to its end."""
    if zipfile.is_zipfile(path):
        _refuse_bomb(path)
    with _child(what, path) as lines:
        for line in lines:
            said = _said(line)
            if said == "end":
                return
            if isinstance(said, str):
                raise Unreadable(said)
            yield said
    raise Unreadable("bomb")  # killed by its limits before it said anything


@contextmanager
def _child(what: str, path: Path) -> Iterator[IO[bytes]]:
    """What the child prints; however the reading ends, it does not outlive it."""
    command = [sys.executable, "-I", str(_CHILD), what, str(path), *map(str, (FIRST, MEMORY, SECONDS))]
    with subprocess.Popen(  # noqa: S603  our own script; the file's name is ours and no shell sees it
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None  # noqa: S101  it is a pipe, as asked
        try:
            yield child.stdout
        finally:
            child.kill()


def _said(line: bytes) -> list | str:
    try:
        return json.loads(line)
    except ValueError as error:  # it was killed in the middle of a line
        raise Unreadable("bomb") from error


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise Unreadable("broken") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("protected")
    if (
        len(entries) > ENTRIES_AT_MOST
        or sum(entry.file_size for entry in entries) > UNPACKED_AT_MOST
        or any(_is_too_dense(entry) for entry in entries)
    ):
        raise Unreadable("bomb")


def _is_too_dense(entry: zipfile.ZipInfo) -> bool:
    dense = entry.file_size > RATIO_AT_MOST * max(entry.compress_size, 1)
    return dense and entry.file_size > UNPACKED_FREELY
