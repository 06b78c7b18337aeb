"""Files on their way into the books: each is a draft of the admin who brought it, seen by nobody else.

A file lies under var/statements/ by a name of our own; the name that the browser gave is only shown.
"""

import errno
import functools
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from modules.banksta2 import reader
from modules.banksta2.facts import FILE_AT_MOST, MIB, Unreadable
from modules.banksta2.models import Statement, StatementRow
from modules.banksta2.one_c import ONE_C_COLUMNS
from modules.banksta2.reader import Look
from modules.banksta2.rules import TELEPATHY, Rules
from modules.billing import service as billing
from modules.core import journal
from modules.core.current import options
from modules.core.db import clock, db, rows_changed, transact

DRAFT, IMPORTED = "draft", "imported"
CHUNK = 64 * 1024
FULL = (errno.ENOSPC, errno.EDQUOT)
SHORTEST = 4  # digits of a contract: shorter runs in a purpose are days and months


class NoDraft(LookupError):
    """There is no such draft of this admin (any more)."""


class AlreadyHere(ValueError):
    """The very same file is here: `statement` is an imported one, or a draft of this admin."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.hash)
        self.statement = statement


def folder() -> Path:
    """Where files lie."""
    place = options().var_dir / "statements"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def path_of(draft: Statement) -> Path:
    """Its file."""
    return folder() / draft.stored


def bring(
    stream: IO[bytes],
    filename: str,
    admin: str,
    encoding: str = "",
    delimiter: str = "",
    skip_rows: int = 0,
    use_names: bool = False,
) -> Statement:
    """A file that was uploaded -> a draft. Commits. Raises Unreadable, and AlreadyHere when it is no news."""
    stored = uuid4().hex
    place = folder() / stored
    try:
        draft = Statement(hash=uuid4().hex, md5=_keep(stream, place), stored=stored, admin=admin, state=DRAFT)
        if earlier := same_file(draft, admin):
            raise AlreadyHere(earlier)
        draft.filename = journal.clean(filename)[:255] or "statement"
        draft.created_utc, draft.skip_rows, draft.use_names = clock(), skip_rows, use_names
        _take(draft, _look_at(place, encoding, delimiter, use_names))
        draft.rules = (rules_of_1c() if draft.kind == "1c" else Rules()).as_json()
        transact(lambda session: session.add(draft))
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return draft


def _keep(stream: IO[bytes], place: Path) -> str:
    """Writes the file, nobody else's to read -> its md5, which tells the same file again, not whether it is honest."""
    with disk_may_be_full():
        return _write(stream, place)


@contextmanager
def disk_may_be_full() -> Iterator[None]:
    """Of what keeps a file that comes in: a full disk makes it Unreadable, as whatever else is wrong with it."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Unreadable("disk_full") from error


def _write(stream: IO[bytes], place: Path) -> str:
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > FILE_AT_MOST:
                raise Unreadable("too_large", limit=FILE_AT_MOST // MIB)
            digest.update(chunk)
            file.write(chunk)
    if not size:
        raise Unreadable("empty")
    return digest.hexdigest()


def same_file(draft: Statement, admin: str) -> Statement | None:
    """The imported statement, or the draft of this admin, that holds the very same bytes."""
    same = select(Statement).where(Statement.md5 == draft.md5, Statement.id.is_not(draft.id))
    ours = (Statement.state == IMPORTED) | (Statement.admin == admin)
    return db.session.scalar(same.where(ours).order_by(Statement.state.desc(), Statement.id).limit(1))


def others_with(draft: Statement) -> list[str]:
    """Other admins who are working on the very same file."""
    theirs = (Statement.md5 == draft.md5, Statement.state == DRAFT, Statement.admin != draft.admin)
    return sorted(set(db.session.scalars(select(Statement.admin).where(*theirs))))


def mine(admin: str) -> list[Statement]:
    """This admin's drafts, the newest first."""
    wanted = select(Statement).where(Statement.admin == admin, Statement.state == DRAFT)
    return list(db.session.scalars(wanted.order_by(Statement.id.desc())))


def find(hash: str, admin: str) -> Statement:
    """His draft of that hash. Raises NoDraft."""
    wanted = (Statement.hash == hash, Statement.admin == admin, Statement.state == DRAFT)
    draft = db.session.scalar(select(Statement).where(*wanted))
    if draft is None:
        raise NoDraft
    return draft


def look_of(draft: Statement) -> Look:
    """How its file looks, by what stands in the draft. Raises Unreadable."""
    return _look_at(path_of(draft), draft.encoding, draft.delimiter, draft.use_names)


def _look_at(place: Path, encoding: str, delimiter: str, use_names: bool) -> Look:
    changed = place.stat().st_mtime_ns if place.exists() else 0
    return _look(place, changed, encoding or None, delimiter or None, use_names)


@functools.lru_cache(maxsize=4)  # the preview asks with every letter that is typed
def _look(place: Path, _changed: int, encoding: str | None, delimiter: str | None, use_names: bool) -> Look:
    return reader.look(place, encoding=encoding, delimiter=delimiter, use_names=use_names)


def read_anew(draft: Statement, encoding: str, delimiter: str, skip_rows: int, use_names: bool) -> None:
    """The file is to be read so. Commits. Raises Unreadable; the draft is left as it was then."""
    look = _look_at(path_of(draft), encoding, delimiter, use_names)

    def work(session: Session) -> None:
        _take(draft, look)
        draft.skip_rows, draft.use_names, draft.rows_total = skip_rows, use_names, 0

    transact(work)


def _take(draft: Statement, look: Look) -> None:
    draft.kind, draft.encoding, draft.delimiter = look.kind, look.encoding, look.delimiter


def map_anew(draft: Statement, rules: Rules) -> None:
    """These rules are in force. Commits."""
    values = {"rules": rules.as_json(), "rows_total": 0}
    mine = (Statement.id == draft.id, Statement.state == DRAFT)
    transact(lambda session: session.execute(update(Statement).where(*mine).values(**values)))


def throw_away(draft: Statement) -> None:
    """Forgets the draft, what was read of it, and its file. Commits."""

    def work(session: Session) -> int:
        mine = (Statement.id == draft.id, Statement.state == DRAFT)
        gone = rows_changed(session.execute(delete(Statement).where(*mine)))
        if gone:
            session.execute(delete(StatementRow).where(StatementRow.statement_id == draft.id))
        return gone

    if transact(work):
        forget_file(draft)


def forget_file(statement: Statement) -> None:
    """Its file goes away; a statement of Ubilling's days has none."""
    if statement.stored:
        path_of(statement).unlink(missing_ok=True)


def rules_of_1c() -> Rules:
    """The exchange names its columns itself; a contract is a run of digits as long as contracts of the books are."""
    place = {name: str(number) for number, name in enumerate(ONE_C_COLUMNS)}
    least, most = billing.lengths_of_contracts() or (0, 0)
    guess = most >= SHORTEST
    return Rules(
        col_paydate=place["date"],
        col_paysum=place["sum"],
        col_realname=place["payer"],
        col_paypurpose=place["purpose"],
        col_account=place["account"],
        col_payer_account=place["payer_account"],
        col_payer_inn=place["payer_inn"],
        col_document=place["number"],
        guess_contract=int(guess),
        contract_min_len=max(least, SHORTEST) if guess else 0,
        contract_max_len=most if guess else 0,
        service_type=TELEPATHY,
    )
