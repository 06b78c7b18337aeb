"""Stands before and behind every /api call: token, content type, and the accidents that the switches arm."""

import json
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from modules.sandbox.rules import error, receipt_errors
from modules.sandbox.wire import Broken
from modules.sandbox.world import world

CHALLENGE = "<!doctype html>\n<html><head><title>check</title></head><body>JavaScript</body></html>"
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Refusal(Exception):
    """A call the service refuses; carries the JSON answer."""

    def __init__(
        self, status: int, code: str, message: str, errors: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        body: dict[str, Any] = {"status": status, "code": code, "message": message}
        if errors is not None:
            body["data"] = {"errors": errors}
        self.answer = as_json(body, status)


def as_json(body: Any, status: int = 200) -> Response:
    """A JSON answer with Cyrillic left readable."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(text, status, content_type="application/json; charset=utf-8")


def invalid(errors: list[dict[str, str]]) -> Refusal:
    """400 E_VALIDATION_FAILED with its list of errors."""
    return Refusal(400, "E_VALIDATION_FAILED", "Ошибка валидации", errors)


def keys_of(method: str, path: str) -> set[str]:
    """Which names of faults.PATHS this call answers to."""
    parts = [part for part in path.split("/") if part and part not in ("api", "v1", "v2")]
    name = parts[0] if parts else ""
    if name == "receipts":
        return {"post_receipts"} if method == "POST" else {"get_receipts"}
    if name == "operations":
        return {"get_operations", "get_operation" if len(parts) > 1 else "list_operations"}
    return {"webhooks"} if name == "webhooks" else {"get_catalog"}


def _answer_429(one: dict[str, Any]) -> Response:
    answer = Refusal(429, "EMU_TOO_MANY_REQUESTS", "Слишком много запросов").answer
    answer.headers["Retry-After"] = str(max(1, round(one["seconds"])))
    return answer


def _redirect(_one: dict[str, Any]) -> Response:
    return Response(status=307, headers={"Location": request.full_path.rstrip("?")})


ANSWERS: dict[str, Callable[[dict[str, Any]], Response]] = {
    "hang": lambda _: Broken("hang"),
    "html_challenge_200": lambda _: Response(CHALLENGE, 200, content_type="text/html; charset=utf-8"),
    "answer_502_html": lambda _: Response(BAD_GATEWAY, 502, content_type="text/html"),
    "answer_500": lambda _: Refusal(500, "EMU_INTERNAL", "Внутренняя ошибка").answer,
    "answer_503": lambda _: Refusal(503, "EMU_UNAVAILABLE", "Сервис недоступен").answer,
    "answer_429": _answer_429,
    "answer_401": lambda _: Refusal(401, "EMU_UNAUTHORIZED", "Токен не принят").answer,
    "answer_403": lambda _: Refusal(403, "EMU_FORBIDDEN", "Доступ запрещён").answer,
    "redirect_307": _redirect,
    "refuse_400": lambda _: invalid([error("EMU_ON_PURPOSE", "Отказано по переключателю")]).answer,
}


def lost() -> Broken:
    """No answer at all, in the way the switch lose_how says."""
    return Broken(world().switches["lose_how"])


def _swallow() -> Response:
    """Keep a receipt for later and answer as if nothing happened."""
    body, switches = request.get_json(force=True, silent=True), world().switches
    if not receipt_errors(body, contact=False, sums=False, tag_1125=True):
        due = time.time() + g.struck["late_processing"]["seconds"]
        with world().store.change() as db:
            db.execute(
                "INSERT INTO late (due, body) VALUES (?, ?)", (due, json.dumps(body, ensure_ascii=False))
            )
    if switches["late_answer"] == "500":
        return ANSWERS["answer_500"]({})
    return Broken("hang") if switches["late_answer"] == "hang" else lost()


def _check_caller() -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.strip() != world().token:
        raise Refusal(401, "EMU_UNAUTHORIZED", "Токен не принят")
    if request.method in ("POST", "PUT", "PATCH") and not request.is_json:
        raise invalid([error("EMU_CONTENT_TYPE", "Нужен Content-Type: application/json")])


def before() -> Response | None:
    """Accidents that strike before the call is processed, then the caller's token and content type."""
    g.began, g.struck = time.monotonic(), {}
    if not request.path.startswith("/api"):
        return None
    keys = keys_of(request.method, request.path)
    if "post_receipts" in keys:
        world().posting.add(request.environ["wsgi.input"])
        world().most_at_once = max(world().most_at_once, len(world().posting))
    struck = g.struck = world().switches.strikes(keys)
    if "latency" in struck:
        time.sleep(struck["latency"]["seconds"])
    if "lose_before_accept" in struck:
        return lost()
    if "late_processing" in struck and request.method == "POST":
        return _swallow()
    for name, answer in ANSWERS.items():
        if name in struck and struck[name]["when"] == "before":
            return answer(struck[name])
    _check_caller()
    return None


def _spoil(response: Response) -> Response:
    """Accidents that strike after the call was processed."""
    struck = g.struck
    for name, answer in ANSWERS.items():
        if name in struck and struck[name]["when"] == "after":
            response = answer(struck[name])
    if "lose_answer_after_accept" in struck:
        return lost()
    if "truncated_json" in struck and len(response.get_data()) > 1:
        response.set_data(response.get_data()[: len(response.get_data()) // 2])
    if "wrong_content_type" in struck:
        response.headers["Content-Type"] = "text/html; charset=utf-8"
    if "cut_answer" in struck:
        return Broken("cut", response)
    if "drip" in struck:
        return Broken("drip", response, struck["drip"]["seconds"])
    return response


def after(response: Response) -> Response:
    """Spoil the answer if an accident says so, date it by their clock, and note the call."""
    response.headers["Date"] = http_date(world().now())
    if not request.path.startswith("/api"):
        return response
    spoiled = response if isinstance(response, Broken) else _spoil(response)
    spoiled.headers["Date"] = http_date(world().now())
    how = spoiled.how if isinstance(spoiled, Broken) else ""
    world().asked[f"{request.method} {request.path}"] += 1
    world().calls.appendleft(
        {"at": time.time(), "method": request.method, "path": request.full_path.rstrip("?"), "how": how}
        | {
            "status": spoiled.status_code,
            "ms": round((time.monotonic() - g.began) * 1000),
            "struck": list(g.struck),
        }
    )
    return spoiled


def answered(_error: BaseException | None) -> None:
    """The call is no longer one of those at work; one that hangs is let go too."""
    world().posting.discard(request.environ["wsgi.input"])


def watch(app: Flask) -> None:
    """Hang the guard on an application."""
    app.teardown_request(answered)
    app.before_request(before)
    app.after_request(after)
    app.register_error_handler(Refusal, lambda refusal: refusal.answer)
    app.register_error_handler(
        OverflowError, lambda _: invalid([error("NUMBER_MAX", "Число слишком велико")]).answer
    )

    @app.errorhandler(HTTPException)
    def their_json(problem: HTTPException) -> Any:
        if not request.path.startswith("/api"):
            return problem
        return Refusal(problem.code or 500, "EMU_HTTP", problem.name).answer
