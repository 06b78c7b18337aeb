"""Flask-Caching: files under var/ by default, Redis by CACHE_URL. A convenience: losing it loses nothing."""

import hashlib
from urllib.parse import urlsplit

from flask import Flask
from flask_caching import Cache

cache = Cache()


def init_cache(app: Flask, url: str, secret: str) -> None:
    """Binds the cache of CACHE_URL: file:///folder, or redis://…"""
    if url.startswith("file:"):
        config = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": urlsplit(url).path, "CACHE_THRESHOLD": 2000}
    else:
        mark = hashlib.sha256(secret.encode()).hexdigest()[:8]  # two houses may share a Redis
        config = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url, "CACHE_KEY_PREFIX": f"house.{mark}:"}
    cache.init_app(app, config={"CACHE_DEFAULT_TIMEOUT": 1800, **config})
