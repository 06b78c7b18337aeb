"""The fiscal part of a money form: the same five fields inside any form that takes money."""

from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectChoice
from wtforms.validators import ValidationError

from modules.core.ready import ReadySelect
from modules.dreamkas.catalog import Machine, SellingPosition
from modules.dreamkas.choices import Desk, is_old_vat
from modules.dreamkas.service import Wish
from modules.dreamkas.words import PAYMENT_TYPE_NOTES, PAYMENT_TYPES, TAX_SYSTEMS, VAT

FIRST_TYPES = ("CASH", "CASHLESS")
# Operations of the money forms that are a payment; only they may have a receipt.
PAYMENT = "add"
NONE = SelectChoice("", "")


class FiscalFields(FlaskForm):
    """Mixed into a money form, which calls `equip(desk)` right after it is made and `wish()` when it is valid.

    The server believes `fiscalizepayment` alone: what stands in the selectors of an unticked form means nothing.
    """

    fiscalizepayment = BooleanField(_l("Fiscalize this payment?"))
    dofiscalizepayment = HiddenField("", default="0")
    drscashmachines = ReadySelect(_l("Choose cash machine"))
    drstaxtypes = ReadySelect(_l("Choose tax type"))
    drspaymtypes = ReadySelect(_l("Choose payment type"))
    drssellpos = ReadySelect(_l("Choose selling position"))
    drsoldvat = BooleanField(_l("Yes, with the VAT rate of an earlier year"))

    desk: Desk | None = None
    key: ClassVar[str] = ""  # stands at the end of the ids of its parts, where a page has several such forms

    def equip(self, desk: Desk, payment_type: str = "CASH") -> None:
        """Gives the selectors their choices and the defaults of alter.ini.

        What was sent with the tick stays. Without the tick the selectors are disabled, and a browser sends none of
        them: they get their defaults again.
        """
        self.desk = desk
        machines, positions = desk.shown()
        self.drscashmachines.offer(("machines", machines), lambda: list(map(machine_choice, desk.machines)))
        self.drstaxtypes.offer(("tax systems",), lambda: [NONE, *tax_choices()])
        self.drspaymtypes.offer(("payment types",), payment_choices)
        self.drssellpos.offer(("positions", positions), lambda: [NONE, *map(position_choice, desk.positions)])
        if not self.is_submitted():
            self.fiscalizepayment.data = desk.always and desk.ready
        if not self.is_submitted() or not self.fiscalizepayment.data:
            self._take_defaults(desk, payment_type)

    def _take_defaults(self, desk: Desk, payment_type: str) -> None:
        self.drscashmachines.data = desk.machine_default
        self.drstaxtypes.data = desk.tax_default
        self.drspaymtypes.data = payment_type
        self.drssellpos.data = desk.mapped or ""

    def wish(self) -> Wish | None:
        """What the person chose, or None when the box is not ticked."""
        if not self.fiscalizepayment.data:
            return None
        return Wish(
            int(self.drscashmachines.data),
            self.drstaxtypes.data,
            self.drspaymtypes.data,
            self.drssellpos.data,
        )

    def validate_fiscalizepayment(self, field: BooleanField) -> None:
        """Refuses a tick that cannot be kept: no module, no data yet, or an operation that is no payment."""
        if not field.data:
            return
        if self.desk is None or not self.desk.enabled:
            raise ValidationError(_("The Dreamkas module is disabled: take the tick away."))
        if not self.desk.ready:
            raise ValidationError(
                _("A receipt can not be asked for now: take the tick away and fiscalize it later.")
            )
        if self.money_operation() != PAYMENT:
            raise ValidationError(_("Only a payment has a receipt: a correction has none."))

    def money_operation(self) -> str:
        """Which operation the surrounding form asks for; a form of another shape overrides this."""
        return PAYMENT

    def validate_drscashmachines(self, field: ReadySelect) -> None:
        """Only a cash machine that Dreamkas named."""
        if self._checked() and str(field.data) not in {str(machine.id) for machine in self._desk().machines}:
            raise ValidationError(_("Dreamkas has no such cash machine."))

    def validate_drstaxtypes(self, field: ReadySelect) -> None:
        """Only the five systems that the service takes."""
        if self._checked() and field.data not in TAX_SYSTEMS:
            raise ValidationError(_("Choose a tax system."))

    def validate_drspaymtypes(self, field: ReadySelect) -> None:
        """Only the five types that the service takes."""
        if self._checked() and field.data not in PAYMENT_TYPES:
            raise ValidationError(_("Choose a payment type."))

    def validate_drssellpos(self, field: ReadySelect) -> None:
        """Only a position of type SERVICE that Dreamkas named; an outdated VAT rate wants a tick of its own."""
        if not self._checked():
            return
        chosen = self.chosen_position()
        if chosen is None:
            raise ValidationError(_("Choose a selling position."))
        if is_old_vat(chosen) and not self.drsoldvat.data:
            raise ValidationError(
                _(
                    "%(vat)s is a rate of an earlier year: tick that you mean it.",
                    vat=tax_note(chosen),
                )
            )

    def _checked(self) -> bool:
        return bool(self.fiscalizepayment.data) and self.desk is not None and self.desk.ready

    def _desk(self) -> Desk:
        assert self.desk is not None  # noqa: S101 - _checked() asked
        return self.desk

    def chosen_machine(self) -> Machine | None:
        """The cash machine in the selector."""
        machines = self.desk.machines if self.desk else ()
        return next((machine for machine in machines if str(machine.id) == self.drscashmachines.data), None)

    def chosen_position(self) -> SellingPosition | None:
        """The selling position in the selector."""
        positions = self.desk.positions if self.desk else ()
        return next((position for position in positions if position.id == self.drssellpos.data), None)

    def lamp_words(self, machine: Machine) -> str:
        """What the lamp beside a cash machine says."""
        return lamp_words(machine)

    def tax_note(self) -> str:
        """What to say beside the chosen position about its VAT."""
        chosen = self.chosen_position()
        return tax_note(chosen) if chosen else ""

    def old_vat(self) -> bool:
        """Whether the chosen position's VAT rate is one of an earlier year, which wants a tick."""
        chosen = self.chosen_position()
        return chosen is not None and is_old_vat(chosen)


