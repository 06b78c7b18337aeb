"""An accountant brings a bank's file into the books, by hand, in Chromium: a csv and a 1C exchange."""

import pytest
from playwright.sync_api import expect

from tests.banksta2.files import LINES, csv
from tests.browser.chromium import shot
from tests.browser.test_payment import no_serious_findings, sign_in
from tests.statements.make import one_c

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("import")]

DOCUMENT = {
    "Номер": "15",
    "Дата": "24.11.2026",
    "Сумма": "350.00",
    "Плательщик1": "Иванов Иван Иванович",
    "ПолучательСчет": "40702810900000000001",
    "НазначениеПлатежа": "Оплата по договору 100001",
}


@pytest.fixture(scope="module")
def desk(open_street):
    return open_street(BANKSTA2_ENABLED="1")


def bring(page, desk, name: str, data: bytes) -> None:
    page.goto(f"{desk.web_url}/?module=banksta2&uploadform=true")
    page.set_input_files(
        "[name=uploadbnksta2]", files=[{"name": name, "mimeType": "text/plain", "buffer": data}]
    )
    page.click("#upload-form button.main")


def unfold(page) -> None:
    while (folds := page.locator("#mapping-form details:not([open]) > summary")).count():
        folds.first.click()


def test_a_csv_from_the_upload_to_the_books(desk, make_page):
    page = make_page()
    sign_in(page, desk, "buh")
    bring(page, desk, "реестр.csv", csv(*LINES))
    page.wait_for_selector("#mapping-form")
    page.fill("[name=skiprowscount]", "1")
    page.press("[name=skiprowscount]", "Tab")
    expect(page.locator("#reading tbody tr").first).to_contain_text("Иванов И.И.")
    unfold(page)
    for name, column in {"col_paydate": "0", "col_paysum": "1", "col_contract": "2"}.items():
        page.fill(f"[name={name}]", column)
    expect(page.locator("#preview")).to_contain_text("ivanov")
    page.fill("[name=col_realname]", "3")
    page.fill("[name=col_paypurpose]", "4")
    expect(page.locator("#preview")).to_contain_text("возврат")
    shot(page, "statement-mapping")
    no_serious_findings(page)
    page.check("[name=skip_row]")
    page.fill("[name=col_skiprow]", "4")
    page.check("[name=noesc_skip_row_keywords]")
    page.fill("[name=skip_row_keywords]", "возврат(")
    expect(page.locator("#preview .wrong")).to_have_count(1)
    expect(page.locator("#preview")).to_contain_text("ivanov")
    shot(page, "statement-mapping-wrong")
    page.fill("[name=skip_row_keywords]", "возврат")
    expect(page.locator("#preview .wrong")).to_have_count(0)
    expect(page.locator("#preview tr.out")).to_have_count(1)
    page.fill("[name=presetname]", "Реестр")
    page.press("[name=presetname]", "Enter")
    expect(page.locator(".notice.ok")).to_contain_text("Реестр")
    expect(page.locator("[name=col_skiprow]")).to_have_value("4")
    page.click("#mapping-form button.main")
    page.wait_for_selector("#parts")
    shot(page, "statement-lastcheck")
    no_serious_findings(page)
    page.click("#import-form button")
    expect(page.locator(".notice.ok")).to_contain_text("7")


def test_a_1c_file_needs_no_mapping(desk, make_page):
    page = make_page()
    sign_in(page, desk, "buh")
    bring(page, desk, "kl_to_1c.txt", one_c(DOCUMENT).encode("cp1251"))
    expect(page.locator("#lastcheck")).to_contain_text("100001")
    page.click("#import-form button")
    expect(page.locator(".notice.ok")).to_contain_text("1")
