"""The checker itself: books that agree say nothing, and every kind of lie in one of the three is a sentence."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.faults.ledger import Books, differences
from tests.faults.people import UNREACHABLE, Told

PAYMENTS = {
    ("payment", 1): ("ivanov", 100),
    ("ukv_payment", 1): ("1", 200),
    ("payment", 2): (UNREACHABLE, 300),
}


def operation(
    pk: int, source: tuple[str, int], state: str = "fiscalized", reason: str = ""
) -> dict[str, Any]:
    who, kopecks = PAYMENTS[source]
    receipt = f"receipt-{pk}" if state == "fiscalized" else ""
    named = {"source_kind": source[0], "source_id": source[1], "receipt_id": receipt, "alarm": ""}
    return {"id": pk, "subscriber": who, "amount": kopecks, "state": state, "reason": reason, **named}


def slip(pk: int, contract: str, kopecks: int) -> dict[str, Any]:
    return {
        "id": f"receipt-{pk}",
        "amount": kopecks,
        "positions": [{"name": f"Интернет, договор {contract}"}],
    }


ROW = {
    "id": 1, "filename": "a.csv", "subscriber": "1", "amount": 200, "processed": 1, "wanted_utc": None, "trouble": "",
    "paper": "imported", "identity_key": "x:1", "verdict": "", "payment_kind": "ukv_payment", "payment_id": 1,
}  # fmt: skip


@dataclass
class Three:
    """The three books as they are when all is well; of `told`, only what was told."""

    told: dict[tuple[str, int], bool] = field(default_factory=lambda: dict.fromkeys(PAYMENTS.values(), True))
    again: Counter = field(default_factory=Counter)
    balances: dict[str, int] = field(default_factory=lambda: {"ivanov": 5 + 100, "1": 200, UNREACHABLE: 300})
    operations: list[dict] = field(
        default_factory=lambda: [
            operation(1, ("payment", 1)),
            operation(2, ("ukv_payment", 1)),
            operation(3, ("payment", 2), "rejected", "no_mobile"),
        ]
    )
    payments: dict = field(default_factory=lambda: dict(PAYMENTS))
    row: dict = field(default_factory=lambda: dict(ROW))
    printed: list[dict] = field(default_factory=lambda: [slip(1, "100001", 100), slip(2, "200001", 200)])
    integrity: str = "ok"

    def differ(self) -> list[str]:
        told = Told()
        told.payments, told.again = self.told, self.again
        contracts = {"100001": "ivanov", "200001": "1", "100002": UNREACHABLE}
        before = Books({}, {"ivanov": 5, "1": 0, UNREACHABLE: 0}, [], [], contracts, "ok")
        books = Books(self.payments, self.balances, self.operations, [self.row], contracts, self.integrity)
        return differences(told, before, books, self.printed)


LIES: dict[str, Callable[[Three], object]] = {
    "told, not booked": lambda books: books.payments.pop(("payment", 1)),
    "booked, not told": lambda books: books.told.pop(("ivanov", 100)),
    "the same once more, told and not booked": lambda books: books.again.update([("ivanov", 100)]),
    "booked twice": lambda books: books.payments.update({("payment", 9): ("ivanov", 100)}),
    "a kopeck on the balance": lambda books: books.balances.update({"1": 201}),
    "printed twice": lambda books: books.printed.append(slip(2, "200001", 200)),
    "not printed": lambda books: books.printed.pop(),
    "printed for nobody": lambda books: books.printed.append(slip(7, "100001", 777)),
    "a kopeck on the slip": lambda books: books.printed[0].update(amount=101),
    "a kopeck on the operation": lambda books: books.operations[0].update(amount=101),
    "a receipt unknown here": lambda books: books.operations[1].update(receipt_id="another"),
    "left in sending": lambda books: books.operations[0].update(state="sending"),
    "no reason": lambda books: books.operations[2].update(reason=""),
    "a reason nobody can read": lambda books: books.operations[2].update(reason="xyz"),
    "an alarm": lambda books: books.operations[0].update(alarm="two_receipts"),
    "a receipt for who can have none": lambda books: books.operations[2].update(state="fiscalized"),
    "a row still wanted": lambda books: books.row.update(wanted_utc="2026-11-27"),
    "a row in trouble": lambda books: books.row.update(trouble="?"),
    "a row not credited": lambda books: books.row.update(processed=0),
    "a duplicate credited": lambda books: books.row.update(identity_key=None),
    "a draft credited": lambda books: books.row.update(paper="draft"),
    "another's payment": lambda books: books.row.update(payment_kind="payment"),
    "a row without a receipt": lambda books: books.operations[1].update(source_id=5),
    "a broken file": lambda books: setattr(books, "integrity", "row 7 missing from index"),
}


def test_books_that_agree_say_nothing():
    assert Three().differ() == []


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_one_of_the_three_books_is_a_sentence(lie):
    books = deepcopy(Three())
    LIES[lie](books)
    assert books.differ()
