"""Whose the unknown receipts may be: the subscriber of the contract, and payments of that sum without a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for

from modules.billing.service import INTERNET, UKV, Book, PaymentRow, holders
from modules.cashdesk import service as cashdesk
from modules.core.rights import signed_in
from modules.dreamkas.models_drift import Drift
from modules.dreamkas.printed import NOBODYS
from modules.dreamkas.service import Source

PAGES = {"internet": ("CASH", "addcash.money", "username"), "ukv": ("UKV", "ukv.user", "showuser")}
LAST = 200  # payments of a subscriber that are looked through


@dataclass(frozen=True)
class Payer:
    """A subscriber with that contract; `url` leads to the money page of an admin who may see it."""

    book: Book
    key: str
    url: str


class Payers:
    """For the rows of one page: subscribers and payments."""

    def __init__(self, rows: Sequence[Drift]) -> None:
        self._rows = [row for row in rows if row.kind in NOBODYS and row.contract]
        self._taken: set[tuple[str, int]] = set()
        self._free: dict[int, list[tuple[str, Source, PaymentRow]]] = {}

    @cached_property
    def _holders(self) -> dict[str, list[Payer]]:
        found: dict[str, list[Payer]] = {}
        contracts = {row.contract for row in self._rows}
        for book in (INTERNET, UKV):
            for contract, keys in holders(book.kind, contracts).items():
                found.setdefault(contract, []).extend(Payer(book, key, _url(book, key)) for key in keys)
        return found

    def of(self, row: Drift) -> list[Payer]:
        """Who has the contract of this receipt."""
        return self._holders.get(row.contract, [])

    def choice(self, row: Drift) -> tuple[str, Source, PaymentRow] | None:
        """The payment that this receipt may be of; None when there is none. Two receipts never get one payment."""
        if row not in self._rows:
            return None
        if row.id not in self._free:
            self._free[row.id] = self._payments(row)[:1]
            self._taken.update((source.kind, source.id) for _kind, source, _payment in self._free[row.id])
        return next(iter(self._free[row.id]), None)

    def _payments(self, row: Drift) -> list[tuple[str, Source, PaymentRow]]:
        found = []
        for payer in self.of(row):
            alike = [one for one in payer.book.payments(payer.key, LAST) if one.kopecks == row.amount]
            states = cashdesk.receipts_of(payer.book, alike)
            found += [
                (payer.book.kind, cashdesk.source_of(payer.book, one.id), one)
                for one in alike
                if one.id in states and states[one.id].state in ("none", "rejected")
            ]
        return [one for one in found if (one[1].kind, one[1].id) not in self._taken]


def _url(book: Book, key: str) -> str:
    right, endpoint, name = PAGES[book.kind]
    admin = signed_in()
    named: dict[str, Any] = {name: key}
    return url_for(endpoint, **named) if admin and admin.can(right) else ""
