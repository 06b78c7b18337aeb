"""What a listing is and how far it reaches, page by page."""

from datetime import timedelta

from modules.core.db import clock
from modules.dreamkas import evidence
from tests.dreamkas.desk import acknowledged, now_is


def read(dreamkas, hours: float | None = None, bird=None) -> evidence.Listing:
    """The listing since so many hours ago, or whole."""
    since = clock() - timedelta(hours=hours) if hours is not None else None
    return evidence.read_operations(dreamkas, since, bird)


def history(dreamkas, *minutes: float) -> None:
    """Operations of others, so many minutes ago."""
    for ago in minutes:
        dreamkas.stranger(timedelta(minutes=ago))


def test_a_listing_ends_with_an_empty_page_and_with_nothing_else(dreamkas):
    history(dreamkas, 50, 40, 30, 20, 10)
    for cap in (1, 2, 3, 5, 1000):
        dreamkas.cap = cap
        listing = read(dreamkas)
        assert (len(listing.rows), listing.whole, listing.problem) == (5, True, "")


def test_rows_that_cannot_be_read_are_paged_over_and_prove_nothing(dreamkas):
    history(dreamkas, 50, 40, 30, 20)
    dreamkas.rows[1]["odd"] = True
    dreamkas.cap = 2
    listing = read(dreamkas)
    assert (len(listing.rows), listing.whole, listing.problem) == (3, True, "odd_rows")
    dreamkas.rows[1]["odd"], dreamkas.rows[3]["odd"] = False, True
    assert read(dreamkas, hours=0.1).problem == "odd_rows", "also where the reading stops early"


def test_an_empty_listing_is_whole_and_reaches_everything_yet_holds_no_canary(dreamkas):
    listing = read(dreamkas)
    assert listing.whole and listing.pages == 0 and listing.reaches(clock())
    bird = evidence.Canary("their-1", "mine", clock())
    assert evidence.canary_problem(listing, bird) == "canary_missing"


def test_it_stops_early_only_when_the_rows_are_fifteen_minutes_older_than_the_moment(dreamkas):
    history(dreamkas, 200, 100, 74, 61, 50)
    dreamkas.cap = 1
    listing = read(dreamkas, hours=1)
    assert (len(listing.rows), listing.whole, listing.problem) == (4, False, "")


def test_it_does_not_stop_before_the_canary_was_met(dreamkas):
    pk = acknowledged(dreamkas, minutes=300)
    history(dreamkas, 200, 100, 90)
    dreamkas.rows.sort(key=lambda row: row["createdAt"])
    bird = evidence.canary(evidence.db.session(), dreamkas.door)
    assert bird.operation_id == now_is(pk).operation_id
    dreamkas.cap = 1
    assert len(read(dreamkas, 1, bird).rows) == 4
    assert len(read(dreamkas, 1).rows) == 2, "100 minutes are 15 minutes older than an hour"


def test_rows_without_a_date_let_nothing_end_early(dreamkas):
    history(dreamkas, 200, 100, 90)
    dreamkas.rows[1]["undated"] = True
    dreamkas.cap = 1
    listing = read(dreamkas, 1)
    assert listing.whole and not listing.ordered()


def test_new_rows_that_push_the_pages_on_lose_no_row(dreamkas):
    history(dreamkas, 50, 40, 30, 20, 10)
    dreamkas.cap = 2
    dreamkas.while_listing = lambda: len(dreamkas.rows) < 8 and history(dreamkas, 0)
    seen = read(dreamkas)
    assert len(seen.rows) >= 5 or seen.problem == "repeats"


def test_pages_that_never_end_are_no_proof(dreamkas, monkeypatch):
    monkeypatch.setattr(evidence, "PAGES_AT_MOST", 3)
    history(dreamkas, 50, 40, 30, 20, 10)
    dreamkas.cap = 1
    assert read(dreamkas).problem == "endless"


def test_the_canary_is_the_newest_acknowledgement(dreamkas):
    acknowledged(dreamkas, 1)
    newest = acknowledged(dreamkas, 2)
    bird = evidence.canary(evidence.db.session(), dreamkas.door)
    assert (bird.operation_id, bird.external_id) == (now_is(newest).operation_id, now_is(newest).external_id)


def test_receipts_are_read_on_to_the_empty_page(dreamkas):
    for kopecks in range(1, 6):
        dreamkas.sold_by_hand(kopecks)
    dreamkas.cap = 2
    receipts = evidence.read_receipts(dreamkas, clock() - timedelta(hours=1))
    assert ([fact.amount for fact in receipts.rows], receipts.problem) == ([1, 2, 3, 4, 5], "")
