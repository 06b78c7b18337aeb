"""All pages of the cash register room: importing this hangs the routes of every tab on the one blueprint."""

from modules.dreamkas import (
    views_board,
    views_board_ask,
    views_drift,
    views_events,
    views_goods,
    views_machines,
    views_notys,
    views_operation,
    views_operations,
    views_receipts,
    views_today,
    views_webhooks,
)
from modules.dreamkas.views import CARD, bp

__all__ = [
    "CARD",
    "bp",
    "views_board",
    "views_board_ask",
    "views_drift",
    "views_events",
    "views_goods",
    "views_machines",
    "views_operation",
    "views_operations",
]
__all__ += ["views_notys", "views_receipts", "views_today", "views_webhooks"]
