"""Flask-Caching: files under var/ by default, Redis by CACHE_URL. A convenience: losing it loses nothing."""

import hashlib
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_caching import Cache

log = logging.getLogger(__name__)

TELL_SECONDS = 60.0
REDIS_WAITS = {"socket_connect_timeout": 1, "socket_timeout": 2}  # a page waits for it


class Convenience(Cache):
    """A cache that is empty while it is out of reach, and says so once a minute."""

    _next_word = 0.0

    def get(self, *args: Any, **how: Any) -> Any:
        """What was kept, or None."""
        try:
            return super().get(*args, **how)
        except Exception as error:
            self._say(error)
            return None

    def set(self, *args: Any, **how: Any) -> bool | None:
        """Keeps it, if that can be."""
        try:
            return super().set(*args, **how)
        except Exception as error:
            self._say(error)
            return False

    def _say(self, error: Exception) -> None:
        if time.monotonic() >= self._next_word:
            self._next_word = time.monotonic() + TELL_SECONDS
            log.warning("the cache at CACHE_URL is out of reach (%s): all is looked up anew", error)


cache = Convenience()


def init_cache(app: Flask, url: str, secret: str) -> None:
    """Binds the cache of CACHE_URL: file:///folder, or redis://…"""
    config: dict[str, Any]
    if url.startswith("file:"):
        config = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": urlsplit(url).path, "CACHE_THRESHOLD": 2000}
    else:
        mark = hashlib.sha256(secret.encode()).hexdigest()[:8]  # two houses may share a Redis
        config = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url, "CACHE_KEY_PREFIX": f"house.{mark}:"}
        config["CACHE_OPTIONS"] = REDIS_WAITS
    cache.init_app(app, config={"CACHE_DEFAULT_TIMEOUT": 1800, **config})
