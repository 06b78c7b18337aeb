"""Who works here: admins, their rights and passwords. (`admins` is stargazer's: ours is panel_admins.)"""

import re
from collections.abc import Iterable
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin
from sqlalchemy import Boolean, ForeignKey, Index, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from modules.core.db import Base, RowId, UtcTime, db
from modules.core.times import utc_now

RIGHTS = {
    "TASKBAR": _l("Taskbar"),
    "USERPROFILE": _l("Subscriber's profile"),
    "CASH": _l("Taking money"),
    "UKV": _l("Cable TV (UKV)"),
    "BANKSTA2": _l("Bank statements"),
    "DREAMKAS": _l("Dreamkas integration"),
    "DREAMKASMANAGE": _l("Decisions about fiscal operations and webhooks"),
    "ROOT": _l("Everything"),
}

SHORTEST_PASSWORD = 8

# OWASP's smallest argon2id: some 20 ms, and 19 MiB for each of the sign-ins that run at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Of no password at all: checked when nobody has the login typed, so that the answer takes as long.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$mmCeh3OAoEjYFvoVczPrHg$nHLyuLoJQTp9yWUHvtMJWJ8Qm/Pm/YFkkoVSRXkWoAM"
)


class AdminError(ValueError):
    """This admin can not be made so; str() is a sentence for the reader."""


class Admin(UserMixin, Base):
    """Somebody who signs in. A request holds a detached snapshot, with `token`, the secret of its session."""

    __tablename__ = "panel_admins"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    login: Mapped[str] = mapped_column(String(45), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    rights: Mapped[str] = mapped_column(Text, default="")  # comma list
    locale: Mapped[str | None] = mapped_column(String(8))
    created_utc: Mapped[datetime] = mapped_column(UtcTime, default=utc_now)
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    loopback_only: Mapped[bool] = mapped_column(
        Boolean, default=False
    )  # the demo's admins, whose password is public

    token = ""

    def get_id(self) -> str:
        """What flask-login keeps in the cookie."""
        return self.token

    def can(self, right: str) -> bool:
        """Whether the admin has the right, or one of "CASH|UKV"; ROOT has all, "" asks for none."""
        mine = self.rights.split(",")
        return not right or "ROOT" in mine or any(one in mine for one in right.split("|"))


class PanelSession(Base):
    """A signed-in browser. The id itself stands in its cookie only."""

    __tablename__ = "panel_sessions"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    admin_id: Mapped[int] = mapped_column(RowId, ForeignKey("panel_admins.id"), index=True)
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    seen_utc: Mapped[datetime] = mapped_column(UtcTime)
    ip: Mapped[str] = mapped_column(String(64), default="")
    closed_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class LoginFailure(Base):
    """An attempt to sign in: being checked now, or known to be wrong. A right one leaves no row."""

    __tablename__ = "panel_login_failures"
    __table_args__ = (
        Index("ix_panel_login_failures_login", "login", "at_utc"),
        Index("ix_panel_login_failures_ip", "ip", "at_utc"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    login: Mapped[str] = mapped_column(String(45))
    ip: Mapped[str] = mapped_column(String(64), default="")
    at_utc: Mapped[datetime] = mapped_column(UtcTime)
    checking: Mapped[bool] = mapped_column(Boolean, default=False)


# --- admins ---


def new_admin(
    login: str, password: str, rights: Iterable[str], *, name: str = "", loopback_only: bool = False
) -> Admin:
    """An admin ready to be added to a database session. Raises AdminError."""
    if not re.fullmatch(r"[a-z0-9._-]{1,45}", login):
        raise AdminError(_("A login is made of small Latin letters, digits, dot, dash and underscore."))
    return Admin(
        login=login,
        password_hash=hash_password(password, shortest=1 if loopback_only else SHORTEST_PASSWORD),
        name=name,
        rights=rights_text(rights),
        loopback_only=loopback_only,
        disabled=False,
    )


def rights_text(rights: Iterable[str]) -> str:
    """Names of rights -> as the table keeps them. Raises AdminError, naming those that do not exist."""
    asked = {right.strip().upper() for right in rights if right.strip()}
    if unknown := asked - set(RIGHTS):
        facts = {"unknown": ", ".join(sorted(unknown)), "known": ", ".join(RIGHTS)}
        raise AdminError(_("There are no such rights: %(unknown)s. There are: %(known)s.", **facts))
    return ",".join(right for right in RIGHTS if right in asked)


def find_admin(login: str) -> Admin | None:
    """The admin of that login, disabled or not."""
    return db.session.scalar(select(Admin).where(Admin.login == login))


def fold_login(typed: str) -> str:
    """A login as it was typed -> as it is kept and counted."""
    return typed.strip().lower()[:45]


# --- passwords ---


def hash_password(password: str, *, shortest: int = SHORTEST_PASSWORD) -> str:
    """A password -> what the table keeps. Raises AdminError for one that is too short."""
    if len(password) < shortest:
        raise AdminError(_("A password has at least %(number)s characters.", number=shortest))
    return _HASHER.hash(password)


def is_password(admin: Admin | None, password: str) -> bool:
    """Whether it is the admin's password; takes as long, and says no, for nobody."""
    try:
        return _HASHER.verify(admin.password_hash if admin else NOBODYS_HASH, password) and admin is not None
    except (VerificationError, InvalidHashError):
        return False


def refresh_hash(session: Session, admin: Admin, password: str) -> None:
    """Hashes a password just found right anew, when it was hashed more weakly than we do now."""
    if _HASHER.check_needs_rehash(admin.password_hash):
        fresh = _HASHER.hash(password)
        unchanged = Admin.password_hash == admin.password_hash
        session.execute(update(Admin).where(Admin.id == admin.id, unchanged).values(password_hash=fresh))
