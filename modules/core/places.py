"""Where the program writes: VAR_DIR, which it makes, and what its addresses name elsewhere, which must be there.

A command that was run as root leaves files that the house can not use: that is said at the start, by name.
"""

import os
import pwd
from pathlib import Path
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import make_url

from modules.core.options import Options

IN_FOLDER = os.R_OK | os.W_OK | os.X_OK
BESIDE = ("", "-wal", "-shm")  # what SQLite keeps of a database


class PlaceError(OSError):
    """The program can not write where it is told to; str() is a sentence for the admin."""


def need_places(options: Options) -> None:
    """Makes VAR_DIR when it is not there. Raises PlaceError for what can not be used as it is."""
    var, files = options.var_dir, _sqlite_files(options)
    _need_folder(var, var)
    for folder in {*_cache_folders(options), *(file.parent for file in files)}:
        _need_folder(folder, var)
    _need_usable(var / "statements", IN_FOLDER)
    if not options.secret_key:
        _need_usable(var / "secret_key", os.R_OK)
    for file in files:
        for end in BESIDE:
            _need_usable(Path(f"{file}{end}"), os.R_OK | os.W_OK)


def _sqlite_files(options: Options) -> list[Path]:
    urls = [make_url(url) for url in (options.database_url, options.queue_url) if url.startswith("sqlite")]
    return [Path(url.database) for url in urls if url.database and url.database.startswith("/")]


def _cache_folders(options: Options) -> list[Path]:
    url = urlsplit(options.cache_url)
    return [Path(url.path)] if url.scheme == "file" else []


def _need_folder(folder: Path, var: Path) -> None:
    if not os.path.isdir(folder):
        if not folder.is_relative_to(var):
            raise PlaceError(_("The folder %(place)s does not exist.", place=folder))
        _make(folder)
    _need_usable(folder, IN_FOLDER)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise PlaceError(_("%(place)s is no folder.", place=folder)) from None
    except OSError as error:
        said = _("The folder %(place)s can not be made: %(reason)s.", place=folder, reason=error.strerror)
        raise PlaceError(said) from None


def _need_usable(place: Path, how: int) -> None:
    if os.path.exists(place) and not os.access(place, how, effective_ids=True):
        stat = place.stat()
        facts = {"place": place, "user": _name(os.geteuid()), "owner": _name(stat.st_uid)}
        facts["mode"] = f"{stat.st_mode & 0o777:o}"
        raise PlaceError(
            _(
                "%(place)s can not be used by %(user)s, who runs the program: it belongs to %(owner)s, mode %(mode)s.",
                **facts,
            )
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a user of a container's, say
        return str(uid)
