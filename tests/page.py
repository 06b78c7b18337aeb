"""A page as a reader, a keyboard and a careful auditor see it.

page("/?module=login")                              opens, audits, gives a Page; status=404 when that is wanted
page(...).form("login").submit(login="kassir")      presses the button of the form that has this field or address
page(...).post("/?module=…", {"a": "b"})            posts without a form, with the right CSRF token
page("/?module=…", htmx=True)                       asks for the part alone
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNREAD = {"script", "style", "template", "svg", "title"}
ASKS = {
    "href": "GET",
    "src": "GET",
    "hx-get": "GET",
    "hx-post": "POST",
    "hx-put": "PUT",
    "hx-delete": "DELETE",
}
POINTERS = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "data-enables")


@dataclass
class Tag:
    """An element of the page."""

    name: str
    attrs: dict[str, str]
    inside: list["Tag"]  # its ancestors, the nearest last
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands in it, on one line."""
        return " ".join("".join(self.texts).split())


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.open: list[Tag] = []
        self.trouble: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        self.trouble += [f"<{tag.name}> is never closed" for tag in self.open if tag.name not in ("p", "li")]

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = Tag(name, {key: value or "" for key, value in attrs}, list(self.open))
        self.tags.append(tag)
        self.words.append(" ")
        if name not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(name, {key: value or "" for key, value in attrs}, list(self.open)))

    def handle_endtag(self, name: str) -> None:
        self.words.append(" ")
        names = [tag.name for tag in self.open]
        if name in names:
            last = len(names) - 1 - names[::-1].index(name)
            self.trouble += [
                f"<{inner}> is closed by </{name}>" for inner in names[last + 1 :] if inner not in ("p", "li")
            ]
            del self.open[last:]
        elif name not in VOID:
            self.trouble.append(f"</{name}> closes nothing")

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            tag.texts.append(data)
        if not any(tag.name in UNREAD for tag in self.open):
            self.words.append(data)


class Page:
    """An answer that was audited."""

    def __init__(self, client: FlaskClient, address: str, answer: TestResponse) -> None:
        self.client, self.address, self.answer = client, address, answer
        self.status = answer.status_code
        self.html = answer.text
        reader = _Reader(self.html)
        self.tags, self.trouble = reader.tags, reader.trouble
        self.text = " ".join("".join(reader.words).split())

    @property
    def is_whole(self) -> bool:
        """A page, not a part for htmx."""
        return self.html.lstrip().lower().startswith("<!doctype")

    @property
    def title(self) -> str:
        return "".join(tag.text for tag in self.all("title") if not _in(tag, "svg"))

    @property
    def h1(self) -> str:
        return " | ".join(tag.text for tag in self.all("h1"))

    @property
    def location(self) -> str:
        """Where the answer redirects to."""
        return self.answer.headers.get("Location", "")

    def all(self, name: str, /, **attrs: str) -> list[Tag]:
        """Elements of that name whose attributes say so (hx_get= stands for hx-get, class_ for a class)."""
        wanted = {key.replace("_", "-"): value for key, value in attrs.items() if key != "class_"}
        classes = attrs.get("class_", "").split()
        return [
            tag
            for tag in self.tags
            if tag.name == name
            and all(tag.attrs.get(key) == value for key, value in wanted.items())
            and set(classes) <= set(tag.attrs.get("class", "").split())
        ]

    def by_id(self, id: str) -> Tag:
        """The element of that id."""
        return next(tag for tag in self.tags if tag.attrs.get("id") == id)

    def shows(self, text: str) -> bool:
        """Whether a reader reads the text, whole, as text: hostile names must be shown so."""
        return " ".join(text.split()) in self.text

    @property
    def links(self) -> list[str]:
        return [tag.attrs["href"] for tag in self.all("a") if "href" in tag.attrs]

    @property
    def forms(self) -> list["Form"]:
        return [Form(self, tag) for tag in self.all("form")]

    def form(self, about: str) -> "Form":
        """The form that has a field of that name, or whose address or id holds the text."""
        for form in self.forms:
            if about in form.fields or about in form.action or about == form.tag.attrs.get("id"):
                return form
        raise AssertionError(
            f"{self.address} has no form about {about}: {[form.action for form in self.forms]}"
        )

    def follow(self) -> "Page":
        """The page that the answer redirects to."""
        assert self.location, f"{self.address} does not redirect: {self.status} {self.text[:300]}"
        return open_page(self.client, self.location)

    def post(self, address: str, data: dict[str, str], status: int | None = None) -> "Page":
        """Posts to any address with this page's CSRF token."""
        token = next((tag.attrs["content"] for tag in self.all("meta", name="csrf-token")), "")
        return open_page(self.client, address, status=status, data={"csrf_token": token, **data})


