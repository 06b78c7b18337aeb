"""How long a server of databases may take for an answer: one that hangs must not hang whoever asks it.

SQLite has its own limit, busy_timeout. Commands, which a person sees, wait as long as it takes, for an ALTER say.
"""

from functools import cache
from typing import Any

from sqlalchemy import Engine, event

# A connection that hangs, and then the one made in its stead, end before gunicorn loses patience (--timeout 120).
ANSWER_SECONDS = 45


def set_limits(engine: Engine) -> None:
    """Connections made from now on end when an answer takes longer."""
    if limit := LIMITS.get(engine.dialect.name):
        event.listen(engine, "do_connect", limit)


def take_time(engine: Engine) -> None:
    """They do not."""
    limit = LIMITS.get(engine.dialect.name)
    if limit and event.contains(engine, "do_connect", limit):
        event.remove(engine, "do_connect", limit)


def _of_mariadb(_dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
    named |= {"read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}


def _of_postgres(dialect: Any, _record: Any, given: Any, named: dict[str, Any]) -> Any:
    return _limited(dialect.loaded_dbapi).connect(*given, **named)


@cache
def _limited(psycopg: Any) -> Any:
    """Its Connection with a limit for each statement: libpq, and so its options, has none of its own."""

    class Limited(psycopg.Connection):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, timeout or ANSWER_SECONDS)
            except psycopg.errors._WaitTimeout:
                if timeout:
                    raise
                self.close()  # what was asked may be answered still, and would be taken for another answer
                raise psycopg.OperationalError(f"no answer for {ANSWER_SECONDS} s") from None

    return Limited


LIMITS = {"mysql": _of_mariadb, "mariadb": _of_mariadb, "postgresql": _of_postgres}
