"""Receipts that Dreamkas printed and no payment here has: money that is about to be taken may be theirs already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, func, or_, select

from modules.core.bulk import batches
from modules.core.db import db
from modules.core.formats import readers
from modules.core.money import roubles
from modules.core.times import to_local
from modules.dreamkas.models_drift import Drift

NOBODYS = ("stranger", "by_hand")
SILENT = ("by_hand",)  # listed, and no cause for alarm
AT_ONCE = 500


@dataclass(frozen=True)
class Printed:
    """Such a receipt; `date` is local, `kopecks` its sum."""

    pk: int
    receipt_id: str
    kopecks: int
    contract: str
    title: str
    date: datetime

    @property
    def words(self) -> str:
        """What a person is warned of, as a sentence."""
        return _(
            "Dreamkas printed a receipt of %(sum)s for contract %(contract)s on %(date)s that no payment here has.",
            sum=roubles(self.kopecks),
            contract=self.contract,
            date=readers().moment(self.date),
        )


Asked = tuple[str, int]  # contract, kopecks
OF_NOBODY = (
    select(Drift.id, Drift.receipt_id, Drift.amount, Drift.contract, Drift.title, Drift.date_utc)
    .where(
        Drift.settled_utc.is_(None),
        Drift.amount.in_(bindparam("sums", expanding=True)),
        or_(*(Drift.kind == kind for kind in NOBODYS)),
        Drift.type == "SALE",
        Drift.contract != "",
    )
    .order_by(Drift.date_utc)
)


def printed_for(asked: Collection[Asked]) -> dict[Asked, Printed]:
    """Of these contracts and sums those for which there is one; of several the newest."""
    sums = sorted({kopecks for _contract, kopecks in asked})
    found: dict[Asked, Printed] = {}
    for some in batches(sums, AT_ONCE):
        for row in db.session.connection().execute(OF_NOBODY, {"sums": some}):
            found[_key(row.contract, row.amount)] = _printed(row)
    return {one: found[_key(*one)] for one in asked if _key(*one) in found}


def _key(contract: str, kopecks: int) -> Asked:
    return contract.strip().casefold(), kopecks


def _printed(row: Any) -> Printed:
    return Printed(row.id, row.receipt_id, row.amount, row.contract, row.title, to_local(row.date_utc))


def unexplained() -> int:
    """How many differences wait for a person."""
    counted = select(func.count()).select_from(Drift)
    return db.session.scalar(counted.where(Drift.settled_utc.is_(None), Drift.kind.notin_(SILENT))) or 0
