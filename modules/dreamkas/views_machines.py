"""The tabs "Cash machines" and "Cashiers"."""

from collections.abc import Callable
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from modules.core.listing import here
from modules.core.tables import Column, Table
from modules.dreamkas import catalog
from modules.dreamkas.catalog import Machine
from modules.dreamkas.facts import as_int, as_text
from modules.dreamkas.forms import lamp_words
from modules.dreamkas.machines import term
from modules.dreamkas.views import Answer, bp, draw, reads
from modules.dreamkas.views_details import details

# dreamkas-api.md 2: receipts by API work with these two; their codes are not documented, their names are.
FISCAL = ("дримкас ф", "касса ф", "дримкас-ф", "касса-ф", "dreamkas f", "kassa f", "dreamkas_f", "kassa_f")


def takes_receipts(machine: Machine) -> bool | None:
    """Whether receipts can be sent to it by API; None when its model is not known to be one of those that can."""
    words = {machine.model.strip().lower(), (as_text(machine.raw.get("modelCode")) or "").strip().lower()}
    return True if words & set(FISCAL) else None


def _can_words(machine: Machine) -> str:
    return _("yes") if takes_receipts(machine) else _("not known")


MACHINES = Table(
    [
        Column("id", _l("Cash machine ID"), lambda one: one.id),
        Column("online", _l("Online"), lambda one: one.online, "mid", lamp_words),
        Column("name", _l("Cash machine name"), lambda one: one.name),
        Column("code", _l("Model code"), lambda one: as_text(one.raw.get("modelCode")) or ""),
        Column("model", _l("Model name"), lambda one: one.model),
        Column("expires", _l("Registration date expires"), lambda one: term(one).day),
        Column("receipts", _l("Receipts by API"), _can_words),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ],
    sort="id",
)


@bp.get("/getcashmachines")
@reads
def machines() -> Answer:
    """The list; `csv=true` gives the whole of it as a file."""
    values = {"term": term, "takes_receipts": takes_receipts, "lamp_words": lamp_words}
    known = catalog.catalog()
    return _listing("cashmachines", "machines", MACHINES, known.machines, known=known, **values)


@bp.get("/showdetailedCM")
@reads
def machine() -> Answer:
    """All that Dreamkas says of one."""
    found = catalog.catalog().machine(request.args.get("showdetailedCM", ""))
    if found is None:
        abort(404, _("Dreamkas has no such cash machine."))
    more = {_("Receipts by API"): _can_words(found), _("Registration"): term(found).words}
    return details(
        "cashmachines", _("Cash machine"), found.name, found.raw, **{k: v for k, v in more.items() if v}
    )


def _told(name: str) -> Callable[[dict], str]:
    return lambda row: as_text(row.get(name)) or ""


def _number(name: str) -> Callable[[dict], Any]:
    return lambda row: number if (number := as_int(row.get(name))) is not None else as_text(row.get(name))


CASHIERS = Table(
    [
        Column("tabNumber", _l("Tab number"), _number("tabNumber"), cell=_told("tabNumber")),
        Column("name", lazy_pgettext("person", "Name"), _told("name")),
        Column("inn", _l("INN"), _told("inn")),
        Column("deviceId", _l("Cash machine ID"), _number("deviceId"), cell=_told("deviceId")),
    ],
    sort="tabNumber",
)


@bp.get("/getcashiers")
@reads
def cashiers() -> Answer:
    """The list; of a cashier only these four words are shown, their passwords and cards are nowhere."""
    known = catalog.catalog()
    values = {"machine": known.machine, "text": as_text}
    return _listing("cashiers", "cashiers", CASHIERS, known.cashiers, known=known, **values)


def _listing(tab: str, name: str, listed: Table, rows: Any, **values: Any) -> Answer:
    view = listed.read(request.args)
    if view.csv:
        return listed.csv(view, rows, name)
    page = listed.page_of(rows, view)
    values |= {"page": page, "list_now": here()}
    return draw(tab, f"dreamkas/{name}.html", part=f"dreamkas/_{name}.html", **values)
