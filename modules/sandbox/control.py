"""The strings behind the stage: JSON without a token, for the page, for tests and for checkers.

A browser on a stranger's page must not pull them: a changing call needs a JSON body (which another
origin cannot send unasked) and, when it names an Origin, our own.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from modules.sandbox import faults, seed
from modules.sandbox.act import begin_lesson, change_document, close_shift, mend_all, ring_up
from modules.sandbox.guard import as_json
from modules.sandbox.lessons import LESSONS
from modules.sandbox.switches import BadSwitch
from modules.sandbox.world import world

bp = Blueprint("control", __name__, url_prefix="/sandbox")
KINDS = {"products": "id", "devices": "id", "cashiers": "tabNumber", "encashments": "id"}


def bad(*errors: str, status: int = 400) -> Response:
    """A refusal with its Russian sentences."""
    return as_json({"errors": list(errors)}, status)


@bp.before_request
def only_our_own_page() -> Response | None:
    """Refuse changes that come from another site's page."""
    if request.method == "GET":
        return None
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return bad("Чужая страница", status=403)
    if request.method != "DELETE" and not request.is_json:
        return bad("Нужен Content-Type: application/json", status=415)
    return None


@bp.get("/state")
def state() -> Response:
    """{operations: {total, PENDING, …}, receipts, receipts_by_hand, amount, deliveries, late, documents, faults, …}.

    `asked`: how often each address of the API was called since the start; `most_at_once`: of POST /receipts.
    """
    store = world().store
    by_status = {
        row["status"]: row["n"] for row in store.rows("SELECT status, count(*) n FROM operations GROUP BY 1")
    }
    counts = {
        "receipts": "SELECT count(*) n FROM receipts",
        "receipts_by_hand": "SELECT count(*) n FROM receipts WHERE operation_id IS NULL",
        "amount": "SELECT coalesce(sum(amount), 0) n FROM receipts",
        "deliveries": "SELECT count(*) n FROM deliveries",
        "late": "SELECT count(*) n FROM late",
    }
    numbers = {name: _count(sql) for name, sql in counts.items()}
    kinds = {row["kind"]: row["n"] for row in store.rows("SELECT kind, count(*) n FROM documents GROUP BY 1")}
    operations = {"total": sum(by_status.values())} | by_status
    told: dict[str, Any] = {"operations": operations, "documents": kinds, "asked": dict(world().asked)}
    told["most_at_once"] = world().most_at_once
    return as_json(told | {"faults": world().switches.all()} | numbers)


def _count(sql: str) -> int:
    row = world().store.one(sql)
    return row["n"] if row else 0


@bp.get("/faults")
def show_faults() -> Response:
    """Every switch with its value; `?table=1` gives the table with captions instead."""
    if "table" in request.args:
        return as_json([vars(fault) for fault in faults.TABLE])
    return as_json(world().switches.all())


