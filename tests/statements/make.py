"""Statement files as banks write them, made here byte by byte, so that a test can also make broken ones.

`registry.xls` beside this file was made once, by `make_xls` with xlwt 1.3.0 (no library of ours writes .xls).
"""

import io
import struct
import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

EPOCH = datetime.fromisoformat("1899-12-30")
HERE = Path(__file__).parent
XLS = HERE / "registry.xls"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_DATE_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def xlsx(rows, *, sheet: str | None = None, more: dict[str, bytes] | None = None) -> bytes:
    """A workbook of one sheet; `sheet` is its XML when not made of `rows`, `more` are further entries."""
    body = sheet or "".join(_xlsx_row(number, row) for number, row in enumerate(rows, 1))
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _relations({"officeDocument": "xl/workbook.xml"}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
        '<sheet name="Реестр" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {"worksheet": "worksheets/sheet1.xml", "styles": "styles.xml"}
        ),
        "xl/styles.xml": _DATE_STYLES,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
    }
    return _zip({**parts, **(more or {})})


def ods(rows, **others) -> bytes:
    """A spreadsheet of one table, and of the others by their names."""
    tables = "".join(_ods_table(name, table) for name, table in {"Реестр": rows, **others}.items())
    spaces = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    content = f"<office:document-content {spaces}><office:body><office:spreadsheet>"
    content += f"{tables}</office:spreadsheet></office:body></office:document-content>"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return _zip({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": manifest})


def dbf(fields, records, *, encoding="cp866", version=0x03, driver=0, deleted=()) -> bytes:
    """A dBase table. `fields`: (name, type, length); a record: cells as text or bytes; `deleted`: their places."""
    length = 1 + sum(size for _, _, size in fields)
    head = struct.pack(
        "<4B I H H 17x B 2x", version, 126, 11, 24, len(records), 33 + 32 * len(fields), length, driver
    )
    for name, kind, size in fields:
        head += struct.pack("<11s c 4x B 15x", name.encode(encoding), kind.encode(), size)
    body = b"".join(
        (b"*" if place in deleted else b" ")
        + b"".join(_dbf_cell(cell, field, encoding) for cell, field in zip(record, fields, strict=True))
        for place, record in enumerate(records)
    )
    return head + b"\r" + body + b"\x1a"


def one_c(*documents, accounts=("40702810900000000001",), said="Windows", end="КонецФайла\n") -> str:
    """A 1CClientBankExchange text; a document: a dict of its lines, or the lines themselves."""
    head = f"1CClientBankExchange\nВерсияФормата=1.03\nКодировка={said}\nОтправитель=Банк\nДатаСоздания=24.11.2026\n"
    sections = "".join(
        f"СекцияРасчСчет\nДатаНачала=24.11.2026\nРасчСчет={account}\nНачальныйОстаток=0.00\nКонецРасчСчет\n"
        for account in accounts
    )
    return head + sections + "".join(map(_one_c_document, documents)) + end


def _one_c_document(document) -> str:
    if isinstance(document, str):
        return document
    lines = "".join(f"{key}={value}\n" for key, value in document.items())
    return f"СекцияДокумент=Платежное поручение\n{lines}КонецДокумента\n"


def _zip(parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _relations(kinds) -> str:
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(kinds.items(), 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'


def _xlsx_row(number, row) -> str:
    cells = "".join(_xlsx_cell(f"{chr(65 + place)}{number}", value) for place, value in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _xlsx_cell(where, value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f'<c r="{where}" s="1"><v>{(value - EPOCH).total_seconds() / 86400!r}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{where}"><v>{value!r}</v></c>'
    return f'<c r="{where}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def _ods_table(name, rows) -> str:
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{body}</table:table>'


def _ods_cell(value) -> str:
    if isinstance(value, datetime):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    text = f"<text:p>{escape(value or '')}</text:p>"
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _dbf_cell(cell, field, encoding) -> bytes:
    if isinstance(cell, bytes):
        return cell
    _, kind, size = field
    raw = cell.encode(encoding)[:size]
    return raw.rjust(size) if kind in "NF" else raw.ljust(size)


REGISTRY = [
    ["Дата", "Договор", "Плательщик", "Счёт", "Сумма"],
    [datetime.fromisoformat("2026-11-24"), 100001, "Иванов И. И.", "40702810900000000001", 1234.5],
    [datetime.fromisoformat("2026-11-24 21:10:05"), 100002, 'ООО "Ромашка"', "0012", 0.1 + 0.2],
]


def make_xls(place: Path = XLS) -> None:
    """Writes REGISTRY as .xls; wants xlwt."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Реестр")
    style = xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM:SS")
    for number, row in enumerate(REGISTRY):
        for place_, value in enumerate(row):
            sheet.write(number, place_, value, *([style] if isinstance(value, datetime) else []))
    book.save(str(place))


if __name__ == "__main__":
    make_xls()
