"""Walks through every page, part and form that can be reached, and reads what stands there for people."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from tests.page import ASKS, VOID, Form, Page, open_page

SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-confirm", "data-label", "data-note", "label")
# Not words: code, keys, their answers as they came, a language by its own name.
UNREAD = {"script", "style", "svg", "code", "pre", "kbd"}
ALIKE = 2  # pages of one address that differ in values alone, but where each one has a story of its own:
MANY = {"dreamkas.operation": 100, "dreamkas.event": 20, "banksta2.row_details": 10}
NEVER = (
    "login.signout",
    "login.language",
    "remoteapi.door",
    "styleguide.index",
    "static",
    "shipped",
    "doubled",
)


class Words(HTMLParser):
    """Every text of a page that somebody reads or hears."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # (name, whether its words are no words of ours)
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        mute = name in UNREAD or ("lang" in have and name != "html")
        self.texts += [have[word] or "" for word in SPOKEN if word in have]
        if name == "input" and have.get("type") in ("submit", "button"):
            self.texts.append(have.get("value") or "")
        if name not in VOID:
            self.open.append((name, mute))

    def handle_endtag(self, name: str) -> None:
        names = [open_ for open_, _mute in self.open]
        if name in names:
            del self.open[len(names) - 1 - names[::-1].index(name) :]

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(mute for _name, mute in self.open):
            self.texts.append(" ".join(data.split()))


class Walk:
    """Opens all that leads on from the first address, a few of each kind; `pages` are those that it saw."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.app = client, client.application
        self.seen: Counter = Counter()
        self.forms: dict[tuple, Form] = {}
        self.endpoints: set[str] = set()

    def pages(self, first: str) -> Iterator[Page]:
        """Every page and part, then the bare address of each route that no page led to."""
        yield from self._all(deque([(first, False)]))
        with self.app.test_request_context("/"):
            rest = [
                rule for rule in self.app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments
            ]
            bare = [
                (self.app.url_for(rule.endpoint), False)
                for rule in rest
                if rule.endpoint not in self.endpoints
            ]
        yield from self._all(deque(bare))

    def answers(self, typed: str) -> Iterator[Page]:
        """What every form that was seen says to this in each of its text fields, whichever button is pressed."""
        for (endpoint, *_rest), form in sorted(self.forms.items(), key=str):
            texts = {name: typed for name in form.values if _is_typed(form, name)}
            for button in _buttons(form) if endpoint not in NEVER else ():
                page = open_page(self.client, form.action, data={**form.values, **texts, **button})
                yield page
                if page.location and urlsplit(page.location).netloc in ("", "localhost"):
                    yield open_page(self.client, page.location)

    def _all(self, waiting: deque[tuple[str, bool]]) -> Iterator[Page]:
        while waiting:
            address, htmx = waiting.popleft()
            kind = self._kind(address, htmx)
            if kind[0] in NEVER or "sort" in kind[2] or self.seen[kind] >= MANY.get(kind[0], ALIKE):
                continue
            self.seen[kind] += 1
            self.endpoints.add(kind[0])
            page = open_page(self.client, address, htmx=htmx)
            if page.answer.mimetype == "text/html":
                yield page
                waiting += self._ways(page)

    def _ways(self, page: Page) -> Iterator[tuple[str, bool]]:
        if page.location:
            yield from self._inside(page, page.location, False)
        for tag in page.tags:
            for name in ("href", "hx-get"):
                if ASKS[name] == "GET" and tag.attrs.get(name):
                    yield from self._inside(page, tag.attrs[name], name == "hx-get")
            if "data-modal" in tag.attrs:
                yield from self._inside(page, tag.attrs["href"], True)
        for form in (*page.forms, *_quiet_forms(page)):
            if form.method == "POST":
                kind = (*self._kind(form.action, False, "POST"), tuple(sorted(form.fields)))
                self.forms.setdefault(kind, form)
            if form.method in ("GET", "POST"):  # a GET of what a button does asks first
                yield from self._inside(page, _asked(form), False)

    def _inside(self, page: Page, address: str, htmx: bool) -> Iterator[tuple[str, bool]]:
        whole = urlsplit(urljoin(f"http://localhost{page.address}", address))
        if whole.netloc == "localhost" and not address.startswith("#"):
            yield f"{whole.path}?{whole.query}" if whole.query else whole.path, htmx

    def _kind(self, address: str, htmx: bool, method: str = "GET") -> tuple:
        path, _, query = address.partition("?")
        names = sorted(name for name, value in parse_qsl(query) if value)
        return (endpoint_of(self.app, address, method), path, tuple(names), htmx)


def endpoint_of(app: Flask, address: str, method: str = "GET") -> str:
    """Whose address it is; "" when nobody's."""
    with app.test_request_context(address, method=method) as context:
        return context.request.endpoint or ""


def _quiet_forms(page: Page) -> Iterator[Form]:
    """What fields and buttons send by htmx while a form is being filled in."""
    for tag in page.tags:
        around = [outer for outer in tag.inside if outer.name == "form"]
        if tag.name != "form" and around and tag.attrs.get("hx-post"):
            form = Form(page, around[-1])
            form.method, form.action = "POST", urljoin(page.address, tag.attrs["hx-post"])
            yield form


def _asked(form: Form) -> str:
    """The form as a GET sends it; no token belongs into an address."""
    path, _, query = form.action.partition("?")
    values = {**(dict(parse_qsl(query)) if form.method == "POST" else {}), **form.values, **_buttons(form)[0]}
    return f"{path}?{urlencode({name: value for name, value in values.items() if name != 'csrf_token'})}"


def _buttons(form: Form) -> list[dict[str, str]]:
    """What each of its buttons adds to the form."""
    named = [tag for tag in form.page.all("button") if tag.attrs.get("name") and form.tag in tag.inside]
    return [{tag.attrs["name"]: tag.attrs.get("value", "")} for tag in named] or [{}]


def _is_typed(form: Form, name: str) -> bool:
    tag = form.fields[name]
    return tag.name == "textarea" or (tag.name == "input" and tag.attrs.get("type", "text") in TYPED)


TYPED = ("text", "search", "number", "email", "tel", "url", "password", "date")


def words_of(page: Page) -> list[str]:
    """The texts of the page or part; nobody reads what stands behind a redirect."""
    return [] if page.location else Words(page.html).texts


# --- what is no Russian or Ukrainian word ---

LATIN = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*")
# An address, a number, a code of theirs, a name of an option, a keyword of a file: no word of any language.
THING = re.compile(r"\S*[0-9@_/=\\|:.&•…][^\s]*")
NAMES = {
    *("Dreamkas", "Ubilling", "RemoteAPI", "Excel", "flask", "worker", "app", "db", "upgrade"),
    *("http", "https", "csv", "txt", "dbf", "xls", "xlsx", "ods", "utf", "windows", "koi"),
}


def foreign(text: str, known: set[str] = frozenset()) -> list[str]:
    """Latin words of the text that are neither names nor codes (capitals) nor `known` data."""
    plain = THING.sub(" ", text)
    return [word for word in LATIN.findall(plain) if not (word.isupper() or word in NAMES or word in known)]
