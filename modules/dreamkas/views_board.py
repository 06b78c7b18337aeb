"""The tab "Board": every payment of a period in exactly one bucket, held against the books; and the lists behind it."""

from decimal import Decimal
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.billing.service import cash_types
from modules.cashdesk import board, board_address, board_list
from modules.cashdesk.board import Board, Figure, Group
from modules.cashdesk.board_address import Period, args_of, wanted
from modules.cashdesk.board_links import payment_page, receipt_page
from modules.cashdesk.standing import BADGES, BUCKETS, OPEN, PLACES
from modules.cashdesk.standing_sql import AGES, OLDER
from modules.core.tables import Column, Table, View
from modules.dreamkas.views import Answer, bp, draw, reads
from modules.dreamkas.words import PAYMENT_TYPES

AGE_WORDS = {"m5": _l("≤ 5 min"), "h1": _l("≤ 1 h"), "d1": _l("≤ 1 day"), OLDER: _l("older")}
PERIOD_WORDS = {
    "today": _l("Today"),
    "yesterday": _l("Yesterday"),
    "month": _l("This month"),
    "last": _l("Last month"),
}


def _cells() -> Table:
    """The board as a spreadsheet wants it: one line for each group, that add up to the whole."""
    types = cash_types()
    columns = [
        Column("service", _l("Service type"), lambda one: str(board_list.SERVICES[one.service])),
        Column("cashier", _l("Admin"), lambda one: one.cashier),
        Column("cash_type", _l("Cash type"), lambda one: type_name(types, one.cash_type)),
        Column("bucket", _l("Bucket"), lambda one: str(BUCKETS[one.bucket])),
        Column("why", _l("Reason"), lambda one: str(PLACES[one.place][1])),
        Column("age", _l("Age"), lambda one: str(AGE_WORDS[one.age])),
        Column("count", _l("Payments"), lambda one: one.figure.count),
        Column("kopecks", _l("Cash"), lambda one: Decimal(one.figure.kopecks) / 100),
    ]
    return Table(columns, sort="service")


@bp.get("/getboard", endpoint="board")
@reads
def shown() -> Answer:
    """The board; `csv=true` gives every group of it as a file."""
    days = board_address.period(request.args)
    reckoned = board.reckon(days.since, days.until)
    if request.args.get("csv") == "true":
        return _cells().csv(View(sort="service"), _sorted(reckoned.groups), "board")
    narrow = wanted(days.args)
    values: dict[str, Any] = {
        "board": reckoned,
        "days": days,
        "periods": _periods(),
        "sides": _sides(reckoned),
    }
    values |= {"buckets": BUCKETS, "places": PLACES, "badges": BADGES, "open": OPEN, "ages": AGE_WORDS}
    values["csv_url"] = url_for("dreamkas.board", csv=True, **days.args)
    return draw(
        "board",
        "dreamkas/board.html",
        list_url=lambda **changes: url_for("dreamkas.board_rows", **args_of(narrow, **changes)),
        **values,
    )


def _sorted(groups: list[Group]) -> list[Group]:
    places, ages = list(PLACES), [*AGES, OLDER]

    def key(one: Group) -> tuple[Any, ...]:
        return one.service, one.cashier, one.cash_type, places.index(one.place), ages.index(one.age)

    return sorted(groups, key=key)


def _periods() -> list[tuple[str, str, Period]]:
    usual = board_address.usual_periods()
    return [
        (str(PERIOD_WORDS[name]), url_for("dreamkas.board", **days.args), days)
        for name, days in usual.items()
    ]


def _sides(reckoned: Board) -> list[dict[str, Any]]:
    """The board by service, cashier and cash type: a title and its rows (name, what narrows a list to it, figures)."""
    types = cash_types()
    return [
        _side(reckoned, "service", _("By service"), lambda kind: str(board_list.SERVICES[kind])),
        _side(reckoned, "cashier", _("By cashier"), lambda login: login or _("nobody named")),
        _side(reckoned, "cash_type", _("By cash type"), lambda number: type_name(types, number)),
    ]


def _side(reckoned: Board, name: str, title: str, words: Any) -> dict[str, Any]:
    figures, whole = reckoned.by(name, "bucket"), reckoned.by(name)
    rows = [
        {
            "words": words(value),
            "narrow": {name: value},
            "figures": {bucket: figures.get((value, bucket), Figure()) for bucket in BUCKETS},
            "total": whole[value,],
        }
        for value in reckoned.values(name)
    ]
    return {"id": f"by-{name}", "title": title, "rows": rows}


def type_name(types: dict[int, str], number: int) -> str:
    """A cash type's name; one that stands in no table is named by its number."""
    return types.get(number) or f"№ {number}"


# --- the lists ---


@bp.get("/getboard/boardlist")
@reads
def board_rows() -> Answer:
    """The payments behind a figure; `csv=true` gives the whole of it as a file."""
    narrow = wanted(request.args)
    values = board_list.listing(narrow, request.args)
    if "csv" in values:
        return values["csv"]
    choices = board_list.choices(narrow, AGE_WORDS, PAYMENT_TYPES)
    back = url_for("dreamkas.board", brdfrom=narrow.since, brdto=narrow.until)
    values |= {"choices": choices, "back": back, "payment_page": payment_page, "receipt_page": receipt_page}
    return draw("board", "dreamkas/board_list.html", part="cashdesk/_ledger.html", **values)
