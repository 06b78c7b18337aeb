"""Where a receipt goes, and filling it in: the subscriber's mobile numbers and e-mail, kept and journalled."""

from sqlalchemy.orm import Session

from modules.billing.service import Book, Contact
from modules.core.current import options
from modules.core.db import transact
from modules.core.journal import write
from modules.core.phones import mask, read_mobile


def goes_to(contact: Contact) -> list[str]:
    """Where a receipt would be sent; empty: it would be rejected."""
    enough = contact.phone.number or options().dreamkas_email_only
    return [place for place in (contact.phone.number, contact.email) if place and enough]


def set_mobile(book: Book, key: str, text: str) -> None:
    """Keeps the mobile field as it was typed. Raises NoSubscriber."""

    def work(session: Session) -> None:
        book.set_mobile(session, key, text)
        number = read_mobile(text).number
        write(f"CHANGE Mobile ({key}) ON {mask(number) if number else 'no usable number'}")

    transact(work)


def set_email(book: Book, key: str, text: str) -> None:
    """Keeps the e-mail address, '' removes it. Raises NoSubscriber."""

    def work(session: Session) -> None:
        book.set_email(session, key, text)
        write(f"CHANGE Email ({key}) {'ON •••@' + text.rpartition('@')[2] if text else 'removed'}")

    transact(work)
