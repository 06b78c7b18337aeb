"""A small Dreamkas in memory: the same words, errors and lists as the real client gives, and a cash register.

It prints a receipt for each operation that it holds, if told to: so the number of receipts of one payment is what
the tests count.
"""

import itertools
import json
from collections import deque
from datetime import datetime, timedelta

from modules.core.times import utc_now
from modules.dreamkas.client import (
    Answer,
    DreamkasError,
    NotFound,
    NoToken,
    NotSent,
    OperationFact,
    Page,
    ReceiptFact,
    Refused,
    Throttled,
    TokenRefused,
    Unknown,
    WrongDoor,
)

MACHINE, GOODS = 70321, "b2f0c7e4-internet"


def failure(word: str) -> DreamkasError:
    """The client's own error for a way in which a request ends badly."""
    return {
        "not_sent": lambda: NotSent("no route to host", Answer()),
        "no_token": lambda: NoToken("the token is empty or has characters that no token has", Answer()),
        "throttled": lambda: Throttled("HTTP 429", Answer(429), 60),
        "refused": lambda: Refused(
            "HTTP 400",
            Answer(400, "{}"),
            [("E_VALIDATION_ANY", "Поле `taxMode`"), ("E_VALIDATION_TAGS", "Поле `tags`")],
        ),
        "token": lambda: TokenRefused("HTTP 401", Answer(401)),
        "door": lambda: WrongDoor("HTTP 404", Answer(404, "<html>")),
        "unknown": lambda: Unknown("ReadTimeout", Answer()),
    }[word]()


