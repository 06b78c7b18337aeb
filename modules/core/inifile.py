"""alter.ini as a file: its lines -> texts by their names, as Ubilling reads them; whose names they are is not asked."""

import re
from collections.abc import Iterable
from pathlib import Path

from configobj import ConfigObj
from flask_babel import lazy_gettext as _l

from modules.core.kinds import Text
from modules.core.options import NAMES

MAX_BYTES = 1 << 20


class ConfigError(ValueError):
    """The configuration cannot be used; `problems` holds a sentence for each thing that is wrong."""

    def __init__(self, problems: Iterable[Text]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def _decode(raw: bytes, where: Path) -> tuple[str, list[Text]]:
    warnings = []
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = raw.decode(
            "cp1251", errors="replace"
        )  # the one byte it lacks means that it is no text: see below
        warnings.append(_l("%(file)s is not UTF-8: it was read as windows-1251", file=where))
    if len(raw) > MAX_BYTES or re.search("[\x00-\x08\x0e-\x1f\x7f\ufffd]", content):
        raise ConfigError([_l("%(file)s is not a text file", file=where)])
    return content, warnings


def _read_bytes(where: Path) -> bytes:
    """At most a byte more than MAX_BYTES of the file."""
    try:
        with where.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = _l("%(file)s cannot be read: %(reason)s", file=where, reason=error.strerror or error)
        raise ConfigError([problem]) from error


def _unquote(raw: str) -> str:
    """A value without the quotes and the comment behind it: `"a;b" ; x` -> `a;b`, `a#b ; x` -> `a#b`."""
    quoted = re.match(r"""(["'])(.*?)\1\s*([;#].*)?$""", raw)
    return quoted[2] if quoted else re.split(r"^;|\s[;#]", raw, maxsplit=1)[0].strip()


def _read_line(line: str) -> tuple[str, str] | None:
    # Line by line: given the whole file, ConfigObj stops at any line it dislikes and at doubled names, even
    # foreign ones. `_inspec` makes it give the value as it stands, instead of cutting it at "#".
    try:
        read = ConfigObj([line], interpolation=False, list_values=False, _inspec=True)
    except SyntaxError:  # ConfigObjError is one
        return None
    (pair,) = read.items()
    return pair[0], _unquote(pair[1])


def read_file(where: Path) -> tuple[dict[str, str], list[Text]]:
    """(name -> value of every line, warnings). Raises ConfigError for what cannot be read or is no text."""
    content, warnings = _decode(_read_bytes(where), where)
    values: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", content), 1):
        if not line.strip() or line.lstrip()[0] in ";#":
            continue
        place = _l("%(file)s, line %(number)s", file=where, number=number)
        if line.lstrip().startswith("["):
            warnings.append(_l("%(place)s: sections mean nothing here", place=place))
        elif pair := _read_line(line):
            if pair[0] in values and pair[0] in NAMES:
                warnings.append(
                    _l("%(place)s: %(option)s stands twice, the last one holds", place=place, option=pair[0])
                )
            values[pair[0]] = pair[1]
        else:
            warnings.append(_l("%(place)s: not NAME=value, left out", place=place))
    return values, warnings
