"""alter.ini (ConfigObj) and the environment -> one typed `Options` object.

The fields of `Options` ARE the table of options: name, kind, default and caption stand there once; reading,
error messages and the test of alter.ini.example are derived from it. The table is why this file is long.
An empty value always means the default. The environment wins over the file, also with an empty value.
"""

# ruff: noqa: RUF009 - `option()` builds a dataclass field; it is a call in a default by design

import difflib
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from configobj import ConfigObj
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from modules.core import urls

log = logging.getLogger(__name__)

T = TypeVar("T")
Text = Any  # str, or flask_babel's LazyString: a sentence that is translated when it is shown

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_FILE = ROOT / "alter.ini"
MAX_BYTES = 1 << 20
OURS = ("DREAMKAS_", "BANKSTA2_", "UKV_")
ALIKE, ALIKE_OURS = 0.85, 0.6  # how much a name must be like ours: anybody's, and one that begins like ours
THEIRS = {"BANKSTAMD_ENABLED"}  # Ubilling's own, and like ours all the same
LONG = 12  # letters of a name that nothing else in an environment is like by chance: from DATABASE_URL on
DAY = 86400


class ConfigError(ValueError):
    """The configuration cannot be used; `problems` holds a sentence for each thing that is wrong."""

    def __init__(self, problems: Iterable[Text]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


# --- kinds of values: `read` turns text into a value or raises ValueError; `allowed` says what it takes ---


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A kind of value."""

    read: Callable[[str], T]
    allowed: Text


def _read_switch(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "on", "yes", "true"):
        return True
    if word in ("0", "off", "no", "false"):
        return False
    raise ValueError


def _number(make: Callable[[str], T], low: float, high: float) -> Callable[[str], T]:
    def read(text: str) -> T:
        if not re.fullmatch(r"\d+(\.\d+)?", text.strip(), re.ASCII):
            raise ValueError
        value = make(text.strip())
        if not low <= value <= high:  # type: ignore[operator]
            raise ValueError
        return value

    return read


def whole(low: int, high: int) -> Kind[int]:
    """A whole number within low..high."""
    return Kind(_number(int, low, high), _l("a whole number from %(low)s to %(high)s", low=low, high=high))


def whole_or_none(low: int, high: int) -> Kind[int | None]:
    """A whole number within low..high; empty is None."""
    number = _number(int, low, high)
    allowed = _l("a whole number from %(low)s to %(high)s, or empty", low=low, high=high)
    return Kind(lambda text: number(text) if text.strip() else None, allowed)


def seconds(low: float, high: float) -> Kind[float]:
    """Seconds, also with a decimal dot, within low..high."""
    return Kind(_number(float, low, high), _l("seconds from %(low)s to %(high)s", low=low, high=high))


def seconds_list(low: float, high: float) -> Kind[tuple[float, ...]]:
    """Seconds separated by commas, at least one, each within low..high."""
    number = _number(float, low, high)
    allowed = _l("seconds from %(low)s to %(high)s, separated by commas", low=low, high=high)
    return Kind(lambda text: tuple(number(part) for part in text.split(",")), allowed)


def matching(pattern: str, allowed: Text, *, flags: int = 0) -> Kind[str]:
    """Text without the spaces around it that matches the whole pattern."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text.strip(), flags):
            raise ValueError
        return text.strip()

    return Kind(read, allowed)


def choice(*words: str, fold: Callable[[str], str] = str.upper, empty: bool = False) -> Kind[str]:
    """One of the words, however its letters are cased; `empty` lets it be left out."""

    def read(text: str) -> str:
        word = fold(text.strip())
        if word not in words and (word or not empty):
            raise ValueError
        return word

    spelt = ", ".join(words)
    return Kind(
        read, _l("%(words)s, or empty", words=spelt) if empty else _l("one of %(words)s", words=spelt)
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _read_base_url(text: str) -> str:
    url = text.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.port == 0:
        raise ValueError  # as does `port` by itself when it is no port
    if parts.query or parts.fragment or re.search(r"\s", url):
        raise ValueError
    return url


def service_url(
    check: Callable[[str], None], example: str, *schemes: str, drivers: bool = False
) -> Kind[str]:
    """An address by one of the schemes (where it has `drivers`, one may follow: mysql+pymysql), or empty."""

    def read(text: str) -> str:
        url = text.strip()
        scheme, colon, _rest = url.partition("://")
        if url and not (colon and (scheme.partition("+")[0] if drivers else scheme) in schemes):
            raise ValueError
        if url:
            check(url)
        return url

    spelt = ", ".join(f"{scheme}://…" for scheme in schemes)
    return Kind(
        read,
        _l(
            "an address such as %(example)s that begins with one of %(schemes)s, the special signs of its password"
            " written as %%40 for @, %%3A for :, %%2F for /; or empty",
            example=example,
            schemes=spelt,
        ),
    )


def _read_folder(text: str) -> Path:
    if text.startswith("~"):  # the shell's sign: here it would make a folder of that name
        raise ValueError
    return ROOT / text.strip()


def _read_moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M"):
        try:
            return datetime.strptime(text.strip().replace("T", " "), form)  # noqa: DTZ007 - local on purpose
        except ValueError:
            continue
    raise ValueError


def _read_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text.strip())
    except (KeyError, OSError) as error:  # no such zone; or the name of a folder of zones
        raise ValueError from error


switch = Kind(_read_switch, _l("0 or 1"))
text = Kind(str, _l("text"))
comma_list = Kind(lambda raw: tuple(_parts(raw)), _l("words separated by commas, or empty"))
ids = Kind(
    lambda raw: tuple(_number(int, 1, 2**31 - 1)(part) for part in _parts(raw)),
    _l("whole numbers separated by commas, or empty"),
)
base_url = Kind(_read_base_url, _l("an http:// or https:// address without user, ? and #"))
path = Kind(_read_folder, _l("a folder; a relative one stands beside app.py"))
moment = Kind(_read_moment, _l("YYYY-MM-DD or YYYY-MM-DD HH:MM, local time, or empty"))
timezone = Kind(_read_zone, _l("a time zone's name, such as Europe/Moscow"))
token = matching(r"[\x21-\x7e]*", _l("Latin letters, digits and signs without spaces, or empty"))
secret_key = matching(r"(.{16,})?", _l("16 characters or more, or empty"), flags=re.DOTALL)
tax_system = choice("DEFAULT", "SIMPLE", "SIMPLE_WO", "AGRICULT", "PATENT", empty=True)


# --- the table ---


@dataclass(frozen=True)
class Option:
    """One option of alter.ini: a line of the table."""

    name: str
    kind: Kind[Any]
    default: str
    caption: Text
    secret: bool = False


def option(kind: Kind[T], default: str, caption: Text, *, secret: bool = False) -> T:
    """A field of Options; a secret (or an address that may carry a password) is never shown by repr."""
    return field(
        repr=not secret, metadata={"kind": kind, "default": default, "caption": caption, "secret": secret}
    )


@dataclass(frozen=True)
class Options:
    """What alter.ini and the environment say; read it through `modules.core.current.options()`."""

    dreamkas_enabled: bool = option(switch, "0", _l("The Dreamkas module."))
    dreamkas_auth_token: str = option(token, "", _l("Token from the Dreamkas cabinet."), secret=True)
    dreamkas_cache_lifetime: int = option(
        whole(1, 30 * DAY), "1800", _l("Seconds for which data fetched from Dreamkas count as fresh.")
    )
    dreamkas_always_fiscalize_all: bool = option(
        switch,
        "0",
        _l(
            "The fiscalization box is always ticked, in profiles and, when they are imported, in statements; "
            "never a company's there."
        ),
    )
    dreamkas_default_cash_machine_id: int | None = option(
        whole_or_none(1, 2**53), "", _l("ID of the preselected cash machine.")
    )
    dreamkas_default_tax_type: str = option(tax_system, "", _l("Preselected tax system."))
    dreamkas_notifications_enabled: bool = option(switch, "0", _l("Notifications about receipts."))
    dreamkas_cache_check_interval: int = option(
        whole(1, 3600), "8", _l("Seconds between two looks for new notifications.")
    )
    dreamkas_popup_timeout: int = option(
        whole(1, 3600),
        "10",
        _l("Seconds a notification stays on the screen; errors stay until they are closed."),
    )
    dreamkas_notify_anywhere: bool = option(
        switch, "1", _l("Notifications appear on every page, not only on the taskbar.")
    )
    dreamkas_desktop_notifications: bool = option(
        switch, "0", _l("Notifications also appear on the desktop, outside of the browser's window.")
    )
    dreamkas_admins_allowed: tuple[str, ...] = option(
        comma_list,
        "",
        _l("Logins of the admins who see notifications; empty: all who have the right DREAMKAS."),
    )
    remoteapi_enabled: bool = option(switch, "1", _l("RemoteAPI, the door for machines and webhooks."))
    remoteapi_disable_calls: tuple[str, ...] = option(comma_list, "", _l("RemoteAPI actions that are off."))
    ukv_enabled: bool = option(switch, "0", _l("The UKV module: cable television."))
    banksta2_enabled: bool = option(switch, "0", _l("The bank statements module."))
    banksta2_paymentid_inet: int = option(
        whole(1, 2**31 - 1), "24", _l("Payment type ID of Internet payments that come from statements.")
    )
    banksta2_paymentid_ukv: int = option(
        whole(1, 2**31 - 1), "25", _l("Payment type ID of UKV payments that come from statements.")
    )
    banksta2_regex_keywords_delim: str = option(
        text, ",", _l("What separates keywords in statement mapping presets.")
    )
    banksta2_cache_lifetime: int = option(
        whole(1, 30 * DAY), "900", _l("Ubilling's own, without effect here: no statement data are cached.")
    )
    banksta2_inetsrv_alloted_ids: tuple[str, ...] = option(
        comma_list, "", _l("Identifiers of the Internet service in a statement's column.")
    )
    banksta2_ctvsrv_alloted_ids: tuple[str, ...] = option(
        comma_list, "", _l("Identifiers of the UKV service in a statement's column.")
    )
    dreamkas_api_url: str = option(
        base_url,
        "https://kabinet.dreamkas.ru/api",
        _l("Address of the Dreamkas API; any but the cabinet's own means TRAINING."),
    )
    dreamkas_since: datetime | None = option(
        moment,
        "",
        _l("Older payments are never offered for fiscalization; empty: since the first migration."),
    )
    dreamkas_no_receipt_cashtypes: tuple[int, ...] = option(
        ids, "", _l("IDs of the payment types that need no receipt.")
    )
    dreamkas_cashless_cashtypes: tuple[int, ...] = option(
        ids,
        "",
        _l("IDs of the payment types that are no cash: cards, transfers. Their receipts say CASHLESS."),
    )
    dreamkas_contract_in_name: bool = option(
        switch, "1", _l("The subscriber's contract stands in the position's name on the receipt.")
    )
    dreamkas_email_only: bool = option(
        switch, "0", _l("An e-mail alone is enough for a receipt when there is no mobile number.")
    )
    dreamkas_tag_1214: int | None = option(
        whole_or_none(1, 7), "", _l("Fiscal tag 1214, the payment method; empty: left out.")
    )
    dreamkas_tag_1212: int | None = option(
        whole_or_none(1, 99), "", _l("Fiscal tag 1212, the payment object; empty: left out.")
    )
    dreamkas_receipt_timeout: int = option(
        whole(5, 1440), "15", _l("Minutes that the cash machine has to print a receipt.")
    )
    dreamkas_concurrency: int = option(
        whole(1, 64), "4", _l("Receipts being sent at once, over all workers.")
    )
    dreamkas_connect_timeout: float = option(
        seconds(0.05, 120), "5", _l("Seconds to wait for a connection to Dreamkas.")
    )
    dreamkas_read_timeout: float = option(
        seconds(0.05, 600), "15", _l("Seconds to wait for the next part of an answer.")
    )
    dreamkas_deadline: float = option(
        seconds(0.05, 600), "30", _l("Seconds that one attempt may take in all.")
    )
    dreamkas_backoff: tuple[float, ...] = option(
        seconds_list(0, DAY),
        "0,5,30,120,600,1800,3600",
        _l("Seconds to wait before the next attempts of what was proved not sent; the last repeats."),
    )
    dreamkas_poll: tuple[float, ...] = option(
        seconds_list(0.05, DAY),
        "5,10,20,40,60",
        _l("Seconds between questions about an accepted operation; the last repeats."),
    )
    dreamkas_unsure_grace: float = option(
        seconds(0, DAY), "300", _l("Seconds before an unsure operation may be proved absent at Dreamkas.")
    )
    dreamkas_drift_days: int = option(
        whole(1, 90), "7", _l("Days whose receipts are compared with Dreamkas every night.")
    )
    database_url: str = option(
        service_url(
            urls.database_url,
            "mysql://user:password@host:3306/base",
            *("sqlite", "mysql", "mariadb", "postgresql", "postgres"),
            drivers=True,
        ),
        "",
        _l("The database; empty: an SQLite file in VAR_DIR."),
        secret=True,
    )
    cache_url: str = option(
        service_url(urls.cache_url, "redis://:password@host:6379/1", "file", "redis", "rediss"),
        "",
        _l("The cache; empty: files in VAR_DIR."),
        secret=True,
    )
    queue_url: str = option(
        service_url(urls.queue_url, "redis://:password@host:6379/0", "sqlite", "redis", "rediss"),
        "",
        _l("The worker's queue; empty: an SQLite file in VAR_DIR."),
        secret=True,
    )
    secret_key: str = option(
        secret_key, "", _l("Key that signs sessions; empty: made once and kept in VAR_DIR."), secret=True
    )
    var_dir: Path = option(path, "var", _l("Folder for everything the program writes."))
    timezone: ZoneInfo = option(
        timezone, "Europe/Moscow", _l("Time zone of the screen and of Ubilling's tables.")
    )
    locale: str = option(
        choice("ru", "uk", "en", fold=str.lower),
        "ru",
        _l("Language of the pages; each admin may choose another one."),
    )
    trusted_proxies: int = option(
        whole(0, 10), "0", _l("How many reverse proxies of yours stand before the program.")
    )


OPTIONS = tuple(Option(f.name.upper(), **f.metadata) for f in fields(Options))
NAMES = {line.name: line for line in OPTIONS}


@dataclass(frozen=True)
class Loaded:
    """What was read, and what a person should know about it."""

    options: Options
    warnings: tuple[Text, ...]


# --- the file ---


def _decode(raw: bytes, where: Path) -> tuple[str, list[Text]]:
    warnings = []
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = raw.decode(
            "cp1251", errors="replace"
        )  # the one byte it lacks means that it is no text: see below
        warnings.append(_l("%(file)s is not UTF-8: it was read as windows-1251", file=where))
    if len(raw) > MAX_BYTES or re.search("[\x00-\x08\x0e-\x1f\x7f\ufffd]", content):
        raise ConfigError([_l("%(file)s is not a text file", file=where)])
    return content, warnings


def _read_bytes(where: Path) -> bytes:
    """At most a byte more than MAX_BYTES of the file."""
    try:
        with where.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = _l("%(file)s cannot be read: %(reason)s", file=where, reason=error.strerror or error)
        raise ConfigError([problem]) from error


def _unquote(raw: str) -> str:
    """A value without the quotes and the comment behind it: `"a;b" ; x` -> `a;b`, `a#b ; x` -> `a#b`."""
    quoted = re.match(r"""(["'])(.*?)\1\s*([;#].*)?$""", raw)
    return quoted[2] if quoted else re.split(r"^;|\s[;#]", raw, maxsplit=1)[0].strip()


def _read_line(line: str) -> tuple[str, str] | None:
    # Line by line: given the whole file, ConfigObj stops at any line it dislikes and at doubled names, even
    # foreign ones. `_inspec` makes it give the value as it stands, instead of cutting it at "#".
    try:
        read = ConfigObj([line], interpolation=False, list_values=False, _inspec=True)
    except SyntaxError:  # ConfigObjError is one
        return None
    (pair,) = read.items()
    return pair[0], _unquote(pair[1])


def _read_file(where: Path) -> tuple[dict[str, str], list[Text]]:
    """(name -> value of every line, warnings)."""
    content, warnings = _decode(_read_bytes(where), where)
    values: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", content), 1):
        if not line.strip() or line.lstrip()[0] in ";#":
            continue
        place = _l("%(file)s, line %(number)s", file=where, number=number)
        if line.lstrip().startswith("["):
            warnings.append(_l("%(place)s: sections mean nothing here", place=place))
        elif pair := _read_line(line):
            if pair[0] in values and pair[0] in NAMES:
                warnings.append(
                    _l("%(place)s: %(option)s stands twice, the last one holds", place=place, option=pair[0])
                )
            values[pair[0]] = pair[1]
        else:
            warnings.append(_l("%(place)s: not NAME=value, left out", place=place))
    return values, warnings


def _named_file(given: Path | None, env: Mapping[str, str]) -> Path | None:
    """The file that somebody named: the caller or ALTER_INI."""
    return given or (Path(env["ALTER_INI"]) if env.get("ALTER_INI") else None)


def _read_file_if_any(given: Path | None, env: Mapping[str, str]) -> tuple[dict[str, str], list[Text]]:
    named = _named_file(given, env)
    if named or DEFAULT_FILE.exists():
        return _read_file(named or DEFAULT_FILE)
    return {}, [_l("%(file)s is missing: defaults and the environment hold", file=DEFAULT_FILE)]


# --- values ---


def _unknown(names: Iterable[str], *, long: int = 0) -> list[Text]:
    """Warnings about names that are nearly ours; one of OURS that is like nothing is named too.

    Whoever else's names stand among them is left alone; `long`: a near miss of a shorter name of ours is no miss.
    """
    warnings = []
    for name in names:
        ours = name.upper().startswith(OURS)
        near = _nearest(name, long, ALIKE_OURS if ours else ALIKE)
        if near:
            warnings.append(_l("unknown option %(option)s: is %(near)s meant?", option=name, near=near))
        elif ours:
            warnings.append(_l("unknown option %(option)s", option=name))
    return warnings


def _nearest(name: str, long: int, alike: float) -> str:
    among = [ours for ours in NAMES if len(ours) >= long or ours.startswith(OURS)]
    return next(iter(difflib.get_close_matches(name.upper(), among, 1, alike)), "")


def _drop_envd(values: dict[str, str]) -> list[Text]:
    name = "DREAMKAS_DEFAULT_TAX_TYPE"
    if values.get(name, "").strip().upper() != "ENVD":
        return []
    values[name] = ""
    return [
        _l("%(option)s: ENVD was abolished in 2021 and is refused; no tax system is preselected", option=name)
    ]


def _refusal(line: Option, value: str) -> Text:
    shown = "•••" if line.secret else "".join(sign if sign.isprintable() else "?" for sign in value[:80])
    facts = {"option": line.name, "value": shown, "allowed": line.kind.allowed}
    return _l("%(option)s: “%(value)s” is refused; allowed: %(allowed)s", **facts)


def _build(values: Mapping[str, str]) -> Options:
    """Options out of texts; raises ConfigError with every refused value."""
    read: dict[str, Any] = {}
    problems = []
    for line in OPTIONS:
        value = values.get(line.name) or line.default
        try:
            read[line.name.lower()] = line.kind.read(value)
        except ValueError:
            problems.append(_refusal(line, value))
    if problems:
        raise ConfigError(problems)
    return Options(**_settle_addresses(read))


def _settle_addresses(read: dict[str, Any]) -> dict[str, Any]:
    """Fills in the addresses that depend on VAR_DIR; relative SQLite files stand beside app.py."""
    var = read["var_dir"]
    homes = {
        "database_url": f"sqlite:///{var}/house.db",
        "cache_url": f"file://{var}/cache",
        "queue_url": f"sqlite:///{var}/queue.db",
    }
    for name, home in homes.items():
        url = read[name] or home
        relative = re.fullmatch(r"sqlite:///(?![/:])(.+)", url)
        read[name] = f"sqlite:///{ROOT / relative[1]}" if relative else url
    return read


def load(path: Path | None, env: Mapping[str, str]) -> Loaded:
    """Reads the file (path, else ALTER_INI's, else alter.ini beside app.py) and the environment over it.

    Raises ConfigError: a named file that cannot be read, one that is no text, refused values (all at once).
    Warnings and errors are in the language of whoever reads them.
    """
    values, warnings = _read_file_if_any(path, env)
    warnings += _unknown(name for name in values if name not in {*NAMES, *THEIRS})
    warnings += _unknown((name for name in env if name not in {*NAMES, *values}), long=LONG)
    values.update((name, env[name]) for name in NAMES if name in env)
    warnings += _drop_envd(values)
    return Loaded(_build(values), tuple(warnings))


class Source:
    """Where the options come from, for web and worker: reads the file again when it has changed.

    Raises ConfigError when it is made. Later a file that is broken or gone leaves the last good options in
    force, and `problems` say why (none: all is well); so does the log, once. Safe to share between threads.
    """

    SECONDS_BETWEEN_LOOKS = 1.0

    def __init__(self, path: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self.env = dict(os.environ if env is None else env)
        self.given = path
        self.path = _named_file(path, self.env) or DEFAULT_FILE
        self.problems: tuple[Text, ...] = ()
        self._lock = threading.Lock()
        self._seen = self._look()
        self._next_look = time.monotonic() + self.SECONDS_BETWEEN_LOOKS
        self._loaded = load(path, self.env)

    @property
    def options(self) -> Options:
        """The options in force."""
        self._refresh()
        return self._loaded.options

    @property
    def warnings(self) -> tuple[Text, ...]:
        """What a person should know about the options in force."""
        self._refresh()
        return self._loaded.warnings

    def _look(self) -> tuple[int, ...] | None:
        try:
            seen = self.path.stat()
        except OSError:
            return None
        # The mode and the owner too: a file that could not be read is mended by chmod, which writes nothing.
        return seen.st_mtime_ns, seen.st_size, seen.st_ino, seen.st_mode, seen.st_uid, seen.st_gid

    def _refresh(self) -> None:
        # While one thread reads the file, the others go on with what they have.
        if time.monotonic() < self._next_look or not self._lock.acquire(blocking=False):
            return
        try:
            self._next_look = time.monotonic() + self.SECONDS_BETWEEN_LOOKS
            self._reload(self._look())
        finally:
            self._lock.release()

    def _reload(self, seen: tuple[int, ...] | None) -> None:
        # A file written this very second may be half written, and half a file could name a wrong address.
        if seen == self._seen or (seen and abs(time.time() - seen[0] / 1e9) < self.SECONDS_BETWEEN_LOOKS):
            return
        self._seen = seen
        try:
            if seen is None:
                raise ConfigError([_l("%(file)s is gone", file=self.path)])
            loaded = load(self.given, self.env)
        except ConfigError as error:
            self._ail(error.problems)
        else:
            self._recover(loaded)

    def _ail(self, problems: tuple[Text, ...]) -> None:
        # The log speaks as the house does, not as whoever happens to ask.
        with force_locale(self._loaded.options.locale):
            if problems != self.problems:
                log.warning("%s", misread(problems))
        self.problems = problems

    def _recover(self, loaded: Loaded) -> None:
        with force_locale(loaded.options.locale):
            if self.problems:
                log.info("%s", _l("alter.ini can be used again, and holds."))
            for warning in loaded.warnings:
                if warning not in self._loaded.warnings:
                    log.warning("alter.ini: %s", warning)
        self._loaded, self.problems = loaded, ()


def misread(problems: Iterable[Text]) -> Text:
    """What a person is told while an alter.ini that went wrong is not obeyed."""
    return _l(
        "alter.ini is wrong, and the options read last hold. %(problems)s",
        problems="; ".join(map(str, problems)),
    )
