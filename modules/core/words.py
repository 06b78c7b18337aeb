"""Languages: English msgids, catalogs in modules/core/translations, the reader's language and clock."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, session
from flask_babel import Babel, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from modules.core.current import options, options_of
from modules.core.rights import SPOKEN, signed_in

LANGUAGES = {"ru": "Русский", "uk": "Українська", "en": "English"}  # each by its own name, in every language
LOCALES = tuple(LANGUAGES)
CHOSEN = "language"  # what somebody who is not signed in has chosen stands in the session
CATALOGS = Path(__file__).parent / "translations"


def init_words(app: Flask) -> None:
    """Compiles the catalogs that changed and lets Flask-Babel speak the reader's language."""
    spare = options_of(app).var_dir / "translations"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compiled(CATALOGS, spare))
    Babel(app, locale_selector=language, timezone_selector=lambda: options().timezone.key)
    app.jinja_env.globals.update(_=_translated, gettext=_translated)


@pass_context
def _translated(context: Context, message: str, /, **facts: Any) -> str:
    """As Jinja's own gettext, but that the catalog is looked up once a page: a page has some two hundred words."""
    words = _catalog().ugettext(message)
    return (Markup(words) if context.eval_ctx.autoescape else words) % facts  # noqa: S704 - our own words


def _catalog() -> Any:
    if "catalog" not in g:
        g.catalog = get_translations()
    return g.catalog


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Sentences are in that language (ru, when there is no such one) where no app stands yet to translate them."""
    chosen = locale.strip().lower()
    app = Flask(__name__)
    with tempfile.TemporaryDirectory() as spare, app.app_context():
        app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compiled(CATALOGS, Path(spare)))
        Babel(app, locale_selector=lambda: chosen if chosen in LOCALES else LOCALES[0])
        yield


def language() -> str:
    """The language that the reader has chosen, as an admin or before the sign-in, else that of the house."""
    admin = signed_in()
    kept = session if has_request_context() else {}
    for chosen in (admin.locale if admin else None, kept.get(CHOSEN), kept.get(SPOKEN)):
        if chosen in LOCALES:
            return chosen
    return options().locale


def compiled(catalogs: Path, spare: Path) -> Path:
    """Makes the .mo of each .po that lacks a fresh one -> the folder where they stand.

    Beside the .po files; in `spare` when that folder may not be written (an installation that belongs to root).
    """
    sources = sorted(catalogs.glob("*/LC_MESSAGES/*.po"))
    stale = [source for source in sources if not _is_fresh(source.with_suffix(".mo"), source)]
    if not stale:
        return catalogs
    if os.access(catalogs, os.W_OK) and all(os.access(source.parent, os.W_OK) for source in stale):
        _compile(stale, catalogs, catalogs)
        return catalogs
    _compile([po for po in sources if not _is_fresh(_place(po, catalogs, spare), po)], catalogs, spare)
    return spare


def _is_fresh(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _place(source: Path, catalogs: Path, home: Path) -> Path:
    return home / source.relative_to(catalogs).with_suffix(".mo")


def _compile(sources: list[Path], catalogs: Path, home: Path) -> None:
    for source in sources:
        place = _place(source, catalogs, home)
        place.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parts[-3])
        # Several processes may start at once: each writes a file of its own, the last one in stays.
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as draft:
            write_mo(draft, catalog)
        os.chmod(draft.name, 0o644)
        os.replace(draft.name, place)
