"""alter.ini and the environment: what is taken, what is warned about, what stops the program."""

# ruff: noqa: DTZ001 - DREAMKAS_SINCE is local wall time

import os
import re
import threading
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core import config
from modules.core.config import load
from modules.core.inifile import ConfigError
from modules.core.options import NAMES, OPTIONS, Options
from modules.core.root import ROOT
from modules.core.source import Source

EXAMPLE = ROOT / "alter.ini.example"


@pytest.fixture
def ini(tmp_path):
    """Writes alter.ini, as text or as bytes, and gives its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "alter.ini"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(path, env=None):
    with pytest.raises(ConfigError) as caught:
        load(path, env or {})
    return str(caught.value)


DEFAULTS = load(Path("/dev/null"), {})


# --- the example is the table ---


def test_the_example_parses_to_the_defaults_without_a_warning():
    assert load(EXAMPLE, {}) == DEFAULTS
    assert DEFAULTS.warnings == ()


def test_every_option_is_in_the_example_with_its_caption_and_every_line_of_the_example_is_an_option():
    found = re.findall(r"^; (.+)\n; Allowed: (.+)\. Default: (.+)\n(\w+)=(.*)$", EXAMPLE.read_text(), re.M)
    expected = [
        (str(line.caption), str(line.kind.allowed), line.default or "empty", line.name, line.default)
        for line in OPTIONS
    ]
    assert found == expected
    active = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith(";")]
    assert len(active) == len(OPTIONS) == len(fields(Options))


def test_every_default_is_what_the_promise_says():
    o = DEFAULTS.options
    assert (o.dreamkas_enabled, o.remoteapi_enabled, o.dreamkas_notify_anywhere) == (False, True, True)
    assert o.dreamkas_api_url == "https://kabinet.dreamkas.ru/api"
    assert (o.dreamkas_concurrency, o.dreamkas_receipt_timeout, o.dreamkas_unsure_grace) == (4, 15, 300)
    assert o.dreamkas_backoff == (0, 5, 30, 120, 600, 1800, 3600)
    assert o.dreamkas_poll == (5, 10, 20, 40, 60)
    assert (o.banksta2_paymentid_inet, o.banksta2_paymentid_ukv) == (24, 25)
    assert o.banksta2_regex_keywords_delim == ","
    assert (o.dreamkas_default_cash_machine_id, o.dreamkas_tag_1214, o.dreamkas_since) == (None, None, None)
    assert (o.timezone.key, o.locale, o.trusted_proxies) == ("Europe/Moscow", "ru", 0)


# --- how lines are read ---


@pytest.mark.parametrize(
    ("line", "token"),
    [
        ("A=1\nDREAMKAS_AUTH_TOKEN=abc", "abc"),
        ("DREAMKAS_AUTH_TOKEN = abc ", "abc"),
        ('DREAMKAS_AUTH_TOKEN="abc"', "abc"),
        ("DREAMKAS_AUTH_TOKEN='abc'", "abc"),
        ('DREAMKAS_AUTH_TOKEN="abc" ; mine', "abc"),
        ("DREAMKAS_AUTH_TOKEN=abc ; mine", "abc"),
        ("DREAMKAS_AUTH_TOKEN=abc # mine", "abc"),
        ("DREAMKAS_AUTH_TOKEN=a#b;c,d%(x)s$y", "a#b;c,d%(x)s$y"),
        ('DREAMKAS_AUTH_TOKEN="a;b#c"', "a;b#c"),
        ("DREAMKAS_AUTH_TOKEN=a=b==", "a=b=="),
        ("DREAMKAS_AUTH_TOKEN=", ""),
        ("DREAMKAS_AUTH_TOKEN= ; none yet", ""),
        ("DREAMKAS_AUTH_TOKEN=abc\r\nLOCALE=en\r\n", "abc"),
        ("  ; DREAMKAS_AUTH_TOKEN=old\n# DREAMKAS_AUTH_TOKEN=older\n\tDREAMKAS_AUTH_TOKEN=abc", "abc"),
        ("\ufeffDREAMKAS_AUTH_TOKEN=abc", "abc"),
    ],
)
def test_a_value_is_read_as_an_admin_means_it(ini, line, token):
    loaded = load(ini(line), {})
    assert loaded.options.dreamkas_auth_token == token
    assert loaded.warnings == ()


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='"'), min_size=1)
)
def test_whatever_stands_in_quotes_comes_back_as_it_is(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("ini") / "alter.ini"
    path.write_text(f'BANKSTA2_REGEX_KEYWORDS_DELIM="{value}" ; here')
    assert load(path, {}).options.banksta2_regex_keywords_delim == value


@pytest.mark.parametrize(
    "line",
    ['X="a"; b', "X=", "=", "no equals sign", '"', 'X="""open', "X='a", "[half", "A[]=1", "X=%(y)s", "]=["],
)
def test_lines_of_others_never_stop_us(ini, line):
    assert load(ini(f"{line}\nX=1\nX=2\nLOCALE=en"), {}).options.locale == "en"