class FakeDreamkas:
    """Stands in for modules.dreamkas.client.Client; what it holds is open for tests to look at and to change."""

    def __init__(self) -> None:
        self.door = "door-one"
        self.rows: list[dict] = []  # operations, the oldest first
        self.printed: list[dict] = []  # receipts, the oldest first
        self.script: deque[str] = deque()  # how the next POSTs end; "ok" when it is empty
        self.swallowed: list[bytes] = []  # bodies that may yet be processed
        self.posts: list[bytes] = []
        self.asked: list[str] = []
        self.order = "newest"  # or "oldest", "mixed", "undated"
        self.cap = 1000  # rows in a page, whatever was asked for
        self.repeats_pages = False  # offset means nothing to it
        self.lists_fail_after: int | None = None  # so many pages come, then an error
        self.receipts_fail = self.receipts_repeat = False
        self.away: str | None = None  # every GET ends so
        self.clock_ahead = timedelta()
        self.machines = [{"id": MACHINE, "name": "Desk", "isOnline": True, "modelName": "Dreamkas F"}]
        self.positions = [
            {"id": GOODS, "name": "Internet", "type": "SERVICE", "price": 10000, "tax": "NDS_5"}
        ]
        self._numbers = itertools.count(1)
        self.while_sending = lambda: None  # what happens elsewhere while the POST is on its way
        self.while_listing = lambda: None

    # --- the service itself ---

    def now(self) -> datetime:
        """Their clock."""
        return utc_now() + self.clock_ahead

    def take_in(self, body: bytes, status: str = "PENDING", ago: timedelta = timedelta()) -> dict:
        """Processes a request: a new operation each time, also for the same externalId."""
        asked = json.loads(body)
        row = {
            "id": f"{next(self._numbers):024x}",
            "externalId": asked["externalId"],
            "createdAt": self.now() - ago,
            "status": status,
            "data": {},
            "deviceId": asked["deviceId"],
            "sum": asked["total"]["priceSum"],
            "positions": asked.get("positions", []),
        }
        self.rows.append(row)
        if status == "SUCCESS":
            self.print(row)
        return row

    def stranger(self, ago: timedelta = timedelta(), external_id: str = "somebody else's") -> dict:
        """An operation of another program on the same account."""
        body = {"externalId": external_id, "deviceId": 1, "total": {"priceSum": 1}}
        return self.take_in(json.dumps(body).encode(), "ERROR", ago)

    def print(self, row: dict, tell: bool = True) -> dict:
        """The cash register prints; `tell` False: the operation does not say so."""
        receipt = {
            "id": f"receipt-{len(self.printed) + 1}",
            "operationId": row["id"],
            "deviceId": row["deviceId"],
            "amount": row["sum"],
            "date": self.now(),
            "positions": row["positions"],
        }
        self.printed.append(receipt)
        if tell:
            row["status"], row["data"] = "SUCCESS", {"receiptId": receipt["id"]}
        return receipt

    def sold_by_hand(self, kopecks: int, device_id: int = MACHINE, name: str = "") -> None:
        """A receipt that the cash register printed on its own."""
        number = len(self.printed) + 1
        row = {"id": f"by-hand-{number}", "operationId": None, "deviceId": device_id}
        row["positions"] = [{"name": name}] if name else []
        self.printed.append({**row, "amount": kopecks, "date": self.now()})

    def finish(self, how: str = "SUCCESS") -> None:
        """Every operation that waits is printed, or ends in ERROR."""
        for row in self.rows:
            if row["status"] not in ("SUCCESS", "ERROR"):
                if how == "SUCCESS":
                    self.print(row)
                else:
                    row["status"], row["data"] = "ERROR", {"error": {"code": "CashOffline", "message": "off"}}

    def process_swallowed(self) -> None:
        """What it swallowed without an answer is processed now."""
        while self.swallowed:
            self.take_in(self.swallowed.pop(0))

    def receipts_of(self, external_id: str) -> int:
        """How many receipts the operations of one externalId printed."""
        mine = {row["id"] for row in self.rows if row["externalId"] == external_id}
        return sum(receipt["operationId"] in mine for receipt in self.printed)

    def age(self, by: timedelta) -> None:
        """Time went on."""
        for row in self.rows:
            row["createdAt"] -= by
        for receipt in self.printed:
            receipt["date"] -= by

    # --- the client's face ---

    def send_receipt(self, body: bytes, *, external_id: str, before_writing=lambda: None):
        """POST /receipts as the script says: ok, success, error, lost, swallowed, or a word of `failure`."""
        word = self.script.popleft() if self.script else "ok"
        if word != "not_sent":
            try:
                before_writing()
            except Exception as error:
                raise NotSent(f"held back by the sender: {type(error).__name__}", Answer()) from error
            self.posts.append(body)
        self.while_sending()
        if word in ("lost", "swallowed"):
            self.take_in(body) if word == "lost" else self.swallowed.append(body)
            raise failure("unknown")
        if word not in ("ok", "success", "error"):
            raise failure(word)
        row = self.take_in(body, "SUCCESS" if word == "success" else "PENDING")
        if word == "error":
            row["status"], row["data"] = (
                "ERROR",
                {"error": {"code": "CashOffline", "message": "Cash is offline"}},
            )
        return operation_fact(row), Answer(202, json.dumps({"id": row["id"]}), self.now())

    def _reachable(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise failure(self.away)

    def operation(self, id: str) -> OperationFact:
        """GET /operations/{id}."""
        self._reachable("operation")
        for row in self.rows:
            if row["id"] == id:
                return operation_fact(row)
        raise NotFound("HTTP 404", Answer(404))

    def operations(self, offset: int = 0, limit: int = 1000) -> Page[OperationFact]:
        """GET /operations, in its own order, at most `cap` rows."""
        self._reachable("operations")
        self.while_listing()
        if self.lists_fail_after is not None:
            if self.lists_fail_after == 0:
                raise failure("unknown")
            self.lists_fail_after -= 1
        rows = list(self.rows)
        if self.order == "newest":
            rows.reverse()
        elif self.order == "mixed":
            rows = rows[1::2] + rows[::2]
        first = 0 if self.repeats_pages else offset
        some = rows[first : first + min(limit, self.cap)]
        facts = [operation_fact(row) for row in some if not row.get("odd")]
        return Page(facts, Answer(200, "", self.now()), len(some) - len(facts))

    def receipt(self, id: str) -> ReceiptFact:
        """GET /receipts/{id}."""
        self._reachable("receipt")
        for row in self.printed:
            if row["id"] == id:
                return receipt_fact(row)
        raise NotFound("HTTP 404", Answer(404))

    def receipts(self, since: datetime, until, offset: int = 0, limit: int = 1000, devices=()):
        """GET /receipts since a moment of their clock."""
        self._reachable("receipts")
        if self.receipts_fail:
            raise failure("unknown")
        rows = [row for row in self.printed if row["date"] >= since]
        if not self.receipts_repeat:
            rows = rows[offset : offset + min(limit, self.cap)]
        facts = [receipt_fact(row) for row in rows if not row.get("odd")]
        return Page(facts, Answer(200, "", self.now()), len(rows) - len(facts))

    def webhooks(self) -> Page[dict]:
        """GET /webhooks."""
        self._reachable("webhooks")
        return Page([], Answer(200))

    def devices(self) -> Page[dict]:
        """GET /devices."""
        self._reachable("devices")
        return Page(list(self.machines), Answer(200))

    def cashiers(self) -> Page[dict]:
        """GET /cashiers."""
        self._reachable("cashiers")
        return Page([{"tabNumber": 1, "name": "Anna"}], Answer(200))

    def products(self, offset: int = 0, limit: int = 100) -> Page[dict]:
        """GET /v2/products."""
        self._reachable("products")
        first = 0 if self.repeats_pages else offset
        some = self.positions[first : first + min(limit, self.cap)]
        read = [row for row in some if isinstance(row, dict)]
        return Page(read, Answer(200), odd=len(some) - len(read))


def receipt_fact(row: dict) -> ReceiptFact:
    """A receipt as client.py reads it; it names a customer if a test gave it one."""
    raw = {key: row[key] for key in ("customer", "positions") if key in row}
    return ReceiptFact(
        row["id"],
        row["operationId"],
        row["deviceId"],
        row["amount"],
        None if row.get("undated") else row["date"],
        "SALE",
        raw,
    )


def operation_fact(row: dict) -> OperationFact:
    """An operation as client.py reads it."""
    data = row["data"]
    error = data.get("error", {})
    return OperationFact(
        id=row["id"],
        external_id=row["externalId"],
        status=row["status"],
        receipt_id=data.get("receiptId"),
        error_code=error.get("code"),
        error_message=error.get("message"),
        created_at=None if row.get("undated") else row["createdAt"],
        completed_at=None,
        raw={},
    )
