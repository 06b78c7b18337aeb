"""What every database of the house takes alike."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select, text

from modules.core.db import db, transact
from modules.core.journal import Weblog


def test_a_nul_hurts_no_database(any_books):
    with any_books.app_context():
        transact(lambda session: session.add_all([Weblog(event=text) for text in ("a\0b", "c\0", "d")]))
        kept = db.session.scalars(select(Weblog.event).order_by(Weblog.id.desc()).limit(3)).all()
        assert [text.replace("\ufffd", "\0") for text in kept] == ["d", "c\0", "a\0b"]
        assert db.session.scalars(select(Weblog.id).where(Weblog.event == "\0")).all() == []


def test_what_is_looked_into_is_folded_a_line_for_each_text(inside):
    folded = db.session.scalar(text("SELECT fold('Аб', NULL, 'ВЁ', '', 7)"))
    assert folded == "аб\nвё\n7", "no word stands half in one column and half in the next"


def test_whoever_means_to_write_holds_the_file_before_reading_and_whoever_reads_holds_nobody_up(inside):
    with closing(sqlite3.connect(db.engine.url.database, timeout=0, isolation_level=None)) as other:

        def work(session):
            session.scalar(select(Weblog.id).limit(1))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")

        transact(work)
        db.session.scalar(select(Weblog.id).limit(1))
        other.execute("BEGIN IMMEDIATE")
