"""Parts that are drawn once: never another's, never yesterday's, never in another language."""

import pytest
from flask_babel import force_locale
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import SelectChoice, SelectField

from modules.core import ready as ready_room
from modules.core.ready import ReadySelect, ready, ready_part

NAMES = [
    SelectChoice("", ""),
    SelectChoice('a "b" value="c"', '<i> value="c"'),
    SelectChoice("c", "C & D", {"data-note": 'value="c"'}),
]


@pytest.fixture
def asked(make_app):
    with make_app().test_request_context():
        yield


def test_a_part_is_made_once_for_what_it_depends_on(asked):
    made = []
    draw = lambda: made.append(1) or len(made)  # noqa: E731
    assert ready(("test", asked, 1), draw) == ready(("test", asked, 1), draw) == 1
    assert ready(("test", asked, 2), draw) == 2


def test_each_language_has_its_own(asked):
    with force_locale("ru"):
        assert ready(("test", "tongue"), lambda: "да") == "да"
    with force_locale("en"):
        assert ready(("test", "tongue"), lambda: "yes") == "yes"


def test_a_part_that_is_like_no_other_is_drawn_anew(asked):
    assert [ready_part(None, lambda word=word: Markup(word)) for word in "ab"] == ["a", "b"]


def test_parts_do_not_pile_up(asked):
    for number in range(ready_room.MOST + 5):
        ready(("test", "pile", number), lambda: "x")
    assert len(ready_room._ready) <= ready_room.MOST


@pytest.mark.parametrize("chosen", ["", "c", 'a "b" value="c"', "gone", None])
def test_a_selector_is_drawn_as_wtforms_draws_it(asked, chosen):
    class Both(FlaskForm):
        ours = ReadySelect("Which")
        theirs = SelectField("Which", choices=NAMES, validate_choice=False)

    form = Both()
    form.ours.offer(("test", "names"), lambda: NAMES)
    form.ours.data = form.theirs.data = chosen
    drawn = [str(field(data_notes="n", autofocus=True)) for field in (form.ours, form.theirs)]
    assert drawn[0].replace("ours", "theirs") == drawn[1]
