"""The two windows of the desk. Their views stand in addcash, mobileedit, emailedit (Internet) and ukv (cable TV)."""

from modules.billing.service import INTERNET, UKV
from modules.cashdesk.counter import Counter
from modules.cashdesk.forms import InternetMoney, UkvMoney

ADDCASH = Counter(
    book=INTERNET,
    form=InternetMoney,
    template="addcash/page.html",
    key_name="username",
    views={
        "money": "addcash.money",
        "badge": "addcash.badge",
        "later": "addcash.later",
        "repeat": "addcash.repeat",
        "cancel": "addcash.cancel",
        "slip": "userprofile.slip",
        "mobile": "mobileedit.edit",
        "mobile_check": "mobileedit.check",
        "email": "emailedit.edit",
        "email_check": "emailedit.check",
    },
)

CABLE = Counter(
    book=UKV,
    form=UkvMoney,
    template="ukv/user.html",
    key_name="showuser",
    views={
        "money": "ukv.user",
        "badge": "ukv.badge",
        "later": "ukv.later",
        "repeat": "ukv.repeat",
        "cancel": "ukv.cancel",
        "slip": "ukv.slip",
        "mobile": "ukv.mobile",
        "mobile_check": "ukv.mobile_check",
    },
)
