"""dBase tables of old bank registries -> rows; every cell as it is written, no number passes a float.

The header is read by dbfread, records by one cut each.
"""

import codecs
import functools
import struct
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from dbfread import DBF, FieldParser

from modules.banksta2 import text
from modules.banksta2.facts import Rows, Unreadable

_DRIVERS = {
    0x26: "cp866",
    0x65: "cp866",
    0xC9: "windows-1251",
}  # the language byte, which is often wrong or 0
_ALIVE, _END = b" ", b"\x1a"  # what a record begins with; "*" is a deleted one
AT_ONCE = 1000  # records
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
    reads = [_reading(field.type, table.encoding) for field in table.fields]
    for number, cells in enumerate(_records(path, table), first + 1):
        yield number, [read(cell) for read, cell in zip(reads, cells, strict=True)]


def _records(path: Path, table: DBF) -> Iterator[list[bytes]]:
    """Cut by their fields' lengths, some thousand at a time; dbfread asks the file for each cell."""
    record = struct.Struct("c" + "".join(f"{field.length}s" for field in table.fields))
    with _opened(path) as file:
        file.seek(table.header.headerlen)
        while data := file.read(record.size * AT_ONCE):
            whole = len(data) - len(data) % record.size
            for mark, *cells in record.iter_unpack(data[:whole]):
                if mark == _END:
                    return
                if mark == _ALIVE:
                    yield cells
            if data[whole:].startswith(_ALIVE) and data[whole:].strip(b"\0 \r\n\x1a"):
                raise Unreadable("broken")  # the last one is cut off


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Unreadable("no_file") from error


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
            parserclass=_AnyType,
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


class _AnyType(FieldParser):
    """No type of a field is refused: each has its text."""

    def field_type_supported(self, field_type: str) -> bool:
        return True


def _reading(kind: str, encoding: str) -> Callable[[bytes], str]:
    """How a cell of such a field is read. Binary numbers are FoxPro's; memos stand in a file that nobody uploads."""
    if kind in _MEMOS:
        return lambda _data: ""
    if kind in _BINARY:
        return functools.partial(_binary, _BINARY[kind])
    decode = codecs.getdecoder(encoding)
    if kind == "D":
        return lambda data: _day(decode(data, "replace")[0].strip("\0 "))
    return lambda data: decode(data, "replace")[0].strip("\0 ")


def _binary(read: Callable[[bytes], str], data: bytes) -> str:
    try:
        return read(data)
    except (struct.error, ValueError, OverflowError):
        return ""


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _moment(day: int, milliseconds: int) -> str:
    moment = datetime.fromordinal(day - _DAY_ZERO) + timedelta(milliseconds=milliseconds)
    return moment.replace(microsecond=0).isoformat(" ")


_MEMOS = "MGPB0"
_BINARY: dict[str, Callable[[bytes], str]] = {
    "I": lambda data: str(struct.unpack("<i", data)[0]),
    "+": lambda data: str(struct.unpack("<i", data)[0]),
    "Y": lambda data: f"{Decimal(struct.unpack('<q', data)[0]).scaleb(-4):.4f}",
    "T": lambda data: _moment(*struct.unpack("<LL", data)),
}
