"""Every word this room says to people, one table a kind. Unknown words are shown as they came, never a crash."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from modules.dreamkas.plainly import plainly

STATES: dict[str, LazyString] = {
    "queued": _l("Queued"),
    "sending": _l("Being sent"),
    "accepted": _l("Accepted by Dreamkas"),
    "fiscalized": _l("Fiscalized"),
    "rejected": _l("Rejected"),
    "unsure": _l("Unsure"),
    "none": _l("No receipt"),
    "exempt": _l("Needs no receipt"),
}

# What every page says while nothing can be sent.
STOPS: dict[str, LazyString] = {
    "no_token": _l(
        "There is no token for Dreamkas: receipts wait in the queue until DREAMKAS_AUTH_TOKEN is right."
    ),
    "token": _l("Dreamkas does not accept the token: receipts wait in the queue."),
    "door": _l("The address of Dreamkas is answered by a stranger: receipts wait in the queue."),
}

# Why an operation is where it is. A code may be followed by what Dreamkas or a person said.
REASONS: dict[str, LazyString] = {
    "no_mobile": _l("the subscriber has no usable mobile phone number"),
    "no_machine": _l("the cash machine is not known to Dreamkas any more"),
    "no_position": _l("the selling position is not known to Dreamkas any more"),
    "not_mapped": _l("no selling position is mapped to this service"),
    "not_service": _l("the selling position is not a service"),
    "no_contact": _l("neither a mobile phone number nor an e-mail to send the receipt to"),
    "bad_phone": _l("the phone number is not a Russian mobile number"),
    "bad_tax_mode": _l("Dreamkas does not know this tax system"),
    "bad_payment_type": _l("Dreamkas does not know this payment type"),
    "bad_sum": _l("this sum can not be put on a receipt"),
    "bad_name": _l("the selling position has no name"),
    "bad_device": _l("the cash machine has no number"),
    "bad_vat": _l("the selling position has a VAT rate that receipts do not know"),
    "refused": _l("Dreamkas refused the receipt"),
    "no_body": _l("what was to be sent is not kept any more"),
    "their_error": _l("the cash machine did not print the receipt"),
    "bad_email": _l("the e-mail address is not one that a cash register keeps"),
    "number_taken": _l("another payment's receipt stands under the number of this payment"),
    "cancelled": _l("cancelled by a person"),
    "closed": _l("it was not printed, a person says"),
    "withdrawn": _l("withdrawn: the earlier operation printed its receipt after all"),
    "not_sent": _l("could not be sent yet, it will be tried again"),
    "throttled": _l("Dreamkas asked to wait"),
    "token": _l("Dreamkas does not accept the token"),
    "no_token": _l("there is no token for Dreamkas"),
    "door": _l("the address answered, but not as Dreamkas does"),
    "unknown": _l("the answer was lost, it is being found out whether the receipt was printed"),
    "lease": _l(
        "the worker was stopped in the middle, it is being found out whether the receipt was printed"
    ),
    "absent": _l("Dreamkas never got it, it is sent again"),
    "again": _l("sent again by a person"),
    "needs_person": _l("it could not be found out for a day: a person has to decide"),
    "late": _l("the cash machine is late with the receipt"),
    "not_rejected": _l("only a rejected operation can be repeated"),
    "has_another": _l("this payment has another operation already"),
    "adopted": _l("the receipt was matched by a person"),
}

# What was said there is a library's or a protocol's: it stands beside the attempt, not in a sentence for a cashier.
TECHNICAL = ("not_sent", "throttled", "token", "door", "unknown")

ALARMS: dict[str, LazyString] = {
    "two_receipts": _l("Two receipts exist for one payment: refund one"),
    "two_operations": _l("Dreamkas has two operations for one payment: watch whether both print"),
    "shared_receipt": _l("Dreamkas names one receipt for two payments: find out whose it is"),
    "other_contact": _l(
        "The receipt was printed without the contact that we sent: give it to the subscriber in another way"
    ),
}

# Why a look at Dreamkas' lists proved nothing.
PROBLEMS: dict[str, LazyString] = {
    "not_read": _l("the list of operations was not read"),
    "failed": _l("the list of operations could not be read whole"),
    "endless": _l("the list of operations does not end"),
    "repeats": _l("the list of operations repeats itself instead of going on"),
    "odd_rows": _l("the list of operations has rows that can not be read"),
    "unordered": _l("the list of operations keeps no order, so that a row may have been stepped over"),
    "not_far": _l("the list of operations does not reach back far enough"),
    "no_canary": _l(
        "Dreamkas has acknowledged no operation within 7 days by which its list could be checked"
    ),
    "canary_missing": _l("the list does not hold the newest operation that Dreamkas acknowledged to us"),
    "shrunk": _l("the list of operations is shorter than it was within a day"),
    "receipts_failed": _l("the list of receipts could not be read whole"),
    "receipts_repeat": _l("the list of receipts repeats itself instead of going on"),
    "receipts_odd": _l("the list of receipts has rows that can not be read"),
    "receipts_endless": _l("the list of receipts does not end"),
    "strangers": _l("there are receipts of that cash machine and sum whose operation is unknown here"),
    "other_door": _l("the address or the token has changed since it was sent"),
    "anothers": _l("Dreamkas names an operation that is another payment's here"),
    "once": _l("not found; it is looked for once more before it is sent again"),
    "found": _l("found"),
}

OUTCOMES: dict[str, LazyString] = {
    "sending": _l("on its way"),
    "accepted": _l("accepted"),
    "refused": _l("refused"),
    "not_sent": _l("not sent"),
    "throttled": _l("asked to wait"),
    "token": _l("token not accepted"),
    "door": _l("a stranger answered"),
    "unknown": _l("answer unknown"),
    "lease": _l("worker stopped"),
}

TAX_SYSTEMS: dict[str, LazyString] = {
    "DEFAULT": _l("General"),
    "SIMPLE": _l("Simplified income"),
    "SIMPLE_WO": _l("Simplified income minus expense"),
    "AGRICULT": _l("Unified agricultural tax"),
    "PATENT": _l("Patent tax system"),
}

PAYMENT_TYPES: dict[str, LazyString] = {
    "CASH": _l("Cash money"),
    "CASHLESS": _l("Cashless"),
    "PREPAID": _l("Offset of an advance"),
    "CREDIT": _l("Credit"),
    "CONSIDERATION": _l("Counter provision"),
}

PAYMENT_TYPE_NOTES: dict[str, LazyString] = {
    "PREPAID": _l("the service is paid out of money that was taken, with a receipt of its own, earlier"),
    "CREDIT": _l("the service is given now and will be paid later"),
    "CONSIDERATION": _l("the service is paid with goods or services instead of money"),
}

VAT: dict[str, LazyString] = {
    "NDS_NO_TAX": _l("without VAT"),
    "NDS_0": _l("VAT 0%"),
    "NDS_5": _l("VAT 5%"),
    "NDS_7": _l("VAT 7%"),
    "NDS_10": _l("VAT 10%"),
    "NDS_18": _l("VAT 18%"),
    "NDS_20": _l("VAT 20%"),
    "NDS_22": _l("VAT 22%"),
    "NDS_5_CALCULATED": _l("VAT 5/105"),
    "NDS_7_CALCULATED": _l("VAT 7/107"),
    "NDS_10_CALCULATED": _l("VAT 10/110"),
    "NDS_18_CALCULATED": _l("VAT 18/118"),
    "NDS_20_CALCULATED": _l("VAT 20/120"),
    "NDS_22_CALCULATED": _l("VAT 22/122"),
}

RECEIPT_TYPES: dict[str, LazyString] = {
    "SALE": _l("Cash receipt. Income"),
    "REFUND": _l("Cash receipt. Return of income"),
    "OUTFLOW": _l("Cash receipt. Expense"),
    "OUTFLOW_REFUND": _l("Cash receipt. Return of expense"),
    "SALE_ANNUL": _l("Annulled receipt. Income"),
    "REFUND_ANNUL": _l("Annulled receipt. Return of income"),
}

GOODS_TYPES: dict[str, LazyString] = {
    "SERVICE": _l("Service"),
    "COUNTABLE": _l("Piece goods"),
    "SCALABLE": _l("Goods by weight"),
    "SHOES": _l("Shoes"),
    "CLOTHES": _l("Clothes"),
    "TOBACCO": _l("Tobacco"),
    "MILK": _l("Milk"),
    "ALCOHOL": _l("Alcohol"),
}

SERVICES: dict[str, LazyString] = {"internet": _l("Internet"), "ukv": _l("UKV")}

# What became of a webhook's message.
FATES: dict[str, LazyString] = {
    "new": _l("just came"),
    "waiting": _l("waiting"),
    "settled": _l("settled"),
    "noted": _l("noted"),
    "foreign": _l("foreign"),
    "unasked": _l("not asked for"),
}

# In the order in which a webhook's address names them.
WEBHOOK_EVENTS: dict[str, LazyString] = {
    "products": _l("Goods"),
    "devices": _l("Cashmachines"),
    "encashments": _l("Encashments"),
    "receipts": _l("Receipts"),
    "shifts": _l("Shifts"),
    "operations": _l("Operations"),
    "deviceRegistrations": _l("Registration data changes"),
}


def reason(code: str, said: str = "") -> str:
    """A reason as a sentence: our words for the code, then what was said, if anything."""
    ours = str(REASONS.get(code, code))
    theirs = "" if code in TECHNICAL else said
    return f"{ours}: {theirs}" if ours and theirs else ours or theirs


def problem(code: str, detail: str = "") -> str:
    """Why a look proved nothing, as a sentence."""
    ours = str(PROBLEMS.get(code, code))
    return f"{ours} ({plainly(detail)})" if detail else ours
