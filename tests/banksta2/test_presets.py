"""Presets of mappings: made, changed, copied, deleted; what is wrong is told beside its field."""

import pytest
from sqlalchemy import select

from modules.banksta2 import presets
from modules.banksta2.forms import GROUPS
from modules.banksta2.models import Preset
from modules.banksta2.rules import FIELDS, Rules
from modules.core.db import db
from modules.core.journal import Weblog
from tests.books import count

LIST = "/?module=banksta2&presets=true"
CREATE = LIST + "&fmpcreate=true"
QUICK = "/?module=banksta2&fmpquickadd=true"
COLUMNS = {"presetname": "Сбербанк", "col_paydate": "0", "col_paysum": "4"}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def buh(books, sign_in):
    return sign_in("BANKSTA2", login="buh")


def made(app, name="Сбербанк", **rules):
    with app.app_context():
        return presets.save(None, name, Rules(**{"col_paydate": "0", "col_paysum": "4", **rules}), "buh")


def newest(app):
    with app.app_context():
        return max(preset.id for preset in presets.listing())


def kept(app):
    with app.app_context():
        return {preset.presetname: presets.rules_in(preset) for preset in presets.listing()}


def test_an_empty_list_says_what_a_preset_is_for(buh, page):
    assert page(LIST).shows("No presets yet")


def test_a_preset_is_made_with_every_field_it_has(books, buh, page):
    form = page(CREATE).form("presetname")
    assert set(FIELDS) <= set(form.fields)
    filled = {"inet_srv_keywords": "интернет,inet", "service_type": "Telepathy", "col_paypurpose": "3,5"}
    filled |= {"skip_row": "y", "col_skiprow": "3", "skip_row_keywords": "возврат", "contract_delim_end": " "}
    filled |= {
        "payment_type_id": "24",
        "guess_contract": "y",
        "contract_min_len": "5",
        "contract_max_len": "7",
    }
    assert form.submit(**COLUMNS, **filled, status=303).follow().shows("The preset “Сбербанк” is saved.")
    rules = kept(books)["Сбербанк"]
    assert (rules.inet_srv_keywords, rules.service_type, rules.col_paypurpose) == (
        "интернет,inet",
        "Telepathy",
        "3,5",
    )
    assert (rules.skip_row, rules.contract_delim_end, rules.contract_max_len) == (1, " ", 7)
    assert (rules.payment_type_id, rules.noesc_skip_row_keywords, rules.replacements_cnt) == (24, 0, 0)


def test_every_field_stands_in_one_group_and_has_a_caption():
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(FIELDS)


def test_what_is_in_use_is_unfolded(books, buh, page):
    number = made(books, remove_strs=1, col_remove_strs="4", strs_to_remove="руб")
    shown = page(f"{LIST}&fmpedit=true&fmpid={number}")
    titles = [tag.text for tag in shown.all("h2") if any("open" in outer.attrs for outer in tag.inside)]
    assert titles == ["Columns of the file", "Removing"]


