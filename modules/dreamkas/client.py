"""The only file that talks to Dreamkas: a method per endpoint, facts out, one error class per outcome.

The resources stand in dreamkas-api.md 2–6, paging in 1.4. What comes back is read by facts.py, told apart by
refusals.py when it went wrong, and travels through wire.py; callers import all of it from here. It is long
because every endpoint has its method.
What is not the JSON we know is Unknown, never success: a wrong guess would cost a second receipt.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from modules.dreamkas import wire
from modules.dreamkas.facts import (
    ID,
    Answer,
    OperationFact,
    Page,
    ReceiptFact,
    Row,
    as_dict,
    as_object,
    clean,
    http_date,
    naive_utc,
    read_json,
)
from modules.dreamkas.refusals import (
    DreamkasError,
    NotFound,
    NoToken,
    NotSent,
    Refused,
    Throttled,
    TokenRefused,
    Unknown,
    WrongDoor,
    refusal,
)

__all__ = [
    "Answer",
    "Client",
    "DreamkasError",
    "NoToken",
    "NotFound",
    "NotSent",
    "OperationFact",
    "Page",
    "ReceiptFact",
    "Refused",
    "Throttled",
    "TokenRefused",
    "Unknown",
    "WrongDoor",
]

PAGE = 1000  # rows; the most that GET /receipts gives (1.4)
ANSWER_BYTES, LIST_BYTES = 2**20, 2**25
EXCERPT = 2000  # characters

_ADDRESS = re.compile(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?", re.IGNORECASE)
_TOKEN = re.compile(r"[!-~]+")
_SECRET = re.compile(r'"(password|card)"\s*:\s*(?:"(?:[^"\\]|\\.)*"?|[^,}\]]*)')


def _nothing() -> None:
    """The sender has nothing to check."""


class Client:
    """Dreamkas under one address and token. Every request goes on a connection of its own; threads may share.

    Times are seconds: to connect, between two reads, and in all. `door` names address and token in 16 hex
    digits, so that a proof found under another token or address is known not to count.
    Every method raises DreamkasError and nothing else; also when address or token can not be used (NotSent).
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 15.0,
        deadline: float = 30.0,
        ca_file: str | None = None,
    ) -> None:
        self._base_url, self._token = base_url.rstrip("/"), token
        self._timeouts, self._deadline = (connect_timeout, read_timeout), deadline
        self._verify = ca_file or True
        self.door = hashlib.sha256(f"{self._base_url}\n{token}".encode("utf-8", "replace")).hexdigest()[:16]

    def send_receipt(
        self, body: bytes, *, external_id: str, before_writing: Callable[[], None] = _nothing
    ) -> tuple[OperationFact, Answer]:
        """POST /receipts, once. `before_writing` is called right before the first byte; it raises: NotSent."""
        said, answer = self._ask(
            "POST", "/receipts", body=body, at_most=ANSWER_BYTES, before_writing=before_writing
        )
        fact = _known(OperationFact.read, said, answer)
        if fact.external_id != external_id:
            raise Unknown("the answer does not name our externalId", answer)
        return fact, answer

    def operation(self, id: str) -> OperationFact:
        """GET /operations/{id}. Raises NotFound."""
        return _known(OperationFact.read, *self._by_id("GET", "/operations", id))

    def operations(self, offset: int = 0, limit: int = PAGE) -> Page[OperationFact]:
        """GET /operations: a bare array; whether they heed offset and limit is not known (3)."""
        return self._page("/operations", OperationFact.read, {"limit": limit, "offset": offset})

    def receipt(self, id: str) -> ReceiptFact:
        """GET /receipts/{id}. Raises NotFound."""
        return _known(ReceiptFact.read, *self._by_id("GET", "/receipts", id))

    def receipts(
        self,
        since: datetime,
        until: datetime | None,
        offset: int = 0,
        limit: int = PAGE,
        devices: Iterable[int] = (),
    ) -> Page[ReceiptFact]:
        """GET /receipts between two moments (naive UTC), of some cash machines or of all."""
        query: dict[str, Any] = {"from": _stamp(since), "limit": limit, "offset": offset}
        if until:
            query["to"] = _stamp(until)
        if machines := ",".join(map(str, devices)):
            query["devices"] = machines
        said, answer = self._ask("GET", "/receipts", query=query)
        return _listing(as_dict(said).get("data"), ReceiptFact.read, answer)

    def devices(self) -> Page[dict]:
        """GET /devices: the cash machines as they come (5)."""
        return self._page("/devices", as_object)

    def cashiers(self) -> Page[dict]:
        """GET /cashiers, without the passwords and cards that come with them (5)."""
        return self._page("/cashiers", as_object)

    def products(self, offset: int = 0, limit: int = 100) -> Page[dict]:
        """GET /v2/products: the selling positions as they come (5)."""
        return self._page("/v2/products", as_object, {"limit": limit, "offset": offset})

    def webhooks(self) -> Page[dict]:
        """GET /webhooks: {id, url, isActive, types} (6.1)."""
        return self._page("/webhooks", as_object)

    def create_webhook(self, url: str, is_active: bool, types: Mapping[str, bool]) -> dict:
        """POST /webhooks. Answers their row, or {} when they say nothing."""
        row = {"url": url, "isActive": is_active, "types": dict(types)}
        return _done(*self._ask("POST", "/webhooks", body=_dump(row)))

    def change_webhook(
        self,
        id: str,
        *,
        url: str | None = None,
        is_active: bool | None = None,
        types: Mapping[str, bool] | None = None,
    ) -> dict:
        """PATCH /webhooks/{id} with what is given; whether partial types merge is not known (6.1)."""
        given = {"url": url, "isActive": is_active, "types": dict(types) if types is not None else None}
        body = _dump({key: value for key, value in given.items() if value is not None})
        return _done(*self._by_id("PATCH", "/webhooks", id, body))

    def delete_webhook(self, id: str) -> None:
        """DELETE /webhooks/{id}. Raises NotFound."""
        _done(*self._by_id("DELETE", "/webhooks", id))

    def _page(
        self, path: str, read: Callable[[object], Row], query: Mapping[str, Any] | None = None
    ) -> Page[Row]:
        said, answer = self._ask("GET", path, query=query)
        return _listing(said, read, answer)

    def _by_id(self, method: str, path: str, id: str, body: bytes | None = None) -> tuple[Any, Answer]:
        if not ID.fullmatch(id) or not id.strip("."):  # ".." would climb to another address
            raise NotFound("this can not be an id of theirs", Answer())
        return self._ask(method, f"{path}/{quote(id, safe='')}", body=body, at_most=ANSWER_BYTES, by_id=True)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        at_most: int = LIST_BYTES,
        by_id: bool = False,
        before_writing: Callable[[], None] = _nothing,
    ) -> tuple[Any, Answer]:
        """One exchange -> (their JSON or None, answer) of a 2xx; anything else raises."""
        request = self._request(method, path, query, body)
        try:
            status, headers, raw = wire.exchange(
                request,
                timeouts=self._timeouts,
                deadline=self._deadline,
                at_most=at_most,
                before_writing=before_writing,
                verify=self._verify,
            )
        except wire.Broken as broken:
            answer = Answer(broken.status, "", http_date(broken.headers.get("Date")))
            raise (NotSent if broken.proved_unsent else Unknown)(self._redact(str(broken)), answer) from None
        said = read_json(headers, raw)
        answer = Answer(status, self._excerpt(raw), http_date(headers.get("Date")))
        if 200 <= status < 300:
            return said, answer
        raise refusal(said, answer, headers, by_id, self._redact)

    def _request(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: bytes | None
    ) -> requests.PreparedRequest:
        if not _TOKEN.fullmatch(self._token):  # also: requests would show such a token in its error
            raise NoToken("the token is empty or has characters that no token has", Answer())
        if not _ADDRESS.fullmatch(self._base_url):  # a name and password in it would replace the token
            raise NotSent("the address is not like https://host/api", Answer())
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._token}",
            "Connection": "close",
            "User-Agent": "dreamkas-ubilling",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return requests.Request(
                method, self._base_url + path, headers=headers, params=query, data=body
            ).prepare()
        except (requests.RequestException, ValueError) as error:
            raise NotSent(self._redact(f"the address can not be used: {error}"), Answer()) from None

    def _redact(self, text: str) -> str:
        return re.sub(re.escape(self._token), "•••", text, flags=re.IGNORECASE) if self._token else text

    def _excerpt(self, raw: bytes) -> str:
        text = clean(raw[: 8 * EXCERPT].decode("utf-8", "replace"))
        return self._redact(_SECRET.sub(r'"\1":"•••"', text))[:EXCERPT]


def _known(read: Callable[[object], Row], said: object, answer: Answer) -> Row:
    try:
        return read(said)
    except ValueError as error:
        raise Unknown(f"the answer is not the JSON we know: {error}", answer) from None


def _listing(said: object, read: Callable[[object], Row], answer: Answer) -> Page[Row]:
    """What can be read of it: one odd row must not hide all others. None that can is no listing of theirs."""
    if not isinstance(said, list):
        raise Unknown("the answer is not the JSON we know: a listing that is no array", answer)
    rows, odd = [], ""
    for row in said:
        try:
            rows.append(read(row))
        except ValueError as error:
            odd = str(error)
    if odd and not rows:
        raise Unknown(f"the answer is not the JSON we know: {odd}", answer)
    return Page(rows, answer, len(said) - len(rows))


def _done(said: object, answer: Answer) -> dict:
    """A 2xx to a change: their JSON, or nothing at all (a DELETE's 204); a page of HTML is neither."""
    if said is None and answer.excerpt:
        raise Unknown("the answer is not the JSON we know", answer)
    return as_dict(said)


def _dump(row: dict) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode()


def _stamp(moment: datetime) -> str:
    return naive_utc(moment).isoformat(timespec="milliseconds") + "Z"
