"""The migration beside fiscal operations that Ubilling itself has made."""

import base64
import json
import re

import pytest
from sqlalchemy import select, text

from modules.core import startup
from modules.core.db import db, transact
from modules.core.serial import serial
from modules.dreamkas import catalog, line, outbox
from modules.dreamkas.models import Operation
from tests.dreamkas.desk import ask_for, attempts, state
from tests.dreamkas.fake import FakeDreamkas

UBILLINGS = """
CREATE TABLE dreamkas_operations (id {id}, operation_id varchar(255) NOT NULL UNIQUE, date_create {time},
  date_finish {time}, date_resend {time}, status varchar(255) NOT NULL,
  error_code varchar(255) NOT NULL, error_message varchar(255) NOT NULL, receipt_id varchar(255) NOT NULL,
  operation_body text NOT NULL, repeated_fiscop_id varchar(255) NOT NULL, repeat_count int DEFAULT 0) {engine};
CREATE TABLE dreamkas_banksta2_relations (id {id}, bs2_rec_id int NOT NULL UNIQUE,
  operation_id varchar(255) NOT NULL UNIQUE, receipt_id varchar(255) NOT NULL) {engine};
CREATE TABLE ubstats (id {id}, {key} varchar(40) NOT NULL, value varchar(255) NOT NULL) {engine};
INSERT INTO ubstats ({key}, value) VALUES ('ubid', 'UB0123');
INSERT INTO dreamkas_banksta2_relations (bs2_rec_id, operation_id, receipt_id) VALUES (5, 'aaa', 'r1');
INSERT INTO dreamkas_banksta2_relations (bs2_rec_id, operation_id, receipt_id) VALUES (6, 'bbb', '')
"""
SENT = {"deviceId": "70321", "total": {"priceSum": 1998.9999999999998}}
# operation_id, status, receipt_id, operation_body
OLD = [
    ("aaa", "SUCCESS", "r1", SENT),
    ("bbb", "ERROR", "", {"deviceId": 70321, "total": {"priceSum": 5000}, "externalId": "one"}),
    ("ccc", "PENDING", "", {"total": {"priceSum": "7000"}, "externalId": "one"}),
    ("ddd", "SUCCESS", "", {"total": [1]}),
    ("eee", "ERROR", "", ["no object"]),
]


INSERT = """INSERT INTO dreamkas_operations (operation_id, date_create, date_finish, date_resend, status, error_code,
  error_message, receipt_id, operation_body, repeated_fiscop_id) VALUES (:id, '2026-03-01 12:00:00',
  '2026-03-01 12:01:00', '2026-03-01 12:00:00', :status, '', '', :receipt, :body, '')"""


def encoded(body):
    return base64.b64encode(json.dumps(body).encode()).decode()


@pytest.fixture
def ubillings(after_ubilling):
    """A database that holds Ubilling's operations, migrated."""
    rows = (
        {"id": operation_id, "status": status, "receipt": receipt_id, "body": encoded(body)}
        for operation_id, status, receipt_id, body in OLD
    )
    return after_ubilling(UBILLINGS, *((INSERT, row) for row in rows))


def old(operation_id):
    return db.session.scalar(select(Operation).where(Operation.operation_id == operation_id))


def test_their_words_become_states(ubillings):
    states = {one.operation_id: one.state for one in db.session.scalars(select(Operation))}
    assert states == {
        "aaa": "fiscalized",
        "bbb": "rejected",
        "ccc": "accepted",
        "ddd": "accepted",
        "eee": "rejected",
    }


def test_their_float_kopecks_become_whole_ones(ubillings):
    amounts = {one.operation_id: one.amount for one in db.session.scalars(select(Operation))}
    assert amounts == {"aaa": 1999, "bbb": 5000, "ccc": 7000, "ddd": None, "eee": None}


def test_the_row_of_a_statement_is_the_source_and_holds_it_unless_rejected(ubillings):
    assert (old("aaa").source_kind, old("aaa").source_id, old("aaa").source_key) == (
        "banksta2",
        5,
        "banksta2:5",
    )
    assert (old("bbb").source_id, old("bbb").source_key) == (6, None)


def test_of_two_that_sent_the_same_external_id_the_first_one_keeps_it(ubillings):
    assert (old("bbb").external_id, old("ccc").external_id) == ("one", None)


def test_the_serial_stays(ubillings):
    assert serial() == "UB0123"


def test_new_operations_live_beside_the_old_ones(ubillings, monkeypatch):
    for alter in re.findall(r"ALTER TABLE `\w+` ENGINE=InnoDB;", startup.trouble()):
        db.session.execute(text(alter))
    assert startup.trouble() == ""
    fake = FakeDreamkas()
    monkeypatch.setattr(line, "client", lambda: fake)
    catalog.refresh()
    pk = transact(lambda session: ask_for(17))
    claimed = outbox.claim(fake.door)
    outbox.carry(claimed, fake)
    assert (state(pk), [one.outcome for one in attempts(pk)]) == ("accepted", ["accepted"])