class Form:
    """A form of a page, filled in as the page came."""

    def __init__(self, page: Page, tag: Tag) -> None:
        self.page, self.tag = page, tag
        self.method = tag.attrs.get("method", "get").upper()
        self.action = urljoin(page.address, tag.attrs.get("action") or page.address)
        self.fields = dict(self._fields())

    def _mine(self, tag: Tag) -> bool:
        return (
            tag.attrs["form"] == self.tag.attrs.get("id") if "form" in tag.attrs else self.tag in tag.inside
        )

    def _fields(self) -> Iterator[tuple[str, Tag]]:
        for tag in self.page.tags:
            if (
                tag.name in ("input", "select", "textarea", "button")
                and tag.attrs.get("name")
                and self._mine(tag)
            ):
                yield tag.attrs["name"], tag

    @property
    def values(self) -> dict[str, str]:
        """What a browser would send now, buttons and disabled fields left out."""
        sent = {}
        for name, tag in self._fields():
            off = "disabled" in tag.attrs or any("disabled" in outer.attrs for outer in tag.inside)
            value = None if off else self._value(tag)
            if value is not None:
                sent[name] = value
        return sent

    def _value(self, tag: Tag) -> str | None:
        kind = tag.attrs.get("type", "text")
        if tag.name == "button" or kind in ("submit", "button", "file", "image"):
            return None
        if kind in ("checkbox", "radio"):
            return tag.attrs.get("value", "on") if "checked" in tag.attrs else None
        if tag.name == "textarea":
            return "".join(tag.texts).removeprefix("\n")
        if tag.name == "select":
            options = [option for option in self.page.all("option") if tag in option.inside]
            chosen = [option for option in options if "selected" in option.attrs] or options[:1]
            return chosen[-1].attrs.get("value", chosen[-1].text) if chosen else None
        return tag.attrs.get("value", "")

    def submit(self, status: int | None = None, without: tuple[str, ...] = (), **values: str) -> Page:
        """Sends it with these values changed; fields that the form does not have are a mistake of the test."""
        assert not (strange := values.keys() - self.fields.keys()), f"{self.action} has no fields {strange}"
        data = {name: value for name, value in {**self.values, **values}.items() if name not in without}
        if self.method == "GET":
            return open_page(self.page.client, self.action.partition("?")[0], status=status, query=data)
        return open_page(self.page.client, self.action, status=status, data=data)


