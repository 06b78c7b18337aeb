"""The forms of one fiscal operation: cancel, repeat, and the decisions about one whose fate nobody knows."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from modules.core.journal import clean
from modules.core.phones import EmailError, check_email, read_mobile
from modules.dreamkas.choices import Desk
from modules.dreamkas.forms import FiscalFields
from modules.dreamkas.models import Operation
from modules.dreamkas.service import Buyer, Wish

WHY = _l("Say why: it stands in the journal.")


def one_line(text: str | None) -> str:
    """What was typed, without the signs that nobody sees."""
    return clean(text or "")


def reason_field() -> StringField:
    """Why a person decides so."""
    return StringField(_l("Reason"), filters=[one_line], validators=[DataRequired(WHY), Length(max=200)])


class CancelForm(FlaskForm):
    """Takes a queued operation back."""

    cancelreason = reason_field()


class AgainForm(FlaskForm):
    """Sends an operation again whose fate nobody knows."""

    againreason = reason_field()


class CloseForm(FlaskForm):
    """Says that an operation which was accepted was not printed."""

    closereason = reason_field()


class SettleForm(FlaskForm):
    """Puts an alarm away that a person has dealt with."""

    settlereason = reason_field()


class AdoptForm(FlaskForm):
    """Names the receipt that an operation printed."""

    adoptreceipt = StringField(
        _l("Check ID"),
        filters=[one_line],
        validators=[DataRequired(_l("Which receipt is it?")), Length(max=255)],
    )
    adoptreason = reason_field()


class RepeatForm(FiscalFields):
    """A rejected operation anew: the machine, the position and the contact may be other ones."""

    mobile = StringField(_l("Mobile"), filters=[one_line], validators=[Length(max=45)])
    email = StringField(_l("Email"), filters=[one_line], validators=[Length(max=100)])

    def offer(self, desk: Desk, old: Operation, buyer: Buyer | None) -> None:
        """Gives the fields their choices and, on a form not yet sent, what the old operation had, where it still is."""
        self.fiscalizepayment.data = (
            True  # there is no box: without it what was chosen would give way to defaults
        )
        self.equip(desk, old.payment_type or "CASH")
        self.fiscalizepayment.data = True
        if self.is_submitted():
            return
        parts = [buyer.phone, buyer.email] if buyer else old.contact.split(", ")
        self.mobile.data = next((part for part in parts if part and part.startswith("+")), "")
        self.email.data = next((part for part in parts if part and "@" in part), "")
        if any(str(machine.id) == old.device_id for machine in desk.machines):
            self.drscashmachines.data = old.device_id
        if any(position.id == old.goods_id for position in desk.positions):
            self.drssellpos.data = old.goods_id
        self.drstaxtypes.data = old.tax_mode or self.drstaxtypes.data

    def buyer(self, contract: str) -> Buyer:
        """Where the receipt goes; only of a form that is valid."""
        return Buyer(read_mobile(self.mobile.data).number, self.email.data or None, contract)

    def chosen(self) -> Wish:
        """What the person chose; only of a form that is valid."""
        wish = self.wish()
        assert wish is not None  # noqa: S101 - offer() ticked the box
        return wish

    def validate_mobile(self, field: Field) -> None:
        """One usable number, or none where an e-mail is enough."""
        found = read_mobile(field.data)
        if field.data and not found.number:
            raise ValidationError("; ".join(str(why) for _text, why in found.refusals))

    def validate_email(self, field: Field) -> None:
        """Only an address that the cash register keeps on the receipt."""
        try:
            field.data = field.data and check_email(field.data)
        except EmailError as error:
            raise ValidationError(str(error)) from error

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """All fields, and a contact at all."""
        valid = super().validate(*args, **kwargs)
        if not (self.mobile.data or self.email.data):
            self.mobile.errors = [_("A receipt needs somewhere to go: write a mobile number.")]
            return False
        return valid
