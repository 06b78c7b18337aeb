"""The forms of a mapping: every field of a preset, in groups; a mistake is told beside its field."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from modules.banksta2.forms_upload import bounded
from modules.banksta2.patterns import BadPattern, either
from modules.banksta2.presets import NAME_AT_MOST, settings
from modules.banksta2.rules import COLUMNS, FIELDS, INTERNET, MOST_COLUMNS, TELEPATHY, UKV, Rules, rules_of
from modules.billing.service import cash_types

# What Ubilling's own columns hold.
COLUMN_ROOM, DELIMITER_ROOM, WORDS_ROOM, SMALL = 20, 40, 200, 127
FROM_ZERO = _l("The number of the column, counted from 0; several like 3,5.")
RAW = _l("Leave these as they are: regular expressions")
RAW_HINT = _l("For those who know them. A slow one costs its rows: each look has a time limit.")
WORDS = _l(
    "Separated by the sign that alter.ini names (BANKSTA2_REGEX_KEYWORDS_DELIM); case does not matter."
)


def column(caption: Any, hint: Any = FROM_ZERO, needed: bool = False) -> StringField:
    """Which column of the file, or columns."""
    must = [InputRequired(_l("Name the column."))] if needed else []
    return StringField(caption, [*must, Length(max=COLUMN_ROOM)], description=hint)


def words(caption: Any, hint: Any = WORDS, room: int = WORDS_ROOM) -> StringField:
    """Keywords, or a delimiter."""
    return StringField(caption, [Length(max=room)], description=hint)


def small(caption: Any, hint: Any) -> IntegerField:
    """A small number; 0 is none."""
    checks = [Optional(), NumberRange(0, SMALL)]
    return IntegerField(caption, checks, filters=[bounded], default=0, description=hint)


class MappingForm(FlaskForm):
    """Rules as a person fills them in; the fields are named as the columns of `banksta2_presets`."""

    col_paydate = column(_l("Payment date"), needed=True)
    col_paytime = column(_l("Payment time"), _l("Empty, where the date carries it or there is none."))
    col_paysum = column(_l("Payment sum"), needed=True)
    sum_in_coins = BooleanField(_l("The sum is in kopecks"), description=_l("It is divided by 100."))
    col_paypurpose = column(
        _l("Payment purpose"), _l("Of several columns, like 3,5, the texts are joined by a blank.")
    )
    col_realname = column(_l("User realname"))
    col_address = column(_l("User address"))

    col_bank_id = column(
        _l("Operation number of the bank"),
        _l("It proves that two rows are one payment: with it overlapping files need no questions."),
    )
    col_account = column(_l("Your account"))
    col_payer_account = column(_l("Account of the payer"))
    col_payer_inn = column(
        _l("INN of the payer"), _l("A company's has 10 digits: its receipt is not ticked.")
    )
    col_document = column(_l("Document number"))

    col_contract = column(_l("User contract"))
    guess_contract = BooleanField(
        _l("Try to get contract from payment purpose field"),
        description=_l("Only in rows where the column of the contract is empty or not named."),
    )
    contract_delim_start = words(
        _l("Text before the contract"), _l("The contract stands behind it."), DELIMITER_ROOM
    )
    contract_delim_end = words(
        _l("Text after the contract"),
        _l("Empty: the contract goes to the end of the purpose."),
        DELIMITER_ROOM,
    )
    contract_min_len = small(_l("Least digits"), _l("Where contracts are digits only; 0: any length."))
    contract_max_len = small(
        _l("Most digits"), _l("A run of digits that is part of a longer number is no contract.")
    )

    service_type = SelectField(
        _l("Service type"),
        choices=[
            SelectChoice(INTERNET, _l("Internet")),
            SelectChoice(UKV, _l("UKV")),
            SelectChoice(TELEPATHY, _l("Telepathy")),
        ],
        description=_l("Telepathy looks for keywords in the purpose, those of Internet first."),
    )
    inet_srv_keywords = words(_l("Internet service determination keywords"))
    noesc_inet_srv_keywords = BooleanField(RAW, description=RAW_HINT)
    inet_srv_start_delim = words(
        _l("Look for them behind this text"),
        _l("Where it is not met, the whole purpose is looked at."),
        DELIMITER_ROOM,
    )
    inet_srv_end_delim = words(_l("and before this one"), "", DELIMITER_ROOM)
    ukv_srv_keywords = words(_l("UKV service determination keywords"))
    noesc_ukv_srv_keywords = BooleanField(RAW, description=RAW_HINT)
    ukv_srv_start_delim = words(
        _l("Look for them behind this text"),
        _l("Where it is not met, the whole purpose is looked at."),
        DELIMITER_ROOM,
    )
    ukv_srv_end_delim = words(_l("and before this one"), "", DELIMITER_ROOM)
    col_srvidents = column(
        _l("Service identifiers"),
        _l(
            "The column of identifiers that alter.ini gives to services; they beat a service that is chosen here."
        ),
    )
    srvidents_preffered = BooleanField(
        _l("Identifiers beat telepathy too"), description=_l("Else keywords that are met beat them.")
    )

    skip_row = BooleanField(
        _l("Skip row processing if specified fields contain keywords below"),
        description=_l("Such a row is kept, canceled: it is seen, and nobody is paid."),
    )
    col_skiprow = column(_l("Columns to look at"))
    skip_row_keywords = words(_l("Row skipping determination keywords"))
    noesc_skip_row_keywords = BooleanField(RAW, description=RAW_HINT)

    replace_strs = BooleanField(
        _l("Replace characters specified below in specified fields"),
        description=_l("Before anything else is read from the row."),
    )
    col_replace_strs = column(_l("Columns to change"))
    strs_to_replace = words(_l("Replaced characters or strings"))
    strs_to_replace_with = words(
        _l("Replacing characters or string"),
        _l("In regular expressions $1 is what was found, $2 its first bracket."),
    )
    replacements_cnt = small(_l("Replacements count"), _l("At most so many in a cell; 0: all."))
    noesc_replace_keywords = BooleanField(RAW, description=RAW_HINT)

    remove_strs = BooleanField(
        _l("Remove characters specified below in specified fields"), description=_l("After the replacing.")
    )
    col_remove_strs = column(_l("Columns to change"))
    strs_to_remove = words(_l("Removed characters or strings"))
    noesc_remove_keywords = BooleanField(RAW, description=RAW_HINT)

    payment_type_id = SelectField(
        _l("Payment type"), coerce=int, description=_l("As alter.ini says: BANKSTA2_PAYMENTID_INET and _UKV.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {str(number): f"{number} {name}" for number, name in cash_types().items()}
        self.payment_type_id.choices = {"0": _("by the service"), **named}

    @property
    def rules(self) -> Rules:
        """What was filled in."""
        return rules_of({name: self[name].data for name in FIELDS})

    def take(self, values: Mapping[str, Any]) -> None:
        """Shows these rules."""
        for name in FIELDS:
            self[name].data = bool(values[name]) if isinstance(self[name], BooleanField) else values[name]
        kept = str(values["payment_type_id"])
        # A cash type that is gone stands there until a person chooses.
        self.payment_type_id.choices.setdefault(kept, kept)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then what fields say together; errors stand beside the field to mend."""
        return all(
            [
                super().validate(extra_validators),
                self._columns_fit(),
                self._patterns_fit(),
                self._wholes_fit(),
            ]
        )

    def _columns_fit(self) -> bool:
        wrong = [self[name] for name in COLUMNS if not is_columns(self[name].data or "")]
        return _tell(wrong, _("Write numbers like 3, or 3,5; they count from 0."))

    def _patterns_fit(self) -> bool:
        fine = True
        for raw, name in RAW_OF.items():
            try:
                either(self[name].data or "", settings().delimiter, bool(self[raw].data))
            except BadPattern as error:
                fine = _tell([self[name]], _("This is no regular expression: %(error)s", error=error))
        return fine

    def _wholes_fit(self) -> bool:
        empty = [
            self[name]
            for switch, names in NEEDS.items()
            if self[switch].data
            for name in names
            if not self[name].data
        ]
        fine = _tell(empty, _("Fill this in, or switch the rule off."))
        least, most = self.contract_min_len.data or 0, self.contract_max_len.data or 0
        if bool(least) != bool(most) or least > most:
            fine = _tell([self.contract_max_len], _("Give both, the greater one here; or 0 and 0."))
        if self.guess_contract.data and not (
            least or self.contract_delim_start.data or self.contract_delim_end.data
        ):
            fine = _tell(
                [self.contract_delim_start],
                _("Say how it is found: by texts around it, or by its length."),
            )
        if self.service_type.data == TELEPATHY and not any(self[name].data for name in TELLS):
            fine = _tell([self.inet_srv_keywords], _("Telepathy needs keywords, or a column of identifiers."))
        return fine


