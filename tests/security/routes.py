"""Every route there is, its address over filled books, and who may go there; one that is missing here is an error."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from tests.security.filled import House

PUBLIC, ANY = "public", ""
# What leads nowhere or to files: no view of ours stands behind it.
PLAIN = ("static", "shipped", "door", "doubled")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

MANAGES = ("DREAMKAS", "DREAMKASMANAGE")
# Endpoint (or "module.*") -> all the rights that are wanted together; (PUBLIC,) = nobody is asked who they are.
RIGHTS: dict[str, tuple[str, ...]] = {
    "login.index": (PUBLIC,),
    "login.signout": (PUBLIC,),
    "login.*": (ANY,),
    "remoteapi.door": (PUBLIC,),  # asks for a key instead: tests/remoteapi
    "taskbar.*": ("TASKBAR",),
    "userprofile.*": ("USERPROFILE",),
    "addcash.*": ("CASH",),
    "mobileedit.*": ("CASH",),
    "emailedit.*": ("CASH",),
    "ukv.*": ("UKV",),
    "banksta2.*": ("BANKSTA2",),
    "eventview.*": ("ROOT",),
    "styleguide.*": ("ROOT",),
    "dreamkas.*": ("DREAMKAS",),
    **{
        f"dreamkas.{word}": MANAGES
        for word in (
            *("adopt", "again", "cancel", "close", "settle", "repeat", "repeat_many"),
            *("ask_mapping", "ask_unmap", "map_position", "unmap_position", "change_mapping"),
            *("change", "webhook_address", "webhook_create", "webhook_edit", "webhook_delete"),
            *("check_drift", "settle_drift", "match_drift", "board_fiscalize"),
        )
    },
}
# Where any one of these rights is enough: each shows what the admin may see.
ONE_OF = {
    "taskbar.search": ("USERPROFILE", "UKV"),
    "addcash.my_day": ("CASH", "UKV"),
    "addcash.my_day_rows": ("CASH", "UKV"),
    "userprofile.slip": ("USERPROFILE", "CASH"),
}
# Endpoint -> what its address names on the filled books ("username": the house's own name of that kind).
NAMED: dict[str, dict[str, str]] = {
    "userprofile.profile": {"username": "username"},
    "userprofile.slip": {"username": "username", "showreceipt": "printed"},
    "ukv.slip": {"showuser": "showuser", "showreceipt": "ukvprinted"},
    "mobileedit.edit": {"username": "username"},
    "mobileedit.check": {"username": "username"},
    "emailedit.edit": {"username": "username"},
    "emailedit.check": {"username": "username"},
    "addcash.money": {"username": "username"},
    **{
        f"addcash.{view}": {"username": "username", flag: "payment"}
        for view, flag in (
            ("badge", "receiptbadge"),
            ("cancel", "cancelreceipt"),
            ("later", "fiscalizelater"),
            ("repeat", "repeatreceipt"),
        )
    },
    **{f"ukv.{view}": {"showuser": "showuser"} for view in ("user", "mobile", "mobile_check")},
    **{
        f"ukv.{view}": {"showuser": "showuser", flag: "ukvpayment"}
        for view, flag in (
            ("badge", "receiptbadge"),
            ("cancel", "cancelreceipt"),
            ("later", "fiscalizelater"),
            ("repeat", "repeatreceipt"),
        )
    },
    **{
        f"banksta2.{view}": {"showhash": "statement"}
        for view in ("statement", "choose_all", "progress", "push", "refiscalize", "tick_all")
    },
    "banksta2.statement_delete": {"statementdelete": "statement"},
    "banksta2.last_check": {"lastcheck": "draft"},
    "banksta2.import_draft": {"lastcheck": "draft"},
    "banksta2.verdict": {"lastcheck": "draft"},
    **{
        f"banksta2.{view}": {"draft": "mapping"} for view in ("mapping", "preview", "reading", "preset_quick")
    },
    "banksta2.throw_away": {"draft": "mapping"},
    "banksta2.preset_edit": {"fmpid": "preset"},
    "banksta2.preset_clone": {"fmpid": "preset"},
    "banksta2.preset_delete": {"fmpid": "preset"},
    **{
        f"banksta2.{view}": {flag: "row"}
        for view, flag in (
            *(("row", "row"), ("row_cancel", "cancelrowprocessing"), ("row_decide", "decidetwin")),
            *(
                ("row_details", "showdetailed"),
                ("row_edit", "bankstaeditrowid"),
                ("row_fiscal", "choosefiscal"),
            ),
            *(("row_recall", "recallrowprocessing"), ("row_tick", "tickrow")),
        )
    },
    **{
        f"dreamkas.{view}": {flag: "operation"}
        for view, flag in (
            *(("operation", "showdetailedFiscOp"), ("operation_now", "fiscopnow"), ("adopt", "adoptFiscOp")),
            *(("again", "againFiscOp"), ("cancel", "cancelFiscOp"), ("settle", "settleFiscOp")),
            ("close", "closeFiscOp"),
        )
    },
    "dreamkas.repeat": {"repeatFiscOp": "rejected"},
    "dreamkas.receipt": {"showdetailedrcpt": "receipt"},
    "dreamkas.receipt_now": {"receiptnow": "receipt"},
    "dreamkas.event": {"showdetailedEvent": "event"},
    "dreamkas.machine": {"showdetailedCM": "=123"},
    "dreamkas.position": {"showdetailedGoods": "=inet"},
    "dreamkas.ask_mapping": {"goodsid": "=inet", "setselpossrvmapping": "=internet"},
    "dreamkas.ask_unmap": {"servicetype": "=internet"},
    "dreamkas.webhook_edit": {"whid": "=hook-1"},
    "dreamkas.webhook_delete": {"whid": "=hook-1"},
}


@dataclass(frozen=True)
class Route:
    """One method of one route, at an address where something stands."""

    endpoint: str
    method: str
    address: str
    names: tuple[str, ...]  # what the address names beside flags

    def lets_in(self, rights: tuple[str, ...]) -> bool:
        """Whether these rights are enough."""
        if "ROOT" in rights or self.is_public:
            return True
        if self.endpoint in ONE_OF:
            return bool(set(rights) & set(ONE_OF[self.endpoint]))
        return set(rights_of(self.endpoint)) <= {*rights, ANY}

    @property
    def is_public(self) -> bool:
        """Whether nobody is asked who they are."""
        return rights_of(self.endpoint) == (PUBLIC,)

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def rights_of(endpoint: str) -> tuple[str, ...]:
    """The row of RIGHTS for it; KeyError: a new module stands in no row."""
    return RIGHTS.get(endpoint) or RIGHTS[f"{endpoint.split('.', maxsplit=1)[0]}.*"]


def rules(app: Flask) -> list[Rule]:
    """Every rule that leads to a view of ours."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in PLAIN]


def routes(house: House) -> Iterator[Route]:
    """All of them, methods apart."""
    for rule in sorted(rules(house.app), key=lambda rule: (rule.endpoint, rule.rule)):
        named = NAMED.get(rule.endpoint, {})
        values = {key: text[1:] if text[:1] == "=" else house.names[text] for key, text in named.items()}
        with house.app.test_request_context("/"):
            address = house.app.url_for(rule.endpoint, **values)
        for method in sorted(set(METHODS) & (rule.methods or set())):
            yield Route(rule.endpoint, method, address, tuple(named))
