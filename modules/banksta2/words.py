"""Codes of the statements room in the reader's words."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.banksta2.matcher import Did

ERRORS = {
    "no_payment": _l("This row has neither a date nor a sum."),
    "no_date": _l("This row has no date."),
    "no_sum": _l("This row has no sum."),
    "bad_date": _l("This is no date that we can read."),
    "bad_sum": _l("This is no sum of whole kopecks that we can read."),
    "withdrawal": _l("This is a withdrawal or a zero sum, no payment."),
    "too_large": _l("This sum is too large to be a payment: is it the right column?"),
    "slow_pattern": _l("A pattern of the mapping takes too long on this row."),
    "bad_pattern": _l("The mapping holds a pattern that is no regular expression."),
}
CANCELED = {
    "skip_row": _l("Left out: a rule of the mapping met a keyword."),
    "person": _l("Canceled by a person."),
}
VERDICTS = {
    "": _l("not in the books yet"),
    "suspected": _l("equal to an earlier payment: somebody must say whether it is another one"),
    "another": _l("a person said: it is another payment"),
    "same": _l("this payment is in the books already"),
}

KINDS_OF_FILES = {
    "csv": _l("text (csv)"),
    "dbf": "dBase",
    "xls": "xls",
    "xlsx": "xlsx",
    "ods": "ods",
    "1c": _l("1C exchange"),
}


def said(did: Did) -> str:
    """What a rule did to a row, in words."""
    if did.rule == "replaced":
        return _("column %(column)s: replaced %(count)s", column=did.text, count=did.count)
    if did.rule == "removed":
        return _("column %(column)s: removed %(count)s", column=did.text, count=did.count)
    if did.rule == "contract":
        return _("contract from the purpose: %(contract)s", contract=did.text)
    if did.rule == "keyword":
        return _("service by the keyword “%(word)s”", word=did.text)
    if did.rule == "ident":
        return _("service by the identifier “%(word)s”", word=did.text)
    return _("left out for “%(word)s”", word=did.text)
