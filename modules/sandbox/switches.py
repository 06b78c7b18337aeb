"""The live state of the switches: what is set now, and which accident strikes this call."""

import json
import random
import threading
from collections.abc import Iterable
from typing import Any

from modules.sandbox.faults import ACCIDENTS, BY_NAME, PATHS, TABLE, Fault
from modules.sandbox.store import Store

_MODES = ("probability", "every", "next")


class BadSwitch(ValueError):
    """A refused change; `.errors` are Russian sentences, one per wrong value. Nothing was changed."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def default_of(fault: Fault) -> Any:
    """The value of an untouched switch; for an accident its whole object."""
    if fault.kind != "accident":
        return fault.default
    quiet: dict[str, Any] = {"probability": 0, "every": 0, "next": 0, "paths": list(fault.paths)}
    if not fault.fixed:
        quiet["when"] = "before"
    if fault.seconds is not None:
        quiet["seconds"] = fault.seconds
    return quiet


def is_on(value: Any) -> bool:
    """Is this accident's object armed?"""
    return any(value[mode] for mode in _MODES)


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"нужно число от {low:g} до {high:g}")
    return value


def _accident(fault: Fault, now: dict[str, Any], change: Any) -> dict[str, Any]:
    """Merge a change (true, false, a probability, or an object) into an accident's object."""
    if change is None or isinstance(change, bool | int | float):
        change = {"probability": float(change or 0)}
    if not isinstance(change, dict):
        raise ValueError("нужен объект, true, false или вероятность 0…1")
    unknown = set(change) - set(default_of(fault))
    if unknown:
        raise ValueError(f"лишние ключи: {', '.join(sorted(map(str, unknown)))}")
    quiet = dict.fromkeys(_MODES, 0) if set(change) & set(_MODES) else {}
    merged = now | quiet | change
    _number(merged["probability"], 0, 1)
    for mode in ("every", "next"):
        if _number(merged[mode], 0, 1_000_000) != int(merged[mode]):
            raise ValueError(f"{mode}: нужно целое число")
    if "seconds" in merged:
        _number(merged["seconds"], 0, 86400)
    if merged.get("when", "before") not in ("before", "after"):
        raise ValueError("when: before или after")
    if not isinstance(merged["paths"], list) or not merged["paths"] or set(merged["paths"]) - set(PATHS):
        raise ValueError(f"paths: список из {', '.join(PATHS)}")
    return merged


def checked(fault: Fault, now: Any, change: Any) -> Any:
    """The new value of a switch. Raises ValueError with a Russian sentence."""
    if fault.kind == "accident":
        return _accident(fault, now, change)
    if fault.kind == "number":
        return _number(change, fault.low, fault.high)
    if fault.kind == "switch":
        if not isinstance(change, bool):
            raise ValueError("нужно true или false")
        return change
    if str(change) not in dict(fault.choices):
        raise ValueError(f"одно из: {', '.join(dict(fault.choices))}")
    return str(change)


class Switches:
    """All switches of one sandbox; remembered in the store, read from memory. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._calls: dict[str, int] = {}
        self._values = {fault.name: default_of(fault) for fault in TABLE}
        for row in store.rows("SELECT name, value FROM settings"):
            if row["name"] in self._values:
                self._values[row["name"]] = json.loads(row["value"])

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def all(self) -> dict[str, Any]:
        """Every switch by name, as GET /sandbox/faults shows it."""
        with self._lock:
            return json.loads(json.dumps(self._values))

    def change(self, changes: dict[str, Any]) -> None:
        """All or nothing. Raises BadSwitch."""
        with self._lock:
            new, errors = {}, []
            for name, value in changes.items():
                try:
                    new[name] = checked(BY_NAME[name], self._values[name], value)
                except KeyError:
                    errors.append(f"{name}: нет такого переключателя")
                except ValueError as error:
                    errors.append(f"{name}: {error}")
            if errors:
                raise BadSwitch(errors)
            self._keep(new)

    def mend(self) -> None:
        """Everything back to its default: «Всё починить»."""
        with self._lock:
            self._calls.clear()
            self._keep({fault.name: default_of(fault) for fault in TABLE})

    def touched(self) -> list[Fault]:
        """Switches that differ from their default."""
        return [fault for fault in TABLE if self._differs(fault)]

    def strikes(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Accidents that strike a call on these paths; counts "every" and uses up "next"."""
        keys = {"all", *keys}
        with self._lock:
            armed = [(f.name, self._values[f.name]) for f in ACCIDENTS]
            return {name: one for name, one in armed if keys & set(one["paths"]) and self._fires(name, one)}

    def _differs(self, fault: Fault) -> bool:
        value = self._values[fault.name]
        return is_on(value) if fault.kind == "accident" else value != fault.default

    def _fires(self, name: str, one: dict[str, Any]) -> bool:
        if one["next"]:
            self._keep({name: one | {"next": one["next"] - 1}})
            return True
        if one["every"]:
            self._calls[name] = self._calls.get(name, 0) + 1
            return self._calls[name] % one["every"] == 0
        return bool(one["probability"]) and random.random() < one["probability"]  # noqa: S311 (a dice, not a key)

    def _keep(self, new: dict[str, Any]) -> None:
        rows = [(name, json.dumps(value)) for name, value in new.items()]
        with self._store.change() as db:
            db.executemany("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", rows)
        self._values.update(new)
