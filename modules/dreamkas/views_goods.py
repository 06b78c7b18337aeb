"""The tab "Selling positions": what the cabinet sells, and which of it stands for which service."""

from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.core.current import is_part
from modules.core.listing import here
from modules.core.rights import admin_login
from modules.core.tables import Column, Table
from modules.core.times import to_local
from modules.dreamkas import catalog, mapping
from modules.dreamkas.catalog import SellingPosition
from modules.dreamkas.facts import as_int, as_moment, as_text
from modules.dreamkas.mapping import Mapping
from modules.dreamkas.slips import quantity
from modules.dreamkas.views import Answer, bp, draw, manages, reads
from modules.dreamkas.views_details import details
from modules.dreamkas.words import GOODS_TYPES, SERVICES, VAT


def _text(name: str) -> Any:
    return lambda row: as_text(row.raw.get(name)) or ""


def _texts(name: str) -> Any:
    def read(row: SellingPosition) -> str:
        value = row.raw.get(name)
        return ", ".join(filter(None, map(as_text, value))) if isinstance(value, list) else ""

    return read


def _date(name: str) -> Any:
    def read(row: SellingPosition) -> Any:
        moment = as_moment(row.raw.get(name))
        return to_local(moment) if moment else None

    return read


def _price(row: SellingPosition) -> Decimal | None:
    return None if row.price is None else Decimal(row.price) / 100


def _tax(row: SellingPosition) -> str:
    return str(VAT.get(row.tax, row.tax)) if row.tax else ""


def _type(row: SellingPosition) -> str:
    return str(GOODS_TYPES.get(row.type, row.type))


def _quantity(row: SellingPosition) -> str:
    return quantity(as_int(row.raw.get("quantity")))


def table(mapped: dict[str, list[Mapping]]) -> Table:
    """The list; `mapped` says by a position's id what it stands for."""

    def services_of(row: SellingPosition) -> str:
        return ", ".join(str(SERVICES.get(one.service, one.service)) for one in mapped.get(row.id, ()))

    columns = [
        Column("category", _l("Category"), _text("category")),
        Column("name", _l("Selling position"), lambda row: row.name, "wide"),
        Column("service", _l("Mapped to service"), services_of),
        Column("type", _l("Type"), _type),
        Column("quantity", _l("Quantity"), lambda row: as_int(row.raw.get("quantity")), "num", _quantity),
        Column("price", _l("Price"), _price, "num"),
        Column("tax", _l("Tax type"), _tax),
        Column("barcode", _l("Barcode"), _texts("barcodes")),
        Column("vendorcode", _l("Vendor code"), _texts("vendorCodes")),
        Column("created", _l("Creation date"), _date("createdAt")),
        Column("edited", _l("Last edit date"), _date("updatedAt")),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ]
    return Table(columns, sort="name")


@bp.get("/getgoods")
@reads
def goods() -> Answer:
    """The list; `csv=true` gives the whole of it as a file."""
    known = catalog.catalog()
    all_mapped = mapping.mappings(known)
    mapped: dict[str, list[Mapping]] = {}
    for one in all_mapped.values():
        mapped.setdefault(one.goods_id, []).append(one)
    listed = table(mapped)
    view = listed.read(request.args)
    if view.csv:
        return listed.csv(view, known.positions, "positions")
    cells = {column.name: column.cell or column.key for column in listed.columns}
    values = {"page": listed.page_of(known.positions, view), "cells": cells, "mapped": mapped}
    values |= {"all_mapped": all_mapped, "services": mapping.services(), "titles": SERVICES, "known": known}
    values |= {"list_now": here(), "alone": is_part()}
    return draw("goods", "dreamkas/goods.html", part="dreamkas/_goods.html", **values)


@bp.get("/showdetailedGoods")
@reads
def position() -> Answer:
    """All that Dreamkas says of one."""
    found = catalog.catalog().position(request.args.get("showdetailedGoods", ""))
    if found is None:
        abort(404, _("Dreamkas has no such selling position."))
    return details("goods", _("Selling position"), found.name, found.raw)


# --- mapping ---


@bp.get("/setselpossrvmapping")
@bp.get("/delselpossrvmapping", endpoint="ask_unmap")
@reads
@manages
def ask_mapping() -> Answer:
    """A page that asks whether it is meant: the button posts it."""
    known, removes = catalog.catalog(), "delselpossrvmapping" in request.args
    service = request.args.get("servicetype" if removes else "setselpossrvmapping", "")
    if service not in SERVICES:
        abort(404, _("There is no such service."))
    values = {"removes": removes, "service": service, "title": SERVICES[service]}
    values |= {
        "now": mapping.mappings(known).get(service),
        "position": known.position(request.args.get("goodsid", "")),
    }
    return draw("goods", "dreamkas/goods_mapping.html", **values)


@bp.post("/getgoods")
@bp.post("/setselpossrvmapping", endpoint="map_position")
@bp.post("/delselpossrvmapping", endpoint="unmap_position")
@reads
@manages
def change_mapping() -> Answer:
    """Maps or unmaps, as the fields of the form say."""
    form, admin = request.form, admin_login()
    try:
        words = _unmap(form, admin) if "delselpossrvmapping" in form else _map(form, admin)
    except mapping.NotMapped as refusal:
        flash(str(refusal), "bad")
    else:
        flash(words, "ok")
    return redirect(url_for("dreamkas.goods"), code=303)


def _map(form: Any, admin: str) -> str:
    service = form.get("setselpossrvmapping", "")
    mapping.map_position(service, form.get("goodsid", ""), admin)
    return _("%(service)s is mapped now.", service=SERVICES[service])


def _unmap(form: Any, admin: str) -> str:
    service = form.get("servicetype", "")
    if not mapping.unmap(service, admin):
        raise mapping.NotMapped(_("This service is not mapped."))
    return _("The mapping of %(service)s is deleted.", service=SERVICES.get(service, service))
