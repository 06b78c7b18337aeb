"""The forms of the desk: money, the forgotten receipt, a cancellation, and where a receipt goes.

Internet and cable TV name their fields differently (reference/ubilling.md, section 2), so each book has a form of its
own over one MoneyForm.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from modules.billing.service import NOTE_ROOM, PREFIXES, cash_types
from modules.core.db import lately
from modules.core.journal import clean
from modules.core.money import MoneyError, parse_roubles
from modules.core.phones import EmailError, check_email
from modules.core.ready import ReadySelect
from modules.dreamkas.forms import FiscalFields
from modules.dreamkas.service import payment_type_of

cash_types_shown = lately(cash_types)  # whoever presses is checked by those of the moment
BELOW_ZERO = ("correct", "set")  # only these may be negative
SET = "set"  # only a balance may be set to nothing
MOBILE_LENGTH = 45  # phones.mobile
KINDS = {
    "add": _l("Add cash"),
    "correct": _l("Correct saldo"),
    "set": _l("Set cash"),
    "mock": _l("Mock payment"),
}


def one_line(text: str | None) -> str:
    """What was typed, without the signs that nobody sees."""
    return clean(text or "")


def is_money(form: Any, field: Field) -> None:
    """The sum is one that the desk takes; form.kopecks has it then."""
    try:
        kind = form.kind.data
        form.kopecks = parse_roubles(field.data, negative=kind in BELOW_ZERO, zero=kind == SET)
    except MoneyError as error:
        raise ValidationError(str(error)) from error


def is_plain_note(_form: Any, field: Field) -> None:
    """Ubilling marks rows by how a note begins: a person must not write such a mark."""
    if field.data.startswith(PREFIXES):
        raise ValidationError(_("A note can not begin with %(mark)s.", mark=" / ".join(PREFIXES)))


def sum_field() -> StringField:
    """How much, as people type it."""
    checks = [InputRequired(_l("How much money is it?")), is_money]
    return StringField(_l("New cash"), filters=[str_or_empty], validators=checks)


def str_or_empty(text: str | None) -> str:
    """Nothing sent is an empty text."""
    return text or ""


def kind_field(*kinds: str) -> RadioField:
    """What is done with the sum."""
    choices = [SelectChoice(kind, KINDS[kind]) for kind in kinds]
    return RadioField(_l("Operation"), choices=choices, default=kinds[0])


def cash_type_field() -> ReadySelect:
    """How the money came."""
    return ReadySelect(_l("Cash type"), coerce=int)


def note_field() -> StringField:
    """What the cashier wants to remember."""
    checks = [Length(max=NOTE_ROOM), is_plain_note]
    return StringField(_l("Payment notes"), filters=[one_line], validators=checks)


class MoneyForm(FiscalFields):
    """The money form: `kind`, `sum`, `cash_type` and `note` are the fields whatever they are called."""

    names: ClassVar[tuple[str, str, str, str]]
    formtoken = HiddenField("")
    secondpayment = BooleanField(_l("Yes, this is a second payment"))
    kopecks = 0
    cash_types: Mapping[int, str] = {}
    payment_types: Mapping[int, str] = {}  # what the receipt says, by cash type
    untouched = False  # nothing stands in it but what stands there for everybody

    @property
    def sum(self) -> Field:
        return self[self.names[0]]

    @property
    def kind(self) -> Field:
        return self[self.names[1]]

    @property
    def cash_type(self) -> ReadySelect:
        return self[self.names[2]]

    @property
    def note(self) -> Field:
        return self[self.names[3]]

    def money_operation(self) -> str:
        return self.kind.data or ""

    def offer_cash_types(self) -> None:
        """Gives the cash type its choices."""
        self.cash_types = cash_types() if self.is_submitted() else cash_types_shown()
        self.payment_types = {number: payment_type_of(number) for number in self.cash_types}
        self.cash_type.offer(
            ("cash types", *self._offered()), lambda: list(map(self._cash_type_choice, self.cash_types))
        )

    def _offered(self) -> tuple[Any, ...]:
        return *self.cash_types.items(), *self.payment_types.items()

    def _cash_type_choice(self, number: int) -> SelectChoice:
        """An option that carries what its receipt says, unless that is cash; house.js moves the payment type along."""
        said = self.payment_types[number]
        return SelectChoice(
            str(number), self.cash_types[number], {"data-type": said} if said != "CASH" else {}
        )

    @property
    def first_payment_type(self) -> str:
        """What the receipt says while nobody has chosen a cash type."""
        return next(iter(self.payment_types.values()), "CASH")

    def ready_key(self) -> tuple[Any, ...] | None:
        """What its lines depend on while it is untouched; None when they are like no other's."""
        if not self.untouched or self.desk is None:
            return None
        return type(self).__name__, *self._offered(), *self.desk.looks()

    def check_cash_type(self) -> bool:
        """Whether the cash type is one of the table's; says so at the field when it is not."""
        known = self.cash_type.data in self.cash_types
        if not known:
            self.cash_type.errors = [_("There is no such cash type.")]
        return known

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """All fields, also when the first of them is wrong."""
        return bool(super().validate(*args, **kwargs)) & self.check_cash_type()


class InternetMoney(MoneyForm):
    """addcash."""

    names = ("newcash", "operation", "cashtype", "newpaymentnote")
    newcash = sum_field()
    operation = kind_field("add", "correct", "set", "mock")
    cashtype = cash_type_field()
    newpaymentnote = note_field()


class UkvMoney(MoneyForm):
    """The cable-TV profile's; a balance is never set there."""

    names = ("paymentsumm", "paymenttype", "paymentcashtype", "paymentnotes")
    manualpaymentprocessing = HiddenField("")
    paymentsumm = sum_field()
    paymenttype = kind_field("add", "correct", "mock")
    paymentcashtype = cash_type_field()
    paymentnotes = note_field()


class InWindow(FlaskForm):
    """A form that opens in a window over the money page: its ids are its own, its names are everybody's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = field.label.field_id = f"{field.id}-window"


class LaterForm(InWindow, FiscalFields):
    """The forgotten tick: the box is ticked and stays so."""

    key = "-window"


class AskForm(FiscalFields):
    """How receipts are made for chosen payments of one service; a page may hold one for each service."""

    def __init__(self, kind: str) -> None:
        super().__init__(prefix=f"{kind}-", meta={"csrf": False})  # the guard looks at the page's one token
        self.key = f"-{kind}"  # type: ignore[misc]


class CancelForm(InWindow):
    """Why a queued receipt is taken back."""

    reason = StringField(
        _l("Reason"),
        filters=[one_line],
        validators=[DataRequired(_l("Say why: it stands in the journal.")), Length(max=200)],
    )


class MobileForm(FlaskForm):
    """Ubilling's mobileedit."""

    newmobile = StringField(_l("New mobile"), filters=[one_line], validators=[Length(max=MOBILE_LENGTH)])


class EmailForm(FlaskForm):
    """Ubilling's emailedit; empty removes the address."""

    newmail = StringField(_l("New email"), filters=[one_line], validators=[Length(max=100)])

    def validate_newmail(self, field: Field) -> None:
        """Only an address that the cash register keeps on the receipt."""
        try:
            field.data = field.data and check_email(field.data)
        except EmailError as error:
            raise ValidationError(str(error)) from error
