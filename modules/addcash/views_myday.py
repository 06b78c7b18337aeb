"""`/?module=addcash&myday=true`: what this cashier took on a day, to be held against the Z report at closing."""

from typing import Any

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l

from modules.addcash.views import bp
from modules.billing.service import cash_types
from modules.cashdesk import board_address, board_list, myday
from modules.cashdesk.board_address import args_of, wanted
from modules.cashdesk.board_links import payment_page, receipt_page
from modules.cashdesk.counter import Answer
from modules.cashdesk.standing import BADGES, BUCKETS, OPEN, PLACES
from modules.cashdesk.standing_sql import UNASKED, Wanted
from modules.core.cards import Card
from modules.core.current import is_part
from modules.core.rights import admin_login, needs
from modules.core.times import local_now
from modules.dreamkas import service as register
from modules.dreamkas.forms import payment_words

CARD = Card(
    title=_l("My day"),
    icon="day",
    endpoint="addcash.my_day",
    right="CASH|UKV",
    group=_l("Subscribers"),
    whole_room=False,
)
for_cashiers = needs("CASH|UKV")


@bp.get("/myday")
@for_cashiers
def my_day() -> Answer:
    """The day: today, or the one that the address names (`mydate`)."""
    today = local_now().date()
    day = min(board_address.day(request.args.get("mydate")) or today, today)
    shown = myday.my_day(admin_login(), day)
    whole = Wanted(day, day)
    values: dict[str, Any] = {"buckets": BUCKETS, "badges": BADGES, "open": OPEN, "places": PLACES}
    return render_template(
        "addcash/myday.html",
        day=shown,
        today=today,
        types=cash_types(),
        kinds=_kinds(shown),
        payment_words=payment_words,
        machines={str(machine.id): machine.name for machine in register.desk("internet").machines},
        list_url=lambda **changes: url_for("addcash.my_day_rows", **args_of(whole, **changes)),
        has_register=register.desk("internet").enabled,
        **values,
    )


def _kinds(shown: myday.Day) -> list[str]:
    """The payment types that occur among the day's money, what was never asked for last."""
    kinds = {one.payment_type for one in shown.income}
    return [*sorted(kinds - {UNASKED}), *(kinds & {UNASKED})]


@bp.get("/myday/mydaylist")
@for_cashiers
def my_day_rows() -> Answer:
    """The payments behind a figure: the cashier's own, or all whose receipts a cash machine printed that day."""
    narrow = wanted(request.args)
    if not narrow.printed:
        narrow = wanted({**request.args, "brdcashier": admin_login()})
    values = board_list.listing(narrow, request.args)
    if "csv" in values:
        return values["csv"]
    values |= {"payment_page": payment_page, "receipt_page": receipt_page, "manages": False}
    values["back"] = url_for("addcash.my_day", mydate=narrow.printed or narrow.until)
    return render_template("cashdesk/_ledger.html" if is_part() else "addcash/myday_list.html", **values)
