"""How an operation is born: from a source, what the person chose and today's data, inside the payment's transaction."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from modules.core import journal
from modules.core.current import options
from modules.core.db import clock, db
from modules.core.times import local_now
from modules.dreamkas import catalog, life, receipt
from modules.dreamkas.models import Operation
from modules.dreamkas.receipt import Buyer


@dataclass(frozen=True)
class Source:
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
SAME_MOMENT = timedelta(seconds=2)  # databases keep a moment by the second: some cut, some round


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
) -> Operation:
    """Queues the one operation of a payment, inside the caller's transaction; never commits.

    `kopecks` is the payment's sum, `paid_at` its local date. What is missing (a usable mobile number, the machine, the
    position) does not raise: the payment stands and the operation is born rejected with the reason.
    Raises AlreadyFiscalized when the source has a live operation. Where that one is of another subscriber, sum or
    moment the number was given twice (books put back to an older copy): born rejected, for a person to look.
    """
    session = db.session()
    operation = new(source, wish, kopecks, buyer, service_kind, subscriber, paid_at, admin)
    operation.look_first = _was_sent(session, source)
    holder = session.scalar(select(Operation).where(Operation.source_key == source.key))
    mine = (subscriber, kopecks, paid_at)
    if holder is not None and not alike((holder.subscriber, holder.amount, holder.paid_local), mine):
        operation.source_key = None
        return put(session, operation, wish, buyer, "number_taken")
    return put(session, operation, wish, buyer)


def alike(one: Paid, other: Paid) -> bool:
    """Whether two are one payment, not two that bore the same number; a moment that is not known counts for any."""
    near = one[2] is None or other[2] is None or abs(one[2] - other[2]) < SAME_MOMENT
    return near and one[:2] == other[:2]


def _was_sent(session: Session, source: Source) -> bool:
    """Whether a rejected operation of this source may have reached Dreamkas: this one repeats it, whoever asks."""
    same = and_(Operation.source_kind == source.kind, Operation.source_id == source.id)
    return session.scalar(select(Operation.id).where(same, Operation.attempt > 0).limit(1)) is not None


def new(
    source: Source,
    wish: Wish,
    kopecks: int,
    buyer: Buyer,
    service_kind: str,
    subscriber: str,
    paid_at: datetime,
    admin: str,
) -> Operation:
    """The operation, queued, not yet in the session and without a body. `kopecks`, `paid_at` as in fiscalize()."""
    external_id, now = str(uuid.uuid4()), clock()
    return Operation(
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
        created_utc=now,
        due_utc=now,
        date_create=local_now(),
        paid_local=paid_at,
    )


def put(session: Session, operation: Operation, wish: Wish, buyer: Buyer, reason: str = "") -> Operation:
    """Writes it with its body, or rejected at once with `reason` or what is missing. Raises AlreadyFiscalized."""
    try:
        operation.operation_body = base64.b64encode(_body(operation, wish, buyer)).decode()
    except receipt.ReceiptError as error:
        reason = reason or error.reason
    session.flush()  # what the caller has not written yet must not be taken for a second operation
    try:
        with session.begin_nested():  # only what stands inside is undone, the caller's payment is not
            session.add(operation)
            session.flush()
    except IntegrityError as error:
        raise AlreadyFiscalized(operation.source_key) from error
    if reason:
        life.reject(session, life.fresh(session, operation.id), ("queued",), reason)
    journal.write(
        f"DREAMKAS QUEUE [{operation.id}] {operation.source_kind} {operation.source_id} "
        f"({operation.subscriber}) {operation.amount} kop {reason}".strip()
    )
    return life.fresh(session, operation.id)


def _body(operation: Operation, wish: Wish, buyer: Buyer) -> bytes:
    now, known = options(), catalog.catalog()
    if not buyer.phone and not (now.dreamkas_email_only and buyer.email):
        raise receipt.ReceiptError("no_mobile")
    if known.machine(wish.device_id) is None:
        raise receipt.ReceiptError("no_machine")
    if not wish.goods_id:
        raise receipt.ReceiptError("not_mapped")
    position = known.position(wish.goods_id)
    if position is None:
        raise receipt.ReceiptError("no_position")
    if position.type != "SERVICE":
        raise receipt.ReceiptError("not_service")
    return receipt.build(
        external_id=operation.external_id or "",
        device_id=wish.device_id,
        tax_mode=wish.tax_mode,
        payment_type=wish.payment_type,
        position=receipt.Position(position.name, position.tax, position.id),
        kopecks=operation.amount or 0,
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
