"""The reader's language, catalogs that compile themselves, and those of the house, which have no holes."""

import os
import re
import shutil
import tomllib

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask_babel import force_locale, gettext, lazy_gettext, ngettext, pgettext
from sqlalchemy import update

from app import create_app
from modules.core.admins import Admin
from modules.core.db import transact
from modules.core.root import ROOT
from modules.core.words import CATALOGS, LOCALES, compiled, language, speaking

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Taskbar"\nmsgstr "%s"\n'


@pytest.fixture
def catalogs(tmp_path):
    """A folder with one Russian catalog."""
    folder = tmp_path / "catalogs"
    (folder / "ru" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "ru" / "LC_MESSAGES" / "messages.po").write_text(PO % "Панель задач")
    return folder


def say(app, folder, locale="ru"):
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)
    app.extensions["babel"].translation_directories = [str(folder)]
    with app.test_request_context("/"):
        return gettext("Taskbar")


def test_a_catalog_is_compiled_when_it_is_new_and_when_it_changed(make_app, catalogs, tmp_path):
    source = catalogs / "ru" / "LC_MESSAGES" / "messages.po"
    assert compiled(catalogs, tmp_path / "spare") == catalogs
    assert say(make_app(LOCALE="ru"), catalogs) == "Панель задач"
    made = source.with_suffix(".mo")
    first = made.stat().st_mtime_ns
    compiled(catalogs, tmp_path / "spare")
    assert made.stat().st_mtime_ns == first
    source.write_text(PO % "Задачи")
    os.utime(source, ns=(first + 10**9, first + 10**9))
    compiled(catalogs, tmp_path / "spare")
    assert say(make_app(LOCALE="ru"), catalogs) == "Задачи"
    assert sorted(path.name for path in source.parent.iterdir()) == ["messages.mo", "messages.po"]


def test_what_is_said_at_the_start_is_in_the_language_of_alter_ini(options_env, tmp_path, caplog):
    (tmp_path / "alter.ini").write_text("LOCALE=uk\nDATBASE_URL=x")
    create_app({name: value for name, value in options_env.items() if name != "LOCALE"})
    assert "alter.ini: невідоме налаштування DATBASE_URL" in caplog.text


def test_where_the_program_may_not_be_written_the_catalogs_stand_in_var(
    make_app, catalogs, tmp_path, monkeypatch
):
    app = make_app(LOCALE="ru")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    home = compiled(catalogs, tmp_path / "spare")
    assert home == tmp_path / "spare"
    assert not (catalogs / "ru" / "LC_MESSAGES" / "messages.mo").exists()
    assert say(app, home) == "Панель задач"
    shutil.rmtree(catalogs / "ru")
    assert compiled(catalogs, tmp_path / "spare") == catalogs


def test_an_admin_reads_in_their_own_language_and_a_stranger_in_the_houses(app, client, sign_in):
    seen = []
    app.after_request(lambda answer: (seen.append(language()), answer)[1])
    client.get("/?module=login")
    sign_in("TASKBAR")
    with app.app_context():
        transact(lambda session: session.execute(update(Admin).values(locale="uk")))
    client.get("/?module=login")
    with app.app_context():
        transact(lambda session: session.execute(update(Admin).values(locale="xx; DROP")))
    client.get("/?module=login")
    assert seen == ["en", "uk", "en"]


# --- before the house stands ---


@pytest.fixture
def refusal_at_start(options_env, capsys):
    """refusal_at_start(LOCALE="xx") -> what is said when the house refuses to start like that."""

    def refusal(**changes):
        with pytest.raises(SystemExit):
            create_app({**options_env, **changes})
        return capsys.readouterr().err.strip()

    return refusal


def test_a_wrong_option_ends_the_start_with_a_sentence_in_the_readers_language(options_env, refusal_at_start):
    said = refusal_at_start(DREAMKAS_CONCURRENCY="lots", LOCALE="en")
    assert said == "alter.ini: DREAMKAS_CONCURRENCY: “lots” is refused; allowed: a whole number from 1 to 64"
    del options_env["LOCALE"]
    said = refusal_at_start(DREAMKAS_CONCURRENCY="много")
    words = "значение «много» не подходит; допустимо: целое число от 1 до 64"
    assert said == f"alter.ini: DREAMKAS_CONCURRENCY: {words}"
    assert "LOCALE: значение «xx» не подходит" in refusal_at_start(LOCALE="xx")


def test_nobody_speaks_when_the_sentence_is_over():
    with speaking(" RU "):
        assert str(lazy_gettext("Taskbar")) == "Панель задач"
    assert str(lazy_gettext("Taskbar")) == "Taskbar"


# --- no holes ---

