"""Parts of pages that are the same for everybody: drawn once, and again when what they depend on changes."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask_babel import get_locale
from markupsafe import Markup
from wtforms import SelectField
from wtforms.meta import DefaultMeta
from wtforms.widgets import Select, html_params

T = TypeVar("T")

MOST = 200  # parts; one with a catalog of 300 products is some 60 kB
_ready: dict[tuple[Any, ...], Any] = {}


def ready(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """make(), or what it made before for the same key in the same language: the key is all else that it depends on."""
    whole = (str(get_locale()), *key)
    made: T | None = _ready.get(whole)
    if made is None:
        if len(_ready) >= MOST:
            _ready.clear()
        made = _ready[whole] = make()
    return made


def ready_part(key: tuple[Any, ...] | None, caller: Callable[[], Markup]) -> Markup:
    """For templates, `{% call ready_part(key) %} … {% endcall %}`; None: this time it is like no other."""
    return caller() if key is None else ready(key, caller)


class ReadySelect(SelectField):
    """A selector whose options are offered with what they depend on; it does not check what is sent."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, validate_choice=False, **more)
        self.options = Markup("")

    def offer(self, key: tuple[Any, ...], make: Callable[[], Any]) -> None:
        """Its options are make(), as of SelectField.choices."""
        self.options = ready(key, lambda: _draw(make()))

    def widget(self, field: "ReadySelect", **attributes: Any) -> Markup:
        """As WTForms' own draws it."""
        params = html_params(**{"id": field.id, **attributes, "name": field.name})
        return Markup("<select {}>{}</select>").format(params, _with_chosen(field.options, field.data))


def _with_chosen(options: Markup, chosen: Any) -> Markup:
    # No attribute and no text has a bare quotation mark in it, so the first such value is the option's own.
    value = Markup(' value="{}"').format(chosen)
    return options if chosen is None else options.replace(value, Markup(" selected") + value, 1)


def _draw(choices: Any) -> Markup:
    field = SelectField(choices=choices, name="-", _form=None, _meta=DefaultMeta())
    field.data = None
    return Markup(Select()(field).partition(">")[2].removesuffix("</select>"))  # noqa: S704 - WTForms has escaped it