def test_a_doubled_option_warns_with_its_line_and_the_last_one_holds(ini):
    loaded = load(ini("LOCALE=en\nLOCALE=uk"), {})
    assert loaded.options.locale == "uk"
    assert "line 2: LOCALE stands twice" in loaded.warnings[0]


def test_a_section_is_warned_about_and_what_is_in_it_counts(ini):
    loaded = load(ini("[main]\nLOCALE=en"), {})
    assert loaded.options.locale == "en"
    assert "line 1: sections mean nothing here" in loaded.warnings[0]


def test_windows_1251_is_read_with_a_warning(ini):
    loaded = load(ini("; мой файл\nDREAMKAS_ADMINS_ALLOWED=вася, петя".encode("cp1251")), {})
    assert loaded.options.dreamkas_admins_allowed == ("вася", "петя")
    assert "windows-1251" in loaded.warnings[0]


@pytest.mark.parametrize(
    "content",
    [
        b"LOCALE=en\0",
        "LOCALE=en".encode("utf-16"),
        b"\x7fELF\x02\x01",
        bytes(range(256)),
        b"\x98=\xff",
        b"a" * 2**21,
    ],
)
def test_a_file_that_is_no_text_is_refused_by_name(ini, content):
    assert "alter.ini is not a text file" in refusal(ini(content))


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_a_traceback(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("ini") / "alter.ini"
    path.write_bytes(content)
    try:
        load(path, {})
    except ConfigError as error:
        assert error.problems


# --- which file ---


def test_a_named_file_that_is_missing_stops_the_program(tmp_path):
    missing = str(tmp_path / "none.ini")
    assert missing in refusal(None, {"ALTER_INI": missing})
    assert missing in refusal(Path(missing))
    assert "cannot be read" in refusal(tmp_path)


def test_without_alter_ini_the_defaults_and_the_environment_hold_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "DEFAULT_FILE", tmp_path / "alter.ini")
    loaded = load(None, {"LOCALE": "en"})
    assert loaded.options.locale == "en"
    assert "alter.ini is missing" in loaded.warnings[0]


def test_alter_ini_names_the_file_and_the_environment_wins_also_with_nothing(ini):
    path = ini("LOCALE=en\nDREAMKAS_AUTH_TOKEN=abc\nUKV_ENABLED=1")
    env = {"ALTER_INI": str(path), "DREAMKAS_AUTH_TOKEN": "", "UKV_ENABLED": "0", "locale": "uk"}
    options = load(None, env).options
    assert (options.locale, options.dreamkas_auth_token, options.ukv_enabled) == ("en", "", False)


# --- values ---


