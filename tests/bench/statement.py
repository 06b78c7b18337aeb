"""The page of a statement of 5000 rows: light in bytes, in nodes, and in a real browser."""

import re
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

from app import create_app
from tests.bench.gauge import Figure, at_most
from tests.bench.paper import SHOWN, imported
from tests.bench.stage import inside, stage
from tests.browser.chromium import CHROMIUM, FLAGS

ROWS = 5000


def measure() -> Iterator[Figure]:
    """With few positions to choose from, and with many."""
    for products in (20, 300):
        with inside(products=products) as here:
            imported(here.app, ROWS)
            seconds, weight = here.seconds(SHOWN), len(here.get(SHOWN)[0])
        what = f"statement page, {ROWS} rows, {products} products"
        yield at_most(f"{what}: answer", seconds * 1000, 150, "ms")
        yield at_most(f"{what}: weight", weight / 1000, 150, "kB")
    if CHROMIUM:
        yield from _in_chromium()
    else:
        print("SKIPPED: statement page in Chromium (no chromium here)")


def _in_chromium() -> Iterator[Figure]:
    with stage() as house, sync_playwright() as playwright:
        imported(create_app(house.env), ROWS)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        seen = chromium.new_context()
        seen.set_extra_http_headers(house.signed_in())
        page = seen.new_page()
        loads = []
        for _time in range(4):
            page.goto(house.web_url + SHOWN, wait_until="load")
            loads.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
        nodes = page.evaluate("document.querySelectorAll('*').length")
        assert re.search("Плательщик", page.content())
        chromium.close()
    yield at_most("statement page in Chromium: nodes", nodes, 5000, "nodes")
    yield at_most("statement page in Chromium: load", min(loads[1:]) / 1000, 0.5, "s")
