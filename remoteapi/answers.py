"""How the door answers: plain text, and a status from which a sender knows whether it was heard."""

from typing import NoReturn

from flask import Response, abort


def say(text: str = "", status: int = 200, mimetype: str = "text/plain") -> Response:
    """An answer to a machine."""
    return Response(text, status, mimetype=mimetype)


def refuse(status: int, word: str) -> NoReturn:
    """Ends the request with ERROR:word, as Ubilling says no."""
    abort(say(f"ERROR:{word}", status))
