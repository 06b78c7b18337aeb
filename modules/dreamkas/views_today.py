"""Above the receipts: today in figures and thirty days as a picture, each figure and each bar leading to its list."""

from typing import Any

from flask import render_template, url_for

from modules.cashdesk.board import Figure
from modules.cashdesk.board_address import args_of
from modules.cashdesk.month import OneDay, month
from modules.cashdesk.standing_sql import Wanted
from modules.core.rights import no_keepalive
from modules.dreamkas.views import Answer, bp, reads

WIDE, HIGH = 10, 100  # of a day's column, in units of the picture; it is stretched to its place
ROOM = 0.92  # of the height that the highest bar takes
POLL = 30  # seconds


@bp.get("/getreceipts/boardtoday")
@no_keepalive
@reads
def today_now() -> Answer:
    """The figures and the picture alone: the page asks for them by itself."""
    return render_template("dreamkas/_today.html", **drawn())


def drawn() -> dict[str, Any]:
    """What the templates want, as `chart`: today, columns of the picture, most, wide, high, poll, list_url."""
    days = month()
    most = max(one.needed.count for one in days)
    chart = {
        "today": days[-1],
        "columns": [_column(place, one, most) for place, one in enumerate(days)],
        "most": most,
        "wide": WIDE * len(days),
        "high": HIGH,
        "poll": POLL,
        "list_url": list_url,
    }
    return {"chart": chart}


def list_url(one: OneDay, place: str) -> str:
    """The list of the day's payments that stand there."""
    return url_for("dreamkas.board_rows", **args_of(Wanted(one.day, one.day, place=place)))


def _column(place: int, one: OneDay, most: int) -> dict[str, Any]:
    """A day's column: where it begins, and how high its two bars are."""
    return {
        "day": one,
        "x": place * WIDE,
        "needed": _height(one.needed, most),
        "confirmed": _height(one.confirmed, most),
        "named": place % 7 == 1 or place == 29,
    }


def _height(figure: Figure, most: int) -> float:
    return round(figure.count * HIGH * ROOM / most, 2) if most else 0.0
