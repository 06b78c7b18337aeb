"""The pulse: one word in the cache that changes with every commit that told something.

While it stands still there is nothing new, and a poll asks no table. It is read before the table and rung after the
commit, so whatever was committed before a ring is seen by all who read the word after it; a lost cache costs one look
at the table. A process killed between commit and ring is made good within KNOWN_SECONDS.
"""

import secrets
from collections.abc import Callable

from sqlalchemy.orm import Session

from modules.core.cache import cache
from modules.core.db import AFTERWARDS

RUNG = "news.rung"
KNOWN = "news.known"
KNOWN_SECONDS = 300
TOLD = "news.told"  # in session.info: this transaction tells something


def ring() -> str:
    """Says to every process that there may be something new -> the new word."""
    word = secrets.token_hex(8)
    cache.set(RUNG, word, timeout=0)
    return word


def kept(look: Callable[[], str]) -> str:
    """What look() found, kept until the next ring."""
    rung, known = cache.get(RUNG), cache.get(KNOWN)
    if rung and isinstance(known, (tuple, list)) and known[0] == rung:
        return known[1]
    rung = rung or ring()
    found = look()
    cache.set(KNOWN, (rung, found), timeout=KNOWN_SECONDS)
    return found


def _afterwards(session: Session) -> None:
    if session.info.pop(TOLD, False):
        ring()


AFTERWARDS.append(_afterwards)
