"""What the rules of a preset make of a row: the original's meaning, its broken quirks mended."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.banksta2.mapping import Mapper, Rules, Settings, rules_of, rules_of_json, understand
from modules.banksta2.patterns import Patience
from modules.banksta2.rules import FIELDS
from tests.banksta2.files import as_columns

ROW = ["24.11.2026 21:10", "1 350,50", "Иванов Иван", "За Интернет, дог. 100001", "ул. Мира", "12", "op-77"]
USUAL = {
    "col_paydate": "0",
    "col_paysum": "1",
    "col_realname": "2",
    "col_paypurpose": "3",
    "col_address": "4,5",
}


def row(cells=ROW, settings=None, number=7, **rules):
    return understand(list(cells), Rules(**{**USUAL, **rules}), settings, number)


def purpose(text, **rules):
    return row([*ROW[:3], text], **rules)


def test_a_row_is_read_by_the_numbers_of_its_columns():
    read = row(col_bank_id="6")
    assert (read.date, read.time, read.kopecks) == (date(2026, 11, 24), time(21, 10), 135050)
    assert (read.payer, read.purpose, read.bank_id) == ("Иванов Иван", "За Интернет, дог. 100001", "op-77")
    assert (read.number, read.service, read.payment_type_id, read.error) == (7, "Internet", 0, "")


@pytest.mark.parametrize("dash", ["-", "№ –", "__", "-" * 128 + "op-77"])
def test_a_dash_is_no_number_of_the_bank(dash):
    assert row([*ROW[:6], dash], col_bank_id="6").bank_id == ""


def test_the_time_is_that_of_the_text_that_the_books_keep():
    long = "24.11.2026" + " " * 27 + "21:10:05"
    read = row([long, *ROW[1:]])
    assert (read.date, read.time, read.pdate) == (date(2026, 11, 24), time(21, 10), long[:42])


def test_several_columns_make_one_text():
    assert row().address == "ул. Мира 12"
    assert row(col_paypurpose="3, 5").purpose == "За Интернет, дог. 100001 12"


def test_of_several_columns_of_a_sum_the_first_that_is_not_empty_counts():
    assert row(["1.2.2026", "", "70.00"], col_paysum="1,2").kopecks == 7000


def test_a_column_that_the_row_does_not_have_is_empty():
    assert row(col_realname="99", col_paypurpose="NONE", col_address="x").payer == ""


def test_a_sum_in_coins():
    assert row(["1.2.2026", "135050"], sum_in_coins=1).kopecks == 135050


@pytest.mark.parametrize(
    ("day", "summ", "error"),
    [
        ("", "", "no_payment"),
        ("", "1", "no_date"),
        ("24.11.2026", "", "no_sum"),
        ("Дата", "Сумма", "bad_date"),
        ("31.02.2026", "1", "bad_date"),
        ("24.11.2026", "много", "bad_sum"),
        ("24.11.2026", "1.005", "bad_sum"),
        ("24.11.2026", "-5", "withdrawal"),
        ("24.11.2026", "0,00", "withdrawal"),
        ("24.11.2026", "999999999999", "too_large"),
    ],
)
def test_a_row_that_is_no_payment_says_why(day, summ, error):
    read = row([day, summ, "Иванов"])
    assert (read.error, read.pdate, read.summ, read.payer) == (error, day, summ, "Иванов")
    assert as_columns(read)["error"] == error
    assert read.identity == "", "nothing that is paid later may be taken for it"


# --- contract ---


def test_the_contract_of_its_column_is_never_guessed_over():
    read = row(col_contract="5", guess_contract=1, contract_min_len=6, contract_max_len=6)
    assert read.contract == "12"


def test_nothing_found_is_named_as_in_the_original():
    assert row().contract == "unknown_7"
    assert (
        purpose("без номера", guess_contract=1, contract_min_len=6, contract_max_len=6).contract
        == "unknown_7"
    )


@pytest.mark.parametrize(
    ("text", "start", "end", "contract"),
    [
        ("Оплата ЛС: 100001; ФИО", "ЛС:", ";", "100001"),
        ("оплата лс: А-17/б; ФИО", "ЛС:", ";", "А-17/б"),
        ("Оплата ЛС: 100001", "ЛС:", "", "100001"),
        ("100001 за интернет", "", " ", "100001"),
        ("Оплата (100001) [2]", "(", ")", "100001"),
        ("Оплата ЛС: 100001", "ЛС:", ";", "unknown_7"),
    ],
)
def test_a_contract_between_delimiters(text, start, end, contract):
    read = purpose(text, guess_contract=1, contract_delim_start=start, contract_delim_end=end)
    assert read.contract == contract


@pytest.mark.parametrize(
    ("text", "contract"),
    [
        ("дог.100001 за ноябрь", "100001"),
        ("счет 40802810900000012345 дог 100001", "100001"),
        ("1000012 и 12345", "1000012"),
        ("100001", "100001"),
        ("12345, 40802810900000012345", "unknown_7"),
    ],
)
def test_a_contract_by_the_length_of_its_digits_is_no_part_of_a_longer_number(text, contract):
    assert purpose(text, guess_contract=1, contract_min_len=6, contract_max_len=7).contract == contract


def test_with_delimiters_and_lengths_the_digits_between_the_delimiters_come_first():
    rules = {"guess_contract": 1, "contract_min_len": 6, "contract_max_len": 6}
    rules |= {"contract_delim_start": "ЛС", "contract_delim_end": ";"}
    assert purpose("документ 555555, ЛС № 100001; спасибо", **rules).contract == "100001"
    assert purpose("документ 555555", **rules).contract == "555555"


# --- service ---

TELEPATHY = {
    "service_type": "Telepathy",
    "inet_srv_keywords": "интернет, inet,",
    "ukv_srv_keywords": "ктв,кабельн,тв+",
}


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("За ИНТЕРНЕТ и ктв", "Internet"),
        ("за КТВ", "UKV"),
        ("тв+ ноябрь", "UKV"),
        ("твв", ""),
        ("за услуги", ""),
        ("", ""),
    ],
)
def test_telepathy_by_keywords_internet_first(text, service):
    assert purpose(text, **TELEPATHY).service == service


def test_keywords_within_delimiters_and_everywhere_when_these_are_not_met():
    rules = {**TELEPATHY, "inet_srv_start_delim": "услуга:", "inet_srv_end_delim": ";"}
    assert purpose("УСЛУГА: ктв; не интернет", **rules).service == "UKV"
    assert purpose("не интернет", **rules).service == "Internet"


def test_keywords_are_words_unless_they_are_left_as_they_are():
    raw = {**TELEPATHY, "inet_srv_keywords": r"инт\w{2,4}т,net$"}
    assert purpose("интернет", **raw).service == ""
    assert purpose("интернет", **raw, noesc_inet_srv_keywords=1).service == "Internet"
    assert purpose("за net", **raw, noesc_inet_srv_keywords=1).service == "Internet"


def test_another_delimiter_of_keywords():
    settings = Settings(delimiter="|")
    assert purpose("б, в", **{**TELEPATHY, "ukv_srv_keywords": "а|б, в"}, settings=settings).service == "UKV"


IDS = Settings(internet_ids=("101",), ukv_ids=("202",))


@pytest.mark.parametrize(
    ("ident", "text", "kind", "preferred", "service"),
    [
        ("202", "интернет", "Internet", 0, "UKV"),
        ("999", "интернет", "Internet", 0, "Internet"),
        ("202", "интернет", "Telepathy", 0, "Internet"),
        ("202", "интернет", "Telepathy", 1, "UKV"),
        ("202", "за услуги", "Telepathy", 0, "UKV"),
        ("", "за услуги", "UKV", 1, "UKV"),
    ],
)
def test_an_identifier_beats_a_fixed_service_and_keywords_only_when_preferred(
    ident, text, kind, preferred, service
):
    rules = {**TELEPATHY, "service_type": kind, "col_srvidents": "4", "srvidents_preffered": preferred}
    assert row([*ROW[:3], text, ident], settings=IDS, **rules).service == service


def test_only_the_cash_type_of_a_preset_stays_with_a_row():
    assert (row(payment_type_id=3).payment_type_id, row().payment_type_id) == (3, 0)


# --- skip, replace, remove ---


def test_a_row_with_a_keyword_is_kept_canceled_and_says_why():
    read = row(skip_row=1, col_skiprow="2,3", skip_row_keywords="возврат,ИВАНОВ")
    assert read.canceled == "Иванов"
    columns = as_columns(read)
    assert (columns["processed"], columns["canceled"], columns["canceled_why"]) == (1, 1, "skip_row")
    assert not row(skip_row=0, col_skiprow="2", skip_row_keywords="Иванов").canceled
    assert not row(skip_row=1, col_skiprow="4", skip_row_keywords="Иванов").canceled


def test_replacing_comes_before_reading_and_is_counted():
    rules = {
        "replace_strs": 1,
        "col_replace_strs": "1,3",
        "strs_to_replace": "дог.,№",
        "strs_to_replace_with": "$1=",
    }
    read = purpose("дог. 5 ДОГ. 6 №", **rules)
    assert read.purpose == "$1= 5 $1= 6 $1="
    assert [(did.rule, did.text, did.count) for did in read.did] == [("replaced", "3", 3)]
    assert purpose("№№№", **rules, replacements_cnt=2).purpose == "$1=$1=№"


def test_a_raw_replacement_knows_what_was_found_as_in_the_original():
    rules = {"replace_strs": 1, "col_replace_strs": "3", "noesc_replace_keywords": 1}
    rules |= {"strs_to_replace": r"(\d+)-(\d+)", "strs_to_replace_with": r"<$1|\2|${3}|$9>"}
    assert purpose("10-20", **rules).purpose == "<10-20|10|20|>"


def test_removing_mends_a_sum():
    rules = {"remove_strs": 1, "col_remove_strs": "1", "strs_to_remove": "руб.;,~"}
    assert row(["1.2.2026", "~1 350,50 руб.;"], **rules).kopecks == 135050


def test_a_raw_delimiter_inside_of_brackets_divides_nothing():
    rules = {"remove_strs": 1, "col_remove_strs": "3", "noesc_remove_keywords": 1}
    assert purpose("a55b x", **rules, strs_to_remove=r"\d{2,3},[x,y]").purpose == "ab"


# --- patterns of people ---

SLOW = {"skip_row": 1, "col_skiprow": "3", "skip_row_keywords": "(a+)+$", "noesc_skip_row_keywords": 1}


def test_a_slow_pattern_costs_its_row_and_never_more_than_the_budget_of_the_file():
    mapper = Mapper(Rules(**USUAL, **SLOW), patience=Patience(each=0.02, whole=0.1))
    cells = [*ROW[:3], "a" * 4000 + "!"]
    read = [mapper.understand(cells, number) for number in range(200)]
    assert {each.error for each in read} == {"slow_pattern"}
    assert mapper.patience.left <= 0
    assert mapper.understand(ROW).error == "slow_pattern"
    assert read[0].kopecks == 135050


def test_a_pattern_that_is_none_is_an_error_of_each_row_and_breaks_nothing():
    for words in ("(", "a)(b", "[z-a]", "(?P<n>"):
        read = row(**{**SLOW, "skip_row_keywords": words})
        assert (read.error, read.kopecks, read.canceled) == ("bad_pattern", 135050, "")


def test_rules_that_are_switched_off_need_no_patterns():
    assert row(**{**SLOW, "skip_row": 0, "skip_row_keywords": "("}).error == ""


# --- properties ---

TEXT = st.text(max_size=40)


@given(
    cells=st.lists(TEXT, max_size=8),
    rules=st.dictionaries(st.sampled_from(sorted(FIELDS)), TEXT, max_size=12),
)
def test_no_row_and_no_preset_raise(cells, rules):
    values = {name: value if FIELDS[name] is str else len(value) for name, value in rules.items()}
    read = understand(cells, rules_of(values))
    assert not read.error or as_columns(read)["error"] == read.error
    assert read.error or read.kopecks > 0


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), TEXT))
def test_rules_come_back_from_json_as_they_were(values):
    rules = rules_of({name: value if FIELDS[name] is str else len(value) for name, value in values.items()})
    assert rules_of_json(rules.as_json()) == rules


def test_rows_fit_their_columns():
    long = understand(
        ["24.11.2026", "1", *["я" * 5000] * 5], Rules(**USUAL, col_bank_id="2", col_document="3")
    )
    columns = as_columns(long)
    assert max(len(value) for value in columns.values() if isinstance(value, str)) == 255
    assert len(columns["bank_id"]) == 128
