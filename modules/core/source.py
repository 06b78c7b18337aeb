"""Where the options come from while the program runs: alter.ini is read again when it has changed."""

import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from modules.core import config
from modules.core.inifile import ConfigError
from modules.core.kinds import Text
from modules.core.options import Options

log = logging.getLogger(__name__)


class Source:
    """Where the options come from, for web and worker: reads the file again when it has changed.

    Raises ConfigError when it is made. Later a file that is broken or gone leaves the last good options in
    force, and `problems` say why (none: all is well); so does the log, once. Safe to share between threads.
    """

    SECONDS_BETWEEN_LOOKS = 1.0

    def __init__(self, path: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self.env = dict(os.environ if env is None else env)
        self.given = path
        self.path = config.named_file(path, self.env) or config.DEFAULT_FILE
        self.problems: tuple[Text, ...] = ()
        self._lock = threading.Lock()
        self._seen = self._look()
        self._next_look = time.monotonic() + self.SECONDS_BETWEEN_LOOKS
        self._loaded = config.load(path, self.env)

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
            loaded = config.load(self.given, self.env)
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

    def _recover(self, loaded: config.Loaded) -> None:
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
