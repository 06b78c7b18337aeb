"""`action=dreamkas`: where webhooks of Dreamkas come in. Kept and committed first, then answered; never weighed here.

Dreamkas signs nothing (dreamkas-api.md 6.2): whoever knows the key may send anything, and a 200 promises only that it
is kept.
"""

from functools import lru_cache

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from modules.core import journal
from modules.dreamkas.service import BadHook, events_of, keep_hook
from remoteapi.answers import refuse, say

LARGEST = 1 << 20  # bytes; a receipt of a hundred positions has some 50 000


def answer() -> Response:
    """200 once the message is committed. GET and HEAD, by which services probe an address, do nothing."""
    if request.method != "POST":
        return say()
    try:
        keep_hook(_body(), _allowed())
    except BadHook as bad:
        journal.write_rarely(f"DREAMKAS webhook refused: {bad.code}", admin="remoteapi")
        refuse(413 if bad.code == "size" else 400, f"HOOK_{bad.code.upper()}")
    return say("OK")


def _body() -> bytes:
    if not request.is_json:
        raise BadHook("type")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise BadHook("charset")
    request.max_content_length = (
        LARGEST + 1
    )  # where no Content-Length warns, werkzeug just stops reading there
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise BadHook("size") from error
    if len(body) > LARGEST:
        raise BadHook("size")
    return body


def _allowed() -> frozenset[str] | None:
    """The events that this webhook may bring, as its own address says; None where it says nothing: all."""
    param = request.args.get("param")
    try:
        return None if param is None else _named(param)
    except ValueError as error:
        raise BadHook("param") from error


@lru_cache(maxsize=16)
def _named(param: str) -> frozenset[str]:
    return frozenset(events_of(param))