class PresetForm(MappingForm):
    """Rules under a name."""

    presetname = StringField(
        _l("Preset name"),
        [InputRequired(_l("Give it a name.")), Length(max=NAME_AT_MOST)],
        description=_l("The bank, say."),
    )

    def validate_presetname(self, field: StringField) -> None:
        """A name that can be seen."""
        field.data = " ".join((field.data or "").split())
        if not field.data:
            raise ValidationError(_("Give it a name."))


RAW_OF = {
    "noesc_inet_srv_keywords": "inet_srv_keywords",
    "noesc_ukv_srv_keywords": "ukv_srv_keywords",
    "noesc_skip_row_keywords": "skip_row_keywords",
    "noesc_replace_keywords": "strs_to_replace",
    "noesc_remove_keywords": "strs_to_remove",
}
NEEDS = {
    "skip_row": ("col_skiprow", "skip_row_keywords"),
    "replace_strs": ("col_replace_strs", "strs_to_replace"),
    "remove_strs": ("col_remove_strs", "strs_to_remove"),
}
TELLS = ("inet_srv_keywords", "ukv_srv_keywords", "col_srvidents")
_ORDER = [name for name in vars(MappingForm) if name in FIELDS]


def _from(first: str, last: str) -> list[str]:
    return _ORDER[_ORDER.index(first) : _ORDER.index(last) + 1]