@pytest.mark.parametrize(("name", "value"), [
    ("DREAMKAS_ENABLED", "2"), ("DREAMKAS_ENABLED", "maybe"), ("DREAMKAS_CONCURRENCY", "0"),
    ("DREAMKAS_CONCURRENCY", "65"), ("DREAMKAS_CONCURRENCY", "4.0"), ("DREAMKAS_CONCURRENCY", "-4"),
    ("DREAMKAS_CONCURRENCY", "٤"), ("DREAMKAS_CONCURRENCY", "1_0"), ("DREAMKAS_CONCURRENCY", "9" * 5000),
    ("DREAMKAS_RECEIPT_TIMEOUT", "4"), ("DREAMKAS_DEADLINE", "nan"), ("DREAMKAS_DEADLINE", "1e2"),
    ("DREAMKAS_DEADLINE", "9" * 400), ("DREAMKAS_BACKOFF", "1,,2"), ("DREAMKAS_BACKOFF", "5,x"),
    ("DREAMKAS_POLL", "0"), ("DREAMKAS_DEFAULT_TAX_TYPE", "OSN"), ("DREAMKAS_API_URL", "kabinet.dreamkas.ru"),
    ("DREAMKAS_API_URL", "ftp://x"), ("DREAMKAS_API_URL", "https://"), ("DREAMKAS_API_URL", "http://x:99999"),
    ("DREAMKAS_API_URL", "http://u:p@x"), ("DREAMKAS_API_URL", "http://x/?a=1"), ("DREAMKAS_API_URL", "http://[x"),
    ("DREAMKAS_SINCE", "31.02.2026"), ("DREAMKAS_SINCE", "2026-11-23T10:00+03:00"), ("TIMEZONE", "Mars/Base"),
    ("TIMEZONE", "Europe"), ("TIMEZONE", "/etc/passwd"), ("LOCALE", "fr"), ("DREAMKAS_TAG_1214", "8"),
    ("DREAMKAS_NO_RECEIPT_CASHTYPES", "1,cash"), ("DATABASE_URL", "oracle://x"), ("CACHE_URL", "localhost"),
    ("QUEUE_URL", "mysql://x"), ("VAR_DIR", "~/var"), ("DREAMKAS_AUTH_TOKEN", "a b"),
    ("DREAMKAS_AUTH_TOKEN", "a\r\nX: y"), ("SECRET_KEY", "short"), ("TRUSTED_PROXIES", "all"),
])  # fmt: skip
def test_a_wrong_value_is_refused_naming_option_value_and_what_is_allowed(name, value):
    said = refusal(Path("/dev/null"), {name: value})
    option = NAMES[name]
    assert name in said
    assert str(option.kind.allowed) in said
    assert value[:80] in said or option.secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:hush@127.0.0.1"),
        ("DATABASE_URL", "mysql://root:hush@127.0.0.1/"),
        ("DATABASE_URL", "postgresql://root:hush@127.0.0.1"),
        ("DATABASE_URL", "mysql://root:hush@host:port/base"),
        ("DATABASE_URL", "mysql+mysqldb://root:hush@host/base"),
        ("DATABASE_URL", "postgres+psycopg://root:hush@host/base"),
        ("DATABASE_URL", "mysql://root:hu@sh@host/base"),
        ("DATABASE_URL", "mysql://root:hu@s/h@host/base"),
        ("DATABASE_URL", "mysql://root:hu@s:h@host/base"),
        ("DATABASE_URL", "sqlite://house.db"),
        ("DATABASE_URL", "sqlite:///"),
        ("CACHE_URL", "redis://:hush@host:port/7"),
        ("CACHE_URL", "redis://:hu/sh@host:6379/7"),
        ("CACHE_URL", "redis://host/seven"),
        ("CACHE_URL", "redis://host/7?hush=hush"),
        ("CACHE_URL", "file://cache"),
        ("CACHE_URL", "file:///"),
        ("CACHE_URL", "redis+asyncio://host/7"),
        ("QUEUE_URL", "redis://:hush@host:port/7"),
        ("QUEUE_URL", "redis://:hu#sh@host/7"),
        ("QUEUE_URL", "redis:///7"),
        ("QUEUE_URL", "sqlite://queue.db"),
        ("QUEUE_URL", "sqlite+pysqlite:///queue.db"),
    ],
)
def test_an_address_by_which_nothing_is_reached_is_refused_without_its_password(name, value):
    said = refusal(Path("/dev/null"), {name: value})
    assert said.startswith(f"{name}: “•••” is refused; allowed: an address such as ")
    assert "written as %40 for @, %3A for :, %2F for /; or empty" in said
    assert "hu" not in said.replace("house", "") and "\n" not in said