def open_page(
    client: FlaskClient,
    address: str,
    *,
    status: int | None = None,
    htmx: bool = False,
    data: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> Page:
    """Asks for an address (with `data`, posts) and audits the answer; status None takes whatever is no 5xx."""
    headers = {"HX-Request": "true"} if htmx else {}
    if data is None:
        answer = client.get(address, headers=headers, query_string=query)
    else:
        answer = client.post(address, headers=headers, data=data)
    page = Page(client, address, answer)
    said = f"{address} answered {page.status}: {page.text[:500]}"
    assert page.status == status if status else page.status < 500, said
    if answer.mimetype == "text/html" and page.status not in (301, 302, 303, 307, 308):
        trouble = list(audit(page))
        assert not trouble, f"{address}:\n  " + "\n  ".join(trouble)
    return page


@pytest.fixture
def page(client: FlaskClient) -> Callable[..., Page]:
    """page(address, status=200, htmx=False) -> Page, by the test's browser (see sign_in) or by `browser`."""

    def open_audited(
        address: str, status: int = 200, *, htmx: bool = False, browser: FlaskClient = client
    ) -> Page:
        return open_page(browser, address, status=status, htmx=htmx)

    return open_audited


# --- the audit: each yields what is wrong ---


def audit(page: Page) -> Iterator[str]:
    """Everything that is wrong with the page, or with the part."""
    yield from page.trouble
    yield from _doubled_ids(page)
    yield from _unguarded_forms(page)
    yield from _inline_code(page)
    yield from _dead_addresses(page)
    if page.is_whole:
        yield from _bad_frame(page)
        yield from _dangling_pointers(page)
        yield from _nameless_fields(page)


def _bad_frame(page: Page) -> Iterator[str]:
    if len(page.all("h1")) != 1 or not page.h1:
        yield f"one h1 with words is wanted, there are {len(page.all('h1'))}: {page.h1!r}"
    if len(page.title.split("—")) < 2 or not page.title.split("—")[0].strip():
        yield f"the title says nothing: {page.title!r}"
    if not re.fullmatch(r"ru|uk|en", page.all("html")[0].attrs.get("lang", "")):
        yield "the language of the page is not named"


def _doubled_ids(page: Page) -> Iterator[str]:
    ids = Counter(tag.attrs["id"] for tag in page.tags if "id" in tag.attrs)
    yield from (f"the id {id!r} stands {count} times" for id, count in ids.items() if count > 1 or not id)


def _unguarded_forms(page: Page) -> Iterator[str]:
    for form in page.forms:
        if form.method == "POST" and not (token := form.fields.get("csrf_token")):
            yield f"the form to {form.action} has no CSRF token"
        elif form.method == "POST" and not token.attrs.get("value"):
            yield f"the CSRF token of the form to {form.action} is empty"


def _inline_code(page: Page) -> Iterator[str]:
    for tag in page.tags:
        if tag.name == "style" or (tag.name == "script" and "src" not in tag.attrs):
            yield f"<{tag.name}> stands inside the page; the policy forbids it"
        for name in tag.attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                yield f"<{tag.name} {name}=…> stands inside the page; the policy forbids it"


def _dangling_pointers(page: Page) -> Iterator[str]:
    ids = {tag.attrs["id"] for tag in page.tags if "id" in tag.attrs}
    for tag in page.tags:
        if tag.attrs.get("id") == "modal":
            continue  # what it is named by comes with its content
        named = [word for name in POINTERS for word in tag.attrs.get(name, "").split()]
        named += [tag.attrs["hx-target"]] if tag.attrs.get("hx-target", "").startswith("#") else []
        for word in named:
            if word.lstrip("#") not in ids:
                yield f"<{tag.name}> points at {word!r}, which is not there"


def _nameless_fields(page: Page) -> Iterator[str]:
    captions = {tag.attrs["for"] for tag in page.all("label") if "for" in tag.attrs}
    for tag in page.tags:
        if tag.name not in ("input", "select", "textarea") or tag.attrs.get("type") in ("hidden", "submit"):
            continue
        named = (
            tag.attrs.get("id") in captions
            or _in(tag, "label")
            or tag.attrs.keys() & {"aria-label", "aria-labelledby"}
        )
        if not named:
            yield f"the field {tag.attrs.get('name')!r} has no caption"


def _dead_addresses(page: Page) -> Iterator[str]:
    asked = {(form.action, form.method) for form in page.forms if form.method != "DIALOG"}
    for tag in page.tags:
        asked |= {(tag.attrs[name], method) for name, method in ASKS.items() if tag.attrs.get(name)}
    ids = {f"#{tag.attrs['id']}" for tag in page.tags if "id" in tag.attrs}
    yield from (
        f"{address} is not on the page"
        for address, _ in asked
        if address[:1] == "#" and page.is_whole and address not in ids
    )
    for address, method in sorted((address, method) for address, method in asked if address[:1] != "#"):
        whole = urljoin(f"http://localhost{page.address}", address)
        if urlsplit(whole).netloc == "localhost" and not leads_somewhere(
            page.client.application, whole, method
        ):
            yield f"{method} {address} leads nowhere"


def leads_somewhere(app: Flask, address: str, method: str = "GET") -> bool:
    """Whether a route (and, for a static file, the file) answers that address."""
    with app.test_request_context(address, method=method):
        if request.routing_exception is not None:
            return getattr(request.routing_exception, "code", 404) in (301, 302, 307, 308)
        if request.endpoint == "static":
            return (Path(app.static_folder or "") / (request.view_args or {})["filename"]).is_file()
        return True


def _in(tag: Tag, name: str) -> bool:
    return any(outer.name == name for outer in tag.inside)
