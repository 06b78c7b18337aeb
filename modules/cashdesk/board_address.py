"""What the address of the board, of the day and of the lists behind them says, and the addresses that say it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from modules.billing.service import BOOKS
from modules.cashdesk.standing import places_of
from modules.cashdesk.standing_sql import AGES, OLDER, Wanted
from modules.core.tables import View
from modules.core.times import local_now

LONGEST = 366  # days that are shown at once
FIRST = date(2000, 1, 1)
NOBODY = "(none)"  # the cashier of rows that name none
BIGGEST = 2**31 - 1


@dataclass(frozen=True)
class Period:
    """Local days, both included; `cut` when more were asked for than are shown."""

    since: date
    until: date
    cut: bool = False

    @property
    def args(self) -> dict[str, Any]:
        """As an address says it."""
        return {"brdfrom": str(self.since), "brdto": str(self.until)}


def period(args: Mapping[str, str]) -> Period:
    """The days that the address names: this month up to today when it names none."""
    today = local_now().date()
    until = max(FIRST, min(day(args.get("brdto")) or today, today + timedelta(days=1)))
    asked = day(args.get("brdfrom")) or until.replace(day=1)
    since = max(min(asked, until), until - timedelta(days=LONGEST - 1), FIRST)
    return Period(since, until, cut=since > asked)


def day(text: str | None) -> date | None:
    """ "2026-11-23" -> the day; None for what is none."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").date()  # noqa: DTZ007 - a local day
    except ValueError:
        return None


def usual_periods() -> dict[str, Period]:
    """The periods that one asks for most: today, yesterday, this month, the last one."""
    today = local_now().date()
    before, month = today - timedelta(days=1), today.replace(day=1)
    ended = month - timedelta(days=1)
    return {
        "today": Period(today, today),
        "yesterday": Period(before, before),
        "month": Period(month, today),
        "last": Period(ended.replace(day=1), ended),
    }


def wanted(args: Mapping[str, str]) -> Wanted:
    """What the address narrows a list to; nonsense in it is as if it were not there."""
    days = period(args)
    place, service, age = (args.get(name, "") for name in ("brdplace", "brdservice", "brdage"))
    cashier, cash_type = args.get("brdcashier", "")[:45].replace("\0", ""), args.get("brdcashtype", "")
    known = cash_type.removeprefix("-").isdecimal() and len(cash_type) < 11
    return Wanted(
        days.since,
        days.until,
        place=place if places_of(place) else "",
        service=service if service in BOOKS else "",
        cashier=None if not cashier else "" if cashier == NOBODY else cashier,
        cash_type=int(cash_type) if known and abs(int(cash_type)) <= BIGGEST else None,
        age=age if age in (*AGES, OLDER) else "",
        payment_type=args.get("brdpaytype", "")[:16].replace("\0", ""),
        printed=day(args.get("brdprinted")),
        late=args.get("brdlate") == "true",
        machine=args.get("brdmachine", "")[:32].replace("\0", ""),
    )


def searched(narrowed: Wanted, view: View) -> Wanted:
    """The same, narrowed by what is searched for."""
    return replace(narrowed, q=tuple(view.words))


def args_of(narrowed: Wanted, **changes: Any) -> dict[str, Any]:
    """The address's words for it: args_of(wanted, place="none", cashier="kassir")."""
    one = replace(narrowed, **changes)
    return {
        "brdfrom": str(one.since),
        "brdto": str(one.until),
        "brdplace": one.place or None,
        "brdservice": one.service or None,
        "brdcashier": NOBODY if one.cashier == "" else one.cashier,
        "brdcashtype": one.cash_type,
        "brdage": one.age or None,
        "brdpaytype": one.payment_type or None,
        "brdprinted": one.printed,
        "brdlate": one.late or None,
        "brdmachine": one.machine or None,
    }
