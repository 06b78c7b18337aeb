"""Which payment of the bank a row is: new, one that the books have, or one that only a person can tell; pure.

A payment is credited once although files overlap, are saved anew in another order or encoding, or come from two admins.
The bank's own number of the operation proves it, so does the time of day: such a row is the `same`. Without either an
equal row may be the same payment or an honest second one of that day, and a file may be cut in the middle of the day:
it is `suspected`, neither dropped nor credited until somebody says. Equal rows of one file are different payments, so
each earlier payment is the twin of one row of a file at most.

Who writes verdicts into the books serializes imports, and treats a refused `key` (unique) as "judge again".
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import time as Clock
from functools import cached_property
from typing import Any

NEW, SAME, SUSPECTED = "", "same", "suspected"  # models.StatementRow.verdict
MIDNIGHT = Clock(0, 0)
SHORT = 64  # characters of a number that count: the books keep as many
CUT = 200  # characters of a text that count: the books keep 255 of a purpose


def _clock(row: Any) -> str:
    """The time of day; midnight is what tables show where there is none."""
    return row.time.isoformat() if row.time and row.time != MIDNIGHT else ""


def _exact(row: Any) -> tuple[str, ...]:
    """What two rows of one payment say alike, or not at all."""
    named = (row.bank_id, row.account, _clock(row), row.payer_account, row.payer_inn, row.document)
    return tuple([_plain(text)[:SHORT] if text else "" for text in named])


def _texts(row: Any) -> tuple[str, str]:
    """What may be cut short in one of two rows of one payment."""
    return _plain(row.payer)[:CUT], _plain(row.purpose)[:CUT]


def digest(row: Any) -> str:
    """64 hex digits: the same for the same payment, by the bank's number where there is one.

    `row`: a Fact, or anything that says the same: most rows are never compared, and need no Fact made of them.
    """
    bank_id, account, *rest = _exact(row)
    told = ("id", bank_id, account) if bank_id else ("row", account, *rest, *_texts(row))
    return hashlib.sha256("\x1f".join((row.date.isoformat(), str(row.kopecks), *told)).encode()).hexdigest()


@dataclass(frozen=True)
class Fact:
    """What tells one payment from another; "" and None say nothing, so they contradict nothing."""

    date: Day
    kopecks: int
    bank_id: str = ""
    account: str = ""
    time: Clock | None = None
    payer_account: str = ""
    payer_inn: str = ""
    document: str = ""
    payer: str = ""
    purpose: str = ""

    clock = cached_property(_clock)
    exact = cached_property(_exact)
    texts = cached_property(_texts)
    digest = cached_property(digest)


@dataclass(frozen=True)
class Known:
    """A row that the books hold already: every one but those found to be the `same` as an earlier one."""

    id: int
    fact: Fact
    occurrence: int = 0  # of the key that it holds, 0 = none


@dataclass(frozen=True)
class Verdict:
    """What a row of a file is. `twin` is the id of the earlier row; `twin_row` its place, when it is of this file."""

    kind: str  # NEW, SAME or SUSPECTED
    identity: str
    occurrence: int  # among equal rows of the books and of this file, from 1
    twin: int | None = None
    twin_row: int | None = None

    @property
    def key(self) -> str | None:
        """What the row that may be credited holds, one row for each key; None: it may not."""
        return key(self.identity, self.occurrence) if self.kind == NEW else None


def key(identity: str, occurrence: int) -> str:
    """The unique key of the n-th payment of that identity; a person's "another payment" takes the next free one."""
    return f"{identity}:{occurrence}"


def judge(rows: Sequence[Fact | None], books: Iterable[Known]) -> list[Verdict | None]:
    """A verdict for each row of one file, None for a row that is no payment (None).

    `books` must hold at least the known rows of the same dates and sums.
    """
    known: dict[tuple[Day, int], list[Known]] = defaultdict(list)
    for each in books:
        known[each.fact.date, each.fact.kopecks].append(each)
    places: dict[tuple[Day, int], list[int]] = defaultdict(list)
    for place, fact in enumerate(rows):
        if fact:
            places[fact.date, fact.kopecks].append(place)
    verdicts: list[Verdict | None] = [None] * len(rows)
    for alike, group in places.items():
        facts = [fact for place in group if (fact := rows[place])]
        for place, verdict in zip(group, _judge_group(facts, group, known[alike]), strict=True):
            verdicts[place] = verdict
    return verdicts


