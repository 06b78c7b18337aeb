"""What tests of the cash register room do over and over: queue a payment, let a worker work, let time pass."""

from datetime import timedelta

from sqlalchemy import select, update

from modules.core.db import Base, clock, db, transact
from modules.core.times import local_now
from modules.dreamkas import doubts, follow, looks, outbox, service
from modules.dreamkas.models import Attempt, CatalogState, Duty, Hold, Operation
from modules.dreamkas.models_inbox import InboxRow
from modules.notifications.models import Notification
from tests.dreamkas.fake import GOODS, MACHINE, FakeDreamkas

WISH = service.Wish(MACHINE, "SIMPLE", "CASH", GOODS)
IVANOV = service.Buyer("+79110000001", "ivanov@example.test", "100001")
GRACE = 300


def ask_for(number: int = 17, kopecks: int = 75000, **changes) -> int:
    """fiscalize() of a payment inside the caller's transaction; the operation's id."""
    source = service.Source(changes.pop("kind", "payment"), number)
    values = {
        "wish": WISH,
        "buyer": IVANOV,
        "service_kind": "internet",
        "subscriber": "ivanov",
        "admin": "kassir",
        "paid_at": local_now(),
    }
    return service.fiscalize(source, kopecks=kopecks, **{**values, **changes})


def queue(number: int = 17, kopecks: int = 75000, **changes) -> int:
    """Queues the receipt of a payment and commits; the operation's id."""
    return transact(lambda session: ask_for(number, kopecks, **changes))


def now_is(pk: int) -> Operation:
    """The operation as the database has it now."""
    db.session.rollback()
    return db.session.execute(
        select(Operation).where(Operation.id == pk).execution_options(populate_existing=True)
    ).scalar_one()


def state(pk: int) -> str:
    """Its state."""
    return now_is(pk).state


def attempts(pk: int) -> list[Attempt]:
    """Its attempts, the first one first."""
    wanted = select(Attempt).where(Attempt.operation_pk == pk).order_by(Attempt.number)
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)))


def last(pk: int) -> Attempt:
    """Its last attempt."""
    return attempts(pk)[-1]


def line_now() -> Hold:
    """The row of the line."""
    return db.session.execute(select(Hold).execution_options(populate_existing=True)).scalar_one()


def news(kind: str | None = None) -> list[Notification]:
    """What was told, the oldest first; of one kind or all."""
    wanted = select(Notification).order_by(Notification.id)
    return list(db.session.scalars(wanted.where(Notification.kind == kind) if kind else wanted))


def carry(fake: FakeDreamkas) -> int:
    """A worker carries all that may be carried now; how many POSTs it tried."""
    done = 0
    while isinstance(claimed := outbox.claim(fake.door), outbox.Claim):
        outbox.carry(claimed, fake)
        done += 1
    return done


def worker_dies(fake: FakeDreamkas, arrives: bool = False) -> int:
    """A worker takes the next operation and is killed before or after Dreamkas got the request."""
    claimed = outbox.claim(fake.door)
    assert isinstance(claimed, outbox.Claim), claimed
    if arrives:
        fake.take_in(claimed.body)
    return claimed.pk


def work(fake: FakeDreamkas) -> None:
    """One round of everything a worker does about operations."""
    transact(outbox.end_leases)
    looks.look_before_sending()
    doubts.resolve()
    follow.ask()
    follow.watch()
    carry(fake)


def later(fake: FakeDreamkas | None = None, **how_much: float) -> None:
    """Time passes: every moment that is written down, here and there, moves back."""
    by = timedelta(**how_much)
    db.session.rollback()

    def shift(session) -> None:
        for table in (Operation, Attempt, Hold, Duty, CatalogState, InboxRow):
            _shift(session, table, by)

    transact(shift)
    if fake is not None:
        fake.age(by)


def _shift(session, table: type[Base], by: timedelta) -> None:
    names = [column.name for column in table.__table__.columns if column.name.endswith("_utc")]
    for row in session.scalars(select(table).execution_options(populate_existing=True)):
        for name in names:
            if (moment := getattr(row, name)) is not None:
                setattr(row, name, moment - by)
    session.flush()


def due(pk: int) -> None:
    """Its next step is due now, whatever it waits for."""
    change(pk, due_utc=clock())


def change(pk: int, **values) -> None:
    """Writes into the row whatever a test needs there."""
    transact(lambda session: session.execute(update(Operation).where(Operation.id == pk).values(**values)))


def put_back(pk: int) -> None:
    """Queued once more, however it came to that."""
    change(pk, state="queued", due_utc=clock(), looked_utc=clock())


def acknowledged(fake: FakeDreamkas, number: int = 1, minutes: float = 30, kopecks: int = 100) -> int:
    """An earlier payment that Dreamkas acknowledged and printed some minutes ago: the canary of later proofs."""
    pk = queue(number, kopecks)
    fake.script.appendleft("success")
    carry(fake)
    later(fake, minutes=minutes)
    assert state(pk) == "fiscalized"
    return pk


def lost(fake: FakeDreamkas, number: int = 17, how: str = "swallowed", **changes) -> int:
    """An operation whose answer was lost."""
    pk = queue(number, **changes)
    fake.script.append(how)
    carry(fake)
    assert state(pk) == "unsure"
    return pk


def look(pk: int) -> str:
    """One look at Dreamkas for an unsure operation; what it showed."""
    due(pk)
    doubts.resolve()
    return last(pk).looked_code
