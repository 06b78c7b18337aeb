"""`/?module=styleguide` (ROOT): the whole visual vocabulary, light and dark. Its sample words stay English."""

from datetime import date, datetime

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, DateField, FileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from modules.core.cards import Card
from modules.core.rights import needs
from modules.core.tables import Column, Table

bp = Blueprint("styleguide", __name__)
CARD = Card(_l("Style guide"), "styleguide", "styleguide.index", "ROOT", _l("Instruments"))

NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - a wall time
QR = "t=20261123T1200&s=1234.50&fn=9999078900000001&i=204&fp=3209733001&n=1"


STATES = ("queued", "sending", "accepted", "fiscalized", "rejected", "unsure", "none", "exempt")
ROWS = Table(
    (
        Column("state", "Receipt", key=str, cls="badge-col"),
        Column("cash", "Cash", key=len, cls="num"),
        Column("acts", "Actions", cls="acts"),
    ),
    sort="state",
    size=3,
)


class Samples(FlaskForm):
    """A field of each kind."""

    text = StringField("Text", [InputRequired()], description="The hint stands under the field.")
    wrong = StringField("With an error", default="12.345")
    number = StringField("Sum")
    kind = SelectField("Select", choices=["One", "Two"])
    way = RadioField("Switches", choices={"a": "Add cash", "b": "Correct saldo"}, default="a")
    date = DateField("Date", default=date(2026, 11, 23))
    file = FileField("File")
    long = TextAreaField("Long text")
    tick = BooleanField("A box with its label beside it")
    fiscalizepayment = BooleanField("Fiscalize this payment?")
    machine = SelectField("Choose cash machine", choices=["Till 1"])
    second = BooleanField("Fiscalize this one too?")
    other = SelectField("Choose cash machine", choices=["Till 2"])
    locked = StringField("Cannot be changed", default="so it was", render_kw={"disabled": True})


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


SCHEMES = ("light", "dark")


def samples(scheme: str) -> Samples:
    """The form of one half of the page; its ids are its own."""
    form = Samples(prefix=f"{scheme}-")
    form.wrong.errors = ["12.345 has three digits after the dot: a kopeck is the least."]
    form.second.data = True
    return form


@bp.get("/")
@needs("ROOT")
def index() -> str:
    """The page: everything twice, by day and by night, whatever the reader's system wishes."""
    page = ROWS.page_of(STATES, ROWS.read(request.args))
    forms = {scheme: samples(scheme) for scheme in SCHEMES}
    return render_template("styleguide/page.html", forms=forms, receipt=sample_receipt(), now=NOON, page=page)


@bp.post("/", endpoint="press")
@needs("ROOT")
def press() -> Response:
    """The buttons of the samples may be pressed; nothing comes of it."""
    return redirect(url_for("styleguide.index"), code=303)  # type: ignore[return-value]
