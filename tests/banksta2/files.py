"""Statement files and drafts for tests of what stands between an upload and the books."""

import io
from dataclasses import replace

from flask import Flask
from sqlalchemy import select

from modules.banksta2 import checking, drafts, importing
from modules.banksta2.mapping import Understood, columns_of
from modules.banksta2.models import Statement, StatementRow
from modules.banksta2.rules import TELEPATHY, Rules
from modules.core.db import db

RULES = Rules(
    col_paydate="0", col_paysum="1", col_contract="2", col_realname="3", col_paypurpose="4", col_bank_id="5",
    col_payer_inn="6", service_type=TELEPATHY, ukv_srv_keywords="тв", skip_row=1, col_skiprow="4",
    skip_row_keywords="возврат",
)  # fmt: skip
UNNUMBERED = replace(RULES, col_bank_id="")
HEAD = "дата;сумма;договор;плательщик;назначение;номер;инн"
LINES = (
    "24.11.2026;350,00;100001;Иванов И.И.;за интернет;op-1;",
    "24.11.2026;120,50;200001;Кузнецова О.И.;за тв;op-2;",
    "24.11.2026;1 000,00;100003;ООО Ромашка;за интернет;op-3;7701234567",
    "24.11.2026;77,00;999999;Неизвестный;за интернет;op-4;",
    "24.11.2026;5,00;100001;Иванов И.И.;возврат;op-5;",
    ";40,00;100001;Иванов И.И.;без даты;op-6;",
    "24.11.2026;много;100001;Иванов И.И.;без суммы;op-7;",
)
KOPECKS = 35000 + 12050 + 100000 + 7700 + 500 + 4000


def csv(*lines: str, head: str = HEAD) -> bytes:
    """A registry as a bank writes it."""
    return "\r\n".join((head, *(lines or LINES))).encode("cp1251")


def as_columns(row: Understood) -> dict[str, object]:
    """What the table keeps of one row by itself."""
    return {name: values[0] for name, values in columns_of([row]).items()}


def draft_of(data: bytes, admin: str = "buh", rules: Rules | None = RULES, skip: int = 1) -> Statement:
    """A draft of that file, mapped; in the present app context. rules=None: as it comes (1C)."""
    draft = drafts.bring(io.BytesIO(data), "реестр.csv", admin, skip_rows=skip)
    if rules:
        drafts.map_anew(draft, rules)
    return draft


def checked(data: bytes, admin: str = "buh", rules: Rules | None = RULES, skip: int = 1) -> Statement:
    """The same after its last check."""
    draft = draft_of(data, admin, rules, skip)
    checking.check(draft)
    return draft


def taken_in(data: bytes, admin: str = "buh", rules: Rules | None = RULES, skip: int = 1) -> Statement:
    """The same in the books."""
    return importing.take_in(checked(data, admin, rules, skip).id, admin)


def rows(statement: Statement) -> list[StatementRow]:
    """Its rows in the file's order, as the database has them now."""
    wanted = select(StatementRow).where(StatementRow.statement_id == statement.id)
    found = db.session.scalars(
        wanted.order_by(StatementRow.row_number).execution_options(populate_existing=True)
    )
    return list(found)


def keys(app: Flask) -> list[str]:
    """Every payment of the bank that may be credited, by its key."""
    with app.app_context():
        held = select(StatementRow.identity_key).where(StatementRow.identity_key.is_not(None))
        return sorted(db.session.scalars(held))
