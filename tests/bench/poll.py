"""The poll of hundreds of open pages with nothing new: asks no table, so it costs little more than saying hello."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from tests.bench.gauge import Figure, at_most, rates, ratio
from tests.bench.stage import inside, stage
from tests.notifications.hear import HTMX, POLL, bell_of


def measure() -> Iterator[Figure]:
    """Polls beside hellos, and the statements of one."""
    with stage() as house:
        cookie = house.signed_in("buh")
        page = house.asks("/", headers=cookie).answer()[1]
        headers = {**cookie, **HTMX}
        address = _heard(page, lambda path: house.asks(path, headers=headers).answer())
        polls, hellos = rates(house.asks(address, 204, headers=headers), house.hello)
    yield ratio("notification poll, nothing new, 8 at once", polls, hellos, 0.27, "R0")
    with inside() as here:
        page = here.get("/")[0].decode()
        here.get(_heard(page, lambda path: here.answer(path, **HTMX)), 204, **HTMX)
        yield at_most("notification poll: SQL", here.statements, 0, "statements")


def _heard(page: str, answer: Callable[[str], tuple[int, str]]) -> str:
    """The address that this page polls once it has heard everything."""
    status = 0
    while status != 204:
        values, _at_once = bell_of(page)
        address = f"{POLL}&{urlencode(values)}"
        status, page = answer(address)
    return address
