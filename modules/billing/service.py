"""The door of the host's books: who the subscribers are, what they paid, where a receipt may be sent.

Two books of one shape, INTERNET and UKV (see book.Book). Nothing here commits; cashdesk does.
"""

from collections.abc import Sequence

from modules.billing.book import BalanceMovedError, Book, cash_types, contact_of
from modules.billing.contracts import holders, lengths_of_contracts
from modules.billing.facts import NOTE_ROOM, PREFIXES, Contact, Found, NoSubscriber, PaymentRow, Subscriber
from modules.billing.internet import INTERNET
from modules.billing.internet import describe as describe_internet
from modules.billing.ledger import LEDGERS, Ledger
from modules.billing.search import search, ukv_found
from modules.billing.ukv import UKV, UKV_SORTS
from modules.billing.ukv import describe as describe_ukv

__all__ = [
    "BOOKS",
    "INTERNET",
    "LEDGERS",
    "NOTE_ROOM",
    "PREFIXES",
    "UKV",
    "UKV_SORTS",
    "BalanceMovedError",
    "Book",
    "Contact",
    "Found",
    "Ledger",
    "NoSubscriber",
    "PaymentRow",
    "Subscriber",
    "cash_types",
    "contact_of",
    "holders",
    "lengths_of_contracts",
    "search",
    "subscribers",
    "ukv_found",
]

BOOKS: dict[str, Book] = {book.kind: book for book in (INTERNET, UKV)}


def subscribers(kind: str, keys: Sequence[str]) -> dict[str, Subscriber]:
    """The subscribers of these keys of one book, by key as the book writes it; an unknown key is left out."""
    describe = describe_ukv if kind == UKV.kind else describe_internet
    return {who.key: who for who in describe(keys)}
