"""Debian's Chromium, driven by Playwright: `make_page` opens a window and watches what it complains of."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
# What htmx says of a request that a newer one replaced. Of one that failed it says more.
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")
SHOTS = Path(__file__).parents[2] / "screenshots"
# How long a slow machine may take; what is seen earlier is gone on with earlier.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of this process."""
    if not CHROMIUM:
        pytest.skip("no Chromium here: apt-get install chromium, or name it by CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def make_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """make_page(width=390, dark=True) -> a window; the test fails when it complained or asked another host."""
    complaints: list[str] = []
    contexts = []

    def make(width: int = 1280, dark: bool = False, height: int = 900) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda asked: complaints.append(asked.url) if "127.0.0.1" not in asked.url else None
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints


def is_complaint(said: ConsoleMessage) -> bool:
    return said.type == "error" and not said.text.startswith(REPLACED)


def shot(page: Page, name: str) -> None:
    """Keeps a picture of the page in screenshots/ (not in the repository)."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
