"""The free-text phone and e-mail fields of the billing -> one address that a receipt may be sent to.

Strict on purpose: the cash register silently drops a contact that fails its own check and prints without it
(dreamkas-api.md 2.3), and a receipt sent to a wrongly guessed number tells a stranger about a payment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from phonenumbers import PhoneNumberType

NOT_A_PHONE = _l("this is not a phone number")
NOT_MOBILE = _l("this is not a mobile number")
NOT_RUSSIAN = _l("this is not a Russian number")
TOO_SHORT = _l("the number is too short")
TOO_LONG = _l("the number is too long")

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# A number and all that people put inside one: blanks, brackets, dots, every kind of hyphen
_RUN = re.compile(r"\+?[\s(]*[0-9](?:[0-9\s().\u2010-\u2015\u2212-]*[0-9])?")
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9._+-]{1,64}")


@dataclass(frozen=True)
class Mobile:
    """What a phone field holds: the first usable number ("+79110000001"), and why the others are not."""

    number: str | None
    refusals: tuple[tuple[str, str], ...]  # (as it was typed, a translated reason)


class EmailError(ValueError):
    """This is no address for a receipt; str() is a sentence for the reader, in the reader's language."""


def read_mobile(text: str) -> Mobile:
    """A phone field as people fill it (several numbers, words between) -> its first Russian mobile number."""
    usable, refusals = None, []
    for piece in _pieces(text):
        number, reason = _judge(piece)
        usable = usable or number
        if reason:
            refusals.append((piece, reason))
    if text.strip() and not usable and not refusals:
        refusals.append((text.strip(), NOT_A_PHONE))
    return Mobile(usable, tuple(refusals))


def mask(number: str) -> str:
    """ "+79110000001" -> "+7911•••0001", the only form in which a number may stand in a log."""
    return f"{number[:5]}•••{number[-4:]}" if len(number) >= 12 else "•••"


def check_email(text: str) -> str:
    """An e-mail address, normalised and pure ASCII. Raises EmailError."""
    text = text.strip()
    if "@" not in text:
        raise EmailError(_l("An e-mail address has an @ in it."))
    try:
        # test_environment lets the demo's example.test through; nothing is looked up in DNS
        found = validate_email(
            text, allow_smtputf8=False, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError as error:
        raise EmailError(_l("This is not an e-mail address.")) from error
    if not found.ascii_email or not _PLAIN_LOCAL_PART.fullmatch(found.local_part):
        raise EmailError(_l("Before the @ only Latin letters, digits and . _ + - are taken."))
    return found.ascii_email


@lru_cache(256)
def _judge(piece: str) -> tuple[str | None, str | None]:
    """One piece of the field -> (number, None) or (None, reason)."""
    try:
        number = phonenumbers.parse(piece, "RU")
    except phonenumbers.NumberParseException:
        return None, _length_reason(piece)
    if not phonenumbers.is_valid_number(number):
        return None, _length_reason(piece)
    if phonenumbers.region_code_for_number(number) != "RU":
        return None, NOT_RUSSIAN
    if phonenumbers.number_type(number) not in _MOBILE:
        return None, NOT_MOBILE
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), None


def _length_reason(piece: str) -> str:
    digits = _digits(piece)
    if len(digits) < 10 or (len(digits) == 10 and digits[0] in "78"):
        return TOO_SHORT
    return TOO_LONG if len(digits) > 11 else NOT_A_PHONE


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _pieces(text: str) -> Iterator[str]:
    """The numbers of a field, in its order. Commas, words and slashes divide them; blanks only perhaps."""
    for found in _RUN.findall(text):
        run = found.strip()
        digits = _digits(run)
        if len(digits) <= 11 or (run[0] == "+" and digits[0] != "7"):
            yield run
        else:
            yield from _divided(run)


def _divided(run: str) -> tuple[str, ...]:
    """Numbers with only blanks between; left whole (and so refused) when more than one reading holds."""
    words = run.split()
    readings = list(_readings(words)) if len(words) <= 16 else []
    meant = {tuple(number for number, _ in map(_judge, reading) if number) for reading in readings}
    return readings[0] if len(meant) == 1 else (run,)


def _readings(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Every way to divide the words into whole numbers."""
    if not words:
        yield ()
    for count in range(1, len(words) + 1):
        number = " ".join(words[:count])
        if _looks_whole(_digits(number)):
            yield from ((number, *rest) for rest in _readings(words[count:]))


def _looks_whole(digits: str) -> bool:
    """Whether a Russian number may be written so: 5…7 digits in town, 10 with the area, 11 after 7 or 8."""
    if 5 <= len(digits) <= 7:
        return digits[0] not in "08"
    return re.fullmatch(r"[78]?[3489][0-9]{9}", digits) is not None
