"""Addresses of services as people write them, looked at before anybody goes there: a slip is said at the start.

How people read them again is `plain`. Each `…_url` raises ValueError for a whole address by which nothing is reached.
"""

from urllib.parse import urlsplit

from redis import ConnectionPool
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}


def with_driver(text: str) -> URL:
    """DATABASE_URL as people write it -> the same with the driver that is ours, unless it names one."""
    url = make_url(text)
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def plain(url: str) -> str:
    """An address for people to read: without user, password and parameters."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def database_url(text: str) -> None:
    """An SQLite file, or a database on a server; the driver must be installed."""
    try:
        url = with_driver(text)
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise ValueError from error
    # What follows a bare @ of the password was taken for the host.
    if not url.database or "@" in f"{url.host}{url.database}":
        raise ValueError
    if url.get_backend_name() == "sqlite" and url.host:
        raise ValueError


def cache_url(text: str) -> None:
    """A folder, or Redis."""
    if text.startswith("file:"):
        _whole_path(text)
    else:
        _redis_url(text)


def queue_url(text: str) -> None:
    """An SQLite file, or Redis."""
    if text.startswith("sqlite:"):
        _whole_path(text)
    else:
        _redis_url(text)


def _whole_path(text: str) -> None:
    """scheme:///path"""
    parts = urlsplit(text)
    if parts.netloc or not parts.path.strip("/"):
        raise ValueError


def _redis_url(text: str) -> None:
    """redis://host:port/number"""
    parts = urlsplit(text)
    if not parts.hostname or parts.fragment or not (parts.path.strip("/") or "0").isdecimal():
        raise ValueError
    try:
        ConnectionPool.from_url(text).make_connection()  # which does not connect
    except (TypeError, AttributeError) as error:
        raise ValueError from error
