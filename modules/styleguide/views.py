"""`/?module=styleguide` (ROOT): the whole visual vocabulary on one page. Its sample words stay English."""

from datetime import date, datetime

import segno
from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, DateField, FileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from modules.core.cards import Card
from modules.core.rights import needs

bp = Blueprint("styleguide", __name__)
CARD = Card(_l("Style guide"), "styleguide", "styleguide.index", "ROOT", _l("Instruments"))

NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - a wall time
QR = "t=20261123T1200&s=1234.50&fn=9999078900000001&i=204&fp=3209733001&n=1"


class Samples(FlaskForm):
    """A field of each kind."""

    text = StringField("Text", [InputRequired()], description="The hint stands under the field.")
    wrong = StringField("With an error", default="12.345")
    number = StringField("Sum")
    kind = SelectField("Select", choices=["One", "Two"])
    way = RadioField("Switches", choices=[("a", "Add cash"), ("b", "Correct saldo")], default="a")
    date = DateField("Date", default=date(2026, 11, 23))
    file = FileField("File")
    long = TextAreaField("Long text")
    tick = BooleanField("A box with its label beside it")
    fiscalizepayment = BooleanField("Fiscalize this payment?")
    machine = SelectField("Choose cash machine", choices=["Till 1"])


def sample_receipt() -> dict:
    """A receipt as the macro `slip` wants it."""
    drawn = segno.make(QR, micro=False).svg_inline(border=1, omitsize=True)
    return {
        "title": "Cash receipt. Income",
        "seller": "OOO Primer",
        "seller_inn": "7700000000",
        "number": 2,
        "shift": 117,
        "cashier": "Administrator",
        "date": NOON,
        "rows": [
            {"name": "Internet access, contract 100001", "price": 123450, "sum": 123450, "vat": "VAT 22%"}
        ],
        "total": 123450,
        "payments": [{"title": "Cash money", "sum": 123450}],
        "contact": "+79110000001",
        "fn": "9999078900000001",
        "fd": "204",
        "fpd": "3209733001",
        "qr": Markup(drawn),  # noqa: S704 - drawn by segno from our own sample
    }


@bp.get("/")
@needs("ROOT")
def index() -> str:
    """The page."""
    form = Samples()
    form.wrong.errors = ["12.345 has three digits after the dot: a kopeck is the least."]
    return render_template("styleguide/page.html", form=form, receipt=sample_receipt(), now=NOON)
