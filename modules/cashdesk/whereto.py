"""Where a receipt goes: the mobile number and the e-mail, looked at while one types, kept when one presses."""

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _

from modules.billing.service import Subscriber, contact_of
from modules.cashdesk import contacts
from modules.cashdesk.counter import Answer, Counter
from modules.cashdesk.forms import EmailForm, MobileForm, one_line
from modules.core.current import is_part
from modules.core.phones import Mobile, read_mobile
from modules.core.rights import own_address


def mobile(counter: Counter) -> Answer:
    """GET: the form. POST: keeps the numbers as typed; what is not usable is said, and kept all the same."""
    who = counter.subscriber()
    form = MobileForm(newmobile=who.mobile_text)
    if not form.validate_on_submit():
        return _form(counter, who, form)
    contacts.set_mobile(counter.book, who.key, form.newmobile.data)
    return _kept(counter, who, _mobile_news(read_mobile(form.newmobile.data)))


def mobile_check(_counter: Counter) -> Answer:
    """The verdict on what stands in the field now."""
    return render_template(
        "contacts/_verdict.html", mobile=read_mobile(one_line(request.form.get("newmobile")))
    )


def email(counter: Counter) -> Answer:
    """GET: the form. POST: keeps a good address; empty removes it."""
    who = counter.subscriber()
    form = EmailForm(newmail=who.email)
    if not form.validate_on_submit():
        return _form(counter, who, form)
    contacts.set_email(counter.book, who.key, form.newmail.data)
    return _kept(counter, who, (_("The e-mail address is kept"), "ok"))


def email_check(_counter: Counter) -> Answer:
    """The verdict on what stands in the field now; an empty field is no mistake."""
    form = EmailForm(meta={"csrf": False})
    form.validate()
    return render_template("contacts/_verdict.html", email=form.newmail)


def _mobile_news(found: Mobile) -> tuple[str, str]:
    if found.number:
        return _("Receipts go to %(number)s", number=found.number), "ok"
    return _("Kept, but no receipt can go there: no usable mobile number"), "warn"


def _kept(counter: Counter, who: Subscriber, news: tuple[str, str]) -> Answer:
    if is_part():
        fresh = counter.book.subscriber(who.key) or who
        contact = contact_of(fresh, counter.book.takes_email)
        return render_template("cashdesk/_contact_kept.html", counter=counter, who=fresh, contact=contact)
    flash(*news)
    back = own_address(request.form.get("back", ""))
    return redirect(back or counter.url("money", who.key), code=303)


def _form(counter: Counter, who: Subscriber, form: MobileForm | EmailForm) -> Answer:
    field = next(iter(form))
    values = {"counter": counter, "who": who, "form": form, "field": field}
    values["back"] = own_address(request.values.get("back", ""))
    values["verdict"] = read_mobile(field.data or "") if field.name == "newmobile" else None
    name = "contacts/_form.html" if is_part() else "contacts/page.html"
    return render_template(name, **values), 422 if form.is_submitted() else 200
