"""The catalog: the last known good stays in use, whatever Dreamkas does."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import update

from modules.core.db import clock, db, transact
from modules.core.lasting import Lasting
from modules.dreamkas import catalog
from modules.dreamkas.choices import desk
from modules.dreamkas.models import CatalogRow, CatalogState, ServiceRelation
from tests.dreamkas.desk import later, line_now, queue, state
from tests.dreamkas.fake import GOODS, MACHINE


def stale() -> bool:
    """Whether the beat would refresh it."""
    db.session.rollback()
    return catalog.is_stale(db.session())


def test_what_dreamkas_described_is_known(dreamkas):
    known = catalog.catalog()
    assert [(machine.id, machine.name, machine.online) for machine in known.machines] == [
        (MACHINE, "Desk", True)
    ]
    assert [(row.id, row.tax, row.price) for row in known.services] == [(GOODS, "NDS_5", 10000)]
    assert known.fetched_utc is not None and not stale()


def test_a_receipt_names_a_machine_and_a_position_by_their_exact_ids(any_books):
    with any_books.app_context():
        machine, position = catalog.of_receipt(123, "inet")
        assert (machine.id, position.id) == (123, "inet")
        assert catalog.of_receipt(124, "INET") == (None, None)
        assert catalog.of_receipt(0, "") == (None, None)


def test_pages_never_wait_for_dreamkas(dreamkas):
    desk("internet")
    queue()
    assert dreamkas.asked == []


def test_it_is_refreshed_when_its_lifetime_has_passed_or_a_person_asks(dreamkas):
    later(dreamkas, seconds=1801)
    assert stale()
    catalog.refresh()
    assert not stale()
    transact(catalog.mark_stale)
    assert stale()
    assert catalog.catalog().machines, "what is known stays in use meanwhile"


def test_a_failure_keeps_what_was_known_and_is_tried_again_after_a_minute(dreamkas):
    later(dreamkas, hours=1)
    dreamkas.away = "unknown"
    catalog.refresh()
    known = catalog.catalog()
    assert known.machines and known.positions and "ReadTimeout" in known.error
    assert "ReadTimeout" in line_now().error
    assert not stale()
    later(dreamkas, seconds=61)
    assert stale()


def test_what_was_never_read_is_tried_again_after_some_seconds(dreamkas):
    """A newcomer starts everything at once: Dreamkas may be there a moment after the worker."""
    for row in db.session.scalars(db.select(CatalogState)):
        row.fetched_utc = None
    db.session.commit()
    dreamkas.away = "unknown"
    catalog.refresh()
    assert not stale()
    later(dreamkas, seconds=6)
    assert stale()


def test_a_dreamkas_that_is_away_is_told_in_the_log_once_and_so_is_its_return(dreamkas, caplog, monkeypatch):
    caplog.set_level(logging.INFO, catalog.__name__)
    monkeypatch.setattr(catalog, "trouble", Lasting(3600))

    def rounds(away: str, times: int) -> list[str]:
        caplog.clear()
        dreamkas.away = away
        for _round in range(times):
            catalog.refresh()
        return [record.getMessage() for record in caplog.records if record.name == catalog.__name__]

    assert rounds("", 1) == []
    [gone] = rounds("unknown", 5)
    assert "(machines, cashiers, positions): ReadTimeout" in gone
    [back] = rounds("", 3)
    assert "can be refreshed again" in back
    assert rounds("unknown", 5) == [], "again so soon it is the same trouble"


def test_a_lamp_that_was_green_long_ago_is_not_green_now(dreamkas):
    dreamkas.away = "unknown"
    later(dreamkas, seconds=3500)
    catalog.refresh()
    assert catalog.catalog().machines[0].online is True
    later(dreamkas, seconds=200)
    [machine] = catalog.catalog().machines
    assert machine.online is None
    assert (machine.id, machine.name) == (MACHINE, "Desk")
    dreamkas.away = ""
    catalog.refresh()
    assert catalog.catalog().machines[0].online is True


def test_a_change_is_seen_at_once_and_grows_the_version(dreamkas):
    before = catalog.catalog().version
    catalog.refresh()
    assert catalog.catalog().version == before
    dreamkas.machines[0] = {**dreamkas.machines[0], "isOnline": False}
    catalog.refresh()
    assert catalog.catalog().machines[0].online is False
    assert catalog.catalog().version != before


def test_books_put_back_to_an_older_copy_are_read_anew_though_their_versions_are_the_same(dreamkas):
    assert catalog.catalog().machines[0].name == "Desk"
    machines = update(CatalogRow).where(CatalogRow.kind == catalog.MACHINES)
    db.session.execute(machines.values(body='{"id": 7, "name": "Old"}'))
    db.session.execute(update(CatalogState).values(fetched_utc=clock() - timedelta(days=1)))
    db.session.expire_all()
    assert catalog.catalog().machines[0].name == "Old"


def test_positions_are_read_page_by_page_also_when_pages_are_short_or_repeat(dreamkas):
    dreamkas.positions = [{"id": f"g{number}", "name": "x", "type": "SERVICE"} for number in range(250)]
    catalog.refresh()
    assert len(catalog.catalog().positions) == 250
    dreamkas.cap = 100
    catalog.refresh()
    assert len(catalog.catalog().positions) == 250, "a page that the service cut is no end"
    dreamkas.positions[7] = "odd"
    catalog.refresh()
    assert len(catalog.catalog().positions) == 249, "what can not be read of a page shortens it no more"
    dreamkas.repeats_pages = True
    catalog.refresh()
    assert len(catalog.catalog().positions) == 99, "a page that repeats is one"


@pytest.mark.parametrize(
    "odd",
    [{"id": None}, {"id": True}, {"id": "x1"}, {"id": {}}, {"name": "no id"}, {"id": "²"}, {"id": 9**30}],
)
def test_a_machine_that_makes_no_sense_is_left_out(dreamkas, odd):
    dreamkas.machines.append(odd)
    catalog.refresh()
    assert [machine.id for machine in catalog.catalog().machines] == [MACHINE]


def test_positions_that_make_no_sense_are_left_out_and_missing_keys_are_no_crash(dreamkas):
    dreamkas.positions += [{"name": "no id"}, {"id": 7}, {"id": "bare"}]
    catalog.refresh()
    known = catalog.catalog()
    assert [row.id for row in known.positions] == [GOODS, "bare"]
    assert (known.position("bare").name, known.position("bare").tax, known.position("bare").price) == (
        "bare",
        None,
        None,
    )
    assert known.services == (known.position(GOODS),)


def test_positions_that_are_gone_are_said_on_the_form(dreamkas):
    transact(lambda session: session.add(ServiceRelation(service="internet", goods_id=GOODS)))
    assert desk("internet").mapped == GOODS
    left = [row | {"id": "another"} for row in dreamkas.positions]
    for rows, ready, said in (
        (left, True, "is gone from Dreamkas"),
        ([], False, "names no selling position"),
    ):
        dreamkas.positions = rows
        catalog.refresh()
        shown = desk("internet")
        assert (shown.mapped, shown.ready) == (None, ready)
        assert any(said in warning for warning in shown.warnings)


def test_one_kind_that_fails_keeps_the_others_fresh(dreamkas):
    later(dreamkas, hours=1)
    dreamkas.receipts_fail = True

    def broken(*_args):
        raise catalog.DreamkasError("HTTP 503", None)

    dreamkas.cashiers = broken
    catalog.refresh()
    fetched = {row.kind: row.fetched_utc for row in db.session.scalars(db.select(CatalogState))}
    assert fetched["machines"] > clock() - timedelta(minutes=1) > fetched["cashiers"]
    assert state(queue()) == "queued"


def test_half_a_character_in_a_name_does_not_stop_the_catalog(dreamkas):
    dreamkas.positions = [{"id": "g\ud800", "name": "Internet \ud800", "type": "SERVICE"}]
    catalog.refresh()
    assert [row.name for row in catalog.catalog().positions] == ["Internet ?"]
