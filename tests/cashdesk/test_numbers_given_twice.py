"""Books put back to an older copy give a payment's number again: nobody's receipt is taken for another's."""

from sqlalchemy import select

from modules.billing.service import INTERNET
from modules.cashdesk import service as cashdesk
from modules.core.db import db, transact
from modules.core.times import local_now
from modules.dreamkas import service as register
from modules.dreamkas.models import Operation

WISH = register.Wish(123, "SIMPLE", "CASH", "inet")


def other_payments_operation(number: int) -> None:
    transact(
        lambda session: register.fiscalize(
            register.Source("payment", number),
            wish=WISH,
            kopecks=77700,
            buyer=register.Buyer("+79110000003", None, "100003"),
            service_kind="internet",
            subscriber="sidorov",
            paid_at=local_now(),
            admin="kassir",
        )
    )


def test_the_payment_is_taken_and_its_operation_says_why_it_has_no_receipt(books):
    with books.app_context(), books.test_request_context():
        other_payments_operation(1)
        taken = cashdesk.take_payment(
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
        assert taken.source.id == 1
        mine = db.session.scalar(select(Operation).where(Operation.subscriber == "ivanov"))
        assert (mine.state, mine.reason, mine.source_key) == ("rejected", "number_taken", None)
        payment = INTERNET.payment(1)
        state = cashdesk.receipts_of(INTERNET, [payment])[1]
        assert state.state == "rejected" and "Another payment's receipt" in state.reason
