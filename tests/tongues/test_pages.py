"""No page, part, form or refusal of the house says anything in another language than its reader's."""

import re

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import update

from modules.core.admins import Admin
from modules.core.db import transact
from modules.core.root import ROOT
from modules.core.words import CATALOGS
from tests.page import open_page
from tests.tongues.filled import filled  # noqa: F401
from tests.tongues.walk import Walk, foreign, words_of

# What the books of this test hold in Latin letters: logins and ids.
DATA = {"admin", "ivanov", "petrova", "sidorov", "kassir", "inet", "bad", "x", "localhost"}


@pytest.fixture(params=["ru", "uk"])
def language(request) -> str:
    """Each of the languages that are translated."""
    return request.param


@pytest.fixture
def options_env(options_env, language):
    """The house speaks it to strangers, and in the worker's place."""
    return {**options_env, "LOCALE": language, "DREAMKAS_NOTIFICATIONS_ENABLED": "1"}


@pytest.fixture
def reader(filled, sign_in, language):  # noqa: F811
    """ROOT, who may see everything."""
    browser = sign_in("ROOT", login="admin")
    with filled.app_context():
        transact(lambda session: session.execute(update(Admin).values(locale=language)))
    return browser


@pytest.fixture
def english(language) -> set[str]:
    """Msgids that are said otherwise in that language."""
    with (CATALOGS / language / "LC_MESSAGES" / "messages.po").open("rb") as text:
        messages = read_po(text, locale=language)
    pairs = ((message.id, message.string) for message in messages if isinstance(message.id, str))
    return {msgid for msgid, said in pairs if msgid and said != msgid}


def untranslated(page, english) -> set[str]:
    """Texts of the page that are English, each with its address."""
    return {f"{page.address}: {text}" for text in words_of(page) if text in english or foreign(text, DATA)}


def test_no_page_is_left_untranslated(reader, english):
    walk, found, many = Walk(reader), set(), 0
    for page in walk.pages("/?module=taskbar"):
        found |= untranslated(page, english)
        many += 1
    for typed in ("", "жжж", "7"):
        for page in walk.answers(typed):
            found |= untranslated(page, english)
            many += 1
    assert not found, "\n".join(sorted(found))
    assert many > 150 and len(walk.endpoints) > 60 and len(walk.forms) > 30, (
        many,
        len(walk.endpoints),
        len(walk.forms),
    )


@pytest.mark.parametrize(
    ("address", "method", "status"),
    [
        ("/?module=nowhere", "GET", 404),
        ("/?module=taskbar", "POST", 405),
        ("/?module=taskbar&module=login", "GET", 400),
        ("/?module=login&signout=true", "POST", 400),  # without its token
        ("/?module=styleguide", "GET", 403),
    ],
)
def test_no_refusal_is_left_untranslated(sign_in, app, english, page, address, method, status):
    browser = sign_in("TASKBAR")
    refusal = (
        page(address, status) if method == "GET" else open_page(browser, address, status=status, data={})
    )
    assert untranslated(refusal, english) == set()
    stranger = app.test_client()
    assert untranslated(open_page(stranger, "/?module=login"), english) == set()


def test_scripts_get_their_words_from_the_page():
    literal = re.compile(r"""(["'`])((?:(?!\1).)*)\1""")
    for script in (ROOT / "static").glob("*.js"):
        code = re.sub(r"(?m)//.*$", "", script.read_text())
        texts = [found[1] for found in literal.findall(code)]
        sentences = [
            text for text in texts if re.search(r"[а-яё]|[a-z]{3,} [a-z]{2,} [a-z]{2,}", text, re.IGNORECASE)
        ]
        assert sentences == [], script.name


def test_a_foreign_word_is_noticed():
    assert foreign("Чек is ready") == ["is", "ready"]
    assert foreign("Дримкас Dreamkas: NDS_20, op-17 ivanov@example.test https://x.y/z КАССА") == []