@bp.patch("/faults")
def change_faults() -> Response:
    """All or nothing. An accident takes an object, true (always), false (off) or a probability 0…1."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return bad("Нужен объект")
    try:
        world().switches.change(body)
    except BadSwitch as refused:
        return bad(*refused.errors)
    world().till.wake.set()
    return as_json(world().switches.all())


@bp.post("/mend")
def mend() -> Response:
    """Every switch back to its default."""
    mend_all()
    return as_json(world().switches.all())


@bp.post("/reset")
def reset() -> Response:
    """Forget everything and lay out the default catalog again."""
    world().reset()
    return state()


@bp.post("/seed")
def sow() -> Response:
    """{"machines":3,"positions":40,"cashiers":12,"receipts":5000,"operations":5000}: for demonstrations."""
    try:
        body = seed.wanted(request.get_json(silent=True))
    except ValueError as refused:
        return bad(str(refused))
    with world().store.change() as db:
        seed.sow(db, body)
    return state()


@bp.post("/lessons/<name>")
def lesson(name: str) -> Response:
    """Mend everything, then set the switches of a ready-made lesson."""
    if name not in LESSONS:
        return bad("Нет такого урока", status=404)
    begin_lesson(name)
    return as_json(world().switches.all())


@bp.get("/receipts")
def receipts() -> Response:
    """Everything printed: {count, amount, by_external_id: {id: n}, receipts: […]}; `?externalId=` narrows."""
    where, args = _narrow()
    columns = "id, operation_id AS operationId, external_id AS externalId, device_id AS deviceId, type, amount, contact"
    sql = f"SELECT {columns}, created FROM receipts WHERE {where} ORDER BY seq"  # noqa: S608 (our own words)
    rows = world().store.rows(sql, args)
    found = [dict(row) for row in rows]
    answer = {"count": len(found), "amount": sum(row["amount"] for row in found)}
    return as_json(answer | {"by_external_id": _per_id(found), "receipts": found})


@bp.get("/operations")
def operations() -> Response:
    """Every operation, truly: {count, by_external_id: {id: n}, operations: […]}; `?externalId=` narrows."""
    where, args = _narrow()
    columns = (
        "id, external_id AS externalId, device_id AS deviceId, status, amount, receipt_id AS receiptId, error"
    )
    sql = f"SELECT {columns}, created, completed FROM operations WHERE {where} ORDER BY seq"  # noqa: S608
    rows = world().store.rows(sql, args)
    found = [dict(row) for row in rows]
    return as_json({"count": len(found), "by_external_id": _per_id(found), "operations": found})


def _narrow() -> tuple[str, list[str]]:
    return ("external_id=?", [request.args["externalId"]]) if "externalId" in request.args else ("1", [])


def _per_id(rows: list[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        if row["externalId"]:
            counts[row["externalId"]] = counts.get(row["externalId"], 0) + 1
    return counts


@bp.post("/print")
def print_by_hand() -> Response:
    """Ring up a receipt at the machine itself: {"deviceId", "name", "kopecks", "type"}, each optional."""
    receipt_id, problem = ring_up(request.get_json(silent=True) or {})
    return bad(problem) if problem else as_json({"id": receipt_id}, 201)


@bp.post("/devices/<int:id>/close-shift")
def shift(id: int) -> Response:
    """Close the open shift (and so heal shift_expired)."""
    return as_json({"closed": close_shift(id)})


@bp.post("/<any(products, devices, cashiers, encashments):kind>")
def put_document(kind: str) -> Response:
    """Add one, however odd (no category, null tax, new keys …); only its id must be there."""
    body = request.get_json(silent=True)
    key = KINDS[kind]
    if not isinstance(body, dict) or not isinstance(body.get(key), str | int) or body[key] == "":
        return bad(f"Нужен объект с ключом {key}")
    if kind == "devices" and not isinstance(body[key], int):
        return bad("id кассы — целое число")
    return as_json(change_document(kind, str(body[key]), body, "CREATE"), 201)


@bp.patch("/<any(products, devices, cashiers, encashments):kind>/<id>")
def patch_document(kind: str, id: str) -> Response:
    """Change keys; a key in the list `"-"` of the body is dropped: {"name": "…", "-": ["category"]}."""
    body, old = request.get_json(silent=True), world().store.document(kind, id)
    if old is None:
        return bad("Нет такого", status=404)
    if not isinstance(body, dict) or KINDS[kind] in body:
        return bad("Нужен объект, id не меняется")
    drop = set(body.pop("-", []))
    new = {key: value for key, value in (old | body).items() if key not in drop}
    return as_json(change_document(kind, id, new, "UPDATE"))


@bp.delete("/<any(products, devices, cashiers, encashments):kind>/<id>")
def delete_document(kind: str, id: str) -> Response:
    """Take one away."""
    return Response(status=204) if world().store.remove(kind, id) else bad("Нет такого", status=404)
