"""The cabinet API: managing webhooks, and dropping client cards. Delivery is in hooks.py."""

import uuid
from typing import Any

from flask import Blueprint, Response, request

from modules.sandbox import rules
from modules.sandbox.api import found, not_found
from modules.sandbox.guard import as_json, invalid
from modules.sandbox.hooks import TYPES
from modules.sandbox.store import put
from modules.sandbox.world import world

bp = Blueprint("webhooks", __name__)


@bp.get("/webhooks")
def webhooks() -> Response:
    """A bare array."""
    return as_json(world().store.documents("webhooks"))


@bp.get("/webhooks/<id>")
def webhook(id: str) -> Response:
    """One webhook, or 404."""
    return as_json(found("webhooks", id))


def _hook_body(required: bool) -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise invalid([rules.error("OBJECT_BASE", "Тело запроса должно быть объектом")])
    extra = [key for key in body if key not in ("url", "isActive", "types")]
    errors = [rules.error("OBJECT_ALLOW_UNKNOWN", f'"{key}" is not allowed') for key in extra]
    url, types = body.get("url"), body.get("types", {})
    if (required or "url" in body) and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        errors.append(rules.error("STRING_URI", "Поле `url` должно быть адресом"))
    if not isinstance(body.get("isActive", True), bool):
        errors.append(rules.error("BOOLEAN_BASE", "Поле `isActive` должно быть логическим"))
    if not isinstance(types, dict) or any(
        k not in TYPES or not isinstance(v, bool) for k, v in types.items()
    ):
        errors.append(rules.error("OBJECT_BASE", f"Поле `types`: логические {', '.join(TYPES)}"))
    if errors:
        raise invalid(errors)
    return body


@bp.post("/webhooks")
def add_webhook() -> Response:
    """Flags left out are false."""
    body = _hook_body(required=True)
    id = str(uuid.uuid4())
    types = dict.fromkeys(TYPES, False) | body.get("types", {})
    hook = {"id": id, "url": body["url"], "isActive": body.get("isActive", True), "types": types}
    with world().store.change() as db:
        put(db, "webhooks", id, hook)
    return as_json(hook, 201)


@bp.patch("/webhooks/<id>")
def change_webhook(id: str) -> Response:
    """A partial body; whether partial `types` merge or replace is a switch."""
    body, hook = _hook_body(required=False), found("webhooks", id)
    keep = hook["types"] if world().switches["patch_mode"] == "merge" else dict.fromkeys(TYPES, False)
    if "types" in body:
        body["types"] = keep | body["types"]
    with world().store.change() as db:
        put(db, "webhooks", id, hook | body)
    return as_json(hook | body)


@bp.delete("/webhooks/<id>")
@bp.delete("/clients/<id>", endpoint="drop_client")
def drop(id: str) -> Response:
    """204, or 404."""
    kind = "clients" if "/clients/" in request.path else "webhooks"
    if not world().store.remove(kind, id):
        raise not_found()
    return Response(status=204)
