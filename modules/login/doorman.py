"""Checks passwords, and counts the wrong ones: by account and by address, in the database, for all processes.

An attempt is written down before the password is looked at, so that a hundred guesses made at once are counted like a
hundred in a row; one that finds no place waits until those before it are settled. Nothing here tells whether an
account exists: unknown ones are counted, checked and refused alike.
"""

import time
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from modules.core.admins import Admin, LoginFailure, find_admin, fold_login, is_password, refresh_hash
from modules.core.db import clock, transact
from modules.core.journal import write

MOST_BY_LOGIN = 5
MOST_BY_ADDRESS = 20
WINDOW = timedelta(minutes=15)
LONGEST_CHECK = timedelta(seconds=30)  # an attempt still unsettled after that died with its process
PATIENCE = 5.0  # seconds to wait for a place
KEPT = timedelta(days=1)


class TooManyWrong(Exception):
    """Too many wrong passwords lately: nothing was looked at. `minutes` until it may be tried again."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many wrong passwords, {minutes} minutes to wait")
        self.minutes = minutes


def check(login: str, password: str, ip: str) -> Admin | None:
    """The admin whose login and password these are, None when they are not. Raises TooManyWrong."""
    login = fold_login(login)
    attempt = _begin(login, ip)
    admin = find_admin(login)
    right = is_password(admin, password) and admin is not None and not admin.disabled
    if admin is not None and right:
        transact(lambda session: _settle_right(session, attempt, admin, password))
        return admin
    who = login if admin else "-"  # what is no login may well be a password
    transact(lambda session: _settle_wrong(session, attempt, who))
    return None


def _begin(login: str, ip: str) -> int:
    """Writes the attempt down -> its id, as soon as there is a place for it."""
    last = time.monotonic() + PATIENCE
    while True:
        attempt = transact(lambda session: _take_place(session, login, ip))
        if attempt is not None:
            return attempt
        if time.monotonic() > last:
            raise TooManyWrong(1)
        time.sleep(0.05)


def _take_place(session: Session, login: str, ip: str) -> int | None:
    # All attempts queue up here, on accounts that exist or not, for the moment that counting takes; SQLite has one
    # writer at a time anyway.
    session.execute(select(Admin.id).order_by(Admin.id).limit(1).with_for_update())
    now = clock()
    places = [_places(session, LoginFailure.login, login, MOST_BY_LOGIN, now)]
    if ip:
        places.append(_places(session, LoginFailure.ip, ip, MOST_BY_ADDRESS, now))
    if min(places) <= 0:
        return None
    attempt = LoginFailure(login=login, ip=ip, at_utc=now, checking=True)
    session.add(attempt)
    session.flush()
    return attempt.id


def _places(
    session: Session, column: InstrumentedAttribute[str], value: str, most: int, now: datetime
) -> int:
    """How many more attempts may be looked at now. Raises TooManyWrong when that is for time to mend."""
    wrong = LoginFailure.checking.is_(False) & (LoginFailure.at_utc > now - WINDOW)
    open_ = LoginFailure.checking.is_(True) & (LoginFailure.at_utc > now - LONGEST_CHECK)
    mine = select(LoginFailure.at_utc, LoginFailure.checking).where(column == value, wrong | open_)
    # One SELECT: an attempt that is settled between two would be seen by neither.
    rows = session.execute(mine.order_by(LoginFailure.at_utc.desc())).all()
    times = [at for at, checking in rows if not checking]
    if len(times) >= most:
        raise TooManyWrong(max(1, ceil((times[most - 1] + WINDOW - now) / timedelta(minutes=1))))
    return most - len(rows)


def _settle_right(session: Session, attempt: int, admin: Admin, password: str) -> None:
    wrong_before = (LoginFailure.login == admin.login) & LoginFailure.checking.is_(False)
    session.execute(delete(LoginFailure).where((LoginFailure.id == attempt) | wrong_before))
    refresh_hash(session, admin, password)


def _settle_wrong(session: Session, attempt: int, who: str) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.at_utc < clock() - KEPT))
    session.execute(update(LoginFailure).where(LoginFailure.id == attempt).values(checking=False))
    write("LOGIN wrong password", admin=who)