# Letters that the language does not have: a word of its neighbour was left standing.
STRANGE = {"ru": "іїєґІЇЄҐ", "uk": "ыэъёЫЭЪЁ"}
MEANT = {"Dreamkas", "Excel", "ID"}  # Latin in a translation though not in its msgid


@pytest.fixture(scope="module")
def asked():
    """What the code and the templates ask for, gathered as `make words` does."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "N_": None, "lazy_pgettext": ((1, "c"), 2)}
    found = Catalog()
    for _path, _line, msgid, _comments, context in extract_from_dir(ROOT, methods, keywords=keywords):
        found.add(msgid, context=context)
    return {name(message): message for message in found if message.id}


@pytest.fixture(scope="module", params=["ru", "uk"])
def catalog(request):
    """Each catalog of the house."""
    with (CATALOGS / request.param / "LC_MESSAGES" / "messages.po").open("rb") as text:
        return read_po(text, locale=request.param, abort_invalid=True)


def name(message):
    """(context, msgid): what a catalog knows a message by."""
    return message.context, *forms(message.id)[:1]


def forms(text):
    return list(text) if isinstance(text, (tuple, list)) else [text]


def holders(text):
    return set(re.findall(r"%\((\w+)\)", text))


def latin(text):
    """Latin words that a reader sees."""
    return set(re.findall(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)[ds]", "", text)))


def test_every_word_of_the_program_is_in_the_catalog_and_no_other(asked, catalog):
    kept = {name(message): message for message in catalog if message.id}
    assert len(asked) > 400
    assert sorted(asked.keys() - kept.keys(), key=str) == [], f"make words, then translate: {catalog.locale}"
    assert sorted(kept.keys() - asked.keys(), key=str) == [], "make words"
    assert not catalog.obsolete
    kinds = {key: len(forms(asked[key].id)) for key in asked}
    assert {key: len(forms(kept[key].id)) for key in kept} == kinds


def test_every_word_is_translated_and_certain(catalog):
    bare = [message.id for message in catalog if not all(text.strip() for text in forms(message.string))]
    assert bare == [], catalog.locale
    assert [message.id for message in catalog if message.fuzzy and message.id] == []


def test_sentences_have_the_same_gaps_to_fill_in(catalog):
    for message in catalog:
        wanted = set().union(*map(holders, forms(message.id)))
        for text in forms(message.string) if message.id else ():
            assert holders(text) == wanted, message.id
            if wanted:
                text % dict.fromkeys(wanted, 7)  # a lone percent sign would break the page


def test_russian_and_ukrainian_count_in_three_forms(catalog):
    assert catalog.num_plurals == 3
    counted = [message for message in catalog if isinstance(message.id, (tuple, list))]
    assert counted
    for message in counted:
        assert len(message.string) == 3, message.id
        assert message.string[0] != message.string[2] != message.string[1], message.id


def test_no_catalog_holds_words_of_another_language(catalog):
    for message in catalog:
        said, meant = " ".join(forms(message.string)), " ".join(forms(message.id))
        if message.id:
            assert not set(said) & set(STRANGE[str(catalog.locale)]), said
            assert latin(said) <= latin(meant) | MEANT, said
            assert said != meant or all(word.isupper() or word in MEANT for word in latin(meant)), said


def test_english_needs_no_catalog_its_words_are_the_programs_own(inside):
    assert sorted(place.parent.parent.name for place in CATALOGS.glob("*/*/*.po")) == sorted(
        {*LOCALES} - {"en"}
    )
    with force_locale("en"):
        one, two = (ngettext("%(num)s day left", "%(num)s days left", number) for number in (1, 2))
        assert (one, two) == ("1 day left", "2 days left")
        assert pgettext("button", "Sign in") == "Sign in"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ru",
            ["остался 1 день", "осталось 2 дня", "осталось 5 дней", "осталось 11 дней", "остался 21 день"],
        ),
        (
            "uk",
            [
                "залишився 1 день",
                "залишилося 2 дні",
                "залишилося 5 днів",
                "залишилося 11 днів",
                "залишився 21 день",
            ],
        ),
    ],
)
def test_a_count_takes_the_form_of_its_number(inside, language, said):
    with force_locale(language):
        numbers = (1, 2, 5, 11, 21)
        assert [ngettext("%(num)s day left", "%(num)s days left", number) for number in numbers] == said


@pytest.mark.parametrize(
    ("board", "elsewhere"),
    [("mock payment", "Mock payment"), ("correction of a balance", "Correct saldo")],
)
def test_the_board_calls_a_thing_as_its_badge_and_the_form_do(catalog, board, elsewhere):
    said = catalog.get(board).string
    assert said.casefold() == catalog.get(elsewhere).string.casefold(), catalog.locale
