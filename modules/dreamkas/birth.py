"""How an operation is born: from a source, what the person chose and today's data, inside the payment's transaction."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.current import options
from modules.core.db import db, new_id, utc_clock
from modules.core.times import local_now
from modules.dreamkas import catalog, life, receipt
from modules.dreamkas.models import OPERATIONS, Operation
from modules.dreamkas.receipt import Buyer


class Source(NamedTuple):
    """What is to be fiscalized: kind "payment" (Internet) or "ukv_payment", and its row's id."""

    kind: str
    id: int

    @property
    def key(self) -> str:
        """As the unique column holds it."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Wish:
    """What the person at the desk chose."""

    device_id: int
    tax_mode: str
    payment_type: str
    goods_id: str


Paid = tuple[str, int | None, datetime | None]  # subscriber, kopecks, local moment
Row = dict[str, Any]  # an operation's columns, before it is written
SAME_MOMENT = timedelta(seconds=2)  # databases keep a moment by the second: some cut, some round

BORN = insert(OPERATIONS).values(created_utc=utc_clock(), due_utc=utc_clock())
OF_SOURCE = select(
    Operation.source_key,
    Operation.attempt,
    Operation.accepted_utc,
    Operation.subscriber,
    Operation.amount,
    Operation.paid_local,
).where(Operation.source_kind == bindparam("kind"), Operation.source_id == bindparam("number"))


class AlreadyFiscalized(Exception):
    """This source has a live operation already; there is never a second one."""


def fiscalize(
    source: Source,
    *,
    wish: Wish,
    kopecks: int,
    buyer: Buyer,
    service_kind: str,
    subscriber: str,
    paid_at: datetime,
    admin: str,
) -> int:
    """Queues the one operation of a payment, inside the caller's transaction -> its id; never commits.

    `kopecks` is the payment's sum, `paid_at` its local date. What is missing (a usable mobile number, the machine, the
    position) does not raise: the payment stands and the operation is born rejected with the reason.
    Raises AlreadyFiscalized when the source has a live operation. Where that one is of another subscriber, sum or
    moment the number was given twice (books put back to an older copy): born rejected, for a person to look.
    """
    session = db.session()
    row = new(source, wish, kopecks, buyer, service_kind, subscriber, paid_at, admin)
    earlier = session.connection().execute(OF_SOURCE, {"kind": source.kind, "number": source.id}).all()
    # One that was rejected may have reached Dreamkas all the same: this one repeats it, whoever asks.
    row["look_first"] = any(one.attempt or one.accepted_utc for one in earlier)
    holder = next((one for one in earlier if one.source_key), None)
    if holder is None:
        return put(session, row, wish, buyer)
    if alike((holder.subscriber, holder.amount, holder.paid_local), (subscriber, kopecks, paid_at)):
        raise AlreadyFiscalized(source.key)
    row["source_key"] = None
    return put(session, row, wish, buyer, "number_taken")


def alike(one: Paid, other: Paid) -> bool:
    """Whether two are one payment, not two that bore the same number; a moment that is not known counts for any."""
    near = one[2] is None or other[2] is None or abs(one[2] - other[2]) < SAME_MOMENT
    return near and one[:2] == other[:2]


def new(
    source: Source,
    wish: Wish,
    kopecks: int,
    buyer: Buyer,
    service_kind: str,
    subscriber: str,
    paid_at: datetime,
    admin: str,
) -> Row:
    """The operation, queued, not yet written and without a body. `kopecks`, `paid_at` as in fiscalize()."""
    external_id = str(uuid.uuid4())
    return Row(
        operation_id=external_id,
        external_id=external_id,
        state="queued",
        source_kind=source.kind,
        source_id=source.id,
        source_key=source.key,
        amount=kopecks,
        service=service_kind,
        subscriber=subscriber,
        contract=buyer.contract,
        contact=", ".join(filter(None, (buyer.phone, buyer.email))),
        admin=admin,
        device_id=str(wish.device_id),
        goods_id=wish.goods_id,
        tax_mode=wish.tax_mode,
        payment_type=wish.payment_type,
        date_create=local_now(),
        date_finish=None,  # said, for Ubilling's own table knows no NULL there
        date_resend=None,
        paid_local=paid_at,
    )


def put(session: Session, row: Row, wish: Wish, buyer: Buyer, reason: str = "") -> int:
    """Writes it with its body, or rejected at once with `reason` or what is missing -> its id.

    Raises AlreadyFiscalized: the caller's transaction is to be given up.
    """
    try:
        row["operation_body"] = base64.b64encode(_body(row, wish, buyer)).decode()
    except receipt.ReceiptError as error:
        reason = reason or error.reason
    try:
        pk = new_id(session.connection().execute(BORN, row))
    except IntegrityError as error:
        raise AlreadyFiscalized(row["source_key"]) from error
    if reason:
        life.reject(session, life.fresh(session, pk), ("queued",), reason)
    journal.write(
        f"DREAMKAS QUEUE [{pk}] {row['source_kind']} {row['source_id']} "
        f"({row['subscriber']}) {row['amount']} kop {reason}".strip()
    )
    return pk


def _body(row: Row, wish: Wish, buyer: Buyer) -> bytes:
    now = options()
    if not buyer.phone and not (now.dreamkas_email_only and buyer.email):
        raise receipt.ReceiptError("no_mobile")
    machine, position = catalog.of_receipt(wish.device_id, wish.goods_id)
    if machine is None:
        raise receipt.ReceiptError("no_machine")
    if not wish.goods_id:
        raise receipt.ReceiptError("not_mapped")
    if position is None:
        raise receipt.ReceiptError("no_position")
    if position.type != "SERVICE":
        raise receipt.ReceiptError("not_service")
    return receipt.build(
        external_id=row["external_id"],
        device_id=wish.device_id,
        tax_mode=wish.tax_mode,
        payment_type=wish.payment_type,
        position=receipt.Position(position.name, position.tax, position.id),
        kopecks=row["amount"],
        buyer=buyer,
        timeout_minutes=now.dreamkas_receipt_timeout,
        contract_in_name=now.dreamkas_contract_in_name,
        tag_1214=now.dreamkas_tag_1214,
        tag_1212=now.dreamkas_tag_1212,
    )


def body_of(operation: Operation) -> dict:
    """The exact body of an operation as a JSON object, {} when there is none that can be read."""
    try:
        body = json.loads(base64.b64decode(operation.operation_body or ""))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