def test_all_wrong_values_are_said_at_once():
    with pytest.raises(ConfigError) as caught:
        load(Path("/dev/null"), {"LOCALE": "fr", "UKV_ENABLED": "x", "TIMEZONE": "Mars"})
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DREAMKAS_ENABLED", "on", True),
        ("DREAMKAS_NOTIFY_ANYWHERE", "No", False),
        ("DREAMKAS_NOTIFY_ANYWHERE", "", True),
        ("DREAMKAS_CONCURRENCY", " 8 ", 8),
        ("DREAMKAS_DEADLINE", "2.5", 2.5),
        ("DREAMKAS_BACKOFF", "0, 1.5", (0, 1.5)),
        ("DREAMKAS_DEFAULT_TAX_TYPE", "simple_wo", "SIMPLE_WO"),
        ("DREAMKAS_API_URL", "http://[::1]:8/api/", "http://[::1]:8/api"),
        ("DREAMKAS_SINCE", "2026-11-23", datetime(2026, 11, 23)),
        ("DREAMKAS_SINCE", "2026-11-23T21:10", datetime(2026, 11, 23, 21, 10)),
        ("DREAMKAS_SINCE", "23.11.2026 21:10", datetime(2026, 11, 23, 21, 10)),
        ("LOCALE", "EN", "en"),
        ("DREAMKAS_NO_RECEIPT_CASHTYPES", "7, 9,", (7, 9)),
        ("DREAMKAS_TAG_1212", "4", 4),
        ("REMOTEAPI_DISABLE_CALLS", "identify, ,dreamkas", ("identify", "dreamkas")),
        ("DREAMKAS_DEFAULT_CASH_MACHINE_ID", "70321", 70321),
        ("DREAMKAS_AUTH_TOKEN", "abc\n", "abc"),
        ("DATABASE_URL", "mysql+pymysql://u:p@h/d", "mysql+pymysql://u:p@h/d"),
        *(
            (name, url, url)
            for name, url in (
                ("DATABASE_URL", "mariadb://u:p%40%2F:#?s@h:3306/d?charset=utf8mb4"),
                ("DATABASE_URL", "mysql://u@/d?unix_socket=/run/mysqld/mysqld.sock"),
                ("DATABASE_URL", "postgresql://u@/d?host=/var/run/postgresql"),
                ("DATABASE_URL", "postgres://u:p@[::1]:5432/d"),
                ("DATABASE_URL", "postgresql+psycopg:///d"),
                ("CACHE_URL", "rediss://user:p%40ss@h:6380/1?ssl_cert_reqs=none"),
                ("CACHE_URL", "redis://h"),
                ("CACHE_URL", "file:///srv/var/cache"),
                ("QUEUE_URL", "redis://:p@h:6379/0"),
                ("QUEUE_URL", "sqlite:////srv/var/queue.db"),
            )
        ),
        ("DATABASE_URL", "sqlite:///x/y.db", f"sqlite:///{ROOT}/x/y.db"),
        ("DATABASE_URL", "sqlite:////tmp/y.db", "sqlite:////tmp/y.db"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:///:memory:"),
        ("VAR_DIR", "/srv/var", Path("/srv/var")),
    ],
)
def test_a_good_value_becomes_its_type(name, value, expected):
    read = getattr(load(Path("/dev/null"), {name: value}).options, name.lower())
    assert read == expected
    assert type(read) is type(expected)


def test_what_depends_on_the_var_folder_follows_it():
    options = load(Path("/dev/null"), {"VAR_DIR": "/srv/var", "QUEUE_URL": "redis://h/1"}).options
    assert options.database_url == "sqlite:////srv/var/house.db"
    assert options.cache_url == "file:///srv/var/cache"
    assert options.queue_url == "redis://h/1"
    assert DEFAULTS.options.var_dir == ROOT / "var"


def test_envd_is_a_warning_and_no_tax_system(ini):
    loaded = load(ini("DREAMKAS_DEFAULT_TAX_TYPE=envd"), {})
    assert loaded.options.dreamkas_default_tax_type == ""
    assert "ENVD was abolished" in loaded.warnings[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DREAMKAS_AUTH_TOKKEN", "is DREAMKAS_AUTH_TOKEN meant"),
        ("dreamkas_enabled", "is DREAMKAS_ENABLED meant"),
        ("UKV_ENABLE", "is UKV_ENABLED meant"),
        ("BANKSTA2_QQQQQQQQQQQQQQQQQQQQQQ", "unknown option BANKSTA2_QQQQQQQQQQQQQQQQQQQQQQ"),
    ],
)
def test_an_unknown_option_of_ours_is_warned_about_wherever_it_stands(ini, name, said):
    for loaded in (load(ini(f"{name}=1"), {}), load(Path("/dev/null"), {name: "1"})):
        assert len(loaded.warnings) == 1
        assert said in loaded.warnings[0]


