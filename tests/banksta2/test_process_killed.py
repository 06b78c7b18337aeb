"""Two processes credit one statement and are killed again and again, at whatever instruction: nothing twice or half."""

import itertools
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from modules.banksta2 import process
from modules.banksta2.models import StatementRow
from modules.banksta2.progress import progress
from modules.billing.models import Payment, UkvPayment
from modules.core.db import db
from modules.dreamkas.models import Operation
from tests.banksta2.processing import imported, rows_of
from tests.books import balance, count

ROOT = Path(__file__).parents[2]
ROWS, STEP = 300, 60
SWEEP = [Path(sys.executable).parent / "flask", "--app", "app", "dreamkas", "sweep"]


def sweep(env: dict[str, str]) -> subprocess.Popen:
    """A process that credits all there is, without asking whether another is at it."""
    return subprocess.Popen(SWEEP, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def credited(app) -> int:
    with app.app_context():
        number = db.session.scalar(select(func.count()).where(StatementRow.processed == 1))
        db.session.rollback()
        return number


def until(app, wanted: int, running: list[subprocess.Popen]) -> None:
    """Waits until so many rows are credited, or nobody is left to credit them."""
    while credited(app) < wanted and any(one.poll() is None for one in running):
        time.sleep(0.02)


def test_whatever_is_killed_each_row_is_credited_once(any_books, options_env, monkeypatch):
    monkeypatch.setattr("modules.dreamkas.duties.enqueue", lambda *_args: None)
    statement = imported(any_books, ROWS)
    before = {who: balance(any_books, who) for who in ("ivanov", "sidorov", "1")}
    with any_books.app_context():
        assert process.press(statement, "buh") == ROWS
        url = db.engine.url.render_as_string(hide_password=False)
    env = {**os.environ, **options_env, "DATABASE_URL": url, "DREAMKAS_ENABLED": "0"}
    chance, kills = random.Random(5), 0
    running = [sweep(env), sweep(env)]
    for goal in itertools.count(STEP, STEP):
        until(any_books, min(goal, ROWS), running)
        if credited(any_books) >= ROWS:
            break
        victim = running.pop(chance.randrange(2))
        kills += victim.poll() is None
        victim.kill()
        victim.wait()
        running.append(sweep(env))
    for one in running:
        one.wait(60)
    assert kills >= 3
    assert (count(any_books), count(any_books, UkvPayment), count(any_books, Operation)) == (200, 100, ROWS)
    moved = {who: balance(any_books, who) - kopecks for who, kopecks in before.items()}
    due = [sum(10_000 + number for number in range(first, ROWS + 1, 3)) for first in (1, 2, 3)]
    assert list(moved.values()) == due
    with any_books.app_context():
        now = progress(statement)
        assert (now.credited.rows, now.credited.kopecks, now.receipt("queued").rows) == (ROWS, sum(due), ROWS)
        notes = [*db.session.scalars(select(Payment.note)), *db.session.scalars(select(UkvPayment.note))]
    assert len(set(notes)) == ROWS
    assert all(row.processed and row.payment_id and not row.trouble for row in rows_of(any_books, statement))
