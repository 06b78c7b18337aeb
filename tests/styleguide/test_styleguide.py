"""The style guide shows the whole vocabulary, by day and by night, to whoever draws pages."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
# Modal windows and attributes of tags are drawn from inside of others.
INNER = {"attributes", "modal", "field_notes", "fact", "swaps"}


def words_of(place: Path) -> set[str]:
    return set(re.findall(r"{%-? macro (\w+)", place.read_text("utf-8"))) - INNER - {"pair"}


@pytest.mark.parametrize("file", ["_macros.html", "_table.html"])
def test_no_word_of_the_vocabulary_is_missing(file):
    guide = "".join(part.read_text("utf-8") for part in (TEMPLATES / "styleguide").glob("*.html"))
    assert {word for word in words_of(TEMPLATES / file) if not re.search(rf"\b{word}\(", guide)} == set()


def test_everything_stands_there_by_day_and_by_night(page, sign_in):
    sign_in("ROOT")
    guide = page("/?module=styleguide")
    for scheme in ("light", "dark"):
        half = guide.by_id(scheme)
        assert f"only-{scheme}" in half.attrs["class"]
    for state in ("queued", "sending", "accepted", "fiscalized", "rejected", "unsure", "none", "exempt"):
        assert len([tag for tag in guide.all("span") if tag.attrs.get("class") == f"badge {state}"]) >= 2


def test_every_icon_is_on_it(page, sign_in):
    sign_in("ROOT")
    guide = "".join(part.read_text("utf-8") for part in (TEMPLATES / "styleguide").glob("*.html"))
    names = {file.stem for file in (TEMPLATES.parent / "static" / "icons").glob("*.svg")}
    named = {name.removesuffix("-big") for name in names if not name.startswith("state-")}
    assert {name for name in named if f'"{name}"' not in guide} == set()


def test_it_is_for_root(page, sign_in):
    sign_in("DREAMKAS", "CASH")
    page("/?module=styleguide", status=403)
