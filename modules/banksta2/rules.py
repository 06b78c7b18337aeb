"""How to read one bank's files: the fields of a preset, and what stands in alter.ini beside them; pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

INTERNET, UKV, TELEPATHY = "Internet", "UKV", "Telepathy"
SERVICES = (INTERNET, UKV, TELEPATHY)
MOST_COLUMNS = 256


@dataclass(frozen=True)
class Settings:
    """What alter.ini says of statements (BANKSTA2_…)."""

    delimiter: str = ","  # between keywords
    internet_ids: tuple[str, ...] = ()
    ukv_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """One field for each column of `banksta2_presets`, named as there; columns of the file count from 0.

    A col_ field names a column ("3"), several ("3,5": texts are joined by a blank, of other values the first that is
    not empty counts), or none ("" and Ubilling's "NONE").
    """

    col_realname: str = ""
    col_address: str = ""
    col_paysum: str = ""
    sum_in_coins: int = 0
    col_paypurpose: str = ""
    col_paydate: str = ""
    col_paytime: str = ""
    col_contract: str = ""
    col_srvidents: str = ""
    guess_contract: int = 0
    srvidents_preffered: int = 0
    contract_delim_start: str = ""
    contract_delim_end: str = ""
    contract_min_len: int = 0
    contract_max_len: int = 0
    service_type: str = INTERNET
    inet_srv_start_delim: str = ""
    inet_srv_end_delim: str = ""
    inet_srv_keywords: str = ""
    noesc_inet_srv_keywords: int = 0
    ukv_srv_start_delim: str = ""
    ukv_srv_end_delim: str = ""
    ukv_srv_keywords: str = ""
    noesc_ukv_srv_keywords: int = 0
    skip_row: int = 0
    col_skiprow: str = ""
    skip_row_keywords: str = ""
    noesc_skip_row_keywords: int = 0
    replace_strs: int = 0
    col_replace_strs: str = ""
    strs_to_replace: str = ""
    strs_to_replace_with: str = ""
    replacements_cnt: int = 0
    noesc_replace_keywords: int = 0
    remove_strs: int = 0
    col_remove_strs: str = ""
    strs_to_remove: str = ""
    noesc_remove_keywords: int = 0
    payment_type_id: int = 0
    # Ours: what tells one payment of the bank from another (identity.py).
    col_bank_id: str = ""
    col_account: str = ""
    col_payer_account: str = ""
    col_payer_inn: str = ""
    col_document: str = ""

    def columns(self, name: str) -> tuple[int, ...]:
        """The numbers in a col_ field, from 0; what is no number is left out (see problems of forms.py)."""
        parts = re.split(r"[,;\s]+", getattr(self, name))
        return tuple(int(part) for part in parts if re.fullmatch("[0-9]{1,3}", part))

    def as_json(self) -> str:
        """As it is kept with a statement."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


FIELDS: dict[str, type] = {field.name: type(field.default) for field in fields(Rules)}
COLUMNS = tuple(name for name in FIELDS if name.startswith("col_"))


def rules_of(values: Mapping[str, Any]) -> Rules:
    """Rules out of a mapping (a form's data, a preset's columns); what is missing or empty keeps its default."""
    named = {name: values.get(name) for name in FIELDS}
    return Rules(**{name: _value(FIELDS[name], value) for name, value in named.items() if value is not None})


def rules_of_json(text: str) -> Rules:
    """Rules as they were kept with a statement."""
    return rules_of(json.loads(text or "{}"))


def _value(kind: type, value: Any) -> Any:
    if kind is int:
        return int(value or 0)
    return "" if str(value) == "NONE" else str(value)
