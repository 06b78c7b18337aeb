"""Books put back to an older copy give a payment's number again: nobody's receipt is taken for another's."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from modules.billing.service import INTERNET
from modules.cashdesk import service as cashdesk
from modules.core.db import db, transact
from modules.core.times import local_now
from modules.dreamkas import service as register
from modules.dreamkas.models import Operation
from tests.books import TICKED

WISH = register.Wish(123, "SIMPLE", "CASH", "inet")


def other_payments_operation(number: int, subscriber="sidorov", kopecks=77700, earlier=timedelta()) -> None:
    transact(
        lambda session: register.fiscalize(
            register.Source("payment", number),
            wish=WISH,
            kopecks=kopecks,
            buyer=register.Buyer("+79110000003", None, "100003"),
            service_kind="internet",
            subscriber=subscriber,
            paid_at=local_now() - earlier,
            admin="kassir",
        )
    )


def take() -> cashdesk.Taken:
    return cashdesk.take_payment(
        INTERNET,
        "ivanov",
        operation="add",
        kopecks=10000,
        cash_type_id=1,
        note="",
        token=cashdesk.new_token("kassir", INTERNET, "ivanov"),
        wish=WISH,
        admin="kassir",
        second_ok=False,
    )


SAME = {"subscriber": "ivanov", "kopecks": 10000, "earlier": timedelta(hours=1)}


NOW = timedelta()
OTHERS = {
    "of another": {},
    "of the same subscriber and sum, earlier": SAME,
    "of another, the same sum, this moment": SAME | {"subscriber": "sidorov", "earlier": NOW},
    "of the same subscriber, another sum, this moment": SAME | {"kopecks": 10001, "earlier": NOW},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_payment_is_taken_and_its_operation_says_why_it_has_no_receipt(books, other):
    with books.app_context(), books.test_request_context():
        other_payments_operation(1, **other)
        assert take().source.id == 1
        mine = db.session.scalars(select(Operation).order_by(Operation.id.desc())).first()
        assert (mine.subscriber, mine.state, mine.reason) == ("ivanov", "rejected", "number_taken")
        assert mine.source_key is None
        state = cashdesk.receipts_of(INTERNET, [INTERNET.payment(1)])[1]
        assert state.state == "rejected"
        assert "Another payment's receipt" in state.reason


def test_the_cashier_reads_it_at_once(books, sign_in, page):
    with books.app_context():
        other_payments_operation(1, **SAME)
    sign_in("CASH")
    form = page("/?module=addcash&username=ivanov").form("newcash")
    back = form.submit(newcash="100", status=303, **TICKED).follow()
    assert back.shows("Payment taken: ₽100.00. Rejected Another payment's receipt stands")
