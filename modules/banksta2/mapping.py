"""A row's cells -> what it says, by the rules of a preset; pure. In the original's order: replace, remove, read, skip.

    mapper = Mapper(rules, settings)                  # once a file; patterns are made, the file's time budget begins
    for number, cells in reader.rows(path, look):
        understood = mapper.understand(cells, number)

Nothing a file or a preset holds raises: a row that cannot be a payment carries `error`, a key of words.ERRORS.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple

from modules.banksta2.identity import digest
from modules.banksta2.matcher import Did, Matcher
from modules.banksta2.patterns import BadPattern, Patience, TooSlow, either, filled
from modules.banksta2.rules import COLUMNS, Rules, Settings, rules_of, rules_of_json
from modules.banksta2.values import parse_date, parse_inn, parse_number, parse_sum, parse_time
from modules.core.decimals import decimal_text

__all__ = [
    "Did", "Mapper", "Rules", "Settings", "Understood", "columns_of", "rules_of", "rules_of_json", "understand",
]  # fmt: skip

JOINED = ("col_realname", "col_address", "col_paypurpose")  # several columns are one text
LARGEST = 10**10  # kopecks: what is more is an account number in the wrong column
UNKNOWN = "unknown_{}"  # the original's name for the contract of a row that tells none


class Understood(NamedTuple):
    """What was understood of a row; texts are "" where nothing was found, and cut as the books keep them."""

    number: int  # of the row in the file, from 1
    date: date | None
    time: time | None
    kopecks: int | None
    pdate: str  # date, time and sum as they stand in the file
    ptime: str
    summ: str
    payer: str
    address: str
    purpose: str
    contract: str
    service: str  # Internet, UKV or ""
    payment_type_id: int  # cash type of the payment; 0: that of the service by which it will be credited
    bank_id: str
    account: str
    payer_account: str
    payer_inn: str
    document: str
    canceled: str = ""  # the keyword for which the row is left out
    error: str = ""
    did: tuple[Did, ...] = ()

    @property
    def is_company(self) -> bool:
        """A payer with a 10-digit INN: its receipt is no matter of course."""
        return len(self.payer_inn) == 10

    @property
    def identity(self) -> str:
        """What tells this payment from others (identity.digest); "" for a row that can be no payment."""
        return "" if self.error or self.date is None or self.kopecks is None else digest(self)


def columns_of(rows: Sequence[Understood]) -> dict[str, Sequence[Any]]:
    """Some rows -> the columns of models.StatementRow that are read from the file, each with its value of every row."""
    said: Any = Understood._make(zip(*rows, strict=True))  # of columns
    sums, identities = zip(said.kopecks, said.summ, strict=True), [row.identity for row in rows]
    canceled = [int(bool(word)) for word in said.canceled]
    return {
        "row_number": said.number,
        "contract": said.contract,
        "summ": [text if kopecks is None else decimal_text(kopecks) for kopecks, text in sums],
        "address": said.address,
        "realname": said.payer,
        "notes": said.purpose,
        "pdate": said.pdate,
        "ptime": said.ptime,
        # The original keeps such a row as processed too, so that nothing pays it.
        "processed": canceled,
        "canceled": canceled,
        "canceled_why": ["skip_row" if word else "" for word in said.canceled],
        "service_type": said.service,
        "payid": said.payment_type_id,
        "amount": said.kopecks,
        "paid_on": said.date,
        "bank_id": said.bank_id,
        "account": said.account,
        "payer_account": said.payer_account,
        "payer_inn": said.payer_inn,
        "document": said.document,
        "error": said.error,
        # What nearly all are: new, the first of its identity. So judging need not read it once more.
        "identity": identities,
        "occurrence": [1 if identity else 0 for identity in identities],
    }


@dataclass
class _Row:
    """A row on its way: its cells change, what was done to it is noted."""

    cells: list[str]
    did: list[Did]
    canceled: str = ""


class Mapper:
    """Rules made ready for one file. Patterns that cannot be (an old preset's) are told by every row's error."""

    def __init__(
        self, rules: Rules, settings: Settings | None = None, patience: Patience | None = None
    ) -> None:
        self.rules, self.settings = rules, settings or Settings()
        self.columns = {name: rules.columns(name) for name in COLUMNS}
        self.look = {
            name: _looking(columns, " ".join if name in JOINED else _first)
            for name, columns in self.columns.items()
        }
        self.patience = patience or Patience()
        self.bad = ""
        try:
            self.matcher = Matcher(rules, self.settings)
            self.replaced = self._keywords("replace_strs", "strs_to_replace", "noesc_replace_keywords")
            self.removed = self._keywords("remove_strs", "strs_to_remove", "noesc_remove_keywords")
            self.skipped = self._keywords("skip_row", "skip_row_keywords", "noesc_skip_row_keywords")
        except BadPattern:
            self.bad = "bad_pattern"
            self.matcher, self.replaced = Matcher(Rules(), self.settings), None
            self.removed = self.skipped = None

    def _keywords(self, switch: str, words: str, raw: str):
        on, rules = getattr(self.rules, switch), self.rules
        return (
            either(getattr(rules, words), self.settings.delimiter, bool(getattr(rules, raw))) if on else None
        )

    def understand(self, cells: list[str], number: int = 0) -> Understood:
        """The row as the rules see it; `number` is its place in the file."""
        row, error = _Row(list(cells), []), self.bad
        contract = service = ""
        try:
            self._change(row)
            contract, service = self._match(row)
            self._skip(row)
        except TooSlow:
            error = "slow_pattern"
        return self._read(row, number, contract or UNKNOWN.format(number), service, error)

    # --- what changes or drops the row ---

    def _change(self, row: _Row) -> None:
        rules = self.rules
        if self.replaced:
            with_ = _putting(rules.strs_to_replace_with, bool(rules.noesc_replace_keywords))
            self._put("replaced", self.replaced, with_, "col_replace_strs", row, rules.replacements_cnt)
        if self.removed:
            self._put("removed", self.removed, lambda _found: "", "col_remove_strs", row)

    def _put(self, rule: str, pattern, put: Callable, columns: str, row: _Row, most: int = 0) -> None:
        for column in self.columns[columns]:
            if column < len(row.cells):
                row.cells[column], count = self.patience.replace(
                    pattern, row.cells[column], put, max(most, 0)
                )
                row.did += [Did(rule, str(column), count)] if count else []

    def _skip(self, row: _Row) -> None:
        for text in _texts(row.cells, self.columns["col_skiprow"]) if self.skipped else ():
            if found := self.patience.find(self.skipped, text):
                row.canceled = found[1]
                row.did.append(Did("skipped", found[1]))
                return

    # --- what it says ---

    def _match(self, row: _Row) -> tuple[str, str]:
        look, cells = self.look, row.cells
        purpose = look["col_paypurpose"](cells)
        contract, guessed = self.matcher.contract(look["col_contract"](cells), purpose, self.patience)
        service, told = self.matcher.service(look["col_srvidents"](cells), purpose, self.patience)
        row.did += [did for did in (guessed, told) if did]
        return contract, service

    def _read(self, row: _Row, number: int, contract: str, service: str, error: str) -> Understood:
        look, cells = self.look, row.cells
        pdate, ptime, summ = (look[name](cells) for name in ("col_paydate", "col_paytime", "col_paysum"))
        day, kopecks = parse_date(pdate), parse_sum(summ, bool(self.rules.sum_in_coins))
        return Understood(
            number,
            day,
            parse_time(ptime[:42] or pdate[:42]),  # of what the books keep: it is read there again
            kopecks if kopecks is not None and abs(kopecks) <= LARGEST else None,
            pdate[:42],
            ptime[:42],
            summ[:42],
            look["col_realname"](cells)[:255],
            look["col_address"](cells)[:255],
            look["col_paypurpose"](cells)[:255],
            contract[:255],
            service,
            self.rules.payment_type_id,
            parse_number(look["col_bank_id"](cells)[:128]),
            look["col_account"](cells)[:64],
            look["col_payer_account"](cells)[:64],
            parse_inn(look["col_payer_inn"](cells)),
            look["col_document"](cells)[:64],
            row.canceled,
            error or _error(pdate, day, summ, kopecks),
            tuple(row.did),
        )


def understand(
    cells: list[str], rules: Rules, settings: Settings | None = None, number: int = 0
) -> Understood:
    """One row by itself; for a file make one Mapper, so that patterns are made once and their time is bounded."""
    return Mapper(rules, settings).understand(cells, number)


def _texts(cells: list[str], columns: tuple[int, ...]) -> Iterator[str]:
    """What stands in these columns, empty ones left out."""
    found = (cells[column].strip() for column in columns if column < len(cells))
    return (text for text in found if text)


def _first(texts: Iterator[str]) -> str:
    return next(texts, "")


def _looking(columns: tuple[int, ...], choose: Callable[[Iterator[str]], str]) -> Callable[[list[str]], str]:
    """How a field's text is read from a row's cells; made once a file, for most fields name one column or none."""
    if not columns:
        return lambda _cells: ""
    if len(columns) == 1:
        column = columns[0]
        return lambda cells: cells[column].strip() if column < len(cells) else ""
    return lambda cells: choose(_texts(cells, columns))


def _putting(template: str, raw: bool) -> Callable:
    return (lambda found: filled(template, found)) if raw else (lambda _found: template)


def _error(pdate: str, day: date | None, summ: str, kopecks: int | None) -> str:
    """Why this row is no payment, a key of words.ERRORS; "" when it may be one."""
    if not summ and not pdate:
        return "no_payment"
    if not summ or not pdate:
        return "no_sum" if pdate else "no_date"
    if day is None:
        return "bad_date"
    if kopecks is None:
        return "bad_sum"
    return "withdrawal" if kopecks <= 0 else "too_large" if kopecks > LARGEST else ""