# Title -> its fields, in the order of the form.
GROUPS = {
    _l("Columns of the file"): _from("col_paydate", "col_address"),
    _l("What tells one payment from another"): _from("col_bank_id", "col_document"),
    _l("Contract"): _from("col_contract", "contract_max_len"),
    _l("Service"): _from("service_type", "srvidents_preffered"),
    _l("Rows to leave out"): _from("skip_row", "noesc_skip_row_keywords"),
    _l("Replacing"): _from("replace_strs", "noesc_replace_keywords"),
    _l("Removing"): _from("remove_strs", "noesc_remove_keywords"),
    _l("Payment type"): ["payment_type_id"],
}


def groups(form: MappingForm) -> list[tuple[Any, list[Field], bool]]:
    """(title, fields, unfolded) of each group: unfolded are the first, what is in use, and what is wrong."""
    usual = Rules()
    return [
        (
            title,
            [form[name] for name in names],
            not place or any(_is_used(form[name], usual) for name in names),
        )
        for place, (title, names) in enumerate(GROUPS.items())
    ]


def _is_used(field: Field, usual: Rules) -> bool:
    return bool(field.errors) or (field.data or "") != (getattr(usual, field.name) or "")


def is_columns(text: str) -> bool:
    """Whether it is empty, or numbers of columns as Rules.columns reads them."""
    numbers = re.findall("[0-9]+", text)
    shaped = re.fullmatch(r"\s*([0-9]{1,3}\s*(,\s*[0-9]{1,3}\s*)*)?", text)
    return bool(shaped) and all(int(number) < MOST_COLUMNS for number in numbers)


def _tell(fields: list[Any], said: str) -> bool:
    for field in fields:
        field.errors = [*field.errors, said]
    return not fields
