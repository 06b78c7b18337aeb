"""Two clocks: naive UTC inside, the wall clock of TIMEZONE outside."""

from datetime import datetime, timedelta

import pytest

from modules.core.times import local_now, to_local, to_utc, utc_now

at = datetime.fromisoformat


@pytest.mark.parametrize(
    ("zone", "utc", "local"),
    [
        ("Europe/Moscow", at("2026-11-23 18:10"), at("2026-11-23 21:10")),
        ("Europe/Kyiv", at("2026-07-01 12:00"), at("2026-07-01 15:00")),
        ("Europe/Kyiv", at("2026-12-01 12:00"), at("2026-12-01 14:00")),
        ("Asia/Kamchatka", at("2026-12-31 13:00"), at("2027-01-01 01:00")),
    ],
)
def test_the_same_moment_by_both_clocks(make_app, zone, utc, local):
    with make_app(TIMEZONE=zone).app_context():
        assert to_local(utc) == local
        assert to_utc(local) == utc


def test_the_hour_that_comes_twice_means_its_first_coming(make_app):
    with make_app(TIMEZONE="Europe/Kyiv").app_context():
        assert to_utc(at("2026-10-25 03:30")) == at("2026-10-25 00:30")


def test_now_is_naive_by_both_clocks(inside):
    assert utc_now().tzinfo is local_now().tzinfo is None
    assert abs(local_now() - utc_now() - timedelta(hours=3)) < timedelta(seconds=5)
