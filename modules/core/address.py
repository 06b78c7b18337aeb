"""Ubilling's addresses, /?module=NAME&flag=value, both ways.

Inside, a module is a blueprint under /module/NAME, and the path of a route below it is its flags:
`/users/showuser` is met when both `users` and `showuser` stand in the query, in any order. Outside, those paths
do not exist. Views read values from `request.args`; `url_for` prints what an admin of Ubilling knows.
`request.path` is "/" on every page of a module: whatever keeps things per path (Flask-Caching's `cached`, say)
must be told about the query.
"""

import functools
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, quote_plus

from flask import Flask, Request, abort
from flask.ctx import has_request_context
from flask.globals import request
from flask.sansio.scaffold import setupmethod
from werkzeug.routing import MapAdapter

from modules.core.pages import Pages

Pairs = list[tuple[str, str]]
Shape = tuple[str, list[str], list[str]]  # of an address: module, flags, names of the values beside them
SHAPES = 1000  # are remembered: their names may come from a query, where anybody makes new ones
WAYS = 256  # queries, of which the way inside is remembered; anybody makes new ones, of some 4 kB

INSIDE = "/module/"
NOWHERE = INSIDE  # no route stands there
DOUBLED = INSIDE + "-/doubled"  # "-" is no name of a module
HOME = "taskbar"
ONCE = ("module", "action")  # said twice, each reader could believe another one
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ASCII = bytes(range(0x80))

_named = functools.lru_cache(maxsize=SHAPES)(quote_plus)  # names of values are few


