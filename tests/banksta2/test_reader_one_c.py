"""1CClientBankExchange: what came in, and nothing that went out, whatever the bank makes of the format."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.banksta2.one_c import ONE_C_COLUMNS
from modules.banksta2.reader import Unreadable, look, rows
from modules.banksta2.words import unreadable
from tests.statements.make import one_c

OURS, OURS_TOO, THEIRS = "40702810900000000001", "40702810900000000002", "40817810000000000009"
CREDIT = {
    "Номер": "17",
    "Дата": "23.11.2026",
    "Сумма": "1234.50",
    "ПлательщикСчет": THEIRS,
    "ДатаПоступило": "24.11.2026",
    "Плательщик": "ИНН 770708389312 Иванов Иван",
    "ПлательщикИНН": "770708389312",
    "ПолучательСчет": OURS,
    "Получатель": "ООО Провайдер",
    "НазначениеПлатежа": "Оплата за Интернет, договор=100001",
}
DEBIT = {
    **CREDIT,
    "Номер": "18",
    "ПлательщикСчет": OURS,
    "ПолучательСчет": THEIRS,
    "ДатаСписано": "24.11.2026",
    "ДатаПоступило": "",
}
ROW = [
    "24.11.2026",
    "1234.50",
    "Иванов Иван",
    "770708389312",
    THEIRS,
    "Оплата за Интернет, договор=100001",
    "17",
    OURS,
]
ROW.append("Платежное поручение")


@pytest.fixture
def file(tmp_path):
    """Writes a text into a file in an encoding."""

    def write(text: str, encoding: str = "cp1251"):
        place = tmp_path / "kl_to_1c.bin"
        place.write_bytes(text.encode(encoding))
        return place

    return write


def read(place, **said):
    return [dict(zip(ONE_C_COLUMNS, cells, strict=True)) for _, cells in rows(place, look(place, **said))]


def without(document, *keys, **more):
    return {key: value for key, value in document.items() if key not in keys} | more


def refused(place):
    with pytest.raises(Unreadable) as error:
        look(place)
    return error.value


@pytest.mark.parametrize("said", ["Windows", "DOS", "UTF-8"])
@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "utf-8", "utf-8-sig", "utf-16", "koi8-r"])
def test_the_letters_count_and_not_what_the_file_says_of_itself(file, encoding, said):
    place = file(one_c(CREDIT, DEBIT, said=said), encoding)
    seen = look(place)
    assert (seen.kind, seen.columns, seen.certain) == ("1c", len(ONE_C_COLUMNS), True)
    assert seen.names == list(ONE_C_COLUMNS)
    assert seen.first == [ROW]
    assert list(rows(place, seen)) == [(1, ROW)]


def test_of_several_accounts_each_takes_its_own(file):
    to_second = {**CREDIT, "Номер": "19", "ПолучательСчет": OURS_TOO}
    place = file(one_c(DEBIT, CREDIT, to_second, accounts=(OURS, OURS_TOO)))
    assert [(row["number"], row["account"]) for row in read(place)] == [("17", OURS), ("19", OURS_TOO)]
    assert [number for number, _ in rows(place, look(place))] == [2, 3]


def test_an_account_may_be_named_between_the_documents_or_in_the_header_alone(file):
    late = one_c(
        CREDIT,
        f"СекцияРасчСчет\nРасчСчет={OURS_TOO}\nКонецРасчСчет\n",
        {**CREDIT, "ПолучательСчет": OURS_TOO},
    )
    assert len(read(file(late))) == 2
    header = one_c(CREDIT, DEBIT, accounts=()).replace("Отправитель", f"РасчСчет={OURS}\nОтправитель")
    assert len(read(file(header))) == 1


def test_without_accounts_the_date_of_coming_decides_and_nothing_is_guessed(file):
    assert [row["number"] for row in read(file(one_c(CREDIT, DEBIT, accounts=())))] == ["17"]
    assert refused(file(one_c(without(CREDIT, "ДатаПоступило"), accounts=()))).code == "no_account"
    stray = {**without(CREDIT, "ДатаПоступило"), "ПолучательСчет": "1"}
    assert read(file(one_c(stray)))[0]["sum"] == ""


def test_purposes_are_whole_in_each_of_the_ways_banks_break_them(file):
    parts = {
        "НазначениеПлатежа1": "Оплата",
        "НазначениеПлатежа2": "за Интернет",
        "НазначениеПлатежа3": "100001",
    }
    assert (
        read(file(one_c(without(CREDIT, "НазначениеПлатежа", **parts))))[0]["purpose"]
        == "Оплата за Интернет 100001"
    )
    broken = one_c(CREDIT).replace("Интернет, ", "Интернет,\n")
    assert "Оплата за Интернет," in read(file(broken))[0]["purpose"]
    loose = one_c({**CREDIT, "НазначениеПлатежа": "Оплата\nза Интернет\n\nдоговор 100001"})
    assert read(file(loose))[0]["purpose"] == "Оплата за Интернет договор 100001"


def test_the_payer_is_the_bare_name(file):
    assert read(file(one_c({**CREDIT, "Плательщик1": "Иванов И. И."})))[0]["payer"] == "Иванов И. И."
    assert read(file(one_c({**CREDIT, "Плательщик": "Иванов Иван"})))[0]["payer"] == "Иванов Иван"
    company = {**CREDIT, "Плательщик": "ИНН 7707083893/770701001 ООО Ромашка"}
    assert read(file(one_c(company)))[0]["payer"] == "ООО Ромашка"
    old = {**without(CREDIT, "ПолучательСчет"), "ПолучательРасчСчет": OURS}
    assert read(file(one_c(old)))[0]["account"] == OURS


def test_a_file_that_is_cut_off_says_so_at_once(file):
    text = one_c(CREDIT, CREDIT, end="")
    assert refused(file(text)).code == "truncated"
    assert "КонецФайла" in unreadable(refused(file(text)))
    assert refused(file(text[: text.rindex("КонецДокумента")])).code == "truncated"


def test_files_that_were_put_into_one_are_all_read(file):
    two = one_c(CREDIT) + one_c({**CREDIT, "Номер": "19"})
    assert [(number, cells[6]) for number, cells in rows(file(two), look(file(two)))] == [
        (1, "17"),
        (2, "19"),
    ]
    assert refused(file(one_c(CREDIT) + one_c(CREDIT, end=""))).code == "truncated"


def test_a_document_without_its_end_is_named(file):
    broken = one_c(CREDIT, DEBIT).replace("КонецДокумента\n", "", 1)
    error = refused(file(broken))
    assert (error.code, error.params["number"]) == ("unfinished", "17")
    assert refused(file(one_c(CREDIT).replace("КонецДокумента\n", ""))).code == "unfinished"


def test_line_ends_and_blanks_and_case_do_not_matter(file):
    text = (
        one_c(CREDIT)
        .replace("\n", " \r\n")
        .replace("Сумма=", "Сумма = ")
        .replace("КонецФайла", "КОНЕЦФАЙЛА\x1a")
    )
    assert look(file(text)).first == [ROW]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_is_rows_or_a_reason(tmp_path_factory, data):
    good = bytearray(one_c(CREDIT, DEBIT).encode("cp1251"))
    for _ in range(data.draw(st.integers(1, 8))):
        good[data.draw(st.integers(20, len(good) - 1))] = data.draw(st.integers(0, 255))
    place = tmp_path_factory.mktemp("any") / "bytes"
    place.write_bytes(bytes(good[: data.draw(st.integers(20, len(good)))]))
    try:
        list(rows(place, look(place)))
    except Unreadable as error:
        assert unreadable(error)