@pytest.mark.parametrize(
    ("name", "meant", "anywhere"),
    [
        ("DATBASE_URL", "DATABASE_URL", True),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES", True),
        ("BANKSTA_ENABLED", "BANKSTA2_ENABLED", True),
        ("REMOTE_API_ENABLED", "REMOTEAPI_ENABLED", True),
        ("database_url", "DATABASE_URL", True),
        ("TIME_ZONE", "TIMEZONE", False),
        ("QUEU_URL", "QUEUE_URL", False),
        ("locale", "LOCALE", False),
    ],
)
def test_a_near_miss_of_any_name_of_ours_is_warned_about(ini, name, meant, anywhere):
    said = [f"unknown option {name}: is {meant} meant?"]
    assert list(load(ini(f"{name}=1"), {}).warnings) == said
    assert list(load(Path("/dev/null"), {name: "1"}).warnings) == (said if anywhere else [])


def test_names_of_ubilling_and_of_an_environment_are_nobodys_near_misses(ini):
    ubilling = """NMLEASES CITY_DISPLAY DEFAULT_ASSIGN_AGENT EXPORT_ENABLED TRAFFSIZE MASSSEND_ENABLED BS_ENABLED
        BS_OPTIONS NDS_ENABLED SIGREQ_ENABLED MACVEN_ENABLED TB_LABELED PON_ENABLED CUD_ENABLED VOLS_ENABLED CAP_ENABLED
        CORPS_ENABLED TSMS_DB SNMPCACHE_TIME UBCACHE_STORAGE GLOBALSEARCH_CACHE SALARY_ENABLED ADDRESS_CACHE_TIME
        BANKSTAMD_ENABLED CAN_EDIT_PAYMENTS PHOTOSTORAGE_ENABLED docsis_cm_source AUTO_LOGOUT_IDLE"""
    assert load(ini("\n".join(f"{name}=1" for name in ubilling.split())), {}).warnings == ()
    environment = """PATH HOME USER LOGNAME SHELL PWD OLDPWD LANG LANGUAGE LC_ALL TZ TERM MAIL EDITOR HOSTNAME SHLVL _
        INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID RUNTIME_DIRECTORY STATE_DIRECTORY CACHE_DIRECTORY LISTEN_FDS
        XDG_RUNTIME_DIR XDG_CACHE_HOME SSH_CONNECTION SUDO_USER VIRTUAL_ENV PYTHONPATH GUNICORN_CMD_ARGS FLASK_APP
        SERVER_SOFTWARE TEST_MARIADB_URL MYSQL_DATABASE POSTGRES_DB REDIS_URL AWS_SECRET_KEY QUEUE_URLS VAR locale
        timezone CACHE_URI SECRET_KEYS http_proxy https_proxy no_proxy ALTER_INI ADMIN_PASSWORD PORT SANDBOX_PORT"""
    assert load(Path("/dev/null"), dict.fromkeys(environment.split(), "1") | {"ALTER_INI": ""}).warnings == ()


def test_secrets_are_never_shown():
    env = {
        "DREAMKAS_AUTH_TOKEN": "tokentoken",
        "SECRET_KEY": "sixteen-letters-or-so",
        "DATABASE_URL": "mysql://u:hush@h/d",
    }
    shown = repr(load(Path("/dev/null"), env))
    assert not re.search("tokentoken|sixteen|hush", shown)
    assert "hush" not in refusal(Path("/dev/null"), {"DATABASE_URL": "oracle://u:hush@h/d"})
    assert "tok en" not in refusal(Path("/dev/null"), {"DREAMKAS_AUTH_TOKEN": "tok en"})


# --- read again when it changes ---


