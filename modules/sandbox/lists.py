"""The cabinet API: catalogs and reports that are only read."""

from typing import Any

from flask import Blueprint, Response, request

from modules.sandbox.api import found, not_found, span, window
from modules.sandbox.catalog import V1_TAX
from modules.sandbox.guard import as_json
from modules.sandbox.world import world

bp = Blueprint("lists", __name__)
v2 = Blueprint("v2", __name__)


def _page(kind: str, default: int = 1000) -> list[dict[str, Any]]:
    limit, offset = window(default, 1000)
    return world().store.documents(kind)[offset : offset + limit]


@bp.get("/devices")
@bp.get("/shops", endpoint="shops")
@bp.get("/clients", endpoint="clients")
@bp.get("/cashiers", endpoint="cashiers")
def listing() -> Response:
    """A bare array; cashiers come with password and card, as the real ones do."""
    return as_json(_page(request.path.rstrip("/").rpartition("/")[2]))


@bp.get("/devices/<id>")
@bp.get("/shops/<id>", endpoint="shop")
@bp.get("/clients/<id>", endpoint="client")
def item(id: str) -> Response:
    """One of them, or 404."""
    return as_json(found(request.path.rstrip("/").split("/")[-2], id))


@v2.get("/products")
@v2.get("/departments", endpoint="departments")
def v2_listing() -> Response:
    """Selling positions and departments with VAT in words."""
    return as_json(_page(request.path.rstrip("/").rpartition("/")[2]))


@v2.get("/products/<id>")
def v2_product(id: str) -> Response:
    """One selling position, or 404."""
    return as_json(found("products", id))


def _v1(body: dict[str, Any]) -> dict[str, Any]:
    """The first generation: numeric VAT and the department inside."""
    tax = V1_TAX.get(str(body.get("tax")))
    old = {key: value for key, value in body.items() if key not in ("category", "vendorCodes")}
    return old | {"tax": tax, "department": {"id": 1, "name": "Услуги", "tax": tax}}


@bp.get("/products")
def v1_products() -> Response:
    """Selling positions of the first generation."""
    return as_json([_v1(body) for body in _page("products")])


@bp.get("/products/<id>")
def v1_product(id: str) -> Response:
    """One of them, or 404."""
    return as_json(_v1(found("products", id)))


@bp.get("/departments")
def v1_departments() -> Response:
    """Departments with numeric VAT."""
    return as_json([body | {"tax": V1_TAX.get(str(body.get("tax")))} for body in _page("departments")])


@bp.get("/shifts")
def shifts() -> Response:
    """A bare array, newest first; `devices` filters, `from` and `to` are compared as text (both are ISO UTC)."""
    limit, offset = window(100, 1000)
    devices = {one for one in request.args.get("devices", "").split(",") if one}
    rows = [
        s for s in reversed(world().store.documents("shifts")) if not devices or str(s["deviceId"]) in devices
    ]
    since, until = request.args.get("from", ""), request.args.get("to", "9999")
    return as_json([s for s in rows if since <= s["openedAt"] < until][offset : offset + limit])


@bp.get("/encashments")
def encashments() -> Response:
    """`{query, data}`: nobody puts money into this cash register, so there are only those added by hand."""
    limit, offset = window(100, 1000)
    _, _, echo = span()
    rows = world().store.documents("encashments")[offset : offset + limit]
    return as_json({"query": echo | {"limit": limit, "offset": offset}, "data": rows})


@bp.get("/users/0")
def user() -> Response:
    """The owner of the token."""
    return as_json({"id": 48810, "name": "ООО Пример (учебный кабинет)"})


@bp.get("/reports/counters")
def counters() -> Response:
    """Kopecks taken in cash and cashless within the filters; refunds are subtracted."""
    where, args, _ = span()
    sign = "CASE WHEN type IN ('REFUND', 'OUTFLOW') THEN -1 ELSE 1 END"
    row = world().store.one(
        f"SELECT coalesce(sum(cash * {sign}), 0) AS cash, coalesce(sum((amount - cash) * {sign}), 0) AS cashless"  # noqa: S608
        f" FROM receipts WHERE {where}",
        args,
    )
    return as_json({"summary": {key: {"value": row[key] if row else 0} for key in ("cash", "cashless")}})


@bp.route("/<path:_rest>", methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
def nothing(_rest: str) -> Response:
    """An address nobody documented."""
    raise not_found()
