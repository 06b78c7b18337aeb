"""The way back from a payment to its row: for whoever may see statements, on pages of other rooms."""

from collections.abc import Collection

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import bindparam, select

from modules.banksta2.models import StatementRow as Row
from modules.core.current import options
from modules.core.db import db
from modules.core.rights import signed_in
from modules.dreamkas.service import ORIGINS, Origin

BEHIND = (
    select(Row.payment_id, Row.id, Row.row_number, Row.filename)
    .where(Row.payment_kind == bindparam("kind"))
    .where(Row.payment_id.in_(bindparam("ids", expanding=True)))
)


def rows_behind(kind: str, ids: Collection[int]) -> dict[int, Origin]:
    """Payment -> the row that it was credited for."""
    admin = signed_in()
    if not (options().banksta2_enabled and admin and admin.can("BANKSTA2")):
        return {}
    found = db.session.execute(BEHIND, {"kind": kind, "ids": list(ids)})
    return {
        payment: Origin(
            _("row %(number)s of %(file)s", number=number, file=name),
            url_for("banksta2.row_details", showdetailed=row),
        )
        for payment, row, number, name in found
        if payment
    }


ORIGINS.append(rows_behind)
