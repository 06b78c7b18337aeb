"""The tab "Issued checks": the receipts that Dreamkas says were printed, whoever asked for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from modules.core.current import is_part
from modules.core.db import clock, db
from modules.core.decimals import decimal_text
from modules.core.rights import no_keepalive
from modules.core.tables import Column, Table
from modules.core.times import local_now, to_local
from modules.dreamkas import catalog, papers, receipts
from modules.dreamkas.facts import ID
from modules.dreamkas.models import Attempt, Operation
from modules.dreamkas.models_receipts import KnownReceipt
from modules.dreamkas.papers import PATIENCE, POLL
from modules.dreamkas.slips import body_of, lines_of, payments_of, signed, type_words
from modules.dreamkas.views import Answer, bp, draw, reads
from modules.dreamkas.views_operation import origin_of, source_of
from modules.dreamkas.views_today import drawn

WEEK = timedelta(days=6)
MOST, USUAL = 1000, 100  # receipts on a page
FILTERS = ("rcptdatefrom", "rcptdateto", "rcptmaxcount", "rcptdeviceid", "q", "sort", "page")


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to: local days, both included; `cut` when more days were asked for than are shown."""

    since: date
    until: date
    most: int
    device_id: str
    cut: bool = False


def asked() -> Filter:
    """The filter that the address names; nonsense in it is as if it were not there."""
    today = local_now().date()
    until = min(_day("rcptdateto") or today, today)
    since = min(_day("rcptdatefrom") or until - WEEK, until)
    most = request.args.get("rcptmaxcount", USUAL, type=int)
    device_id = request.args.get("rcptdeviceid", "")[:32]
    first = max(since, until - timedelta(days=receipts.LONGEST - 1), date(2010, 1, 1))
    return Filter(min(first, until), until, max(1, min(most, MOST)), device_id, first > since)


def _day(name: str) -> date | None:
    try:
        return datetime.strptime(request.args.get(name, ""), "%Y-%m-%d").date()  # noqa: DTZ007 - a local day
    except ValueError:
        return None


def found_by(wanted: Filter) -> Select[Any]:
    """The known receipts that pass the filter, as a select to be sorted and paged."""
    since, until = receipts.bounds(wanted.since, wanted.until)
    found = select(KnownReceipt).where(KnownReceipt.date_utc >= since, KnownReceipt.date_utc < until)
    return found.where(KnownReceipt.device_id == wanted.device_id) if wanted.device_id else found


def positions_words(receipt: KnownReceipt) -> str:
    """Positions and prices in one line."""
    rows = lines_of(body_of(receipt))
    return "; ".join(f"{row['name']}: {row['quantity'] or '1'} × {_decimal(row['price'])}" for row in rows)


def payments_words(receipt: KnownReceipt) -> str:
    """How it was paid in one line."""
    return "; ".join(f"{row['title']}: {_decimal(row['sum'])}" for row in payments_of(body_of(receipt)))


def _decimal(kopecks: int | None) -> str:
    return decimal_text(kopecks) if kopecks is not None else "?"


def _total(receipt: KnownReceipt) -> Decimal | None:
    return None if receipt.amount is None else Decimal(receipt.amount) / 100


# Asked by the search for each receipt: whose it is.
WHOSE = (
    select(Operation.subscriber + " " + Operation.contract)
    .where(Operation.operation_id == KnownReceipt.operation_id)
    .limit(1)
    .scalar_subquery()
)


def table(owners: Mapping[str, Operation]) -> Table:
    """The list; `owners` says by a receipt's id whose it is."""

    def subscriber(one: KnownReceipt) -> str:
        return owners[one.id].whose if one.id in owners else ""

    columns = [
        Column("device_id", _l("Cash machine ID"), KnownReceipt.device_id),
        Column("date", _l("Operation date"), KnownReceipt.date_utc, cell=lambda one: to_local(one.date_utc)),
        Column("total", _l("Check total"), KnownReceipt.amount, "num", _total),
        Column("type", _l("Type"), KnownReceipt.type, cell=lambda one: type_words(one.type)),
        Column("subscriber", _l("Subscriber"), cell=subscriber),
        Column("positions", _l("Check positions and prices"), cls="wide", cell=positions_words),
        Column("payments", _l("Check payments details"), cell=payments_words),
        Column("cashier", _l("Cashier"), KnownReceipt.cashier),
        Column("shift", _l("Shift ID"), KnownReceipt.shift, "num"),
        Column("number", _l("Check in shift"), KnownReceipt.number, "num"),
        Column("shop_id", _l("Seller ID"), KnownReceipt.shop_id),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ]
    search = [KnownReceipt.words, KnownReceipt.operation_id, WHOSE]
    return Table(columns, sort="-date", search=search, tie=KnownReceipt.id, size=asked().most)


