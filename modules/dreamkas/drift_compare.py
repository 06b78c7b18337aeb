"""Their lists beside our operations -> the differences. Pure: neither database nor network."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from modules.dreamkas.facts import OperationFact, ReceiptFact
from modules.dreamkas.models import Operation
from modules.dreamkas.slips import born, lines_of

CONTRACT = re.compile(r"договор (\S(?:.*\S)?)\s*$")  # as receipt.build writes it at the end of a name
ENDED = ("SUCCESS", "ERROR")


@dataclass(frozen=True)
class Theirs:
    """What Dreamkas listed; `since` by their clock."""

    receipts: list[ReceiptFact]
    operations: list[OperationFact]
    since: datetime

    @cached_property
    def operation_ids(self) -> set[str]:
        """Ids of their operations, from both lists."""
        return {one.id for one in self.operations} | {
            one.operation_id for one in self.receipts if one.operation_id
        }

    @cached_property
    def external_ids(self) -> set[str]:
        """What those who asked for them called them."""
        return {one.external_id for one in self.operations if one.external_id}

    @cached_property
    def receipt_ids(self) -> set[str]:
        """Ids of all receipts."""
        return {one.id for one in self.receipts}

    @cached_property
    def external_of(self) -> dict[str, str]:
        """Their operation -> what whoever asked for it called it."""
        return {one.id: one.external_id for one in self.operations if one.external_id}

    @cached_property
    def _by_external(self) -> dict[str, list[OperationFact]]:
        found: dict[str, list[OperationFact]] = {}
        for one in self.operations:
            found.setdefault(one.external_id or "", []).append(one)
        return found

    def of(self, external_id: str | None) -> list[OperationFact]:
        """Every operation that carries this externalId."""
        return self._by_external.get(external_id, []) if external_id else []


@dataclass(frozen=True)
class Ours:
    """Our operations by their id here; `named`: operations of theirs that an attempt of ours got named."""

    rows: dict[int, Operation]
    named: dict[str, int]

    @cached_property
    def by_external(self) -> dict[str, Operation]:
        """By externalId."""
        return {one.external_id: one for one in self.rows.values() if one.external_id}

    @cached_property
    def _by_operation(self) -> dict[str, Operation]:
        return {one.operation_id: one for one in self.rows.values()}

    @cached_property
    def _by_receipt(self) -> dict[str, Operation]:
        return {one.receipt_id: one for one in self.rows.values() if one.receipt_id}

    def of_operation(self, their_id: str, theirs: Theirs) -> Operation | None:
        """Whose operation of theirs it is."""
        direct = self._by_operation.get(their_id) or self.rows.get(self.named.get(their_id, 0))
        return direct or self.by_external.get(theirs.external_of.get(their_id, ""))

    def of_receipt(self, fact: ReceiptFact, theirs: Theirs) -> Operation | None:
        """Whose receipt it is."""
        asked = self.of_operation(fact.operation_id, theirs) if fact.operation_id else None
        return self._by_receipt.get(fact.id) or asked


@dataclass(frozen=True)
class Difference:
    """One thing that is not alike there and here. Sums are kopecks; `date` is naive UTC, None: not known."""

    kind: str
    name: str
    their_operation: str = ""
    receipt_id: str = ""
    operation_pk: int | None = None
    amount: int | None = None
    ours: int | None = None
    type: str = ""
    title: str = ""
    contract: str = ""
    date: datetime | None = None

    @classmethod
    def of_receipt(cls, kind: str, fact: ReceiptFact, one: Operation | None = None) -> Self:
        """About a receipt of theirs."""
        title = "; ".join(row["name"] for row in lines_of(fact.raw) if row["name"])
        return cls(
            kind,
            f"{kind}:{fact.id}"[:255],
            their_operation=(fact.operation_id or "")[:255],
            receipt_id=fact.id[:255],
            operation_pk=one.id if one else None,
            amount=fact.amount,
            ours=one.amount if one else None,
            type=(fact.type or "")[:32],
            title=title[:255],
            contract=contract_of(title)[:64],
            date=fact.date or born(fact.id),
        )

    @classmethod
    def of_ours(cls, kind: str, one: Operation) -> Self:
        """About an operation of ours."""
        return cls(
            kind,
            f"{kind}:{one.id}",
            their_operation=one.operation_id,
            receipt_id=one.receipt_id,
            operation_pk=one.id,
            ours=one.amount,
            contract=one.contract,
            date=one.finished_utc or one.created_utc,
        )

    def columns(self, about: datetime) -> dict[str, Any]:
        """As the table keeps it; `about` (UTC) dates what has no date."""
        values = {key: value for key, value in vars(self).items() if key != "date"}
        return {**values, "date_utc": self.date or about}


def contract_of(title: str) -> str:
    """The contract that a receipt of ours names at the end of its position's name; "" for none."""
    found = CONTRACT.search(title)
    return found[1] if found else ""


def compare(theirs: Theirs, ours: Ours) -> list[Difference]:
    """What is there and unknown, or otherwise known, here."""
    return [*_receipts(theirs, ours), *_on_their_way(theirs, ours)]


def _receipts(theirs: Theirs, ours: Ours) -> list[Difference]:
    found = []
    for fact in theirs.receipts:
        if fact.date is not None and fact.date < theirs.since:
            continue  # read for the margin's sake
        one = ours.of_receipt(fact, theirs)
        if kind := _kind(fact, one):
            found.append(Difference.of_receipt(kind, fact, one))
    return found


def _kind(fact: ReceiptFact, one: Operation | None) -> str:
    if one is None:
        return "stranger" if fact.operation_id else "by_hand"
    if fact.type == "SALE" and one.receipt_id != fact.id:
        return "second"
    differs = None not in (fact.amount, one.amount) and fact.amount != one.amount
    return "sum" if differs else ""


def _on_their_way(theirs: Theirs, ours: Ours) -> list[Difference]:
    """Operations there that nobody here knows and that may print yet: their receipts are still to come."""
    return [
        Difference(
            "on_its_way", f"on_its_way:{fact.id}"[:255], their_operation=fact.id[:255], date=fact.created_at
        )
        for fact in theirs.operations
        if fact.status not in ENDED
        and (fact.created_at is None or fact.created_at >= theirs.since)
        and ours.of_operation(fact.id, theirs) is None
    ]


def may_be_missing(theirs: Theirs, ours: Ours, until: datetime) -> list[Operation]:
    """Receipts of ours, known before `until` (UTC), that their list does not hold."""
    return [
        one
        for one in ours.rows.values()
        if one.state == "fiscalized"
        and one.receipt_id
        and one.receipt_id not in theirs.receipt_ids
        and (one.finished_utc or one.created_utc) < until
        and one.created_utc >= theirs.since
    ]
