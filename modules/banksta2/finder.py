"""Contract and service of a row -> the subscriber of the books, for many rows at once; and why there is none."""

from collections.abc import Collection
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from modules.banksta2.rules import INTERNET, UKV
from modules.billing import service as billing

BOOKS = {INTERNET: billing.INTERNET.kind, UKV: billing.UKV.kind}
WHY = {
    "no_contract": _l("no contract was found in this row"),
    "nobody": _l("nobody has this contract"),
    "elsewhere": _l("the contract is in the other book: change the service"),
    "several": _l("several subscribers have this contract"),
    "no_service": _l("the contract is in both books: choose the service"),
}
Asked = tuple[str, str]  # service (Internet, UKV or "": not known), contract


class Holder(NamedTuple):
    """Who pays: `service` (found by the contract, where the row told none), `key` in its book, "" for nobody."""

    service: str
    key: str
    why: str = ""  # a key of WHY where nobody is


def find(asked: Collection[Asked]) -> dict[Asked, Holder]:
    """The subscriber of each; four questions to the database for a thousand contracts, as many again for the lost."""
    known = {
        service: billing.holders(kind, {contract for told, contract in asked if told in (service, "")})
        for service, kind in BOOKS.items()
    }
    lost = {one for one in asked if one[0] and one[1] not in known.get(one[0], {})}
    elsewhere = {
        contract
        for service, kind in BOOKS.items()
        for contract in billing.holders(kind, {contract for told, contract in lost if told != service})
    }
    return {one: _holder(*one, known, elsewhere) for one in asked}


def _holder(
    service: str, contract: str, known: dict[str, dict[str, list[str]]], elsewhere: Collection[str]
) -> Holder:
    books = [service] if service else list(BOOKS)
    found = [(book, key) for book in books for key in known.get(book, {}).get(contract, [])]
    if len(found) == 1:
        return Holder(*found[0])
    if not found and service and contract in elsewhere:
        return Holder(service, "", "elsewhere")
    if not found:
        return Holder(service, "", "no_contract" if is_unknown(contract) else "nobody")
    return Holder(service, "", "several" if len({book for book, _key in found}) == 1 else "no_service")


def is_unknown(contract: str) -> bool:
    """Whether the row told no contract: it is called unknown_N then, as in the original."""
    return not contract or contract.startswith("unknown_")