def owners_of(some: Select[Any] | list[str]) -> dict[str, Operation]:
    """Receipt -> the operation of ours that asked for it; `some` are receipts' ids, or a select of them."""
    one = KnownReceipt.id, Operation
    asked_for = select(*one).join(Operation, Operation.operation_id == KnownReceipt.operation_id)
    # A second operation at Dreamkas for the same externalId is known by its attempt only.
    twins = select(*one).join(Attempt, Attempt.their_id == KnownReceipt.operation_id)
    twins = twins.join(Operation, Operation.id == Attempt.operation_pk)
    named = select(KnownReceipt.id, Operation).join(Operation, Operation.receipt_id == KnownReceipt.id)
    found: dict[str, Operation] = {}
    for ask in (twins, named, asked_for):
        found.update((row[0], row[1]) for row in db.session.execute(ask.where(KnownReceipt.id.in_(some))))
    return found


@bp.get("/getreceipts", endpoint="receipts")
@reads
def listing() -> Answer:
    """The list; `csv=true` gives the whole of it as a file. Days that are not known well are asked of the worker."""
    wanted = asked()
    receipts.want_days(wanted.since, wanted.until)
    found = found_by(wanted)
    view = table({}).read(request.args)
    if view.csv:
        return table(owners_of(found.with_only_columns(KnownReceipt.id))).csv(view, found, "receipts")
    page = table({}).page_of(found, view)
    today = {} if is_part() else drawn()
    values = {"page": page, "owners": owners_of([row.id for row in page.rows]), "source_of": source_of}
    values |= {
        "wanted": wanted,
        "machines": catalog.catalog(),
        "sum": sum(map(signed, page.rows)),
        "most": MOST,
    }
    values |= {"lines_of": lines_of, "payments_of": payments_of, "body_of": body_of, "type_words": type_words}
    return draw(
        "receipts",
        "dreamkas/receipts.html",
        part="dreamkas/_receipts.html",
        **values,
        **_age(wanted),
        **today,
    )


@bp.get("/getreceipts/receiptsnow")
@no_keepalive
@reads
def receipts_now() -> Answer:
    """How far the reading is, asked by the page itself; nothing while nothing has changed."""
    age = _age(asked())
    if request.headers.get("Known") == age["coverage"].stamp:
        return "", 204
    return render_template("dreamkas/_receipts_age.html", moved=True, **age)


def _age(wanted: Filter) -> dict[str, Any]:
    coverage = receipts.coverage(wanted.since, wanted.until)
    args: dict[str, Any] = {name: value for name, value in request.args.items() if name in FILTERS}
    silent = coverage.asked is not None and coverage.asked < clock() - PATIENCE
    poll = POLL if coverage.pending and not silent else 0
    return {
        "coverage": coverage,
        "poll": poll,
        "silent": silent,
        "list_url": url_for("dreamkas.receipts", **args),
        "now_url": url_for("dreamkas.receipts_now", **args),
    }


# --- one receipt ---


@bp.get("/showdetailedrcpt")
@reads
def receipt() -> Answer:
    """A receipt as the paper it is, and whose it is; one that is not known is asked of the worker."""
    receipt_id = request.args.get("showdetailedrcpt", "")
    if not ID.fullmatch(receipt_id):
        abort(404, _("There is no such receipt."))
    values = _paper(receipt_id)
    values |= {
        "receipt_id": receipt_id,
        "link": url_for(".receipt", showdetailedrcpt=receipt_id, _external=True),
    }
    return draw("receipts", "dreamkas/receipt.html", part="dreamkas/_receipt_modal.html", **values)


@bp.get("/receiptnow")
@no_keepalive
@reads
def receipt_now() -> Answer:
    """The receipt that was asked of the worker; it asks for itself until the receipt is there."""
    receipt_id = request.args.get("receiptnow", "")
    values = _paper(receipt_id)
    link = url_for(".receipt", showdetailedrcpt=receipt_id, _external=True)
    return render_template("dreamkas/_receipt.html", receipt_id=receipt_id, link=link, **values)


def _paper(receipt_id: str) -> dict[str, Any]:
    """What draws it, and whose it is."""
    drawn = papers.paper(receipt_id)
    owner = owners_of([receipt_id]).get(receipt_id) if drawn["found"] else None
    said = (
        {"source": source_of(owner), "origin": origin_of(owner)}
        if owner
        else {"source": None, "origin": None}
    )
    return {**drawn, "owner": owner, **said}
