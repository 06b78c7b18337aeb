"""A file of 100 000 rows, from the upload to rows in the database, each parsed and checked, in bounded memory."""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dbfread
import python_calamine
from flask import Flask

from app import create_app
from modules.banksta2 import checking, drafts
from modules.banksta2.rules import Rules
from modules.core.db import db
from tests.bench import data
from tests.bench.gauge import Figure, at_least, at_most
from tests.bench.memory import of_group, share
from tests.bench.registry import as_csv, as_dbf, as_xlsx
from tests.bench.stage import OPTIONS
from tests.story.street import ROOT, Street

ROWS = 100_000
RULES = Rules(
    col_paydate="0", col_paysum="1", col_contract="2", col_realname="3", col_paypurpose="4", col_bank_id="5",
    col_payer_inn="6", service_type="Internet",
)  # fmt: skip


def measure() -> Iterator[Figure]:
    """Each kind in a process of its own: its memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        data.books(Path(folder))  # made here, if they must be, not where memory is measured
        for kind, write in (("csv", as_csv), ("xlsx", as_xlsx), ("dbf", as_dbf)):
            place = Path(folder) / f"registry.{kind}"
            place.write_bytes(write(ROWS))
            seconds, most = _beside(place)
            bare = read_bare(place)
            shown = f"{seconds:.1f} s, {ROWS / seconds:.0f} rows/s"
            if kind == "csv":
                yield at_least(f"import of {ROWS} rows, csv", ROWS / seconds, 10_000, "rows/s", shown)
            else:
                beside = f"{shown}, bare reading {bare:.1f} s"
                yield at_most(f"import of {ROWS} rows, {kind}", seconds / bare, 5, "× the library", beside)
            yield at_most(f"import, {kind}: memory", most, 300, "MB")


def _beside(place: Path) -> tuple[float, float]:
    """-> seconds, and MB that all its processes had together at most, looked at ten times a second."""
    command, most = [sys.executable, "-m", "tests.bench.importing", str(place)], 0.0
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as ours:
        while ours.poll() is None:
            most = max(most, sum(map(share, of_group(ours.pid))))
            time.sleep(0.1)
        return float((ours.stdout.read() if ours.stdout else "").split()[-1]), most


def once(place: Path) -> None:
    """Prints its seconds."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)).app_context():
        began = time.monotonic()
        with place.open("rb") as file:
            draft = drafts.bring(file, place.name, "admin")
        drafts.map_anew(draft, RULES)
        checking.check(draft)
        seconds = time.monotonic() - began
        if draft.rows_total != ROWS or checking.count_of(draft.id) != ROWS:
            raise RuntimeError(f"{draft.rows_total} rows of {ROWS}")
        db.engine.dispose()
    print(seconds)


def house(folder: Path) -> Flask:
    """The house on its books; not stage.inside, which remembers what each statement said: 100 000 rows of it."""
    data.books(folder)
    return create_app(Street(folder, **OPTIONS).env)


def read_bare(place: Path) -> float:
    """How long the library takes to read the file and do nothing with it."""
    began = time.monotonic()
    if place.suffix == ".xlsx":
        many = len(python_calamine.CalamineWorkbook.from_path(str(place)).get_sheet_by_index(0).to_python())
    elif place.suffix == ".dbf":
        many = sum(1 for _row in dbfread.DBF(str(place), encoding="cp866"))
    else:
        with place.open(encoding="cp1251") as file:
            many = sum(1 for _row in csv.reader(file, delimiter=";"))
    if many != ROWS:
        raise RuntimeError(f"{many} rows of {ROWS}")
    return time.monotonic() - began


if __name__ == "__main__":
    once(Path(sys.argv[1]))
