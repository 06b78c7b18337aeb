"""The floors of the house: an import goes down, never up, never round, and through the door named."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Room (a dotted name below modules) -> floor. The longest name that fits counts.
FLOORS = {
    "app": 80,
    "modules.demo": 75,
    "modules.login": 70,
    "modules.taskbar": 70,
    "modules.userprofile": 70,
    "modules.addcash": 70,
    "modules.ukv": 70,
    "modules.mobileedit": 70,
    "modules.emailedit": 70,
    "modules.banksta2": 70,
    "modules.eventview": 70,
    "modules.styleguide": 70,
    "remoteapi": 70,
    "modules.dreamkas.tasks": 60,
    "modules.dreamkas.commands": 61,
    "modules.dreamkas.views": 60,
    "modules.cashdesk": 50,
    "modules.dreamkas.service": 41,
    "modules.dreamkas.forms": 42,
    "modules.dreamkas.alerts": 42,
    "modules.dreamkas.decisions": 40,
    "modules.dreamkas.states": 39,
    "modules.dreamkas.tallies": 39,
    "modules.dreamkas.speaking": 39,
    "modules.dreamkas.birth": 38,
    "modules.dreamkas.inbox": 38,
    "modules.dreamkas.settling": 37,
    "modules.dreamkas.truth": 34,
    "modules.dreamkas.hint": 32,
    "modules.dreamkas.contact": 31,
    "modules.dreamkas.looks": 36,
    "modules.dreamkas.earlier": 35,
    "modules.dreamkas.found": 34,
    "modules.dreamkas.apart": 32,
    "modules.dreamkas.returned": 30,
    "modules.dreamkas.drift": 37,
    "modules.dreamkas.drift_compare": 31,
    "modules.dreamkas.drift_words": 20,
    "modules.dreamkas.drift_decide": 40,
    "modules.dreamkas.printed": 31,
    "modules.dreamkas.origins": 30,
    "modules.dreamkas.outbox": 34,
    "modules.dreamkas.doubts": 35,
    "modules.dreamkas.duties": 35,
    "modules.dreamkas.follow": 36,
    "modules.dreamkas.choices": 34,
    "modules.dreamkas.machines": 35,
    "modules.dreamkas.privacy": 34,
    "modules.dreamkas.mapping": 35,
    "modules.dreamkas.webhooks": 33,
    "modules.dreamkas.receipts": 33,
    "modules.dreamkas.papers": 34,
    "modules.dreamkas.slips": 30,
    "modules.dreamkas.hooks": 30,
    "modules.dreamkas.catalog": 33,
    "modules.dreamkas.message": 30,
    "modules.dreamkas.evidence": 33,
    "modules.dreamkas.life": 33,
    "modules.dreamkas.health": 33,
    "modules.dreamkas.line": 32,
    "modules.dreamkas.lease": 32,
    "modules.dreamkas": 20,
    "modules.notifications": 10,
    "modules.billing": 10,
    "modules.core": 0,
    "modules": 0,
}
# Rooms whose files may use each other freely, as one room does.
ROOMS = (
    "modules.core",
    "modules.billing",
    "modules.cashdesk",
    "modules.notifications",
    "modules.dreamkas.views",
)
# Pages go through these doors only.
DOORS = (
    "modules.cashdesk",
    "modules.dreamkas.service",
    "modules.dreamkas.forms",
    "modules.billing.service",
    "modules.notifications.service",
    "modules.core",
)
PAGES = [name for name, floor in FLOORS.items() if floor == 70]
# What knows nothing of ours but money: both ends of the wire.
PURE = ("client", "wire", "refusals", "facts", "receipt")


def files():
    places = [ROOT / "app.py", *(ROOT / "modules").rglob("*.py"), *(ROOT / "remoteapi").rglob("*.py")]
    return [place for place in places if "sandbox" not in place.parts]


def name_of(place: Path) -> str:
    dotted = ".".join(place.relative_to(ROOT).with_suffix("").parts)
    return dotted.removesuffix(".__init__")


def imports_of(place: Path) -> set[str]:
    """Every module of ours that the file names; `from modules.x import y` counts as modules.x.y if that is a file."""
    found = set()
    for node in ast.walk(ast.parse(place.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update(deeper(f"{node.module}.{alias.name}", node.module) for alias in node.names)
    return {name for name in found if name.split(".")[0] in ("modules", "remoteapi", "app")}


def deeper(full: str, short: str) -> str:
    place = ROOT.joinpath(*full.split("."))
    return full if place.with_suffix(".py").exists() or place.is_dir() else short


def floor_of(name: str) -> int:
    fitting = [room for room in FLOORS if name == room or name.startswith((f"{room}.", f"{room}_"))]
    assert fitting, f"{name} stands on no floor: give it one here"
    return FLOORS[max(fitting, key=len)]


def same_room(one: str, other: str) -> bool:
    return any(name_in(one, room) and name_in(other, room) for room in (*ROOMS, *PAGES))


def name_in(name: str, room: str) -> bool:
    return name == room or name.startswith((f"{room}.", f"{room}_"))


EACH = [pytest.param(place, id=name_of(place)) for place in files()]


@pytest.mark.parametrize("place", EACH)
def test_an_import_goes_down(place):
    name = name_of(place)
    for other in imports_of(place):
        down = floor_of(other) < floor_of(name) or same_room(name, other)
        both_low = floor_of(other) == floor_of(name) == 20
        assert down or both_low, f"{name} (floor {floor_of(name)}) imports {other} (floor {floor_of(other)})"


@pytest.mark.parametrize("place", [place for place in EACH if floor_of(place.id) == 70])
def test_a_page_goes_through_the_doors(place):
    name = name_of(place)
    for other in imports_of(place):
        through = any(name_in(other, door) for door in DOORS) or same_room(name, other)
        assert through, f"{name} imports {other}, which is no door"


@pytest.mark.parametrize("word", PURE)
def test_the_wire_knows_nothing_of_the_house(word):
    place = ROOT / "modules" / "dreamkas" / f"{word}.py"
    pure = {"modules.core.money", *(f"modules.dreamkas.{other}" for other in PURE), "modules.dreamkas"}
    assert imports_of(place) <= pure


def test_the_sandbox_is_the_other_side_of_the_wire():
    for place in (ROOT / "modules" / "sandbox").rglob("*.py"):
        ours = {name for name in imports_of(place) if not name.startswith("modules.sandbox")}
        assert ours <= {"modules"}, f"{place.name} imports {ours}"
    for place in files():
        assert not any(name.startswith("modules.sandbox") for name in imports_of(place)), place


def test_nobody_imports_inside_a_function_or_at_the_bottom():
    for place in files():
        for node in ast.walk(ast.parse(place.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inside = [deep for deep in ast.walk(node) if isinstance(deep, (ast.Import, ast.ImportFrom))]
                assert not inside, f"{place}: an import inside {node.name}"
