"""What is said of each kind of difference: what it is, and what to do about it."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

KINDS: dict[str, LazyString] = {
    "stranger": _l("Known to Dreamkas, unknown here"),
    "by_hand": _l("Rung up at the machine itself"),
    "on_its_way": _l("On its way at Dreamkas, unknown here"),
    "second": _l("A second receipt of one operation"),
    "missing": _l("Fiscalized here, unknown to Dreamkas"),
    "sum": _l("The sums differ"),
}

WHAT_TO_DO: dict[str, LazyString] = {
    "stranger": _l(
        "The books were put back to an older copy, or another program prints on this account. Enter the lost payment "
        "without a receipt and match it here; if it is no payment of this billing, say so."
    ),
    "by_hand": _l(
        "Somebody sold it at the cash machine. If it was a payment of a subscriber, enter it without a receipt and "
        "match it here; else nothing is to be done."
    ),
    "on_its_way": _l(
        "Its receipt is still to come, the next comparison tells whose it is. Until then enter no payment anew that "
        "may be this one."
    ),
    "second": _l("Two receipts exist for one payment: refund one at the cash machine, then say so here."),
    "missing": _l(
        "Look for the receipt at the cash machine (number, shift). If it is not there either, ask the support of "
        "Dreamkas: the subscriber has no receipt."
    ),
    "sum": _l(
        "The receipt shows another sum than was paid: refund it at the cash machine and print the right one there."
    ),
}
