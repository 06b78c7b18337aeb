"""Presets: how to read one bank's files, under a name that is unique; writes commit, with a line in the journal."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from modules.banksta2.models import Preset
from modules.banksta2.rules import FIELDS, Rules, Settings, rules_of
from modules.core import journal
from modules.core.current import options
from modules.core.db import db, transact

NAME_AT_MOST = 80


class NameTaken(ValueError):
    """Another preset has this name."""


class NoPreset(LookupError):
    """There is no such preset (any more)."""


def settings() -> Settings:
    """What alter.ini says of statements, for mapping.Mapper."""
    now = options()
    return Settings(
        now.banksta2_regex_keywords_delim or ",",
        now.banksta2_inetsrv_alloted_ids,
        now.banksta2_ctvsrv_alloted_ids,
    )


def listing() -> list[Preset]:
    """All of them, by name."""
    return sorted(db.session.scalars(select(Preset)), key=lambda preset: preset.presetname.casefold())


def find(id: int) -> Preset:
    """The preset of that number. Raises NoPreset."""
    preset = db.session.get(Preset, id)
    if preset is None:
        raise NoPreset
    return preset


def rules_in(preset: Preset) -> Rules:
    """What the preset says."""
    return rules_of({name: getattr(preset, name) for name in FIELDS})


def save(id: int | None, name: str, rules: Rules, admin: str) -> int:
    """Keeps the rules as a new preset (None) or as that one; its number. Raises NameTaken, NoPreset."""

    def work(_session) -> int:
        preset = Preset() if id is None else find(id)
        preset.presetname = name
        for field, value in asdict(rules).items():
            setattr(preset, field, value)
        return _kept(preset, "CREATED" if id is None else "CHANGED", admin)

    try:
        return transact(work)
    except IntegrityError:
        raise NameTaken from None


def _kept(preset: Preset, act: str, admin: str) -> int:
    db.session.add(preset)
    db.session.flush()
    journal.write(f"BANKSTA2 PRESET {act} [{preset.id}] `{preset.presetname}`", admin)
    return preset.id


def clone(id: int, admin: str) -> int:
    """A copy under the next free name; its number. Raises NoPreset."""
    original = find(id)
    taken = {preset.presetname.casefold() for preset in listing()}
    number = 2
    while (name := _numbered(original.presetname, number)).casefold() in taken:
        number += 1
    return save(None, name, rules_in(original), admin)


def _numbered(name: str, number: int) -> str:
    tail = f" ({number})"
    return name[: NAME_AT_MOST - len(tail)] + tail


def delete(id: int, admin: str) -> str:
    """Forgets it; statements keep the rules that they were read by. Its name. Raises NoPreset."""

    def work(session) -> str:
        preset = find(id)
        session.delete(preset)
        journal.write(f"BANKSTA2 PRESET DELETED [{id}] `{preset.presetname}`", admin)
        return preset.presetname

    return transact(work)
