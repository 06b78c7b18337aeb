"""Two accountants with files that overlap, while everything breaks: each file is brought until it is in the books.

The same file comes twice, also by the other of the two; and they refresh the catalog, and map other positions.
"""

import html
import random
import re
from dataclasses import asdict, dataclass

import requests

from tests.banksta2.files import RULES, csv
from tests.faults.people import Person, Told, until
from tests.story.street import Street, hidden

UPLOAD = "/?module=banksta2&uploadform=true"
GOODS = "/?module=dreamkas&getgoods=true"
REFRESH = "/?module=dreamkas&dreamkasforcecacheupdate=true"
CONTRACTS = {"100001": "ivanov", "100003": "sidorov", "200001": "1"}
NOBODY = "999999"
WHOLE = ("payment_type_id", "contract_min_len", "contract_max_len", "replacements_cnt")
OFFER = re.compile(
    r'name="setselpossrvmapping" value="internet">\s*<input[^>]*name="goodsid" value="([\w-]+)"'
)


@dataclass(frozen=True)
class File:
    """A registry of a bank: (contract, kopecks) of each row; the bank's number tells a payment by its sum."""

    name: str
    rows: tuple[tuple[str, int], ...]

    @property
    def payments(self) -> list[tuple[str, int]]:
        """(subscriber, kopecks) of the rows that somebody is to be credited for."""
        return [(CONTRACTS[contract], kopecks) for contract, kopecks in self.rows if contract in CONTRACTS]

    def bytes(self) -> bytes:
        """The file as the bank wrote it."""
        lines = (
            f"24.11.2026;{kopecks / 100:.2f};{contract};Плательщик;за {'тв' if contract[0] == '2' else 'интернет'}"
            f";bank-{kopecks};"
            for contract, kopecks in self.rows
        )
        return csv(*lines)


def overlapping(sums: list[int], dice: random.Random) -> tuple[File, File]:
    """Two files that share their middle rows; in the first, somebody pays whom nobody knows."""
    rows = [(dice.choice([*CONTRACTS]), kopecks) for kopecks in sums]
    third = len(rows) // 3
    stranger = (NOBODY, sums[-1] + 1)
    return File("first.csv", (*rows[: 2 * third], stranger)), File("second.csv", tuple(rows[third:]))


class Accountant(Person):
    """Brings files, presses the button, brings them again."""

    def __init__(
        self, street: Street, told: Told, dice: random.Random, login: str, files: tuple[File, ...]
    ) -> None:
        super().__init__(street, told, dice, login)
        chores = [self.refresh, self.map_another, self.map_anew]
        dice.shuffle(chores)
        self.deeds = [
            deed
            for file, chore in zip(files, chores, strict=False)
            for deed in (lambda file=file: self.bring_in(file), chore)
        ]

    def bring_in(self, file: File) -> None:
        """From the upload to the button, pressed until it was taken; often twice."""
        address = until(lambda: self._brought(file))
        for _press in range(2 if self.dice.random() < 0.3 else 1):
            until(lambda: self._button(address, "bankstaneedpaymentspush"))
        for subscriber, kopecks in file.payments:
            self.told.took(subscriber, kopecks, fiscal=True)
        if self.dice.random() < 0.5:
            until(lambda: self._button(address, "bankstaneedrefiscalize", show="rejected"))

    def _button(self, address: str, name: str, show: str = "") -> bool:
        page = self.desk.get(address).text
        where = f"{address}&{name}=true" + (f"&show={show}" if show else "")
        return self.press(where, page, all="1").status_code == 303

    def _brought(self, file: File) -> str:
        """The statement's address, '' when something went wrong on the way; whatever was done stays done."""
        address = self._uploaded(file)
        if "fieldmapping" in address:
            address = self._mapped(address)
        if "lastcheck" in address:
            address = self._went_to(self.press(address, self.desk.get(address).text))
        return address if "showhash" in address else ""

    def _uploaded(self, file: File) -> str:
        form = {"csrf_token": hidden(self.desk.get(UPLOAD).text, "csrf_token"), "skiprowscount": "1"}
        answer = self.desk.browser.post(
            self.street.web_url + UPLOAD,
            form,
            files={"uploadbnksta2": (file.name, file.bytes(), "text/csv")},
            timeout=20,
            allow_redirects=False,
        )
        if answer.status_code == 409:  # it is here already: the page leads to where it is
            found = re.search(r'href="([^"]*(?:fieldmapping|lastcheck|showhash)[^"]*)"', answer.text)
            return html.unescape(found[1]) if found else ""
        return self._went_to(answer)

    def _mapped(self, address: str) -> str:
        given = {name: str(value) for name, value in asdict(RULES).items() if value not in (0, "")}
        given |= {name: str(getattr(RULES, name)) for name in WHOLE}
        draft = re.search(r"draft=(\w+)", address)
        return self._went_to(
            self.press(address, self.desk.get(address).text, draft=draft[1] if draft else "", **given)
        )

    @staticmethod
    def _went_to(answer: requests.Response) -> str:
        return answer.headers.get("Location", "") if answer.status_code == 303 else ""

    def refresh(self) -> None:
        """What is known of Dreamkas is asked for anew."""
        until(lambda: self.press(REFRESH, self.desk.get(REFRESH).text).status_code in (302, 303))

    def map_another(self) -> None:
        """Another position stands for the Internet from now on, if there is one that may."""
        page = until(lambda: self.desk.get(GOODS).text)
        if offers := OFFER.findall(page):
            wish = {"setselpossrvmapping": "internet", "goodsid": self.dice.choice(offers)}
            until(lambda: self.press(GOODS, page, **wish).status_code in (302, 303))

    def map_anew(self) -> None:
        """First takes the mapping of the Internet away: for a moment nothing stands for it."""
        gone = {"delselpossrvmapping": "true", "servicetype": "internet"}
        until(lambda: self.press(GOODS, self.desk.get(GOODS).text, **gone).status_code in (302, 303))
        self.map_another()
