"""Finding subscribers while one types: login, contract, name, address, phone digits; Internet and cable TV.

Every word typed must be found somewhere in the subscriber. Each family of tables is looked through by itself
and the hits are joined by login: with 20 000 subscribers several times faster than searching one wide join.
"""

import re
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from modules.billing.facts import Found, Subscriber
from modules.billing.internet import INTERNET
from modules.billing.internet import describe as describe_internet
from modules.billing.models import Address, Apt, Build, City, Contract, Phone, RealName, Street, UkvUser, User
from modules.billing.ukv import UKV
from modules.billing.ukv import describe as describe_ukv
from modules.core.db import db

LONGEST, MOST_WORDS = 100, 6
# Summed over the words of a search: one exact login or contract outweighs whatever the other words are.
EXACT, BEGINS, SOMEWHERE = -100, -1, 0

Column = InstrumentedAttribute[Any] | ColumnElement[Any]
Hit = tuple[int, str]  # rank, key


def search(text: str, limit: int = 20, ukv: bool = False, internet: bool = True) -> list[Found]:
    """The best hits for what was typed, at most `limit`: an exact login or contract comes first."""
    words = words_of(text)
    # Rank, then the place within its own book: neither book crowds the other out.
    hits: list[tuple[int, int, str, str]] = []
    if words and internet:
        found = enumerate(_internet_hits(words, limit))
        hits += [(rank, place, INTERNET.kind, login) for place, (rank, login) in found]
    if words and ukv:
        hits += [(rank, place, UKV.kind, key) for place, (rank, key) in enumerate(_ukv_hits(words, limit))]
    best = [hit[2:] for hit in sorted(hits, key=lambda hit: hit[:2])[:limit]]
    people = [*describe_internet([key for kind, key in best if kind == INTERNET.kind])]
    people += describe_ukv([key for kind, key in best if kind == UKV.kind])
    places = {(kind, key): place for place, (kind, key) in enumerate(best)}
    return [_found(who) for who in sorted(people, key=lambda who: places[who.kind, who.key])]


def words_of(text: str) -> list[str]:
    """What is looked for: words; a phone number written with gaps is one word."""
    text = " ".join(text.replace("\0", " ").split())[:LONGEST]
    if len(phone_digits(text)) >= 7 and re.fullmatch(r"[0-9 +().-]+", text):
        return [re.sub(r"[^0-9]", "", text)]
    return re.split(r"[ ,]+", text.strip(" ,"))[:MOST_WORDS] if text.strip(" ,") else []


def phone_digits(word: str) -> str:
    """The digits to look for in phone fields, a whole number's leading 7 or 8 left out; '' = no phone."""
    digits = re.sub(r"[^0-9]", "", word) if re.fullmatch(r"[0-9 +().-]+", word) else ""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


def like(column: Column, word: str, begin: str = "*", end: str = "*") -> ColumnElement[bool]:
    """Whether the column holds the word, in any case, ё as good as е; begin='' or end='' ties that side."""
    dialect = db.engine.dialect.name
    if dialect == "sqlite":  # its LIKE folds ASCII only; GLOB with both cases of each letter stays within C
        return column.op("GLOB")(begin + "".join(map(_either_case, word)) + end)
    escaped = re.sub(r"([%_!])", r"!\1", word)
    pattern = f"{begin and '%'}{escaped}{end and '%'}"
    if dialect == "postgresql":
        plain = func.replace(func.lower(column), "ё", "е")
        return plain.like(pattern.lower().replace("ё", "е"), escape="!")
    return column.like(pattern, escape="!")


def ukv_found(text: str) -> Select[Any]:
    """The cable-TV subscribers that hold every word, an exact contract or number first; rows for person()."""
    words = words_of(text)
    found = UKV.everybody().where(*map(_ukv_word, words))
    return found.order_by(_ukv_rank(words)) if words else found


def _either_case(letter: str) -> str:
    if letter in "*?[":
        return f"[{letter}]"
    cases = "".join(
        sorted({letter.lower(), letter.upper()} | (set("её") | set("ЕЁ") if letter in "еёЕЁ" else set()))
    )
    return f"[{cases}]" if len(cases) > 1 and letter.isalpha() else letter


