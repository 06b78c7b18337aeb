"""Bytes of a text -> its encoding, by the letters Russian is made of; and the text itself, line by line.

UTF-8 proves itself. Any bytes are some text in each single-byte encoding, so there the likeliest Russian wins:
frequent letters, capitals only where words begin or all through, no box drawing.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from math import log
from pathlib import Path
from typing import TextIO

from modules.banksta2.facts import Unreadable

# As people choose them -> Python's codecs; koi8-r before koi8-u: they differ in Ukrainian letters only
CODECS = {
    "utf-8": "utf-8-sig",
    "windows-1251": "cp1251",
    "cp866": "cp866",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "utf-16": "utf-16",
}
ENCODINGS = tuple(CODECS)
_ONE_BYTE = ("windows-1251", "cp866", "koi8-r", "koi8-u")
_SAMPLE = 4000  # words; more would only cost time

# Letters in ten thousand of Russian prose, and what Ukrainian adds
_OFTEN = {
    **dict(о=1097, е=845, а=801, и=735, н=670, т=626, с=547, р=473, в=454, л=440, к=349, м=321, д=298, п=281),
    **dict(у=262, я=201, ы=190, ь=174, г=170, з=165, б=159, ч=144, й=121, х=97, ж=94, ш=73, ю=64, ц=48, щ=36),
    **dict(э=32, ф=26, ъ=4, ё=4, і=20, ї=20, є=20, ґ=20),
}
_WEIGHTS = {letter: log(often / 10_000) for letter, often in _OFTEN.items()}
_WEIGHTS |= dict.fromkeys("№«»—–…“”„‘’\u00a0", log(0.004))
_WRONG = log(0.00001)
_BROKEN_CASE = log(0.01)  # a capital behind a small letter
_SURE = 5.0  # by how much the best must be likelier than the next, in nats

_HIGH_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")


def is_text(data: bytes) -> bool:
    """Whether these bytes can be a text at all: a control character now and then is an accident, more is not."""
    return _is_utf16(data) or len(_CONTROL.findall(data[:65536])) * 100 <= len(data[:65536])


def guess(data: bytes) -> tuple[str, bool]:
    """A whole file -> (its encoding, a key of CODECS; whether that is sure)."""
    if _is_utf16(data):
        return "utf-16", True
    words = b" ".join(word[0] for word in islice(_HIGH_WORD.finditer(data), _SAMPLE))
    if not words:
        return "utf-8", True
    broken = data.decode("utf-8", "replace").count("\ufffd")
    # A bank that cuts its fields by bytes leaves half a letter here and there
    if broken * 20 <= len(words.decode("utf-8", "ignore").replace(" ", "")):
        return "utf-8", not broken
    return _likeliest(words)


def lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines without their ends, in bounded memory; what the encoding does not know becomes U+FFFD."""
    with opened(path, encoding) as file:
        try:
            yield from (line.rstrip("\n") for line in file)
        except UnicodeError as error:  # UTF-16 without its mark
            raise Unreadable("wrong_encoding") from error


def opened(path: Path, encoding: str) -> TextIO:
    """The file as a text. Raises Unreadable."""
    try:
        return path.open(encoding=codec(encoding), errors="replace")
    except OSError as error:
        raise Unreadable("no_file") from error


def codec(encoding: str) -> str:
    """The name of Python's codec; raises Unreadable for an encoding that is none of ENCODINGS."""
    try:
        return CODECS[encoding]
    except KeyError as error:
        raise Unreadable("wrong_encoding") from error


def _is_utf16(data: bytes) -> bool:
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _likeliest(words: bytes) -> tuple[str, bool]:
    scores = {name: _likelihood(words.decode(CODECS[name], "replace")) for name in _ONE_BYTE}
    best = max(scores, key=scores.__getitem__)  # of equals the first
    others = [score for name, score in scores.items() if name[:4] != best[:4]]
    return best, scores[best] - max(others) > _SURE


def _likelihood(text: str) -> float:
    score = sum(_WEIGHTS.get(letter, _WRONG) for letter in text.lower() if letter > "\x7f")
    return score + _BROKEN_CASE * sum(one.islower() and two.isupper() for one, two in pairwise(text))
