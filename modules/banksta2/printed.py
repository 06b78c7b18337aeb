"""Rows whose receipt Dreamkas has printed already, though no payment here has it (the books were put back, say)."""

from collections.abc import Sequence

from modules.banksta2.models import StatementRow as Row
from modules.dreamkas import service as register


def beside(rows: Sequence[Row]) -> dict[int, str]:
    """What is to be known of such rows, by id, as a sentence; a row that is credited or cancelled needs no warning."""
    open_ = [row for row in rows if row.contract and row.amount and not row.processed and not row.canceled]
    found = register.printed_for({(row.contract, row.amount or 0) for row in open_}) if open_ else {}
    asked = {row.id: (row.contract, row.amount or 0) for row in open_}
    return {pk: found[one].words for pk, one in asked.items() if one in found}


def is_printed(contract: str, kopecks: int) -> bool:
    """Whether there is a receipt of that contract and sum that no payment here has."""
    return bool(register.printed_for({(contract, kopecks)}))
