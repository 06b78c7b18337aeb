"""The tab "Fiscal operations": all that were ever asked for, in every state, as the database knows them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from modules.core.money import MoneyError, parse_roubles
from modules.core.tables import Column, Table
from modules.core.times import local_now
from modules.dreamkas.models import Operation
from modules.dreamkas.operations import BEGINS, SEARCHED, Filter, explained, found_by, repeated_among
from modules.dreamkas.views import Answer, bp, draw, reads
from modules.dreamkas.views_operation import source_of
from modules.dreamkas.words import STATES

FILTERS = ("fopsdatefrom", "fopsdateto", "fopsstate", "fopssubscriber", "fopssum")
GROUPS = {
    "waiting": _l("Waiting"),
    "late": _l("Late"),
    "undecided": _l("Needs a person"),
    "rejected_today": _l("Rejected today"),
}


def _sum(operation: Operation) -> Decimal | None:
    return None if operation.amount is None else Decimal(operation.amount) / 100


BY_STATE, BY_SUM = (Operation.state, Operation.date_create), (Operation.amount, Operation.date_create)
TABLE = Table(
    [
        Column("pick", "", cls="pick", in_csv=False),
        Column("state", _l("State"), BY_STATE, "badge-col", lambda one: STATES.get(one.state, one.state)),
        Column("operation_id", _l("Operation ID"), Operation.operation_id),
        Column("date_create", _l("Creation date"), Operation.date_create),
        Column(
            "subscriber", _l("Subscriber"), Operation.subscriber, cell=lambda one: one.whose, indexed=False
        ),
        Column("amount", _l("Sum"), BY_SUM, "num", _sum),
        Column(
            "error_message", _l("Error message"), Operation.error_message, "wide", explained, indexed=False
        ),
        Column("date_finish", _l("Completion date"), Operation.date_finish, indexed=False),
        Column("receipt_id", _l("Check ID"), Operation.receipt_id),
        Column("error_code", _l("Error code"), Operation.error_code, indexed=False),
        Column("status", _l("Status"), Operation.status, indexed=False),
        Column(
            "repeated_fiscop_id", _l("Repeated operation ID"), Operation.repeated_fiscop_id, indexed=False
        ),
        Column("repeat_count", _l("Repeated tries count"), Operation.repeat_count, "num", indexed=False),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ],
    sort="-date_create",
    search=SEARCHED,
    tie=Operation.id,
    begins=BEGINS,
)


class FilterForm(FlaskForm):
    """The filters of the list; a missing date is yesterday … today, an empty one is no limit."""

    class Meta:
        csrf = False  # it only asks

    fopsdatefrom = DateField(_l("Date from"), validators=[Optional()])
    fopsdateto = DateField(_l("Date to"), validators=[Optional()])
    fopsstate = SelectField(_l("State"), validate_choice=False)
    fopssubscriber = StringField(_l("Subscriber"), render_kw={"placeholder": _l("login or contract")})
    fopssum = StringField(_l("Sum"))

    def __init__(self) -> None:
        """From the address of the request."""
        today = local_now().date()
        days = {"fopsdatefrom": str(today - timedelta(days=1)), "fopsdateto": str(today)}
        super().__init__(request.args if not days.keys() - request.args.keys() else _with(days))
        states = {code: str(word) for code, word in STATES.items() if code not in ("none", "exempt")}
        groups = {code: str(word) for code, word in GROUPS.items()}
        self.fopsstate.choices = {"": _("any"), _("States"): states, _("Groups"): groups}

    def wanted(self) -> Filter:
        """The filter; what could not be understood is left out, and said at its field."""
        self.validate()
        return Filter(
            since=_day(self.fopsdatefrom),
            until=_day(self.fopsdateto),
            state=self._state(),
            subscriber=" ".join((self.fopssubscriber.data or "").replace("\0", " ").split())[:64],
            kopecks=self._kopecks(),
        )

    def _state(self) -> str:
        asked = self.fopsstate.data or ""
        return asked if asked in STATES or asked in GROUPS else ""

    def _kopecks(self) -> int | None:
        text = (self.fopssum.data or "").strip()
        try:
            return parse_roubles(text) if text else None
        except MoneyError as error:
            self.fopssum.errors = [str(error)]
            return None


def _with(days: dict[str, str]) -> Any:
    args = request.args.copy()
    for name, day in days.items():
        args.setdefault(name, day)
    return args


def _day(field: DateField) -> date | None:
    return None if field.errors else field.data


@bp.get("/getoperations")
@reads
def operations() -> Answer:
    """The list; `csv=true` gives the whole of it as a file."""
    form, view = FilterForm(), TABLE.read(request.args)
    wanted = form.wanted()
    found = found_by(wanted)
    if view.csv:
        return TABLE.csv(view, found, "operations", looks=[wanted.look])
    page = TABLE.page_of(found, view, wanted.look)
    return draw(
        "operations",
        "dreamkas/operations.html",
        part="dreamkas/_operations.html",
        page=page,
        form=form,
        explained=explained,
        repeated=repeated_among(page.rows),
        source_of=source_of,
    )
