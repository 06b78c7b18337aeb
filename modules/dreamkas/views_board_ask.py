"""From a list of the board: receipts for payments that nobody asked one for, one by one or chosen ones together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from modules.billing.service import BOOKS, Book, NoSubscriber, PaymentRow
from modules.cashdesk import service as cashdesk
from modules.cashdesk.board_list import SERVICES, SOURCES
from modules.cashdesk.forms import AskForm
from modules.core.rights import admin_login, own_address
from modules.dreamkas import service
from modules.dreamkas.service import ReceiptState, Wish
from modules.dreamkas.views import Answer, bp, draw, manages, reads

MOST = 200  # payments asked for by one press
BIGGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Chosen:
    """A payment that was chosen, and where its receipt is now."""

    book: Book
    payment: PaymentRow
    receipt: ReceiptState | None
    trouble: str = ""

    @property
    def source(self) -> str:
        """As the form names it."""
        return cashdesk.source_of(self.book, self.payment.id).key


@bp.route("/getboard/boardfiscalize", methods=["GET", "POST"])
@reads
@manages
def board_fiscalize() -> Answer:
    """GET: by which cash machine and how. POST: queues a receipt for each of them; each says how it went."""
    chosen = _chosen(request.values.getlist("pay"))
    back = own_address(request.values.get("back", "")) or url_for("dreamkas.board")
    forms = {kind: _form(kind, chosen) for kind in BOOKS if any(one.book.kind == kind for one in chosen)}
    if request.method == "POST" and all([form.validate() for form in forms.values()]):
        wishes = {kind: form.wish() for kind, form in forms.items()}
        outcomes = [_ask(one, wishes[one.book.kind]) for one in chosen]
        return draw("board", "dreamkas/board_asked.html", outcomes=outcomes, back=back)
    page = draw("board", "dreamkas/board_ask.html", chosen=chosen, forms=forms, services=SERVICES, back=back)
    return page, 422 if request.method == "POST" else 200


def _chosen(keys: Iterable[str]) -> list[Chosen]:
    """The payments of these sources ("payment:17"); what is none is left out."""
    found = [_one(key) for key in list(dict.fromkeys(keys))[:MOST]]
    return [one for one in found if one]


def _one(key: str) -> Chosen | None:
    kind, _colon, number = key.partition(":")
    book, plain = SOURCES.get(kind), number.isascii() and number.isdecimal() and len(number) < 11
    payment = book.payment(int(number)) if book and plain and int(number) <= BIGGEST_ID else None
    if book is None or payment is None:
        return None
    return Chosen(book, payment, cashdesk.receipts_of(book, [payment]).get(payment.id))


def _form(kind: str, chosen: list[Chosen]) -> AskForm:
    form = AskForm(kind)
    cash_types = {one.payment.cash_type_id for one in chosen if one.book.kind == kind}
    # What only some of them are, a person says.
    form.equip(service.desk(kind), min(map(service.payment_type_of, cash_types), default="CASH"))
    form.fiscalizepayment.data = True
    return form


def _ask(one: Chosen, wish: Wish | None) -> Chosen:
    """Queues its receipt; the same payment with where it is now, and what was wrong."""
    try:
        trouble = "" if wish else _("The tick was taken away.")
        if wish:
            cashdesk.fiscalize_payment(one.book, one.payment.id, wish, admin_login())
    except cashdesk.NotFiscal as refusal:
        trouble = str(refusal)
    except NoSubscriber:
        trouble = _("There is no such subscriber.")
    now: dict[int, Any] = cashdesk.receipts_of(one.book, [one.payment])
    return Chosen(one.book, one.payment, now.get(one.payment.id), trouble)