@pytest.fixture
def clock(monkeypatch):
    """A clock of the test's own: moves the second between two looks."""
    now = [1000.0]
    monkeypatch.setattr("modules.core.source.time.monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def age(path, seconds):
    written = path.stat().st_mtime - seconds
    os.utime(path, (written, written))


def test_a_changed_file_is_read_again_within_a_second(ini, clock):
    source = Source(ini("LOCALE=en"), {})
    age(ini("LOCALE=uk"), 5)
    assert source.options.locale == "en"
    clock(1)
    assert source.options.locale == "uk"
    assert source.problems == ()


def test_an_unchanged_file_is_not_read_again(ini, clock, monkeypatch):
    source = Source(ini("LOCALE=en"), {})
    monkeypatch.setattr(config, "load", lambda *_: pytest.fail("read again"))
    clock(60)
    assert source.options.locale == "en"


def test_a_file_that_is_being_written_this_second_waits(ini, clock):
    source = Source(ini("LOCALE=en"), {})
    path = ini("LOCALE=u")
    clock(1)
    assert (source.options.locale, source.problems) == ("en", ())
    path.write_text("LOCALE=uk")
    age(path, 5)
    clock(1)
    assert source.options.locale == "uk"


def test_a_broken_or_lost_file_leaves_the_last_good_options_and_is_logged_once(ini, clock, caplog):
    caplog.set_level("INFO", "modules.core.source")
    source = Source(ini("LOCALE=en"), {})

    def said():
        caplog.clear()
        clock(1)
        found = (source.options.locale, len(source.problems))
        clock(1)
        assert (source.options.locale, len(source.problems)) == found
        return found, [(line.levelname, line.getMessage()) for line in caplog.records]

    age(ini("LOCALE=fr"), 5)
    (locale, problems), [(level, line)] = said()
    assert (locale, problems, level) == ("en", 1, "WARNING")
    assert line.startswith("alter.ini is wrong, and the options read last hold. LOCALE: “fr” is refused")
    age(ini("LOCALE=fr "), 4)
    assert said() == (("en", 1), [])
    source.path.unlink()
    (locale, problems), [(level, line)] = said()
    assert (locale, problems, level) == ("en", 1, "WARNING")
    assert "is gone" in line
    age(ini("LOCALE=uk\nUKV_ENABLE=1"), 9)
    assert said() == (
        ("uk", 0),
        [
            ("INFO", "alter.ini can be used again, and holds."),
            ("WARNING", "alter.ini: unknown option UKV_ENABLE: is UKV_ENABLED meant?"),
        ],
    )
    assert "UKV_ENABLED" in source.warnings[0]
    age(ini("LOCALE=en\nUKV_ENABLE=1"), 8)
    assert said() == (("en", 0), [])


def test_a_file_that_may_be_read_again_is_read_though_nobody_wrote_it(ini, clock, monkeypatch):
    source, real = Source(ini("LOCALE=en"), {}), Path.open
    age(ini("LOCALE=uk"), 5)
    monkeypatch.setattr(
        Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    clock(1)
    assert (source.options.locale, len(source.problems)) == ("en", 1)
    monkeypatch.setattr(Path, "open", real)
    source.path.chmod(0o600)
    clock(1)
    assert (source.options.locale, source.problems) == ("uk", ())


def test_a_file_that_appears_later_is_read(tmp_path, clock, monkeypatch):
    path = tmp_path / "alter.ini"
    monkeypatch.setattr(config, "DEFAULT_FILE", path)
    source = Source(None, {})
    path.write_text("LOCALE=uk")
    age(path, 5)
    clock(1)
    assert source.options.locale == "uk"


def test_while_one_thread_reads_the_others_go_on_with_what_they_have(ini, clock, monkeypatch):
    source = Source(ini("LOCALE=en"), {})
    age(ini("LOCALE=uk"), 5)
    clock(1)
    reading, go_on, real = threading.Event(), threading.Event(), config.load

    def slow(*args):
        reading.set()
        assert go_on.wait(5)
        return real(*args)

    monkeypatch.setattr(config, "load", slow)
    reader = threading.Thread(target=lambda: source.options)
    reader.start()
    assert reading.wait(5)
    clock(1)
    assert source.options.locale == "en"
    go_on.set()
    reader.join(5)
    assert source.options.locale == "uk"
