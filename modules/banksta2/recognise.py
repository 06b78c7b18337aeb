"""What a file is, by what stands in it; its name is never asked."""

import re
import zipfile
from io import BytesIO

from modules.banksta2 import text
from modules.banksta2.facts import Unreadable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DBF = (
    b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xe5\xf5\xfb"  # the versions of dBase and its kin
)
_OTHERS = (b"%PDF", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|html|table|\w+\s+xmlns)", re.IGNORECASE)
_ONE_C = "1CClientBankExchange"
_BLANK = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00\x1a]*")


def kind(data: bytes) -> str:
    """csv, dbf, xls, xlsx, ods or 1c; raises Unreadable for anything else."""
    if _BLANK.fullmatch(data):
        raise Unreadable("empty")
    if data.startswith(b"PK"):
        return _packed(data)
    if data.startswith(_OLE):
        return "xls"
    if data[0] in _DBF and 0 in data[1:32]:
        return "dbf"
    if _MARKUP.match(data):
        raise Unreadable("markup")
    if data.startswith(_OTHERS) or not text.is_text(data):
        raise Unreadable("not_a_statement")
    return "1c" if _says_one_c(data) else "csv"


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            inside = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise Unreadable("broken") from error
    if inside & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx"
    if {"mimetype", "content.xml"} <= inside:
        return "ods"
    raise Unreadable("not_a_statement")


def _says_one_c(data: bytes) -> bool:
    head = data[:200]
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "ascii"
    return head.decode(encoding, "ignore").strip("\ufeff \t\r\n").startswith(_ONE_C)
