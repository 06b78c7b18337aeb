"""A registry of a bank, of any length, as csv, dbf and xlsx; written by hand: the readers are what is measured."""

import io
import struct
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

from tests.bench.paper import lines

WIDTHS = (10, 12, 12, 24, 60, 12, 12)


def as_csv(rows: int) -> bytes:
    """As most banks write it."""
    return "\r\n".join(";".join(cells) for cells in lines(rows)).encode("cp1251")


def as_dbf(rows: int) -> bytes:
    """dBase III, in the encoding of DOS."""
    head = struct.pack("<4BLHH20x", 3, 126, 11, 1, rows, 32 + 32 * len(WIDTHS) + 1, 1 + sum(WIDTHS))
    fields = b"".join(
        struct.pack("<11sc4xBB14x", f"F{number}".encode(), b"C", width, 0)
        for number, width in enumerate(WIDTHS)
    )
    out = io.BytesIO()
    out.write(head + fields + b"\r")
    for cells in lines(rows):
        row = (cell.encode("cp866")[:width].ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
        out.write(b" " + b"".join(row))
    out.write(b"\x1a")
    return out.getvalue()


TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def as_xlsx(rows: int) -> bytes:
    """The least that is a workbook, its texts inline."""
    out = io.BytesIO()
    sheets = '<sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets>'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr(
            "_rels/.rels",
            RELS % f'<Relationship Id="r0" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            RELS % f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>',
        )
        file.writestr("xl/workbook.xml", book)
        file.writestr("xl/worksheets/sheet1.xml", "".join(_sheet(rows)))
    return out.getvalue()


def _sheet(rows: int) -> Iterator[str]:
    yield f'<worksheet xmlns="{MAIN}"><sheetData>'
    for cells in lines(rows):
        texts = (f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in cells)
        yield f"<row>{''.join(texts)}</row>"
    yield "</sheetData></worksheet>"
