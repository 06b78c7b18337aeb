"""The table of options: name, kind, default and caption stand here once, and nowhere else.

The fields of `Options` ARE the table; reading, error messages and the test of alter.ini.example are derived from it.
That is why this file is long. An empty value always means the default.
"""

# ruff: noqa: RUF009 - `option()` builds a dataclass field; it is a call in a default by design

from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from modules.core import urls
from modules.core.kinds import (
    Kind,
    T,
    Text,
    base_url,
    choice,
    comma_list,
    ids,
    moment,
    path,
    seconds,
    seconds_list,
    secret_key,
    service_url,
    switch,
    tax_system,
    text,
    timezone,
    token,
    whole,
    whole_or_none,
)

DAY = 86400


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
