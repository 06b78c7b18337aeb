"""Out of the words of a payment: whose contract, which service; pure. What each rule did is told, for the preview."""

from dataclasses import dataclass

import regex

from modules.banksta2.patterns import Patience, Pattern, between, either
from modules.banksta2.rules import INTERNET, TELEPATHY, UKV, Rules, Settings


@dataclass(frozen=True)
class Did:
    """What a rule did to a row: `rule` is a key of words.DID; `text` is what it found, `count` how often."""

    rule: str
    text: str = ""
    count: int = 0


@dataclass(frozen=True)
class Keywords:
    """Words that tell a service, looked for between two strings where these are given and met."""

    words: Pattern | None
    within: Pattern | None

    def find(self, text: str, patience: Patience) -> str:
        """The word that was met, "" when none was."""
        part = patience.find(self.within, text) if self.within else None
        found = patience.find(self.words, part[1] if part else text) if self.words else None
        return found[1] if found else ""


class Matcher:
    """Rules about contract and service, their patterns made once for a file. Raises BadPattern when it is made."""

    def __init__(self, rules: Rules, settings: Settings) -> None:
        self.rules = rules
        # Internet first, where both claim one
        self.idents = dict.fromkeys(settings.ukv_ids, UKV) | dict.fromkeys(settings.internet_ids, INTERNET)
        self.contract_within = between(rules.contract_delim_start, rules.contract_delim_end)
        self.contract_digits = _digits(rules.contract_min_len, rules.contract_max_len)
        self.internet = Keywords(
            either(rules.inet_srv_keywords, settings.delimiter, bool(rules.noesc_inet_srv_keywords)),
            between(rules.inet_srv_start_delim, rules.inet_srv_end_delim),
        )
        self.ukv = Keywords(
            either(rules.ukv_srv_keywords, settings.delimiter, bool(rules.noesc_ukv_srv_keywords)),
            between(rules.ukv_srv_start_delim, rules.ukv_srv_end_delim),
        )

    def contract(self, cell: str, purpose: str, patience: Patience) -> tuple[str, Did | None]:
        """The contract of the cell, else the one guessed from the purpose where that is switched on, else ""."""
        if cell or not self.rules.guess_contract:
            return cell, None
        guessed = self._guess(purpose, patience)
        return guessed, Did("contract", guessed) if guessed else None

    def _guess(self, purpose: str, patience: Patience) -> str:
        within = patience.find(self.contract_within, purpose) if self.contract_within else None
        part = within[1].strip() if within else ""
        if self.contract_digits is None:
            return part
        # Between the delimiters first; the original forgets these as soon as lengths are given.
        for text in (part, purpose):
            if found := patience.find(self.contract_digits, text):
                return found[0]
        return ""

    def service(self, ident: str, purpose: str, patience: Patience) -> tuple[str, Did | None]:
        """Internet, UKV or "" (none told). An identifier beats a fixed service, a keyword beats it unless preferred."""
        fixed = self.rules.service_type if self.rules.service_type in (INTERNET, UKV) else ""
        told = self.idents.get(ident, "") if ident else ""
        if self.rules.service_type == TELEPATHY and not (told and self.rules.srvidents_preffered):
            for service, keywords in ((INTERNET, self.internet), (UKV, self.ukv)):
                if word := keywords.find(purpose, patience):
                    return service, Did("keyword", word)
        return (told, Did("ident", ident)) if told else (fixed, None)


def _digits(least: int, most: int) -> Pattern | None:
    """A run of so many digits; the original also takes the beginning of a longer one, say of an account number."""
    if not least or not most:
        return None
    return regex.compile(rf"(?<![0-9])[0-9]{{{least},{max(least, most)}}}(?![0-9])")
