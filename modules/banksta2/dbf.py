"""dBase tables of old bank registries -> rows, by dbfread; every cell as it is written, no number passes a float."""

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbfread import DBF, FieldParser

from modules.banksta2 import text
from modules.banksta2.facts import Rows, Unreadable

_DRIVERS = {
    0x26: "cp866",
    0x65: "cp866",
    0xC9: "windows-1251",
}  # the language byte, which is often wrong or 0
_DAY_ZERO = 1721425  # FoxPro counts Julian days


def guess(data: bytes) -> tuple[str, bool]:
    """A whole file -> (encoding, whether that is sure); the header's word counts when the letters are too few."""
    encoding, sure = text.guess(data[_header_length(data) :])
    return (encoding, True) if sure else (_DRIVERS.get(data[29], encoding), False)


def names(path: Path, encoding: str) -> list[str]:
    """The columns' names. Raises Unreadable."""
    return [name.strip() for name in _table(path, encoding).field_names]


def rows(path: Path, encoding: str, use_names: bool = False) -> Rows:
    """The records that are not deleted; with `use_names` the columns' names are row 1. Raises Unreadable."""
    table = _table(path, encoding)
    first = int(use_names)
    if use_names:
        yield 1, [name.strip() for name in table.field_names]
    try:
        for number, cells in enumerate(table, first + 1):
            yield number, [cell for _, cell in cells]
    except Exception as error:  # dbfread promises nothing of what it raises
        raise Unreadable("broken") from error


def _header_length(data: bytes) -> int:
    if len(data) < 65:
        raise Unreadable("broken")
    return int(struct.unpack_from("<H", data, 8)[0])


def _table(path: Path, encoding: str) -> DBF:
    try:
        table = DBF(
            str(path),
            encoding=text.codec(encoding),
            ignorecase=False,
            parserclass=_AsWritten,
            recfactory=None,
            ignore_missing_memofile=True,
            char_decode_errors="replace",
        )
    except Unreadable:
        raise
    except FileNotFoundError as error:
        raise Unreadable("no_file") from error
    except Exception as error:
        raise Unreadable("broken") from error
    _check(table.header, table.fields, path.stat().st_size)
    return table


def _check(header: Any, fields: list[Any], size: int) -> None:
    """dbfread believes its header; one that lies would make it read forever, or end before the last payment."""
    length = 1 + sum(field.length for field in fields)
    if not fields or header.recordlen != length or not 32 * len(fields) + 32 < header.headerlen <= size:
        raise Unreadable("broken")
    if header.headerlen + header.numrecords * length > size:
        raise Unreadable("records_missing", count=header.numrecords)


class _AsWritten(FieldParser):
    """Every field as its text; memos, which stand in a file that nobody uploads, as nothing."""

    def field_type_supported(self, field_type: str) -> bool:
        return True

    def parse(self, field: Any, data: bytes) -> str:
        """The cell of one field. Binary numbers are FoxPro's."""
        try:
            return (
                self._binary[field.type](data) if field.type in self._binary else self._written(field, data)
            )
        except (struct.error, ValueError, OverflowError):
            return ""

    def _written(self, field: Any, data: bytes) -> str:
        cell = self.decode_text(data).strip("\0 ")
        if field.type == "D":
            return f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if len(cell) == 8 and cell.isdigit() else cell
        return cell

    _binary: dict[str, Callable[[bytes], str]] = {  # noqa: RUF012  a table that nobody writes to
        "I": lambda data: str(struct.unpack("<i", data)[0]),
        "+": lambda data: str(struct.unpack("<i", data)[0]),
        "Y": lambda data: f"{Decimal(struct.unpack('<q', data)[0]).scaleb(-4):.4f}",
        "T": lambda data: _moment(*struct.unpack("<LL", data)),
        **dict.fromkeys("MGPB0", lambda data: ""),
    }


def _moment(day: int, milliseconds: int) -> str:
    moment = datetime.fromordinal(day - _DAY_ZERO) + timedelta(milliseconds=milliseconds)
    return moment.replace(microsecond=0).isoformat(" ")