def lamp_words(machine: Machine) -> str:
    """Online, offline, or not known."""
    if machine.online is None:
        return _("not known whether it is online")
    return _("online") if machine.online else _("offline: receipts wait for it")


def tax_note(position: SellingPosition) -> str:
    """The VAT of a position in words; without one the cash register's own setting decides."""
    if position.tax is None:
        return _("This position has no VAT rate: the setting of the cash register decides.")
    return str(VAT.get(position.tax, position.tax))


def machine_choice(machine: Machine) -> SelectChoice:
    """An option that carries its lamp."""
    lamp = {None: "unknown", True: "on", False: "off"}[machine.online]
    return SelectChoice(str(machine.id), machine.name, {"data-lamp": lamp, "data-note": lamp_words(machine)})


def position_choice(position: SellingPosition) -> SelectChoice:
    """An option that carries its VAT; data-reveal asks for the tick that an outdated rate wants."""
    attributes = {"data-note": tax_note(position)}
    if is_old_vat(position):
        attributes["data-reveal"] = "1"
    return SelectChoice(position.id, position.name, attributes)


def tax_choices() -> list[SelectChoice]:
    """The five tax systems."""
    return [SelectChoice(code, str(word)) for code, word in TAX_SYSTEMS.items()]


def wish_words(wish: Wish, desk: Desk) -> dict[str, str]:
    """Machine, tax system, payment type and position in words, "" for what is not chosen or not known any more."""
    machine = next((one.name for one in desk.machines if one.id == wish.device_id), "")
    position = next((one.name for one in desk.positions if one.id == wish.goods_id), "")
    tax, payment = TAX_SYSTEMS.get(wish.tax_mode, ""), PAYMENT_TYPES.get(wish.payment_type, "")
    return {"machine": machine, "tax": str(tax), "payment": str(payment), "position": position}


def payment_choices() -> list[SelectChoice]:
    """CASH and CASHLESS first; the others apart, each with a sentence that says what it means."""
    first = [SelectChoice(code, str(PAYMENT_TYPES[code])) for code in FIRST_TYPES]
    other = [
        SelectChoice(code, f"{word}: {PAYMENT_TYPE_NOTES[code]}", optgroup=_("other"))
        for code, word in PAYMENT_TYPES.items()
        if code not in FIRST_TYPES
    ]
    return first + other


def payment_words(code: str) -> str:
    """A payment type in words; an unknown one as it came."""
    return str(PAYMENT_TYPES.get(code, code))
