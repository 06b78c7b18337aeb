"""What happens at a money page, alike for both books: addcash and ukv give it their address and their form.

A view of those modules is a right, an address and one call here.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms.fields.core import UnboundField

from modules.billing.service import Book, Contact, PaymentRow, Subscriber, contact_of
from modules.cashdesk import service as cashdesk
from modules.cashdesk import typed
from modules.cashdesk.contacts import goes_to
from modules.cashdesk.forms import KINDS, MoneyForm
from modules.cashdesk.sentences import done_words, stale_words
from modules.core.current import options
from modules.core.journal import clean
from modules.core.ready import ready
from modules.core.rights import admin_login, signed_in
from modules.dreamkas import service as register

View = TypeVar("View", bound=Callable[..., Any])
Answer = str | Response | tuple[str, int]

FEW, ALL = 20, 1000  # payments shown at first, and when asked for all
BIGGEST_ID = 2**31 - 1
NOT_TYPED = ("formtoken", "secondpayment")
PAID = "paid"  # in the session: what was taken a moment ago


@dataclass(frozen=True)
class Counter:
    """A book's window at the desk: its form, its page, and the endpoints of its views.

    `key_name` is what names the subscriber in an address: username or showuser.
    """

    book: Book
    form: type[MoneyForm]
    template: str
    key_name: str
    views: Mapping[str, str]

    def keeps_typed(self, view: View) -> View:
        """Decorates `money`: when the session has ended, what was typed waits behind the sign-in."""

        @functools.wraps(view)
        def kept(*args: Any, **kwargs: Any) -> Any:
            if request.method != "POST" or signed_in():
                return view(*args, **kwargs)
            back = self.url("money", request.args.get(self.key_name, ""))
            return typed.behind_sign_in(back, filter(self._is_typed, request.form))

        return kept  # type: ignore[return-value]

    def _is_typed(self, name: str) -> bool:
        return name not in NOT_TYPED and isinstance(getattr(self.form, name, None), UnboundField)

    # --- who and what ---

    def url(self, view: str, key: str, **values: Any) -> str:
        """The address of one of its views about a subscriber."""
        return url_for(self.views[view], **{self.key_name: key, **values})

    def subscriber(self) -> Subscriber:
        """The subscriber that the address names; else the answer is a page that says so."""
        key = clean(request.args.get(self.key_name, ""))
        return self.book.subscriber(key) or abort(404, _("There is no such subscriber."))

    def payment(self, name: str) -> PaymentRow:
        """The payment that the address names by `name`, one of this subscriber's; else 404."""
        who, number = self.subscriber(), request.args.get(name, 0, type=int)
        payment = self.book.payment(number) if 0 < number <= BIGGEST_ID else None
        if payment is None or payment.key != who.key:
            abort(404, _("This subscriber has no such payment."))
        return payment

    def goes_to(self, contact: Contact) -> list[str]:
        """As contacts.goes_to(), for its pages."""
        return goes_to(contact)

    @property
    def has_register(self) -> bool:
        """Whether receipts can be asked for at all: the Dreamkas module is on."""
        return options().dreamkas_enabled

    # --- taking money ---

    def money(self) -> Answer:
        """GET: profile, money form, previous payments. POST: takes the money, then back here."""
        who = self.subscriber()
        form = self.form()
        form.offer_cash_types()
        form.equip(register.desk(self.book.kind), form.first_payment_type)
        if request.method == "POST":
            return self._press(who, form)
        waited = typed.take_back(self.url("money", who.key))
        self._fill_in(form, waited)
        form.untouched = not waited
        form.formtoken.data = cashdesk.new_token(admin_login(), self.book, who.key)
        return self._draw(who, form)

    def _fill_in(self, form: MoneyForm, waited: dict[str, str]) -> None:
        for name in filter(self._is_typed, waited):
            form[name].process(MultiDict(waited))

    def _press(self, who: Subscriber, form: MoneyForm) -> Answer:
        try:
            taken = self._take(who, form) if form.validate_on_submit() else None
        except cashdesk.LooksDouble as refusal:
            return self._draw(who, form, str(refusal), ask_second=True)
        except cashdesk.TokenForeign as refusal:
            return self._draw(who, form, str(refusal), renew=True)
        except cashdesk.Refusal as refusal:
            return self._draw(who, form, str(refusal), renew=isinstance(refusal, cashdesk.TokenSpent))
        if taken is None:
            return self._draw(who, form, stale_words(form))
        self._tell(form, taken)
        return redirect(self.url("money", who.key), code=303)

    def _take(self, who: Subscriber, form: MoneyForm) -> cashdesk.Taken:
        return cashdesk.take_payment(
            self.book,
            who.key,
            operation=form.kind.data,
            kopecks=form.kopecks,
            cash_type_id=form.cash_type.data,
            note=form.note.data,
            token=form.formtoken.data or "",
            wish=form.wish(),
            admin=admin_login(),
            second_ok=bool(form.secondpayment.data),
        )

    def _tell(self, form: MoneyForm, taken: cashdesk.Taken) -> None:
        """What was done, in one sentence on the next page; a receipt that was asked for is watched there."""
        if taken.again:
            flash(_("This form was sent twice: the money was taken once."), "info")
            return
        done = done_words(form.kind.data, form.kopecks)
        if taken.fiscal:
            session[PAID] = [self.book.kind, taken.source.id, done]
        elif form.fiscalizepayment.data:
            flash(_("%(done)s; this payment needs no receipt", done=done), "ok")
        else:
            flash(done, "ok")

    def _just_paid(self, payments: Iterable[PaymentRow]) -> tuple[PaymentRow, str] | None:
        """The payment that was taken a moment ago, with what was said of it; once, and only on its own page."""
        kind, number, done = session.pop(PAID, ("", 0, ""))
        mine = (one for one in payments if kind == self.book.kind and one.id == number and one.is_income)
        return next(((payment, done) for payment in mine), None)

    def _draw(
        self,
        who: Subscriber,
        form: MoneyForm,
        refusal: str = "",
        ask_second: bool = False,
        renew: bool = False,
    ) -> Answer:
        if renew:
            form.formtoken.data = cashdesk.new_token(admin_login(), self.book, who.key)
        everything = "allpayments" in request.args
        payments = self.book.payments(who.key, ALL if everything else FEW + 1)
        page = render_template(
            self.template,
            counter=self,
            who=who,
            contact=contact_of(who, self.book.takes_email),
            form=form,
            desk=form.desk,
            refusal=refusal,
            ask_second=ask_second or bool(form.secondpayment.data),
            payments=payments if everything else payments[:FEW],
            paid=self._just_paid(payments),
            kinds=ready(("kinds",), lambda: {kind: str(word) for kind, word in KINDS.items()}),
            more=not everything and len(payments) > FEW,
            receipts=cashdesk.receipts_of(self.book, payments),
            origins=register.origins_of(
                self.book.source_kind, [payment.id for payment in payments if payment.note]
            ),
        )
        return page, 422 if request.method == "POST" else 200
