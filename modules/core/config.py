"""alter.ini and the environment -> one typed `Options` object, with a word on everything that is odd.

The environment wins over the file, also with an empty value.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from modules.core.inifile import ConfigError, read_file
from modules.core.kinds import Text
from modules.core.options import NAMES, OPTIONS, Option, Options
from modules.core.root import ROOT

DEFAULT_FILE = ROOT / "alter.ini"
OURS = ("DREAMKAS_", "BANKSTA2_", "UKV_")
ALIKE, ALIKE_OURS = 0.85, 0.6  # how much a name must be like ours: anybody's, and one that begins like ours
THEIRS = {"BANKSTAMD_ENABLED"}  # Ubilling's own, and like ours all the same
LONG = 12  # letters of a name that nothing else in an environment is like by chance: from DATABASE_URL on


@dataclass(frozen=True)
class Loaded:
    """What was read, and what a person should know about it."""

    options: Options
    warnings: tuple[Text, ...]


def load(path: Path | None, env: Mapping[str, str]) -> Loaded:
    """Reads the file (path, else ALTER_INI's, else alter.ini beside app.py) and the environment over it.

    Raises ConfigError: a named file that cannot be read, one that is no text, refused values (all at once).
    Warnings and errors are in the language of whoever reads them.
    """
    values, warnings = _read_file_if_any(path, env)
    warnings += _unknown(name for name in values if name not in {*NAMES, *THEIRS})
    warnings += _unknown((name for name in env if name not in {*NAMES, *values}), long=LONG)
    values.update((name, env[name]) for name in NAMES if name in env)
    warnings += _drop_envd(values)
    return Loaded(_build(values), tuple(warnings))


def named_file(given: Path | None, env: Mapping[str, str]) -> Path | None:
    """The file that somebody named: the caller or ALTER_INI."""
    return given or (Path(env["ALTER_INI"]) if env.get("ALTER_INI") else None)


def _read_file_if_any(given: Path | None, env: Mapping[str, str]) -> tuple[dict[str, str], list[Text]]:
    named = named_file(given, env)
    if named or DEFAULT_FILE.exists():
        return read_file(named or DEFAULT_FILE)
    return {}, [_l("%(file)s is missing: defaults and the environment hold", file=DEFAULT_FILE)]


def _unknown(names: Iterable[str], *, long: int = 0) -> list[Text]:
    """Warnings about names that are nearly ours; one of OURS that is like nothing is named too.

    Whoever else's names stand among them is left alone; `long`: a near miss of a shorter name of ours is no miss.
    """
    warnings = []
    for name in names:
        ours = name.upper().startswith(OURS)
        near = _nearest(name, long, ALIKE_OURS if ours else ALIKE)
        if near:
            warnings.append(_l("unknown option %(option)s: is %(near)s meant?", option=name, near=near))
        elif ours:
            warnings.append(_l("unknown option %(option)s", option=name))
    return warnings


def _nearest(name: str, long: int, alike: float) -> str:
    among = [ours for ours in NAMES if len(ours) >= long or ours.startswith(OURS)]
    return next(iter(difflib.get_close_matches(name.upper(), among, 1, alike)), "")


def _drop_envd(values: dict[str, str]) -> list[Text]:
    name = "DREAMKAS_DEFAULT_TAX_TYPE"
    if values.get(name, "").strip().upper() != "ENVD":
        return []
    values[name] = ""
    return [
        _l("%(option)s: ENVD was abolished in 2021 and is refused; no tax system is preselected", option=name)
    ]


def _refusal(line: Option, value: str) -> Text:
    shown = "•••" if line.secret else "".join(sign if sign.isprintable() else "?" for sign in value[:80])
    facts = {"option": line.name, "value": shown, "allowed": line.kind.allowed}
    return _l("%(option)s: “%(value)s” is refused; allowed: %(allowed)s", **facts)


def _build(values: Mapping[str, str]) -> Options:
    """Options out of texts; raises ConfigError with every refused value."""
    read: dict[str, Any] = {}
    problems = []
    for line in OPTIONS:
        value = values.get(line.name) or line.default
        try:
            read[line.name.lower()] = line.kind.read(value)
        except ValueError:
            problems.append(_refusal(line, value))
    if problems:
        raise ConfigError(problems)
    return Options(**_settle_addresses(read))


def _settle_addresses(read: dict[str, Any]) -> dict[str, Any]:
    """Fills in the addresses that depend on VAR_DIR; relative SQLite files stand beside app.py."""
    var = read["var_dir"]
    homes = {
        "database_url": f"sqlite:///{var}/house.db",
        "cache_url": f"file://{var}/cache",
        "queue_url": f"sqlite:///{var}/queue.db",
    }
    for name, home in homes.items():
        url = read[name] or home
        relative = re.fullmatch(r"sqlite:///(?![/:])(.+)", url)
        read[name] = f"sqlite:///{ROOT / relative[1]}" if relative else url
    return read
