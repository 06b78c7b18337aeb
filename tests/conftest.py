"""Fixtures for all tests; each family has a small file of its own.

- tests/house.py: options_env, make_app, app, inside, client, sign_in
- tests/page.py: page (opens an address as a browser would, and audits what it gets)
- tests/story/street.py: make_street, street (real processes over real HTTP)
- tests/browser/chromium.py: browser, make_page (real Chromium)
- tests/told.py: no fixture; every statement of every test is looked at
"""

pytest_plugins = ["tests.house", "tests.page", "tests.story.street", "tests.browser.chromium", "tests.told"]
