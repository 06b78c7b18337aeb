"""The showroom page and what it asks for each second."""

import re

import requests
from babel.messages.pofile import read_po

from modules.core.words import CATALOGS
from modules.sandbox import view
from modules.sandbox.faults import TABLE
from modules.sandbox.lessons import LESSONS

EVIL = "<script>alert(1)</script>"


def page(sandbox):
    answer = requests.get(sandbox.url, timeout=5)
    assert answer.status_code == 200
    return answer


def test_it_says_that_it_is_not_the_real_service(sandbox):
    text = page(sandbox).text
    assert "Учебный Dreamkas" in text
    assert "Не настоящий сервис" in text
    assert text.count("<h1") == 1


def test_every_switch_has_its_row_and_ids_are_unique(sandbox):
    text = page(sandbox).text
    for fault in TABLE:
        assert f'data-fault="{fault.name}"' in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(sandbox):
    answer = page(sandbox)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son\w+=", answer.text)
    for address in re.findall(r'(?:src|href)="([^"#]+)"', answer.text):
        assert requests.get(sandbox.url + address, timeout=5).status_code == 200, address


def test_whatever_comes_from_outside_is_shown_as_text(sandbox):
    position = {"name": EVIL, "type": "SERVICE", "quantity": 1, "price": 75000}
    sandbox.control(
        "POST", "/products", {"id": EVIL, "name": EVIL, "type": EVIL, "tax": EVIL, "category": EVIL}
    )
    sandbox.control("POST", "/devices", {"id": 5, "name": EVIL, "modelName": EVIL, "kktExpireDate": EVIL})
    sandbox.control("POST", "/cashiers", {"tabNumber": EVIL, "name": EVIL, "deviceId": EVIL})
    sandbox.api("POST", "/webhooks", {"url": f"http://127.0.0.1:9/{EVIL}", "types": {}})
    attributes = {"email": f"{EVIL}@x.ru"}
    sandbox.faults(silent_contact_drop="off")
    done = sandbox.pay(positions=[position], externalId=EVIL, attributes=attributes).json()["id"]
    sandbox.settled(done)
    sandbox.api("GET", f"/{EVIL}")
    text = page(sandbox).text
    assert EVIL not in text
    assert text.count("&lt;script&gt;") > 8


def test_odd_machines_and_positions_do_not_break_it(sandbox):
    sandbox.control("POST", "/devices", {"id": 5})
    sandbox.control("POST", "/products", {"id": "x", "name": None, "kktExpireDate": 7})
    sandbox.control("POST", "/devices", {"id": 6, "kktExpireDate": 20271231, "isOnline": None})
    assert "как в кассе" in page(sandbox).text


def test_the_poll_brings_new_slips_once_and_every_region(sandbox):
    first = requests.get(f"{sandbox.url}/live?after=0", timeout=5).json()
    assert first["slips"] == []
    sandbox.settled(sandbox.pay().json()["id"])
    second = requests.get(f"{sandbox.url}/live?after=0", timeout=5).json()
    assert len(second["slips"]) == 1
    assert "Чек напечатан" in second["regions"]["operations"]
    assert 'class="qr"' in second["slips"][0]
    assert "=750,00" in second["slips"][0]
    assert requests.get(f"{sandbox.url}/live?after={second['seq']}", timeout=5).json()["slips"] == []


def test_the_screen_and_the_way_tell_what_is_broken(sandbox):
    sandbox.control("POST", "/mend", {})
    sandbox.faults(till_offline=True, answer_500=True)
    regions = requests.get(f"{sandbox.url}/live", timeout=5).json()["regions"]
    assert "НЕТ СВЯЗИ" in regions["screen"]
    assert regions["chain"].count("изменено") == 2
    assert "Касса офлайн" in regions["chain"]


def test_words_of_money_and_vat():
    assert view.roubles(123450) == "1\u00a0234,50"
    assert view.roubles(5) == "0,05"
    assert view.tax_words("NDS_20_CALCULATED") == "НДС 20/120"
    assert (view.tax_words("NDS_0"), view.tax_words("NDS_NO_TAX")) == ("НДС 0%", "Без НДС")


def test_a_lesson_names_the_badges_as_they_are_drawn():
    with (CATALOGS / "ru" / "LC_MESSAGES" / "messages.po").open("rb") as text:
        catalog = read_po(text, locale="ru")
    states = ("Queued", "Being sent", "Accepted by Dreamkas", "Fiscalized", "Rejected", "Unsure")
    badges = {catalog.get(state).string for state in states}
    named = [
        word
        for lesson in LESSONS.values()
        for quoted in re.findall("«(.+?)»", lesson.look)
        for word in quoted.split(" → ")
    ]
    assert len(named) == 6
    assert set(named) <= badges
