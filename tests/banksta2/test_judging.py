"""Rows that are left aside unread are the very ones that nothing could be said of."""

from random import Random

import pytest
from sqlalchemy import select, update

from modules.banksta2 import importing, statements
from modules.banksta2.identity import NEW, judge
from modules.banksta2.judging import judge_anew
from modules.banksta2.models import StatementRow
from modules.banksta2.rules import Rules
from modules.banksta2.twins import fact_of, known
from modules.core.db import db, transact
from tests.banksta2.files import LINES, UNNUMBERED, checked, csv, rows, taken_in
from tests.books import any_books  # noqa: F401

RULES = Rules(
    col_paydate="0", col_paysum="1", col_bank_id="2", col_account="3", col_paytime="4", col_realname="5",
    col_paypurpose="6",
)  # fmt: skip
TOLD = (
    [f"{day:02}.11.2026" for day in range(1, 29)],
    ["350,00"],
    ["", "-", "op-1", "OP 1", "op-2"],
    ["", "40702", "--"],
    ["", "21:10:05"],
    ["Иванов"],
    ["за интернет", "за интернет", "за интер", "ктв"],
)
ALIKE = (StatementRow.paid_on, StatementRow.amount, StatementRow.row_number)


def paper(chance: Random, many: int) -> bytes:
    """A file whose rows say little: some days hold one, some hold two or three that are nearly alike."""
    return csv(*(";".join(map(chance.choice, TOLD)) for _row in range(many)))


@pytest.mark.database
@pytest.mark.parametrize("seed", range(10))
def test_rows_stand_as_if_each_had_been_compared_with_all(any_books, seed):  # noqa: F811
    chance = Random(seed)
    with any_books.app_context():
        if seed % 2:
            taken_in(paper(chance, 10), rules=RULES)
        draft = checked(paper(chance, 40), rules=RULES)
        kept = db.session.scalars(
            select(StatementRow).where(StatementRow.statement_id == draft.id).order_by(*ALIKE)
        ).all()
        facts = [fact_of(row) for row in kept]
        for row, verdict in zip(kept, judge(facts, known(db.session, facts)), strict=True):
            twin = verdict.twin if verdict.twin_row is None else kept[verdict.twin_row].id
            wanted = (
                verdict.kind,
                twin if verdict.kind != NEW else None,
                verdict.identity,
                verdict.occurrence,
            )
            assert (row.verdict, row.twin_id, row.identity, row.occurrence) == wanted


def test_a_doubt_whose_cause_is_gone_before_the_import_is_a_new_payment(books):
    with books.app_context():
        first = taken_in(csv(LINES[0]), rules=UNNUMBERED)
        draft = checked(csv(*LINES[:2]), rules=UNNUMBERED)
        assert [row.verdict for row in rows(draft)] == ["suspected", ""]
        statements.remove(first)
        importing.take_in(draft.id, "buh")
        assert [(row.verdict, row.twin_id) for row in rows(draft)] == [("", None)] * 2
        assert all(row.identity_key for row in rows(draft))


def test_a_row_that_an_older_house_kept_without_its_identity_gets_one(books):
    with books.app_context():
        draft = checked(csv(LINES[0]))
        identity = rows(draft)[0].identity
        transact(lambda session: session.execute(update(StatementRow).values(identity="")))
        transact(lambda session: judge_anew(session, draft.id))
        assert rows(draft)[0].identity == identity
