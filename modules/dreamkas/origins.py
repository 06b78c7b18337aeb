"""Where a payment came from before it was one: rooms above hand themselves in, this one does not know them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """What stands behind a payment, a row of a bank's file say: in words, and where it is read."""

    text: str
    url: str


# (kind of the sources, their ids) -> those it knows and the admin who asks may see.
ORIGINS: list[Callable[[str, Collection[int]], Mapping[int, Origin]]] = []


def origins_of(kind: str, ids: Collection[int]) -> dict[int, Origin]:
    """The origins of these sources, by id; most payments have none."""
    return {number: origin for told in ORIGINS for number, origin in told(kind, ids).items()} if ids else {}