class House(Flask):
    """Flask whose modules are reached by the query of "/" only; plain routes (/static/…) work as ever."""

    jinja_environment = Pages

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._paths: dict[str, dict[frozenset[str], str]] = {}  # module -> flags -> path inside
        self._flags: dict[str, list[list[str]]] = {}  # endpoint -> [module, flag, …] of each of its routes
        self._shapes: dict[tuple[Any, ...], Shape] = {}  # a page has dozens of links, of few shapes
        self._ways = functools.lru_cache(maxsize=WAYS)(self._way)  # what asks often asks the same
        super().__init__(*args, **kwargs)
        self.add_url_rule(
            "/", "door", _nothing_here, methods=METHODS
        )  # lets url_for print what stands before "?"
        super().add_url_rule(DOUBLED, "doubled", _said_twice, methods=METHODS)

    @setupmethod
    def add_url_rule(self, rule: str, endpoint: str | None = None, *args: Any, **options: Any) -> None:
        """As Flask's; below /module/ it also learns the address. Raises ValueError when it cannot be one."""
        super().add_url_rule(rule, endpoint, *args, **options)
        if rule.startswith(INSIDE):
            self._learn(rule, endpoint or "")

    def ensure_sync(self, func: Any) -> Any:
        """The function itself. Flask's looks at a dozen functions a request, and none here is a coroutine."""
        return func

    def _learn(self, rule: str, endpoint: str) -> None:
        words = rule.removeprefix(INSIDE).rstrip("/").split("/")
        if (
            not all(re.fullmatch(r"\w+", word, re.ASCII) for word in words)
            or "module" in words
            or not endpoint
        ):
            raise ValueError(
                f"{rule}: a module's route is words only, /module/NAME/flag/flag, with an endpoint"
            )
        paths = self._paths.setdefault(words[0], {})
        if paths.setdefault(frozenset(words[1:]), rule) != rule:
            raise ValueError(f"{rule}: another route of {words[0]} has the same flags")
        self._flags.setdefault(endpoint, []).append(words)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As Flask's, matching the inside path; `request.path` and `full_path` stay what the browser sent."""
        if request is None:
            return super().create_url_adapter(None)
        if not request.query_string.isascii():
            # Raw bytes that are no UTF-8 would make request.args and full_path raise; quoted, they mean the same.
            request.query_string = quote(request.query_string, safe=ASCII).encode()
        adapter = super().create_url_adapter(request)
        if adapter is not None:
            adapter.path_info = self._inside(request.path, request.query_string)
        return adapter

    def _inside(self, path: str, query: bytes) -> str:
        """The path that the routes are asked for. `path` begins with exactly one slash: werkzeug sees to it."""
        if path == "/":
            return self._ways(query)
        return NOWHERE if f"{path}/".startswith(INSIDE) else path

    def _way(self, query: bytes) -> str:
        return self._find(parse_qsl(query.decode(), keep_blank_values=True))

    def _find(self, pairs: Pairs) -> str:
        keys = [key for key, _value in pairs]
        if any(keys.count(word) > 1 for word in ONCE):
            return DOUBLED
        paths = self._paths.get(dict(pairs).get("module") or HOME, {})
        last = {key: place for place, key in enumerate(keys)}
        met = [flags for flags in paths if flags <= last.keys()]
        if not met:
            return NOWHERE
        # The most flags win; among equals, whose flag stands last.
        return paths[
            max(met, key=lambda flags: (len(flags), sorted((last[flag] for flag in flags), reverse=True)))
        ]

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """As Flask's; for a module's endpoint it prints /?module=NAME&flag=true&name=value.

        A value named like a flag is the flag's value; True is printed "true", None is left out. A value named
        like a flag of another route is left out when it would lead there: links made of `request.args` stay
        on their page. Raises ValueError for a `module` that is not the endpoint's.
        """
        how: dict[str, Any] = {"_anchor": _anchor, "_scheme": _scheme, "_external": _external}
        if endpoint.startswith(".") and has_request_context():
            endpoint = f"{request.blueprint or ''}{endpoint}".lstrip(".")
        if endpoint not in self._flags:
            return super().url_for(endpoint, _method=_method, **how, **values)
        self.inject_url_defaults(endpoint, values)
        if any(how.values()) or not has_request_context():
            door, _, tail = super().url_for("door", **how).partition("#")
        else:  # a page has dozens of plain links
            door, tail = f"{request.script_root}/", ""
        query = "&".join(f"{_named(name)}={quote_plus(text)}" for name, text in self._query(endpoint, values))
        return f"{door.partition('?')[0]}?{query}" + (f"#{tail}" if tail else "")

    def _query(self, endpoint: str, values: dict[str, Any]) -> Pairs:
        said = values.pop("module", None)
        named = {name: _pairs(name, value) for name, value in values.items()}
        shape = (endpoint, *((name, len(pairs)) for name, pairs in named.items()))
        if shape not in self._shapes:
            if len(self._shapes) >= SHAPES:
                self._shapes.clear()
            self._shapes[shape] = self._shape(endpoint, named)
        module, flags, rest = self._shapes[shape]
        if said not in (None, module):
            raise ValueError(f"{endpoint} belongs to {module}")
        query = [("module", module)]
        for flag in flags:
            query += named.get(flag) or [(flag, "true")]
        for name in rest:
            query += named[name]
        return query

    def _shape(self, endpoint: str, named: dict[str, Pairs]) -> Shape:
        module, *flags = max(self._flags[endpoint], key=lambda words: len(named.keys() & words[1:]))
        rest, paths = [name for name in named if name not in flags], self._paths[module]
        query = [(flag, "true") for flag in flags] + [pair for name in rest for pair in named[name]]
        if self._find([("module", module), *query]) != paths[frozenset(flags)]:
            elsewhere = frozenset().union(*paths)
            rest = [name for name in rest if name not in elsewhere]
        return module, flags, rest


def _pairs(name: str, value: Any) -> Pairs:
    """[(name, text)], one for each item of a list, none for None."""
    items: Iterable[Any] = value if isinstance(value, (list, tuple)) else (value,)
    return [(name, "true" if item is True else str(item)) for item in items if item is not None]


def _nothing_here() -> NoReturn:
    abort(404)


def _said_twice() -> NoReturn:
    abort(400)
