"""`/?module=remoteapi&key=SERIAL&action=NAME&param=…`: who may come in, and to whom.

The words are Ubilling's. The statuses are not (it says all with 200): a sender must not take a refusal for delivery.
"""

import hmac
import logging

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from modules.core import journal
from modules.core.current import options
from modules.core.guard import for_machines
from modules.core.outage import RETRY_SECONDS, is_outage, reason_of
from modules.core.serial import serial, serial_lately
from remoteapi import dreamkas, health, identify
from remoteapi.answers import refuse, say

log = logging.getLogger(__name__)

bp = Blueprint("remoteapi", __name__)

ACTIONS = {"identify": identify.answer, "dreamkas": dreamkas.answer, "health": health.answer}


@bp.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@for_machines
def door() -> Response:
    """The answer of the action, for whoever has the key."""
    if request.method not in ("GET", "HEAD", "POST"):
        refuse(405, "METHOD_NOT_ALLOWED")
    if not options().remoteapi_enabled:
        refuse(503, "API_DISABLED")
    if any(len(values) > 1 for values in request.args.listvalues()):
        refuse(400, "GET_DOUBLED")  # whoever filters before us may have believed the other one
    _check_key(request.args.get("key", ""))
    action = _known_action(request.args.get("action", ""))
    return ACTIONS[action]()


def _check_key(key: str) -> None:
    if not key:
        refuse(401, "GET_NO_KEY")
    if _are_same(key, serial_lately()):
        return
    ours = serial()  # a key is refused by what holds now
    if not ours:
        refuse(503, "NO_UBSERIAL_EXISTS")
    if not _are_same(key, ours):
        journal.write_rarely("REMOTEAPI wrong key", admin=bp.name)
        refuse(403, "GET_WRONG_KEY")


def _are_same(key: str, ours: str) -> bool:
    return hmac.compare_digest(key.encode(), ours.encode())


def _known_action(action: str) -> str:
    if not action:
        refuse(400, "GET_NO_ACTION")
    if action not in ACTIONS:
        refuse(400, "GET_WRONG_ACTION")
    if action in options().remoteapi_disable_calls:
        refuse(503, "CALL_DISABLED")
    return action


@bp.errorhandler(SQLAlchemyError)
def _no_database(error: SQLAlchemyError) -> Response:
    if is_outage(error):
        log.error("remoteapi: the database can not be used: %s", reason_of(error))
    else:
        log.exception("remoteapi: the database failed")
    answer = say("ERROR:DATABASE", 503)
    answer.retry_after = RETRY_SECONDS  # type: ignore[assignment]
    return answer


@bp.errorhandler(HTTPException)
def _in_words(error: HTTPException) -> Response:
    # No page here: it would be drawn for an admin, and a machine is none.
    given = error.get_response()
    if error.response is not None:
        return given  # type: ignore[return-value]
    return say(f"ERROR:{error.name.upper().replace(' ', '_')}", given.status_code)
