"""The page where money is taken: profile, fiscal form, previous payments with their receipts."""

from collections.abc import Iterator

from tests.bench.gauge import Figure, at_most, rates, ratio
from tests.bench.stage import PROFILE, inside, stage

KB = 1000


def measure() -> Iterator[Figure]:
    """Pages beside hellos; SQL and weight; the same with a million operations."""
    with stage(products=20) as house:
        page = house.asks(PROFILE, headers=house.signed_in())
        pages, hellos = rates(page, house.hello)
        alone = page.seconds()
    yield ratio(f"profile page, warm, 8 at once (alone {alone * 1000:.1f} ms)", pages, hellos, 0.09, "R0")
    for products, target in ((20, 30), (300, 70)):
        with inside(products=products) as here:
            here.get(PROFILE)
            weight = len(here.get(PROFILE)[0])
            if products == 20:
                yield at_most("profile page: SQL", here.statements, 8, "statements")
        yield at_most(f"profile page: weight, {products} products", weight / KB, target, "kB")
    yield _flat()


def _flat() -> Figure:
    """A million operations beside none."""
    with inside(operations=0) as none:
        without = none.seconds(PROFILE, 40)
    with inside(operations=1_000_000) as many:
        with_all = many.seconds(PROFILE, 40)
    said = f"{without * 1000:.1f} ms with none, {with_all * 1000:.1f} ms with a million"
    return at_most("profile page: 0 to 1 000 000 operations", with_all / without, 1.25, "×", said)
