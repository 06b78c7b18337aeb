"""Codes of the statements room in the reader's words."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.banksta2.facts import Unreadable
from modules.banksta2.matcher import Did
from modules.notifications.service import N_

UNREADABLE = {
    "no_file": N_("The file is not there any more. Upload it again."),
    "empty": N_("The file is empty."),
    "too_large": N_("The file is too large: at most %(limit)s MiB are taken."),
    "too_many_rows": N_("The file has more than %(limit)s rows. Split it and upload it in parts."),
    "too_many_columns": N_("Row %(row)s has more than %(limit)s columns."),
    "cell_too_long": N_("A cell of row %(row)s is longer than %(limit)s characters. Is the delimiter right?"),
    "not_a_statement": N_(
        "This is no bank statement that we can read: neither a text, a table nor a 1C exchange."
    ),
    "markup": N_(
        "This is a web page or an XML table. Open it as a spreadsheet, save it as xlsx and upload that."
    ),
    "wrong_encoding": N_("The file is not in this encoding. Choose another."),
    "wrong_delimiter": N_("There is no such delimiter."),
    "broken": N_("The file is damaged, or it is not what it says. Save it anew and upload it again."),
    "protected": N_("The file is protected by a password. Save it without one."),
    "bomb": N_("The file unpacks to more than we take. Save it as csv and upload that."),
    "truncated": N_("The file is cut off: its end (%(end)s) is missing. Download it from the bank again."),
    "records_missing": N_(
        "The file promises %(count)s records and holds fewer. Download it from the bank again."
    ),
    "unfinished": N_(
        "Document %(number)s (line %(line)s) does not end. Download the file from the bank again."
    ),
    "disk_full": N_(
        "The server's disk is full: the file was not kept. Tell whoever manages the server, then upload it again."
    ),
    "no_account": N_("The file does not say which account is yours, so debits can not be told from credits."),
}
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


def unreadable(refusal: Unreadable) -> str:
    """Why a file can not be read, and what to do."""
    return _(UNREADABLE[refusal.code], **refusal.params)


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
