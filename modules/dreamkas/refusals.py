"""How a request to Dreamkas can end badly: one error class for each thing that may be done about it.

dreamkas-api.md 1.2: their error is a JSON object whose `status` is a number (a word there is an operation).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from modules.dreamkas.facts import Answer, as_dict, as_text, http_date, naive_utc

WAIT, WAIT_AT_MOST = 60, 3600  # seconds after a 429


class DreamkasError(Exception):
    """A request that did not end well; str() says what happened, their words too, and whether to try again."""

    advice = ""

    def __init__(self, text: str, answer: Answer) -> None:
        super().__init__(f"{text}; {self.advice}")
        self.answer = answer


class NotSent(DreamkasError):
    """Proved not sent: our connection never began to write."""

    advice = "nothing was sent, try again later"


class NoToken(NotSent):
    """There is none that could be sent: nobody was asked."""


class Throttled(DreamkasError):
    """Their JSON 429; `retry_after` in seconds, 1…3600."""

    advice = "try again when they allow"

    def __init__(self, text: str, answer: Answer, retry_after: int) -> None:
        super().__init__(text, answer)
        self.retry_after = retry_after


class Refused(DreamkasError):
    """Their JSON 400 or 422; `errors` are all their (code, message)."""

    advice = "do not try again with the same data"

    def __init__(self, text: str, answer: Answer, errors: list[tuple[str, str]]) -> None:
        super().__init__(text, answer)
        self.errors = errors


class TokenRefused(DreamkasError):
    """Their JSON 401 or 403."""

    advice = "try again with a token they accept"


class WrongDoor(DreamkasError):
    """Any other 4xx, or one without their JSON: a wrong address or a firewall's page."""

    advice = "it may have arrived, look at the address before another try"


class NotFound(DreamkasError):
    """Their JSON 404 to a question by id."""

    advice = "they do not know it now"


class Unknown(DreamkasError):
    """Anything else: a POST may have arrived."""

    advice = "it may have arrived, ask before another try"


def refusal(
    said: object, answer: Answer, headers: Mapping[str, str], by_id: bool, redact: Callable[[str], str]
) -> DreamkasError:
    """The error of any status but 2xx. `said` is their JSON or None; `by_id`: a question about one thing."""
    status = answer.http_status or 0
    theirs = isinstance(said, dict) and type(said.get("status")) is int
    errors = [(redact(code), redact(message)) for code, message in _errors(as_dict(said))]
    text = "; ".join([f"HTTP {status}", *(f"{code}: {message}" for code, message in errors)])
    if not 400 <= status < 500:
        return Unknown(text, answer)
    if theirs and status == 429:
        return Throttled(text, answer, _retry_after(headers, answer.their_date))
    if theirs and status in (400, 422):
        return Refused(text, answer, errors)
    if theirs and status in (401, 403):
        return TokenRefused(text, answer)
    if theirs and status == 404 and by_id:
        return NotFound(text, answer)
    return WrongDoor(text, answer)


def _errors(said: dict) -> list[tuple[str, str]]:
    """Every (code, message) of an error body; the outer pair when there are no inner ones."""
    inner = as_dict(said.get("data")).get("errors")
    rows = [row for row in inner if isinstance(row, dict)] if isinstance(inner, list) else []
    pairs = [(as_text(row.get("code")) or "", as_text(row.get("message")) or "") for row in rows or [said]]
    return [pair for pair in pairs if any(pair)]


def _retry_after(headers: Mapping[str, str], their_date: datetime | None) -> int:
    """Seconds, or an HTTP date by their clock; a minute when they do not say, an hour at most."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        seconds = int(text)
    elif until := http_date(text):
        seconds = int((until - (their_date or naive_utc(datetime.now(UTC)))).total_seconds())
    else:
        seconds = WAIT
    return max(1, min(seconds, WAIT_AT_MOST))
