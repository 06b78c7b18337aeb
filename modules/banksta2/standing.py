"""Where a row stands on its way to a payment, as SQL conditions: one truth for the button, the worker and the pages."""

from sqlalchemy import ColumnElement, and_, or_

from modules.banksta2.models import StatementRow as Row

INTERNET, UKV = "Internet", "UKV"  # as Ubilling writes a service

# May be credited: whole, known, nobody's duplicate (whoever holds the key), not cancelled, not yet credited.
# Words are compared, not listed: SQLAlchemy spells an IN anew at each run, and the worker runs this for each row.
READY: ColumnElement[bool] = and_(
    Row.processed == 0,
    Row.canceled == 0,
    Row.error == "",
    Row.identity_key.is_not(None),
    Row.verdict != "suspected",
    Row.verdict != "same",
    or_(Row.service_type == INTERNET, Row.service_type == UKV),
    Row.subscriber != "",
    Row.amount > 0,
    Row.payment_id.is_(None),
)
# Somebody pressed the button, and the worker has not come to it yet. On a credited row: its receipt is wanted anew.
WANTED: ColumnElement[bool] = Row.wanted_utc.is_not(None)
CREDITED: ColumnElement[bool] = and_(Row.processed == 1, Row.payment_id.is_not(None))
TROUBLED: ColumnElement[bool] = Row.trouble != ""
