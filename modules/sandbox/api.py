"""The cabinet API: receipts and operations. Catalogs and reports are in lists.py, webhooks in webhooks.py."""

import json
import sqlite3
import time
import uuid
from typing import Any

from flask import Blueprint, Response, g, request

from modules.sandbox import rules
from modules.sandbox.clock import read_moment
from modules.sandbox.guard import Refusal, as_json, invalid
from modules.sandbox.operations import accept, born, shown
from modules.sandbox.world import World, world

bp = Blueprint("api", __name__)
FISCAL_MODELS = ("DREAMKAS_F", "KASSA_F")


def not_found() -> Refusal:
    """404 in the shape of every other error (the real body is unknown)."""
    return Refusal(404, "EMU_NOT_FOUND", "Не найдено")


def window(default: int, most: int, clamp: bool = False) -> tuple[int, int]:
    """`limit` and `offset` of this call. Raises Refusal 400 for what is no number or too large."""
    try:
        limit = int(request.args.get("limit", default))
        offset = int(request.args.get("offset", 0))
    except ValueError:
        raise invalid([rules.error("NUMBER_BASE", "Поля `limit` и `offset` должны быть числами")]) from None
    if limit < 1 or offset < 0 or (limit > most and not clamp):
        raise invalid([rules.error("NUMBER_MAX", f"limit: 1…{most}, offset: не меньше 0")])
    return min(limit, most), offset


def span() -> tuple[str, list[Any], dict[str, Any]]:
    """WHERE, its arguments and the echoed query from `from`, `to`, `devices`. Raises Refusal 400."""
    parts, args, echo = ["1"], [], {}
    try:
        for key, sign in (("from", ">="), ("to", "<")):
            if key in request.args:
                parts.append(f"created {sign} ?")
                args.append(read_moment(request.args[key]))
                echo[key] = request.args[key]
        devices = [int(one) for one in request.args.get("devices", "").split(",") if one]
    except (ValueError, OverflowError):
        raise invalid([rules.error("DATE_BASE", "Поля `from`, `to` — даты ISO, `devices` — числа")]) from None
    if devices:
        parts.append(f"device_id IN ({','.join('?' * len(devices))})")
        args += devices
    return " AND ".join(parts), args, echo


def found(kind: str, id: str) -> dict[str, Any]:
    """One document of the cabinet. Raises Refusal 404."""
    body = world().store.document(kind, id)
    if body is None:
        raise not_found()
    return body


@bp.post("/receipts")
def post_receipt() -> Response:
    """Queue a receipt: 2xx with the PENDING operation, or 400 with every error."""
    body, switches = request.get_json(silent=True), world().switches
    errors = rules.receipt_errors(
        body,
        contact=switches["contact_required"],
        sums=switches["payments_sum_check"],
        tag_1125=switches["tag_1125"] == "accept",
    )
    if not isinstance(body, dict) or errors or (errors := _machine_errors(body)):
        raise invalid(errors)
    row = _take(world(), body)
    world().till.wake.set()
    world().hooks.wake.set()
    return as_json(_told(row), int(switches["success_code"]))


def _machine_errors(body: dict[str, Any]) -> list[rules.Error]:
    device = world().store.document("devices", int(rules.number(body["deviceId"]) or 0))
    if device is None:
        return [rules.error("EMU_UNKNOWN_DEVICE", "Касса `deviceId` не найдена")]
    fiscal = device.get("modelCode", "DREAMKAS_F") in FISCAL_MODELS
    return [] if fiscal else [rules.error("EMU_DEVICE_MODEL", "Фискализация — только Дримкас Ф и Касса Ф")]


def _take(house: World, body: dict[str, Any]) -> sqlite3.Row:
    """The new operation, or by external_id_mode the first one of this externalId; 409 on conflict."""
    mode, external_id = house.switches["external_id_mode"], body.get("externalId")
    with house.store.change() as db:
        known = db.execute(
            "SELECT * FROM operations WHERE external_id=? ORDER BY seq", (external_id,)
        ).fetchone()
        if known and mode == "conflict":
            raise Refusal(409, "EMU_CONFLICT", "Операция с таким externalId уже есть")
        if known and mode == "same":
            return known
        row = accept(db, house.switches, body, failed="error_in_2xx" in g.struck)
        house.till.tell(db, row, "CREATE")
        return row


def _told(row: sqlite3.Row) -> dict[str, Any]:
    answer = born(row, world().switches)
    if "wrong_external_id" in g.struck:
        answer["externalId"] = str(uuid.uuid4())
    if "no_external_id" in g.struck:
        answer.pop("externalId", None)
    return answer


@bp.get("/operations")
def operations() -> Response:
    """A bare array; `from` and `to` are ignored, as the real service did in 2020."""
    switches = world().switches
    limit, offset = window(100, int(switches["operations_page_cap"]), clamp=True)
    broken = switches["listing_fails_after_page"]
    if broken and offset // limit >= broken:
        raise Refusal(500, "EMU_INTERNAL", "Внутренняя ошибка")
    if switches["operations_empty"]:
        return as_json([])
    order = {"newest": "created DESC, seq DESC", "oldest": "created, seq", "random": "random()"}
    words = order[switches["operations_order"]]
    rows = world().store.rows(
        f"SELECT * FROM operations WHERE accepted <= ? ORDER BY {words} LIMIT ? OFFSET ?",  # noqa: S608 (ours)
        (
            time.time() - switches["operations_lag"],
            limit,
            0 if switches["operations_ignore_offset"] else offset,
        ),
    )
    return as_json([shown(row, switches) for row in rows])


@bp.get("/operations/<id>")
def operation(id: str) -> Response:
    """One operation, or 404."""
    row = world().store.one("SELECT * FROM operations WHERE id=?", (id,))
    if row is None:
        raise not_found()
    return as_json(shown(row, world().switches))


@bp.get("/receipts")
def receipts() -> Response:
    """`{query, data}`: receipts by their date, newest first."""
    limit, offset = window(100, 1000)
    where, args, echo = span()
    rows = world().store.rows(
        f"SELECT body FROM receipts WHERE {where} ORDER BY created DESC, seq DESC LIMIT ? OFFSET ?",  # noqa: S608
        (*args, limit, offset),
    )
    query = json.dumps(echo | {"limit": limit, "offset": offset})
    return as_json(f'{{"query": {query}, "data": [{",".join(row["body"] for row in rows)}]}}')


@bp.get("/receipts/<id>")
def receipt(id: str) -> Response:
    """One receipt, or 404."""
    row = world().store.one("SELECT body FROM receipts WHERE id=?", (id,))
    if row is None:
        raise not_found()
    return as_json(row["body"])
