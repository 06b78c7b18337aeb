"""The fiscal controls of one row, or of all at once: Ubilling's names with `_ROWID` at the end, made on demand.

The page of a statement holds none of them: 300 positions in four selectors of 5000 rows would weigh megabytes.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectChoice, SelectField

from modules.dreamkas.forms import (
    machine_choice,
    payment_choices,
    position_choice,
    tax_choices,
    wish_words,
)
from modules.dreamkas.service import Desk, Wish, is_old_vat

KEEP = "keep"
BOX, OLD_VAT = "fiscalizepayment", "drsoldvat"
# Column of a row -> (field, caption).
FIELDS = {
    "machine_id": ("drscashmachines", _l("Choose cash machine")),
    "tax_system": ("drstaxtypes", _l("Choose tax type")),
    "payment_type": ("drspaymtypes", _l("Choose payment type")),
    "position_id": ("drssellpos", _l("Choose selling position")),
}


class Controls:
    """The form of four selectors, `key` at the end of each name; `box`: with the row's tick."""

    def __init__(self, key: str, desk: Desk, box: bool) -> None:
        self.key, self.desk = key, desk
        made: dict[str, Any] = {BOX + key: BooleanField(_l("Fiscalize this payment?"))} if box else {}
        made |= {name + key: SelectField(caption) for name, caption in FIELDS.values()}
        made[OLD_VAT + key] = BooleanField(_l("Yes, with the VAT rate of an earlier year"))
        self.form = type("FiscalControls", (FlaskForm,), made)()

    def field(self, column: str) -> Any:
        """The selector of that column."""
        return self.form[FIELDS[column][0] + self.key]

    @property
    def selectors(self) -> list[Any]:
        """In the order of the screen."""
        return [self.field(column) for column in FIELDS]

    @property
    def box(self) -> Any:
        """The tick."""
        return self.form[BOX + self.key]

    @property
    def old_vat(self) -> Any:
        """The tick that an outdated VAT rate wants."""
        return self.form[OLD_VAT + self.key]

    def offer(self, first: list[list[SelectChoice]]) -> None:
        """Gives each selector its choices, what `first` says (a list a selector) before them."""
        offers = [
            [machine_choice(machine) for machine in self.desk.machines],
            tax_choices(),
            payment_choices(),
            [position_choice(position) for position in self.desk.positions],
        ]
        for selector, offered, before in zip(self.selectors, offers, first, strict=True):
            selector.choices = [*before, *offered]

    def is_valid(self) -> bool:
        """Whether it was sent, with choices that are offered; says at the field what is wrong."""
        if not self.form.validate_on_submit():
            return False
        chosen = self.field("position_id").data
        old = any(one.id == chosen and is_old_vat(one) for one in self.desk.positions)
        if old and not self.old_vat.data:
            self.old_vat.errors = [
                _("This position has the VAT rate of an earlier year: tick that you mean it.")
            ]
            return False
        return True

    def chosen(self) -> dict[str, str]:
        """Column -> what was chosen, "" for the usual; what is to stay as it is is left out."""
        values = {column: self.field(column).data for column in FIELDS}
        return {column: value for column, value in values.items() if value != KEEP}


def for_row(row_id: int, desk: Desk, usual: Wish, choices: dict[str, str], tick: bool) -> Controls:
    """The controls of one row; `usual` is what "" means for it."""
    controls = Controls(f"_{row_id}", desk, box=True)
    words = wish_words(usual, desk)
    controls.offer([[SelectChoice("", _("as usual: %(what)s", what=said or "—"))] for said in words.values()])
    if not controls.form.is_submitted():
        controls.box.data = tick
        for column, value in choices.items():
            selector = controls.field(column)
            selector.data = value
            if value and not any(value == one[0] for one in selector.iter_choices()):
                selector.data = ""  # a machine or a position that Dreamkas names no more
    return controls


def for_all(desk: Desk) -> Controls:
    """The controls of all rows: each selector may be left as it is, or be what is usual."""
    controls = Controls("_all", desk, box=False)
    controls.offer(
        [[SelectChoice(KEEP, _("leave as it is")), SelectChoice("", _("as usual"))] for _column in FIELDS]
    )
    return controls
