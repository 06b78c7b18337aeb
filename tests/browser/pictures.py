"""The two pictures of README, made of the real thing: `make screenshots`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.story.street import Cashier, Street, wait_for

HOME = Path(__file__).parents[2] / "static" / "readme"


def take(page: Page, url: str, shown: str, times: int, name: str) -> None:
    """One picture of what is on the screen, as soon as that stands there so many times, without what moves."""
    page.goto(url)
    expect(page.locator(shown)).to_have_count(times)
    page.screenshot(path=HOME / f"{name}.png", animations="disabled")
    print(HOME / f"{name}.png")


def payment_page(page: Page, street: Street) -> None:
    """The cashier's page with payments in several states."""
    page.goto(street.web_url)
    page.fill("[name=login]", "kassir")
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("h1")
    take(page, f"{street.web_url}/?module=addcash&username=ivanov", ".badge.fiscalized", 3, "payment")


def main() -> None:
    """Starts the street, takes a few payments, looks."""
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        street = Street(Path(folder), DREAMKAS_ALWAYS_FISCALIZE_ALL="1")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            street.open()
            cashier = Cashier(street)
            for roubles in ("450", "1 200", "350,50"):
                cashier.pay("ivanov", roubles)
            wait_for("the receipts", lambda: cashier.badges("ivanov") == ["fiscalized"] * 3)
            page = chromium.new_page(viewport={"width": 1280, "height": 1080})
            payment_page(page, street)
            take(page, street.sandbox_url, ".slip", 3, "sandbox")
        finally:
            chromium.close()
            street.close()


if __name__ == "__main__":
    main()
