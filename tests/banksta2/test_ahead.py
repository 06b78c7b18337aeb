"""A long file is read by a process of its own: what comes of it is the same, and nothing of it stays behind."""

import subprocess
import sys

import pytest

from modules.banksta2 import ahead, checking, drafts
from modules.banksta2.reader import Unreadable, look
from modules.banksta2.rules import Rules, Settings
from modules.banksta2.words import unreadable
from modules.core.root import ROOT
from tests.banksta2.files import LINES, RULES, csv, draft_of, rows
from tests.statements.make import XLS, one_c

BY_COLUMN = Rules(col_paydate="0", col_contract="1", col_realname="2", col_paysum="4")
DIES = (sys.executable, "-c", "import sys; sys.stdin.buffer.read()")


@pytest.fixture
def inside_books(books):
    with books.app_context():
        yield books


@pytest.fixture
def beside(monkeypatch):
    """However short a file is, it is read beside -> the processes that were started."""
    started, start = [], subprocess.Popen

    def watched(*told, **more):
        started.append(start(*told, **more))
        return started[-1]

    monkeypatch.setattr(ahead, "LONG", 0)
    monkeypatch.setattr(ahead.subprocess, "Popen", watched)
    return started


def job_of(tmp_path, data: bytes, rules: Rules = RULES, skip: int = 1) -> ahead.Job:
    place = tmp_path / "statement"
    place.write_bytes(data)
    return ahead.Job(place, look(place), skip, rules, Settings(ukv_ids=("77",)))


def as_lists(job: ahead.Job) -> list[dict[str, list]]:
    return [{name: list(values) for name, values in some.items()} for some in ahead.columns(job)]


@pytest.mark.parametrize(
    ("data", "rules"), [(csv(*LINES * 400), RULES), (XLS.read_bytes(), BY_COLUMN)], ids=["csv", "xls"]
)
def test_what_is_read_beside_is_what_is_read_here(tmp_path, monkeypatch, beside, data, rules):
    job = job_of(tmp_path, data, rules)
    told = as_lists(job)
    assert beside and [len(some["contract"]) for some in told][:-1] == [2000] * (len(told) - 1)
    monkeypatch.setattr(ahead, "LONG", len(data))
    started = len(beside)
    assert told == as_lists(job)
    assert rules is BY_COLUMN or len(beside) == started, "a short file needs no process"


def test_the_place_of_a_file_may_be_told_as_seen_from_here(tmp_path, monkeypatch, beside):
    job_of(tmp_path, csv())
    monkeypatch.chdir(tmp_path)
    seen = job_of(ahead.Path(), csv())
    assert not seen.path.is_absolute()
    assert [len(some["contract"]) for some in ahead.columns(seen)] == [len(LINES)]


def test_a_refusal_is_told_in_the_words_that_it_has_here(tmp_path, beside, app):
    job = job_of(tmp_path, one_c({"Номер": "1"}).encode("cp1251"))
    job.path.write_bytes(one_c({"Номер": "1"}, end="").encode("cp1251"))
    with pytest.raises(Unreadable) as refused:
        list(ahead.columns(job))
    with app.test_request_context():
        assert beside and refused.value.code == "truncated" and "КонецФайла" in unreadable(refused.value)


def test_a_process_that_dies_ends_the_check_and_leaves_no_rows(inside_books, monkeypatch, beside):
    draft = draft_of(csv())
    monkeypatch.setattr(ahead, "COMMAND", DIES)
    with pytest.raises(EOFError):
        checking.check(draft)
    assert beside and rows(draft) == [] and not checking.was_checked(draft)
    monkeypatch.undo()
    checking.check(draft)
    assert len(rows(draft)) == len(LINES)


def test_who_stops_in_the_middle_leaves_no_process(tmp_path, beside):
    told = ahead.columns(job_of(tmp_path, csv(*LINES * 1000)))
    assert len(next(told)["contract"]) == 2000
    told.close()
    assert [process.poll() is not None for process in beside] == [True]


def test_a_long_file_is_checked_and_kept_as_a_short_one_is(inside_books, beside):
    draft = draft_of(csv())
    checking.check(draft)
    assert beside and drafts.find(draft.hash, "buh").rows_total == len(LINES)
    assert [row.contract for row in rows(draft)][:3] == ["100001", "200001", "100003"]


def test_its_process_starts_without_the_panel():
    said = subprocess.run(
        [sys.executable, "-c", "import sys, modules.banksta2.ahead; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()
    assert {"flask", "sqlalchemy"}.isdisjoint(said)
