"""A page as it is seen at a desk and on a phone, by day and by night."""

from playwright.sync_api import Page

from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings

LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
AUDITED = (LOOKS[0], LOOKS[3])  # both widths and both schemes, for half of the price


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page that is open, in each of the looks."""
    wrong = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong.append(f"{name} is {wide} px wide at {width}")
        shot(page, f"{name}-{width}{'-dark' if scheme == 'dark' else ''}")
        try:
            if (width, scheme) in AUDITED:
                no_serious_findings(page)
        except AssertionError as found:
            wrong.append(f"{name} {width} {scheme}: {found}")
    return wrong