def _digits_in(column: Column) -> ColumnElement[str]:
    plain: Any = column
    for sign in (" ", "-", "(", ")"):
        plain = func.replace(plain, sign, "")
    return plain


def _rank(column: Column, word: str) -> ColumnElement[int]:
    return case((like(column, word, "", ""), EXACT), (like(column, word, ""), BEGINS), else_=SOMEWHERE)


def _internet_hits(words: list[str], limit: int) -> list[Hit]:
    parts = [_internet_word(word, number) for number, word in enumerate(words)]
    first, rest = parts[0], parts[1:]
    rank = func.min(sum((part.c.rank for part in rest), start=first.c.rank))
    wanted: Any = select(rank.label("rank"), first.c.login)
    for part in rest:
        wanted = wanted.join(part, part.c.login == first.c.login)
    wanted = wanted.group_by(first.c.login).order_by("rank", first.c.login).limit(limit)
    return [(row.rank, row.login) for row in db.session.execute(wanted)]


def _internet_word(word: str, number: int) -> Subquery:
    found = [
        select(User.login, _rank(User.login, word).label("rank")).where(like(User.login, word)),
        select(Contract.login, _rank(Contract.contract, word)).where(like(Contract.contract, word)),
        select(RealName.login, literal(SOMEWHERE)).where(like(RealName.realname, word)),
        _addresses(word),
    ]
    digits = phone_digits(word)
    if len(digits) >= 3:
        there = or_(_digits_in(Phone.phone).contains(digits), _digits_in(Phone.mobile).contains(digits))
        found.append(select(Phone.login, literal(SOMEWHERE)).where(there))
    return union_all(*found).subquery(f"word{number}")


def _addresses(word: str) -> Any:
    house, _, flat = word.rpartition("/")
    number = or_(like(Build.buildnum, word, ""), like(Apt.apt, word, "", ""))
    if house and flat:
        number = or_(number, and_(like(Build.buildnum, house, "", ""), like(Apt.apt, flat, "", "")))
    place = number if word[0].isdigit() else or_(like(Street.streetname, word), like(City.cityname, word, ""))
    return (
        select(Address.login, literal(SOMEWHERE))
        .join(Apt, Apt.id == Address.aptid)
        .join(Build, Build.id == Apt.buildid)
        .join(Street, Street.id == Build.streetid)
        .join(City, City.id == Street.cityid)
        .where(place)
    )


def _ukv_hits(words: list[str], limit: int) -> list[Hit]:
    rank = _ukv_rank(words).label("rank")
    wanted = select(rank, UkvUser.id).where(*map(_ukv_word, words)).order_by("rank", UkvUser.id).limit(limit)
    return [(row.rank, str(row.id)) for row in db.session.execute(wanted)]


def _ukv_rank(words: list[str]) -> ColumnElement[int]:
    number = cast(UkvUser.id, String)
    ranks = (case((number == word, EXACT), else_=_rank(UkvUser.contract, word)) for word in words)
    return sum(ranks, start=literal(0))


def _ukv_word(word: str) -> ColumnElement[bool]:
    columns = (UkvUser.contract, UkvUser.realname, UkvUser.street)
    places = [like(column, word) for column in columns] + [like(UkvUser.city, word, "")]
    house, _, flat = word.rpartition("/")
    if word[0].isdigit():
        places += [like(UkvUser.build, word, ""), like(UkvUser.apt, word, "", "")]
        places.append(cast(UkvUser.id, String) == word)
    if house and flat:
        places.append(and_(like(UkvUser.build, house, "", ""), like(UkvUser.apt, flat, "", "")))
    digits = phone_digits(word)
    if len(digits) >= 3:
        places += [_digits_in(column).contains(digits) for column in (UkvUser.phone, UkvUser.mobile)]
    return or_(*places)


def _found(who: Subscriber) -> Found:
    return Found(who.kind, who.key, who.contract, who.name, who.address, who.mobile_text or who.phone_text)
