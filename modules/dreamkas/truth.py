"""The truth behind webhooks: what Dreamkas itself says of operations and receipts, asked in as few calls as can be."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import TypeVar

from modules.core.db import db, transact
from modules.dreamkas import evidence, line
from modules.dreamkas.client import DreamkasError, NotFound, OperationFact, ReceiptFact

log = logging.getLogger(__name__)

Fact = TypeVar("Fact")

ONE_BY_ONE = 5  # more than so many are looked up in one listing


def operations(ids: Collection[str], since: datetime) -> tuple[dict[str, OperationFact], bool]:
    """(what Dreamkas says of these operations of its own, whether it does not know those that are left out).

    `since` (UTC): none of them is older. Not known to be unknown are those that it does not tell now.
    """
    if len(ids) <= ONE_BY_ONE:
        return _each(ids, line.client().operation)
    dreamkas = line.client()
    bird = evidence.canary(db.session(), dreamkas.door)
    db.session.rollback()  # nothing is held while the network is asked
    listing = evidence.read_operations(dreamkas, since, bird)
    return {id: listing.rows[id] for id in ids if id in listing.rows}, not listing.problem


def receipts(ids: Collection[str], since: datetime) -> tuple[dict[str, ReceiptFact], bool]:
    """The same of these receipts."""
    if len(ids) <= ONE_BY_ONE:
        return _each(ids, line.client().receipt)
    printed = evidence.read_receipts(line.client(), since - evidence.MARGIN)
    rows = {fact.id: fact for fact in printed.rows}
    return {id: rows[id] for id in ids if id in rows}, not printed.problem


def _each(ids: Collection[str], ask: Callable[[str], Fact]) -> tuple[dict[str, Fact], bool]:
    found: dict[str, Fact] = {}
    for id in ids:
        try:
            found[id] = ask(id)
        except NotFound:
            log.warning("a webhook told of %s, which Dreamkas does not know", id)
        except DreamkasError as error:
            transact(partial(line.went_wrong, error=error))
            return found, False
    return found, True
