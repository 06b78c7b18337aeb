"""What is to be written into the books: the money, and whose it is."""

from dataclasses import dataclass

from modules.billing.service import Book, Subscriber
from modules.dreamkas.service import Wish


@dataclass(frozen=True)
class Money:
    """One payment or correction: the book's `operation`, `kopecks`, and the wish for a receipt (None: without one)."""

    operation: str
    kopecks: int
    cash_type_id: int
    note: str
    wish: Wish | None


@dataclass(frozen=True)
class Order:
    """Money that came from elsewhere than the desk, whose it is, and the admin who says so."""

    book: Book
    who: Subscriber
    money: Money
    admin: str
