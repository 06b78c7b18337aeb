"""What the money page says of a press."""

from flask_babel import gettext as _

from modules.cashdesk.forms import MoneyForm
from modules.core.money import roubles


def done_words(kind: str, kopecks: int) -> str:
    """What was done with the money, as a sentence without its full stop."""
    words = {
        "add": _("Payment taken: %(sum)s", sum=roubles(kopecks)),
        "correct": _("Balance corrected by %(sum)s", sum=roubles(kopecks)),
        "set": _("Balance set to %(sum)s", sum=roubles(kopecks)),
        "mock": _("Mock payment written: %(sum)s", sum=roubles(kopecks)),
    }
    return words[kind]


def stale_words(form: MoneyForm) -> str:
    """What to say when the page was made for an earlier sign-in; '' when it was not."""
    stale = form["csrf_token"].errors if "csrf_token" in form else ()
    again = _(
        "This page was opened too long ago. Nothing was taken. All that you typed is here: press again."
    )
    return again if stale else ""
