"""The desk where money is taken, the only place of the host that commits payments.

take_payment() takes one at the desk, credit() one that came from elsewhere; the others look after its receipt later.
The worker is nudged after each commit of the desk; no page waits for Dreamkas.
"""

from modules.billing.service import NoSubscriber
from modules.cashdesk.contacts import set_email, set_mobile
from modules.cashdesk.credit import credit
from modules.cashdesk.order import Money, Order
from modules.cashdesk.receipts import (
    NotFiscal,
    cancel_payment,
    fiscalize_payment,
    may_fiscalize,
    receipts_of,
    repeat_payment,
    source_of,
)
from modules.cashdesk.take import Taken, take_payment
from modules.cashdesk.tokens import LooksDouble, Refusal, TokenForeign, TokenSpent, new_token

__all__ = [
    "LooksDouble",
    "Money",
    "NoSubscriber",
    "NotFiscal",
    "Order",
    "Refusal",
    "Taken",
    "TokenForeign",
    "TokenSpent",
    "cancel_payment",
    "credit",
    "fiscalize_payment",
    "may_fiscalize",
    "new_token",
    "receipts_of",
    "repeat_payment",
    "set_email",
    "set_mobile",
    "source_of",
    "take_payment",
]
