"""The receipt that a row is to have: its tick, and four choices, "" for what alter.ini and the mapping say.

So a row follows when its service is changed, and a mapping made after the import counts; a person's own choice stays.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import and_, func, or_, update

from modules.banksta2.models import StatementRow as Row
from modules.banksta2.standing import CREDITED
from modules.core.current import options
from modules.core.db import rows_changed, transact
from modules.dreamkas import service as register

COMPANY_INN = 10  # digits; a person has 12
CASHLESS = "CASHLESS"
CHOICES = ("machine_id", "tax_system", "payment_type", "position_id")
IS_COMPANY = func.length(Row.payer_inn) == COMPANY_INN
MAY_CHANGE = or_(Row.processed == 0, CREDITED)


def is_company(payer_inn: str) -> bool:
    """Whether the payer is a company: it gets no receipt of this kind unless a person ticks its row."""
    return len(payer_inn) == COMPANY_INN


def first_ticks(rows: Iterable[tuple[str, str, int]]) -> list[bool]:
    """Whether each row (the payer's INN, contract, kopecks) is ticked when it is imported.

    DREAMKAS_ALWAYS_FISCALIZE_ALL; never a company's, nor one whose receipt is printed already.
    """
    now, asked = options(), list(rows)
    if not (now.dreamkas_enabled and now.dreamkas_always_fiscalize_all):
        return [False] * len(asked)
    printed = register.printed_for({(contract, kopecks) for _inn, contract, kopecks in asked})
    return [not is_company(inn) and (contract, kopecks) not in printed for inn, contract, kopecks in asked]


def usual(service_kind: str) -> register.Wish:
    """What a row without choices of its own wishes: alter.ini's machine and tax system, the mapped position."""
    machine, tax, position = register.usual(service_kind)
    return register.Wish(_number(machine), tax, CASHLESS, position)


def wish_of(row: Row, usual: register.Wish) -> register.Wish:
    """The row's own choices, the usual ones where it has none. A position that nothing says stays "": born rejected."""
    return register.Wish(
        _number(row.machine_id) or usual.device_id,
        row.tax_system or usual.tax_mode,
        row.payment_type or usual.payment_type,
        row.position_id or usual.goods_id,
    )


def tick(statement_id: int, on: bool, rows: Collection[int] | None = None) -> int:
    """Ticks these rows of the statement, or all of them at once (None), but then no company -> how many. Commits.

    One UPDATE, whatever their number.
    """
    where = [Row.statement_id == statement_id, MAY_CHANGE]
    if rows is not None:
        where.append(Row.id.in_(rows))
    elif on:
        where.append(~IS_COMPANY)
    return _change(and_(*where), {"tick": on})


def choose(statement_id: int, choices: Mapping[str, str], rows: Collection[int] | None = None) -> int:
    """Changes selectors (names of CHOICES, "" = the usual) of these rows, or of all at once -> how many. Commits.

    The caller has checked the values against what the desk offers. Raises ValueError for another name.
    """
    if unknown := set(choices) - set(CHOICES):
        raise ValueError(f"no choice of a row: {sorted(unknown)}")
    where = [Row.statement_id == statement_id, MAY_CHANGE]
    if rows is not None:
        where.append(Row.id.in_(rows))
    return _change(and_(*where), dict(choices)) if choices else 0


def _change(where: Any, values: dict[str, Any]) -> int:
    return transact(lambda session: rows_changed(session.execute(update(Row).where(where).values(**values))))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
