"""Whose contract it is, asked for many contracts at once: a statement names thousands."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import BindParameter, bindparam, select

from modules.billing.internet import INTERNET
from modules.billing.models import Contract, UkvUser, User
from modules.billing.ukv import UKV
from modules.core.bulk import batches
from modules.core.db import db

AT_ONCE = 500  # names in one question
ASKED: BindParameter[str] = bindparam("contracts", expanding=True)
WHOSE = {
    # A contract may outlive its subscriber: only who is still there can be paid.
    INTERNET.kind: select(Contract.contract, User.login)
    .join(User, User.login == Contract.login)
    .where(Contract.contract.in_(ASKED)),
    UKV.kind: select(UkvUser.contract, UkvUser.id).where(UkvUser.contract.in_(ASKED)),
}


def holders(kind: str, contracts: Iterable[str]) -> dict[str, list[str]]:
    """The subscribers of each contract, by their keys; nobody's contract is left out, a contract may have several."""
    found: dict[str, list[str]] = defaultdict(list)
    spelt = set(filter(None, contracts))
    asked: dict[str, list[str]] = defaultdict(list)  # as compared -> as spelt, which may be in two ways
    for name in spelt:
        asked[name.casefold()].append(name)
    for some in batches(spelt, AT_ONCE):
        for contract, key in db.session.execute(WHOSE[kind], {"contracts": some}):
            for name in asked.get((contract or "").strip().casefold(), ()):
                if str(key) not in found[name]:
                    found[name].append(str(key))
    return found


def lengths_of_contracts() -> tuple[int, int] | None:
    """The least and the most digits of contracts that are digits only, in both books; None: there are none."""
    texts = [*db.session.scalars(select(Contract.contract).distinct())]
    texts += db.session.scalars(select(UkvUser.contract).distinct())
    lengths = {len(text) for text in texts if text and text.isascii() and text.isdigit()}
    return (min(lengths), max(lengths)) if lengths else None
