"""Templates, compiled once for each language: a word or a drawing named in one is no call any more, but a text."""

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

from flask.templating import Environment
from flask_babel import get_locale, get_translations
from jinja2 import Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from modules.core.files import icon, svg
from modules.core.formats import FORMATS, Format

INDENT = re.compile(r"\n[ \t]+")
CALL = ["name", "lparen", "string", "rparen"]


class Pages(Environment):
    """Hands each page to the environment of the reader's language, which compiles it for itself."""

    language = ""  # "": this one hands over
    format: Format | None = None  # how that language writes sums and dates

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:
        """As Jinja's; the templates that one includes are of its own language."""
        return super(Pages, self if self.language else self._spoken()).get_template(name, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own: no template here has others, and a plain dict says so at once at every import."""
        return super().make_globals(d) if d else self.globals

    def _spoken(self) -> "Pages":
        language, known = str(get_locale()), self.__dict__.setdefault("_of_language", {})
        if language not in known:
            known[language] = self._speaking(language)
        return known[language]

    def _speaking(self, language: str) -> "Pages":
        # Globals and filters stay shared: what the app learns later, all learn.
        made: Pages = self.overlay(extensions=[*(type(one) for one in self.extensions.values()), Words])
        made.language, made.format = language, FORMATS.get(language)
        return made


class Words(Extension):
    """`_("Cash")`, and nothing but a text in it, becomes the text in the language that the template is compiled in;
    `icon("phone")` and `svg("bell")` become the drawing.

    How far a template's lines are indented is for its readers: browsers get the lines alone.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source without what its lines begin with. Its lines keep their numbers, for errors to name."""
        return INDENT.sub("\n", source)

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The tokens with `("Наличные"|safe)` for `_("Cash")`: our words and drawings are as safe as our templates."""
        tokens = list(stream)
        at = 0
        while at < len(tokens):
            call = tokens[at : at + len(CALL)]
            if [token.type for token in call] == CALL and call[0].value in SAID:
                yield from _said(call[2], SAID[call[0].value](call[2].value))
                at += len(CALL)
            else:
                yield tokens[at]
                at += 1


def _words(english: str) -> str:
    return get_translations().ugettext(english) % {}  # %% is a sign of per cent, with facts and without


SAID: dict[str, Callable[[str], str]] = {"_": _words, "icon": icon, "svg": svg}


def _said(token: Token, text: str) -> Iterator[Token]:
    for kind, value in (
        ("lparen", "("),
        ("string", str(text)),
        ("pipe", "|"),
        ("name", "safe"),
        ("rparen", ")"),
    ):
        yield Token(token.lineno, kind, value)
