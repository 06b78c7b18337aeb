"""`python -m tests.bench [LINE…]` measures these lines, or all; `readme` writes the last figures into README.

A timing fails nothing: a line says whether its target is met. What fails is a wrong answer.
"""

import json
import signal
import sys
from collections.abc import Iterable, Iterator

from tests.bench import (
    cold,
    crediting,
    crowd,
    importing,
    lists,
    memory,
    poll,
    processing,
    profile,
    start,
    statement,
    together,
    webhook,
)
from tests.bench.gauge import Figure
from tests.bench.readme import write_readme
from tests.story.street import ROOT

LINES = {
    "profile": profile.measure,
    "cold": cold.measure,
    "webhook": webhook.measure,
    "poll": poll.measure,
    "statement": statement.measure,
    "processing": processing.measure,
    "crediting": crediting.measure,
    "import": importing.measure,
    "lists": lists.measure,
    "start": start.measure,
    "memory": memory.measure,
    "together": together.measure,
    "crowd": crowd.measure,
}
KEPT = ROOT / "var" / "bench.json"
WIDTHS = (62, 36, 18, 18, 8)


def main(words: list[str]) -> None:
    """One line after the other, so that none measures another's load."""
    if words == ["readme"]:
        write_readme(KEPT)
        return
    if unknown := [word for word in words if word not in LINES]:
        sys.exit(f"No such line: {', '.join(unknown)}. There are: {', '.join(LINES)}")
    for name in words or LINES:
        keep(name, list(said(LINES[name]())))


def said(figures: Iterable[Figure]) -> Iterator[Figure]:
    """The same, each printed as it comes."""
    for figure in figures:
        cells = zip(figure.cells, WIDTHS, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells), flush=True)
        yield figure


def keep(name: str, figures: list[Figure]) -> None:
    """Beside the figures of the other lines."""
    KEPT.parent.mkdir(exist_ok=True)
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    known[name] = [figure.cells for figure in figures]
    told = {line: known[line] for line in LINES if line in known}
    KEPT.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    main(sys.argv[1:])