def test_a_preset_is_changed(books, buh, page):
    number = made(books, sum_in_coins=1)
    form = page(f"{LIST}&fmpedit=true&fmpid={number}").form("presetname")
    assert (form.values["presetname"], form.values["sum_in_coins"]) == ("Сбербанк", "y")
    form.submit(presetname="ВТБ", without=("sum_in_coins",), status=303)
    assert [(name, rules.sum_in_coins) for name, rules in kept(books).items()] == [("ВТБ", 0)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"col_paydate": ""}, "Name the column."),
        ({"col_paysum": "четвёртая"}, "Write numbers like 3, or 3,5"),
        ({"col_address": "999"}, "Write numbers like 3, or 3,5"),
        ({"presetname": "  "}, "Give it a name."),
        ({"inet_srv_keywords": "(", "noesc_inet_srv_keywords": "y"}, "This is no regular expression"),
        ({"strs_to_remove": "[z-a]", "noesc_remove_keywords": "y"}, "This is no regular expression"),
        ({"skip_row": "y", "col_skiprow": "1"}, "Fill this in, or switch the rule off."),
        ({"guess_contract": "y"}, "Say how it is found"),
        ({"contract_min_len": "9", "contract_max_len": "4"}, "Give both, the greater one here"),
        ({"contract_min_len": "128", "contract_max_len": "128"}, "between 0 and 127"),
        ({"service_type": "Telepathy"}, "Telepathy needs keywords"),
        ({"strs_to_replace": "я" * 201}, "longer than 200"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(books, buh, page, wrong, said):
    again = page(CREATE).form("presetname").submit(**{**COLUMNS, "col_realname": "7", **wrong}, status=422)
    errors = [tag for tag in again.all("ul", class_="errors") if said in tag.text]
    assert errors and errors[0].attrs["id"].removesuffix("-errors") in {
        *wrong,
        "skip_row_keywords",
        *SAID_ELSEWHERE,
    }
    assert again.form("presetname").values["col_realname"] == "7"
    unfolded = [tag for tag in errors[0].inside if tag.name == "details"]
    assert all("open" in tag.attrs for tag in unfolded)
    assert count(books, Preset) == 0


SAID_ELSEWHERE = ("contract_delim_start", "inet_srv_keywords")


def test_a_pattern_that_would_be_none_is_fine_as_words(books, buh, page):
    page(CREATE).form("presetname").submit(**COLUMNS, strs_to_remove="(,[", status=303)
    assert kept(books)["Сбербанк"].strs_to_remove == "(,["


def test_two_presets_never_have_one_name(books, buh, page):
    made(books)
    again = page(CREATE).form("presetname").submit(**COLUMNS, status=422)
    assert again.shows("Another preset has this name.")
    assert count(books, Preset) == 1


def test_a_copy_takes_the_next_free_name_and_opens(books, buh, page):
    made(books, sum_in_coins=1)
    for name in ("Сбербанк (2)", "Сбербанк (3)"):
        copy = page(LIST).form("fmpclone").submit(status=303).follow()
        assert copy.form("presetname").values["presetname"] == name
    assert {rules.sum_in_coins for rules in kept(books).values()} == {1}


def test_a_preset_is_deleted_after_a_question(books, buh, page):
    number = made(books)
    asked = page(f"{LIST}&fmpdelete=true&fmpid={number}")
    assert count(books, Preset) == 1
    assert asked.form("fmpdelete").submit(status=303).follow().shows("is deleted")
    assert count(books, Preset) == 0


def test_the_mapping_form_saves_itself_and_returns(books, buh, page):
    back = "/?module=banksta2&presets=true&q=x"
    answer = page(LIST).post(
        QUICK, {**COLUMNS, "service_type": "UKV", "payment_type_id": "0", "back": back}, 303
    )
    number = newest(books)
    assert (answer.location, kept(books)["Сбербанк"].service_type) == (f"{back}&preset={number}", "UKV")
    outside = {**COLUMNS, "presetname": "x", "service_type": "UKV", "payment_type_id": "0", "back": "//evil"}
    assert page(LIST).post(QUICK, outside, 303).location == LIST
    wrong = page(LIST).post(QUICK, {**COLUMNS, "service_type": "UKV", "col_paysum": "x", "back": back}, 422)
    assert wrong.form("presetname").values["back"] == back


def test_each_act_is_in_the_journal(books, buh, page):
    made(books)
    page(LIST).form("fmpdelete").submit(status=303)
    with books.app_context():
        events = db.session.scalars(select(Weblog.event).order_by(Weblog.id)).all()
    assert [event.split(" [")[0] for event in events[-2:]] == [
        "BANKSTA2 PRESET CREATED",
        "BANKSTA2 PRESET DELETED",
    ]


def test_hostile_names_are_shown_as_text(books, buh, page):
    number = made(books, HOSTILE, strs_to_remove=HOSTILE)
    assert page(LIST).shows(HOSTILE)
    assert page(f"{LIST}&fmpedit=true&fmpid={number}").form("presetname").values["strs_to_remove"] == HOSTILE
    assert page(f"{LIST}&fmpdelete=true&fmpid={number}").shows(HOSTILE)


def test_a_cash_type_that_is_gone_stays_until_a_person_chooses(books, buh, page):
    number = made(books, payment_type_id=777)
    form = page(f"{LIST}&fmpedit=true&fmpid={number}").form("presetname")
    assert form.values["payment_type_id"] == "777"


def test_presets_want_the_right_a_post_and_a_preset(books, buh, sign_in, page):
    number = made(books)
    for address in ("fmpedit", "fmpdelete"):
        page(f"{LIST}&{address}=true&fmpid=9{number}", 404)
        page(f"{LIST}&{address}=true&fmpid=²", 404)
    page(f"{LIST}&fmpclone=true&fmpid={number}", 405)
    page(QUICK, 405)
    sign_in("CASH", login="kassir")
    for address in (
        LIST,
        CREATE,
        f"{LIST}&fmpedit=true&fmpid={number}",
        f"{LIST}&fmpdelete=true&fmpid={number}",
    ):
        page(address, 403)


def test_a_module_that_is_off_says_so(make_app, sign_in, page):
    app = make_app(BANKSTA2_ENABLED="0")
    browser = sign_in("BANKSTA2", browser=app.test_client())
    assert page(LIST, 403, browser=browser).shows("This module is disabled")
