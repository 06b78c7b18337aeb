"""Every list of the house beside a million operations: first page, next, sorts, searches; and how SQLite finds them."""

import html
import re
from collections.abc import Iterator

from modules.core.db import db
from tests.bench.gauge import Figure, at_most
from tests.bench.stage import Inside, inside

MANY, FEW = 1_000_000, 10_000
ALL = "&fopsdatefrom=&fopsdateto="
OPERATIONS = f"/?module=dreamkas&getoperations=true{ALL}"
PART = {"HX-Request": "true"}
SEEN = 40  # ms; below that nobody asks why
# What is asked of each list: the address, what is added to it for each question.
LISTS = {
    "operations": (
        OPERATIONS,
        {
            "first page": "",
            "oldest first": "&sort=date_create",
            "by sum": "&sort=amount",
            "by sum, largest first": "&sort=-amount",
            "by state": "&sort=state",
            "one state": "&fopsstate=rejected",
            "waiting": "&fopsstate=waiting",
            "what needs a person": "&fopsstate=undecided",
            "rejected today": "&fopsstate=rejected_today",
            "two days": None,
            "exact operation": "&q=9e3779b10000000000000001",
            "exact externalId": "&q=e9e3779b10000000000000001",
            "exact receipt": "&q=r9e3779b10000000000000001",
            "beginning of an operation": "&q=9e3779b1",
            "exact subscriber": "&fopssubscriber=u07920",
            "beginning of a login": "&q=u0792",
            "beginning of a contract": "&q=11792",
            "found nowhere": "&q=nowhere",
            "sum": "&fopssum=199.50",
            "one letter": "&q=u",
            "page 200": "&page=200",
            "near the last page": '&page=19000>["2024-02-01 00:00:00",17]',
            "near the last page, by state": '&sort=state&page=19000>["rejected","2024-02-01 00:00:00",17]',
        },
    ),
    "events": (
        "/?module=dreamkas&getevents=true",
        {
            "first page": "",
            "oldest first": "&sort=came",
            "by type": "&sort=type",
            "one type": "&evtype=receipts",
            "other types": "&evtype=other",
            "exact object": "&q=9e3779b10000000000000001",
            "beginning of an object": "&q=9e3779b1",
        },
    ),
    "notifications": (
        "/?module=dreamkas&notifications=true",
        {
            "first page": "",
            "oldest first": "&sort=created_utc",
            "by level": "&sort=level",
            "search": "&q=u07920",
        },
    ),
    "receipts": (
        "/?module=dreamkas&getreceipts=true",
        {"a day": "&rcptdatefrom=2026-11-19&rcptdateto=2026-11-19"},
    ),
    "my day": ("/?module=addcash&myday=true", {"today": "", "a day": "&mydate=2026-11-19"}),
}


def measure() -> Iterator[Figure]:
    """Of each list the question that takes longest; all of them are printed, the slow ones with SQLite's plan."""
    few = dict(_walk(FEW))
    slowest: dict[str, tuple[float, str]] = {}
    for (name, what), seconds in _walk(MANY):
        print(
            f"    {name}, {what}: {seconds * 1000:.0f} ms, of {FEW} {few[name, what] * 1000:.0f} ms",
            flush=True,
        )
        short = few[name, what], f"{what}, of {FEW}"
        slowest[name] = max(slowest.get(name, (0.0, "")), (seconds, what), short)
    for name, (seconds, what) in slowest.items():
        said = f"{seconds * 1000:.0f} ms ({what})"
        line = f"{name} of {FEW} and of {MANY}: the slowest of {len(LISTS[name][1]) + 2} questions"
        yield at_most(line, seconds * 1000, 50, "ms", said)


def _walk(operations: int) -> Iterator[tuple[tuple[str, str], float]]:
    with inside(operations=operations) as here:
        for name, (address, questions) in LISTS.items():
            yield (name, "the whole page"), here.seconds(address)
            for what, more in questions.items():
                asked = (
                    OPERATIONS.replace(ALL, "&fopsdatefrom=2026-11-19&fopsdateto=2026-11-20")
                    if more is None
                    else address + more
                )
                yield (name, what), _seconds(here, asked)
            following = _next(here.get(address, **PART)[0].decode())
            if following:
                for _page in range(3):
                    following = _next(here.get(following, **PART)[0].decode()) or following
                yield (name, "the fifth page"), _seconds(here, following)


def _seconds(here: Inside, address: str) -> float:
    first = here.get(address, **PART)[1]
    seconds = min([first, *(here.get(address, **PART)[1] for _time in range(2 if first < 1 else 0))])
    if seconds * 1000 > SEEN:
        _explain(here)
    return seconds


def _explain(here: Inside) -> None:
    """What SQLite means to do for the slow ones."""
    said = [(sql, values) for sql, values in here.sql if sql.startswith("SELECT") and "dreamkas_" in sql]
    with here.app.app_context(), db.engine.connect() as connection:
        for sql, values in said:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
            steps = [step for *_numbers, step in plan if "dreamkas_" in step or "TEMP" in step]
            if any("SCAN" in step or "TEMP" in step for step in steps):
                print("       ", "; ".join(steps))


def _next(page: str) -> str | None:
    found = re.search(r'<a[^>]*rel="next"[^>]*href="([^"]*)"|<a[^>]*href="([^"]*)"[^>]*rel="next"', page)
    return html.unescape(found[1] or found[2]) if found else None
