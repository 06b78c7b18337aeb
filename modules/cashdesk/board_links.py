"""Where a line of a list leads: to its payment's page and to its receipt, where the admin who asks may go."""

from flask import url_for

from modules.billing.service import INTERNET
from modules.cashdesk.board_list import Line
from modules.cashdesk.counters import ADDCASH, CABLE
from modules.core.current import options
from modules.core.rights import signed_in


def payment_page(line: Line) -> str:
    """The money page of its subscriber, "" where it is none of the admin's business."""
    if line.who is None or not _may(line, "CASH"):
        return ""
    return (ADDCASH if line.service == INTERNET.kind else CABLE).url("money", line.payment.key)


def receipt_page(line: Line) -> str:
    """The receipt as a slip, "" while there is none or where it is none of the admin's business."""
    admin = signed_in()
    if not line.receipt or not line.receipt.receipt_id or not admin:
        return ""
    if admin.can("DREAMKAS") and options().dreamkas_enabled:
        return url_for("dreamkas.receipt", showdetailedrcpt=line.receipt.receipt_id)
    counter = ADDCASH if line.service == INTERNET.kind else CABLE
    may = _may(line, "USERPROFILE|CASH")
    return counter.url("slip", line.payment.key, showreceipt=line.payment.id) if may else ""


def _may(line: Line, right: str) -> bool:
    admin = signed_in()
    if line.service == INTERNET.kind:
        return admin is not None and admin.can(right)
    return admin is not None and admin.can("UKV") and options().ukv_enabled
