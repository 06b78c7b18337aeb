"""1CClientBankExchange (kl_to_1c.txt): what came in on our accounts -> rows of ONE_C_COLUMNS, so it needs no mapping.

https://v8.1c.ru/tekhnologii/obmen-dannymi-i-integratsiya/standarty-i-formaty/standart-obmena-s-sistemami-klient-banka/
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from modules.banksta2 import text
from modules.banksta2.facts import Rows, Unreadable

# date: when it came, else of the document; sum: roubles as written, empty when nobody can tell whose the money is;
# number: of the document; account: ours, which received it; kind: of the document ("Платежное поручение")
ONE_C_COLUMNS = ("date", "sum", "payer", "payer_inn", "payer_account", "purpose", "number", "account", "kind")

_END = "КонецФайла"
_KEY = re.compile(r"([А-ЯЁа-яё][А-ЯЁа-яё0-9]*)[ \t]*=(.*)")
_MARKS = ("секциядокумент", "конецфайла", "версияформата", "расчсчет")
_WITH_INN = re.compile(r"(?:ИНН\s*)?\d{10}(?:\d\d)?(?:[/\\]\d{9})?\s+(?=\D)")

Document = dict[str, str]


def guess(data: bytes) -> tuple[str, bool]:
    """A whole file -> (encoding, whether that is sure). Its own word (Кодировка=) is not asked: banks write Windows
    above UTF-8; the format's keys are, which only the right encoding spells."""
    guessed, sure = text.guess(data)
    for encoding in (guessed, *text.ENCODINGS):
        said = data[:65536].decode(text.CODECS[encoding], "ignore").lower()
        if any(mark in said for mark in _MARKS):
            return encoding, True
    return guessed, sure and False


def rows(path: Path, encoding: str) -> Rows:
    """The credits, numbered as the file numbers its documents, debits counted. Raises Unreadable, at the end too:
    a file that is cut off is not taken in part."""
    ours = _accounts(text.lines(path, encoding))
    for number, document in enumerate(_documents(text.lines(path, encoding)), 1):
        if (credit := _is_credit(document, ours)) is not False:
            yield number, _row(document, credit)


def _accounts(lines: Iterable[str]) -> frozenset[str]:
    """Every account the file is about: a header line each, or a section each, anywhere between the documents."""
    found, inside = set(), False
    for line in lines:
        key, value = _pair(line)
        inside = key == "секциядокумент" or (inside and key != "конецдокумента")
        if key == "расчсчет" and not inside and value:
            found.add(value)
    return frozenset(found)


def _documents(lines: Iterable[str]) -> Iterator[Document]:
    document: Document | None = None
    began, key, ended = 0, "", False
    for number, line in enumerate(lines, 1):
        name, value = _pair(line)
        if document is not None and name in ("секциядокумент", "конецфайла"):
            raise Unreadable("unfinished", number=document.get("номер", "?"), line=began)
        if name in ("секциядокумент", "конецфайла"):
            ended = name == "конецфайла"  # a person may have put the files of several days into one
        if name == "секциядокумент":
            document, began, key = {"вид": value}, number, ""
        elif name == "конецдокумента" and document is not None:
            yield document
            document = None
        elif document is not None:
            key = _put(document, name, value, key)
    if not ended:
        raise Unreadable("truncated", end=_END)


def _put(document: Document, name: str, value: str, before: str) -> str:
    """A line without a key goes on with the field before it: banks break long purposes. Returns the field's key."""
    key = name or before
    if key:
        document[key] = f"{document.get(key, '')} {value}".strip() if not name else document.get(key) or value
    return key


def _pair(line: str) -> tuple[str, str]:
    """`Ключ=Значение` -> (ключ, Значение); a mark -> (mark, ''); anything else -> ('', the line)."""
    line = line.strip("\ufeff \t\x1a")
    if found := _KEY.fullmatch(line):
        return found[1].lower(), found[2].strip()
    mark = line.lower()
    return (
        (mark, "")
        if mark in ("конецдокумента", "конецфайла", "конецрасчсчет", "секциярасчсчет")
        else ("", line)
    )


def _is_credit(document: Document, ours: frozenset[str]) -> bool | None:
    """By the receiver's account, else the payer's, else by which date stands there; None: the file does not tell."""
    receiver, payer = _first(document, "получательсчет", "получательрасчсчет"), _payer_account(document)
    if receiver in ours or payer in ours:
        return receiver in ours
    came, went = bool(document.get("датапоступило")), bool(document.get("датасписано"))
    if came != went:
        return came
    if not ours:
        raise Unreadable("no_account")
    return None


def _row(document: Document, credit: bool | None) -> list[str]:
    return [
        _first(document, "датапоступило", "дата"),
        document.get("сумма", "") if credit else "",
        _payer(document),
        document.get("плательщикинн", ""),
        _payer_account(document),
        _purpose(document),
        document.get("номер", ""),
        _first(document, "получательсчет", "получательрасчсчет"),
        document.get("вид", ""),
    ]


def _payer(document: Document) -> str:
    """Плательщик1 is the bare name; Плательщик begins with the INN in older versions."""
    return _first(document, "плательщик1") or _WITH_INN.sub("", document.get("плательщик", ""), count=1)


def _payer_account(document: Document) -> str:
    return _first(document, "плательщиксчет", "плательщикрасчсчет")


def _purpose(document: Document) -> str:
    parts = (document.get(f"назначениеплатежа{part}", "") for part in range(1, 7))
    return document.get("назначениеплатежа") or " ".join(part for part in parts if part)


def _first(document: Document, *keys: str) -> str:
    return next((document[key] for key in keys if document.get(key)), "")
