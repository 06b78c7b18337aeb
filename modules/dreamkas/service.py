"""The desk of the cash register room: all that other rooms may ask.

It never learns who asked: a caller passes a source (payment 17) and the buyer's contact, and later asks `state_of`.
"""

from datetime import datetime

from modules.core.current import options
from modules.dreamkas import outbox
from modules.dreamkas.beginning import since
from modules.dreamkas.birth import AlreadyFiscalized, Source, Wish, alike, body_of, fiscalize
from modules.dreamkas.choices import Desk, desk, is_old_vat, payment_type_of, usual
from modules.dreamkas.decisions import (
    NotRepeatable,
    adopt,
    cancel,
    close,
    repeat,
    send_again,
    settle_alarm,
)
from modules.dreamkas.duties import Work, nudge_duty
from modules.dreamkas.health import Health, health
from modules.dreamkas.hooks import events_of
from modules.dreamkas.inbox import BadHook, keep_hook
from modules.dreamkas.origins import ORIGINS, Origin, origins_of
from modules.dreamkas.papers import paper
from modules.dreamkas.printed import Printed, printed_for
from modules.dreamkas.receipt import Buyer
from modules.dreamkas.returned import catching_up_since
from modules.dreamkas.speaking import SPEAKS, printed_between, speaks_for, speaks_of_another
from modules.dreamkas.states import ReceiptState, state_of, states_of
from modules.dreamkas.tallies import has_live_operation, has_operation, tally


def payable(paid_at: datetime | None, cash_type_id: int) -> bool:
    """Whether a payment of that local date and cash type may be fiscalized at all."""
    return not is_exempt(cash_type_id) and paid_at is not None and paid_at >= since()


def is_exempt(cash_type_id: int) -> bool:
    """Whether payments of that cash type need no receipt: alter.ini says so."""
    return cash_type_id in options().dreamkas_no_receipt_cashtypes


def nudge() -> None:
    """After the commit: something is due now. Never raises: the beat finds it all the same."""
    outbox.nudge()


__all__ = [
    "AlreadyFiscalized",
    "BadHook",
    "Buyer",
    "Desk",
    "Health",
    "NotRepeatable",
    "ReceiptState",
    "Source",
    "Wish",
]
__all__ += ["Work", "has_live_operation", "has_operation", "is_old_vat", "nudge_duty", "tally", "usual"]
__all__ += [
    "adopt",
    "alike",
    "body_of",
    "cancel",
    "close",
    "desk",
    "events_of",
    "fiscalize",
    "health",
    "keep_hook",
    "nudge",
    "payable",
    "payment_type_of",
    "repeat",
    "send_again",
    "settle_alarm",
]
__all__ += ["ORIGINS", "Origin", "Printed", "catching_up_since", "origins_of", "printed_for"]
__all__ += [
    "SPEAKS",
    "is_exempt",
    "paper",
    "printed_between",
    "since",
    "speaks_for",
    "speaks_of_another",
    "state_of",
    "states_of",
]
