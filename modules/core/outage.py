"""The database is away, or can not write: told apart from a question that was wrong, and said in one line."""

import logging
import sqlite3
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneIsFree

from modules.core.lasting import Lasting

log = logging.getLogger(__name__)

# SQLite's result codes: permission, busy, locked, memory, corrupt, can't open, protocol, no large files, not
# authorized, no database; read-only, I/O, full.
SQLITE, SQLITE_WRITES = {3, 5, 6, 7, 11, 14, 15, 22, 23, 26}, {8, 10, 13}
# MariaDB's error codes: in the way of others, memory, too many, access, no such base, shutting down, blocked, limits,
# privilege, interrupted, a stranger (1045 or 1698, as it happens), killed; disk, file, engine, table full, read-only.
# Below 1000 are the system's, 2xxx its client's own.
MARIADB = {
    1020, 1037, 1040, 1041, 1044, 1045, 1049, 1053, 1129, 1130, 1142, 1143, 1203, 1205, 1213, 1226, 1227, 1317, 1698,
    1927, 1969,
}  # fmt: skip
MARIADB_WRITES = {1021, 1026, 1030, 1114, 1290, 1836}
# PostgreSQL's SQLSTATEs: connection, authorization, no such base, in the way of others, privilege, resources, lock,
# operator, system; read-only, disk full, I/O.
POSTGRES = ("08", "28", "3D", "40", "42501", "53", "55P03", "57", "58")
POSTGRES_WRITES = ("25006", "53100", "58030")

RETRY_SECONDS = 30  # whoever was turned away comes again after them
TELL_SECONDS = 600.0


def is_outage(error: Exception) -> bool:
    """Whether the database, not the question put to it, is what is wrong."""
    return is_silent(error) or can_not_write(error) or _refuses(error)


def is_silent(error: Exception) -> bool:
    """Whether nobody answers; whoever says why he refuses does answer."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, NoneIsFree)  # all connections wait for answers
    code = _code(error)
    if isinstance(code, int):
        return not _is_sqlite(error) and (code == 0 or 2000 <= code < 3000)
    return code is None and _is_wordless(error) and "FATAL:" not in str(error.orig)


def can_not_write(error: Exception) -> bool:
    """Whether it may still be read: its disk is full, broken or read-only."""
    code = _code(error)
    return code in POSTGRES_WRITES or code in (SQLITE_WRITES if _is_sqlite(error) else MARIADB_WRITES)


def _refuses(error: Exception) -> bool:
    code = _code(error)
    if isinstance(code, str):
        return code.startswith(POSTGRES)
    if code is None:
        return _is_wordless(error)
    return code in SQLITE if _is_sqlite(error) else code in MARIADB or code < 1000


def complaint(error: Exception, reason: str) -> str:
    """The sentence for it."""
    if is_silent(error):
        return _("The database does not answer: %(reason)s", reason=reason)
    if can_not_write(error):
        return _("The database can not write: %(reason)s", reason=reason)
    return _("The database refuses: %(reason)s", reason=reason)


def reason_of(error: Exception) -> str:
    """What the database or its driver said, in one line; no driver says the password."""
    said: Any = getattr(error, "orig", error)
    return " ".join(" ".join(map(str, said.args)).split())


def _code(error: Exception) -> int | str | None:
    """A number of SQLite or MariaDB, an SQLSTATE of PostgreSQL; None when nobody gave one."""
    said: Any = getattr(error, "orig", None)
    if _is_sqlite(error):
        return getattr(said, "sqlite_errorcode", 1) & 0xFF
    first = next(iter(getattr(said, "args", ())), None)
    return first if isinstance(first, int) else getattr(said, "sqlstate", None)


def _is_sqlite(error: Exception) -> bool:
    return isinstance(getattr(error, "orig", None), sqlite3.Error)


def _is_wordless(error: Exception) -> bool:
    """As psycopg's, when no connection was made or it broke."""
    return isinstance(error, OperationalError) or getattr(error, "connection_invalidated", False)


class Spell:
    """An outage that a worker sits out."""

    def __init__(self) -> None:
        self._lasting = Lasting(TELL_SECONDS)

    def tells(self, error: Exception) -> bool:
        """Whether this is one; then it was said, or had been."""
        if not is_outage(error):
            return False
        if self._lasting.begins():
            log.warning("the database can not be used: %s; all waits until it can", reason_of(error))
        return True

    def ends(self) -> None:
        """It could be used just now."""
        if (seconds := self._lasting.ends()) is not None:
            log.info("the database can be used again, after %d s", seconds)


spell = Spell()