def _judge_group(facts: list[Fact], places: list[int], known: list[Known]) -> list[Verdict]:
    """Verdicts on rows of one date and sum."""
    twins = _pair(facts, known) if known else {}
    count = Counter(each.fact.digest for each in known)
    for each in known:  # numbers stay taken when an earlier file was deleted
        count[each.fact.digest] = max(count[each.fact.digest], each.occurrence)
    verdicts: list[Verdict] = []
    before = _numbered_before(facts)
    for at, fact in enumerate(facts):
        twin, kind = twins.get(at, (None, NEW))
        again = before.get(at) if twin is None else None
        kind = SUSPECTED if again is not None else kind
        if twin is None:
            count[fact.digest] += 1
        twin_row = None if again is None else places[again]
        verdicts.append(
            Verdict(kind, fact.digest, count[fact.digest] or 1, twin.id if twin else None, twin_row)
        )
    return verdicts


def _pair(facts: list[Fact], known: list[Known]) -> dict[int, tuple[Known, str]]:
    """Row -> its twin in the books and how sure that is: proofs first, then equal rows, then what may be equal."""
    pairs: dict[int, tuple[Known, str]] = {}
    left = {one.id for one in known}
    for shared, is_twin, kind in LOOKS:
        index: dict[str, list[Known]] = defaultdict(list)
        for one in known:
            for word in shared(one.fact) if one.id in left else ():
                index[word].append(one)
        for at, fact in enumerate(facts):
            near = (one for word in shared(fact) for one in index[word]) if at not in pairs else iter(())
            if twin := next((one for one in near if one.id in left and is_twin(fact, one.fact)), None):
                pairs[at] = twin, kind
                left.remove(twin.id)
    return pairs


def _is_proved(one: Fact, other: Fact) -> bool:
    by_id = _one_number(one, other)
    by_time = bool(one.clock) and one.clock == other.clock and one.texts == other.texts
    return (by_id or by_time) and _agree(one, other)


def _one_number(one: Fact, other: Fact) -> bool:
    return bool(one.exact[0]) and one.exact[0] == other.exact[0]


def _is_equal(one: Fact, other: Fact) -> bool:
    return one.digest == other.digest


def _may_be(one: Fact, other: Fact) -> bool:
    """The same number of the bank under other words too: whether that column is a number of operations is a doubt."""
    by_id = _one_number(one, other)
    return by_id or _agree(one, other)


def _agree(one: Fact, other: Fact) -> bool:
    """Nothing that both say is different; a text may be the beginning of the other."""
    for a, b in zip(one.texts, other.texts, strict=True):
        if not (a.startswith(b) or b.startswith(a)):
            return False
    return all(not a or not b or a == b for a, b in zip(one.exact, other.exact, strict=True))


# What twins have in common (many rows of one day and sum are not compared each with each), whether they are, how sure.
LOOKS: tuple[tuple[Callable[[Fact], list[str]], Callable[[Fact, Fact], bool], str], ...] = (
    (lambda fact: [word for word in (fact.exact[0], fact.clock) if word], _is_proved, SAME),
    (lambda fact: [fact.digest], _is_equal, SUSPECTED),
    (lambda _fact: [""], _may_be, SUSPECTED),
)


def _numbered_before(facts: list[Fact]) -> dict[int, int]:
    """Row -> the first row of this file under the same number of the bank that says nothing else: printed twice?

    A row without a number may be it too, by its time of day.
    """
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    found: dict[int, int] = {}
    for at, fact in enumerate(facts):
        number = fact.exact[0]
        near = sorted([*seen["", fact.clock], *seen[number, ""]]) if number else []
        again = next((place for place in near if _is_proved(fact, facts[place])), None)
        if again is not None:
            found[at] = again
        seen[(number, "") if number else ("", fact.clock)].append(at)
    return found


def _plain(text: str) -> str:
    """Without what another program may write in another way: case, blanks, quotes, punctuation."""
    return text.translate(_PLAIN)


class _Plain(dict[int, str]):
    """What is left of each sign, made ready when it is first met."""

    def __missing__(self, sign: int) -> str:
        folded = chr(sign).casefold().replace("ё", "е")
        return self.setdefault(sign, "".join(letter for letter in folded if letter.isalnum()))


_PLAIN = _Plain()
