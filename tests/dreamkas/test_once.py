"""The promise itself: whatever happens in whatever order, one payment never gets two receipts, and none is stuck."""

import json
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from modules.core.db import db, transact
from modules.dreamkas import doubts, follow, line, looks, outbox, service
from modules.dreamkas.models import Attempt, Hold, Operation
from modules.notifications.models import Notification
from tests.dreamkas.desk import acknowledged, carry, later, queue, work

OUTCOMES = (
    "ok",
    "success",
    "error",
    "lost",
    "swallowed",
    "not_sent",
    "throttled",
    "refused",
    "token",
    "door",
)
DEATHS = ("dies unsent", "dies arrived", "dies swallowed")
EVENTS = (
    "looks",
    "looks",
    "looks",
    "seconds",
    "minutes",
    "prints",
    "fails",
    "arrives late",
    "repeat",
    "cancel",
)
STEPS = st.lists(st.sampled_from(OUTCOMES + DEATHS + EVENTS), max_size=14)


class World:
    """Two payments, one Dreamkas, and a person who presses buttons."""

    def __init__(self, fake) -> None:
        self.fake = fake
        fake.rows.clear()
        fake.printed.clear()
        fake.swallowed.clear()
        fake.script.clear()
        transact(self._forget)
        fake.stranger(timedelta(hours=3))
        acknowledged(fake, 1)
        for number in (17, 18):
            queue(number)

    def _forget(self, session) -> None:
        session.execute(delete(Attempt))
        session.execute(delete(Operation))
        session.execute(delete(Notification))
        session.execute(
            update(Hold).values(
                reason="", probes=0, probe_utc=None, pause_until_utc=None, listing_rows=0, listing_utc=None
            )
        )
        session.expunge_all()

    def does(self, step: str) -> None:
        """One thing happens."""
        if step in OUTCOMES:
            self._one_post(step)
        elif step in DEATHS:
            self._dies(step)
        else:
            getattr(self, "_" + step.replace(" ", "_"))()

    def _one_post(self, how: str) -> None:
        claimed = outbox.claim(self.fake.door)
        if isinstance(claimed, outbox.Claim):
            self.fake.script.append(how)
            outbox.carry(claimed, self.fake)

    def _dies(self, how: str) -> None:
        claimed = outbox.claim(self.fake.door)
        if isinstance(claimed, outbox.Claim) and how == "dies arrived":
            self.fake.take_in(claimed.body)
        elif isinstance(claimed, outbox.Claim) and how == "dies swallowed":
            self.fake.swallowed.append(claimed.body)

    def _looks(self) -> None:
        transact(outbox.end_leases)
        later(self.fake, seconds=61)
        line.probe()
        looks.look_before_sending()
        doubts.resolve()
        follow.ask()
        follow.watch()

    def _seconds(self) -> None:
        later(self.fake, seconds=100)

    def _minutes(self) -> None:
        later(self.fake, minutes=11)

    def _prints(self) -> None:
        self.fake.finish()

    def _fails(self) -> None:
        self.fake.finish("ERROR")

    def _arrives_late(self) -> None:
        """What was swallowed is processed, unless two proofs said that it never would be: that stays open."""
        for body in list(self.fake.swallowed):
            self.fake.swallowed.remove(body)
            mine = Operation.external_id == json.loads(body)["externalId"]
            if db.session.scalar(select(Operation.state).where(mine)) in ("sending", "unsure"):
                self.fake.take_in(body)

    def _rejected(self) -> list[int]:
        db.session.rollback()
        return list(db.session.scalars(select(Operation.id).where(Operation.state == "rejected")))

    def _repeat(self) -> None:
        for pk in self._rejected():
            try:
                service.repeat(pk, admin="anna")
            except service.NotRepeatable:
                continue

    def _cancel(self) -> None:
        for pk in list(db.session.scalars(select(Operation.id).where(Operation.state == "queued"))):
            service.cancel(pk, admin="anna", reason="typed twice")

    def settles(self) -> None:
        """A day without faults."""
        self.fake.script.clear()
        for _ in range(9):
            self._arrives_late()
            later(self.fake, minutes=65)
            line.probe()
            work(self.fake)
            carry(self.fake)
            self.fake.finish()

    def receipts(self, number: int) -> int:
        """How many receipts one payment has."""
        db.session.rollback()
        mine = select(Operation.external_id).where(Operation.source_id == number)
        return sum(self.fake.receipts_of(external_id) for external_id in db.session.scalars(mine))


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_no_payment_ever_has_two_receipts_and_none_is_stuck(dreamkas, steps):
    world = World(dreamkas)
    for step in steps:
        world.does(step)
        assert world.receipts(17) <= 1 and world.receipts(18) <= 1
    world.settles()
    assert world.receipts(17) <= 1 and world.receipts(18) <= 1
    left = set(db.session.scalars(select(Operation.state)))
    assert left <= {"fiscalized", "rejected"}, "everything ends"
    told = select(Operation.source_id).where(Operation.state == "fiscalized")
    for number in db.session.scalars(told):
        assert world.receipts(number) == 1, "what is called fiscalized has its receipt"
