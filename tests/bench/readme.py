"""The table of README, made of the last figures of every line."""

import json
from pathlib import Path

from tests.story.street import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- figures: made by `make figures` -->\n", "<!-- end of figures -->\n"
HEAD = "| what | measured | target | |\n| --- | --: | --: | --- |\n"


def write_readme(kept: Path) -> None:
    """Between the two marks, and nothing else."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _old, _, after = rest.partition(END)
    figures = json.loads(kept.read_text("utf-8"))
    rows = "".join(_row(*cells) for line in figures.values() for cells in line)
    README.write_text(f"{before}{BEGIN}{HEAD}{rows}{END}{after}", "utf-8")


def _row(what: str, said: str, value: str, target: str, met: str) -> str:
    measured = said if value == said else f"{said}: **{value}**"
    return f"| {what} | {measured} | {target} | {met} |\n"
