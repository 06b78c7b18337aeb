"""The tabs "Selling positions" with its mapping, "Cash machines", "Cashiers": the last known, whatever it lacks."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from modules.core.db import clock, db, transact
from modules.core.journal import Weblog
from modules.core.times import utc_now
from modules.dreamkas import mapping
from modules.dreamkas.models import CatalogRow, CatalogState, ServiceRelation

GOODS = "/?module=dreamkas&getgoods=true"
MACHINES = "/?module=dreamkas&getcashmachines=true"
CASHIERS = "/?module=dreamkas&getcashiers=true"
MAPPED = ("id", "name", "type", "price", "tax", "vendorcode")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def tell(books):
    """tell(kind, row, …): what Dreamkas has told of that kind, in place of what it told before."""

    def told(kind: str, *rows: dict) -> None:
        def work(session) -> None:
            session.execute(delete(CatalogRow).where(CatalogRow.kind == kind))
            for place, row in enumerate(rows):
                body = json.dumps(row, ensure_ascii=False)
                session.add(CatalogRow(kind=kind, their_id=f"{kind}-{place}", place=place, body=body))
            session.get(CatalogState, kind).version += 1

        with books.app_context():
            transact(work)

    return told


@pytest.fixture
def relations(books):
    """relations(): service -> (id, name, type, price in roubles, VAT, vendor code) of what is mapped."""

    def rows() -> dict:
        with books.app_context():
            return {
                row.service: tuple(getattr(row, f"goods_{name}") for name in MAPPED)
                for row in db.session.scalars(select(ServiceRelation))
            }

    return rows


@pytest.fixture
def unmapped(books):
    """Nothing is mapped."""
    with books.app_context():
        transact(lambda session: session.execute(delete(ServiceRelation)))


@pytest.fixture
def reader(sign_in):
    """Somebody who may only read."""
    return sign_in("DREAMKAS", login="reader")


@pytest.fixture
def manager(sign_in):
    """Somebody who may also map."""
    return sign_in("DREAMKAS", "DREAMKASMANAGE", login="buh")


def position(goods_id="inet", name="Доступ в Интернет", **changes) -> dict:
    row = {
        "id": goods_id,
        "name": name,
        "type": "SERVICE",
        "category": "Услуги",
        "quantity": 1000,
        "price": 60000,
        "tax": "NDS_NO_TAX",
        "barcodes": ["2000000000018"],
        "vendorCodes": ["INET-100"],
        "createdAt": "2025-12-30T14:15:01.239Z",
        "updatedAt": "2026-01-09T08:00:00.000Z",
    } | changes
    return {key: value for key, value in row.items() if value is not ...}


def machine(number=70321, name="Касса офис", days: float | None = None, **changes) -> dict:
    row = {
        "id": number,
        "name": name,
        "isOnline": True,
        "modelCode": "DREAMKAS_F",
        "modelName": "Дримкас Ф",
    } | changes
    if days is not None:
        row["kktExpireDate"] = f"{utc_now() + timedelta(days=days):%Y-%m-%dT%H:%M:%S}.000Z"
    return {key: value for key, value in row.items() if value is not ...}


def cells(page) -> list[str]:
    return [tag.text for tag in page.all("td") if tag.text]


# --- selling positions ---


def test_a_position_is_listed_with_all_its_columns_and_the_vat_beside_the_price(page, reader, tell):
    tell("positions", position())
    shown = page(GOODS)
    heads = [tag.text for tag in shown.all("th")]
    assert heads[heads.index("Price") + 1] == "Tax type", "seen at 1366 px before it is mapped"
    assert cells(shown)[:11] == [
        "Услуги",
        "Доступ в Интернет",
        "InternetUKV",
        "Service",
        "1",
        "₽600.00",
        "without VAT",
        "2000000000018",
        "INET-100",
        "30 Dec 2025 17:15",
        "9 Jan 2026 11:00",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {
            "category": ...,
            "tax": None,
            "price": None,
            "barcodes": ...,
            "vendorCodes": None,
            "createdAt": "soon",
        },
        {"type": "MARKED_GOODS", "quantity": "x", "tax": "NDS_99", "new": {"deep": [1, None]}},
        {
            "name": None,
            "type": None,
            "price": "600",
            "barcodes": "x",
            "vendorCodes": [None, 7],
            "category": {"id": 1},
        },
        {"prices": [{"deviceId": 1, "value": 5}, "x", {}], "meta": {"a": 1}, "price": True},
    ],
)
def test_whatever_is_missing_or_new_breaks_no_page(page, manager, tell, odd):
    tell("positions", position(**odd), position("other", "Другая"))
    page(GOODS)
    page("/?module=dreamkas&showdetailedGoods=inet")
    page("/?module=dreamkas&showdetailedGoods=inet", htmx=True)
    assert page(f"{GOODS}&sort=-price&q=другая").shows("1–1 of 1")


def test_positions_are_searched_sorted_and_given_as_a_file(page, reader, tell):
    tell(
        "positions", position(), position("tv", "Кабельное ТВ", price=25000), position("bad", "=1+1", price=1)
    )
    assert page(f"{GOODS}&q=кабельное").shows("1–1 of 1")
    first = cells(page(f"{GOODS}&sort=price"))[1]
    assert first == "=1+1"
    text = reader.get(f"{GOODS}&csv=true").data.decode("utf-8-sig")
    assert "'=1+1" in text and len(text.splitlines()) == 4


def test_an_empty_catalog_says_what_to_do(page, reader, tell):
    tell("positions")
    assert page(GOODS).shows("No selling positions are known")


def test_when_dreamkas_is_down_the_last_known_stays(page, reader, tell, books):
    tell("positions", position())

    def fail(session) -> None:
        session.get(CatalogState, "positions").error = "ReadTimeout"

    with books.app_context():
        transact(fail)
    shown = page(GOODS)
    assert shown.shows("Доступ в Интернет") and shown.shows("this is what was known as of")


# --- mapping ---


def test_mapping_keeps_what_the_position_was(page, manager, tell, unmapped, relations, books):
    tell("positions", position())
    shown = page(GOODS)
    assert shown.shows("no position is mapped")
    done = shown.post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    assert done.status == 303 and done.follow().shows("Internet is mapped now.")
    assert relations() == {
        "internet": ("inet", "Доступ в Интернет", "SERVICE", 600.0, "NDS_NO_TAX", "INET-100")
    }
    with books.app_context():
        line = db.session.scalars(select(Weblog).where(Weblog.event.contains("DREAMKAS MAP"))).one()
        assert (line.admin, line.event) == ("buh", "DREAMKAS MAP internet [inet] Доступ в Интернет")


def test_the_buttons_of_the_list_map_and_unmap(page, manager, tell, unmapped, relations):
    tell("positions", position())
    buttons = [form for form in page(GOODS).forms if "setselpossrvmapping" in form.fields]
    assert [form.values["setselpossrvmapping"] for form in buttons] == ["internet", "ukv"]
    buttons[1].submit(303)
    assert list(relations()) == ["ukv"]
    shown = page(GOODS)
    assert not [form for form in shown.forms if "setselpossrvmapping" in form.fields], "one service at most"
    shown.form("delselpossrvmapping").submit(303)
    assert relations() == {}


def test_only_a_service_is_offered_and_taken(page, manager, tell, unmapped, relations):
    tell("positions", position(type="COUNTABLE"))
    shown = page(GOODS)
    assert not [form for form in shown.forms if "setselpossrvmapping" in form.fields]
    done = shown.post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    assert done.follow().shows("Only a position of the type “Service” can be mapped.")
    assert relations() == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"setselpossrvmapping": "internet", "goodsid": "gone"},
        {"setselpossrvmapping": "radio", "goodsid": "inet"},
        {"setselpossrvmapping": "internet"},
        {"delselpossrvmapping": "true", "servicetype": "internet"},
        {"delselpossrvmapping": "true"},
        {},
    ],
)
def test_what_can_not_be_done_is_said_and_changes_nothing(page, manager, tell, unmapped, relations, fields):
    tell("positions", position())
    done = page(GOODS).post(GOODS, fields)
    assert done.status == 303 and done.follow().all("div", class_="notice bad")
    assert relations() == {}


def test_a_position_stands_for_one_service_at_most(page, manager, tell, unmapped, relations):
    tell("positions", position())
    page(GOODS).post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    done = page(GOODS).post(GOODS, {"setselpossrvmapping": "ukv", "goodsid": "inet"})
    assert done.follow().shows("This position is mapped to the other service")
    assert list(relations()) == ["internet"]


def test_a_service_has_one_position_at_most(page, manager, tell, unmapped, relations):
    tell("positions", position(), position("new", "Новый тариф"))
    page(GOODS).post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    asks = [
        form
        for form in page(GOODS).forms
        if form.tag.attrs.get("data-confirm", "").startswith("Internet is mapped to")
    ]
    assert [form.values["goodsid"] for form in asks] == ["new"]
    asks[0].submit(303)
    assert [row[0] for row in relations().values()] == ["new"]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"price": 65000}, "Price has changed since it was mapped: it was ₽600.00, it is ₽650.00"),
        ({"tax": "NDS_22"}, "Tax type has changed since it was mapped: it was without VAT, it is VAT 22%"),
        ({"tax": None}, "it was without VAT, it is VAT by the setting of the cash register"),
        ({"name": "Связь"}, "it was Доступ в Интернет, it is Связь"),
        ({"type": "COUNTABLE"}, "Type has changed since it was mapped: it was Service, it is Piece goods"),
    ],
)
def test_what_has_changed_since_is_flagged_until_it_is_said_to_be_right(
    page, manager, tell, unmapped, now, words
):
    tell("positions", position())
    page(GOODS).post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    assert not page(GOODS).shows("has changed since it was mapped")
    tell("positions", position(**now))
    shown = page(GOODS)
    assert shown.shows(words)
    if "type" not in now:
        right = [form for form in shown.forms if "setselpossrvmapping" in form.fields]
        right[0].submit(303)
        assert not page(GOODS).shows("has changed since it was mapped")


def test_a_mapped_position_that_is_gone_is_flagged_with_what_it_was(page, manager, tell, unmapped):
    tell("positions", position())
    page(GOODS).post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    tell("positions", position("other", "Другая"))
    shown = page(GOODS)
    assert shown.shows("Доступ в Интернет") and shown.shows("₽600.00, without VAT")
    assert shown.shows("This position is gone from Dreamkas")


@pytest.mark.parametrize(
    "address",
    ["setselpossrvmapping=internet&goodsid=inet", "delselpossrvmapping=true&servicetype=internet"],
)
def test_a_get_only_asks(page, manager, tell, unmapped, relations, address):
    tell("positions", position())
    page(GOODS).post(GOODS, {"setselpossrvmapping": "internet", "goodsid": "inet"})
    before = relations()
    shown = page(f"/?module=dreamkas&{address}")
    assert relations() == before
    form = next(form for form in shown.forms if "selpossrvmapping" in " ".join(form.fields))
    form.submit(303)
    assert (relations() == {}) == address.startswith("del")


def test_a_get_of_nonsense_is_not_found(page, manager, books):
    page("/?module=dreamkas&setselpossrvmapping=radio&goodsid=inet", 404)
    assert page("/?module=dreamkas&setselpossrvmapping=ukv&goodsid=gone").shows(
        "Dreamkas has no such selling position."
    )


def test_without_the_right_to_manage_there_is_no_button_and_no_way(page, reader, tell, relations):
    tell("positions", position())
    before = relations()
    shown = page(GOODS)
    assert not [form for form in shown.forms if "selpossrvmapping" in " ".join(form.fields)]
    assert shown.post(GOODS, {"delselpossrvmapping": "true", "servicetype": "internet"}).status == 403
    page("/?module=dreamkas&setselpossrvmapping=internet&goodsid=inet", 403)
    assert relations() == before


def test_a_service_that_is_switched_off_is_not_offered(make_app, books):
    with books.app_context():
        assert mapping.services() == ("internet", "ukv")
    with make_app(UKV_ENABLED="0").app_context():
        assert mapping.services() == ("internet",)


# --- cash machines ---


def test_a_machine_is_listed_with_its_lamp_and_what_it_can(page, reader, tell):
    tell(
        "machines",
        machine(1, days=400),
        machine(2, "Касса 2", isOnline=False, modelName="Касса Ф", modelCode="X1"),
        machine(3, "Касса 3", isOnline=..., modelName="Вики Мини", modelCode=...),
    )
    shown = page(MACHINES)
    assert shown.shows("Касса офис") and shown.shows("DREAMKAS_F") and shown.shows("Дримкас Ф")
    lamps = [
        (tag.attrs["class"], tag.text)
        for tag in shown.all("span")
        if tag.attrs.get("class", "").startswith("lamp")
    ]
    assert lamps == [
        ("lamp on", "online"),
        ("lamp on", "yes"),
        ("lamp off", "offline: receipts wait for it"),
        ("lamp on", "yes"),
        ("lamp unknown", "not known whether it is online"),
        ("lamp unknown", "not known for this model"),
    ]


@pytest.mark.parametrize(
    ("days", "badge", "words"),
    [
        (61.5, "", ""),
        (60, "accepted", "60 days left"),
        (8, "accepted", "8 days left"),
        (7, "rejected", "7 days left"),
        (1, "rejected", "1 day left"),
        (-2, "rejected", "expired"),
    ],
)
def test_the_end_of_a_registration_is_warned_of(page, reader, tell, days, badge, words):
    tell("machines", machine(days=days))
    shown = page(MACHINES)
    badges = [tag for tag in shown.all("span", class_="badge")]
    assert [tag.text for tag in badges] == ([words] if words else [])
    assert all(badge in tag.attrs["class"] for tag in badges)


@pytest.mark.parametrize(
    "odd",
    [
        {"name": None, "modelName": 5, "modelCode": {"a": 1}, "kktExpireDate": "soon"},
        {"isOnline": "yes", "groupId": "", "timezoneOffset": 3, "kktExpireDate": None, "new": [1]},
        {"kktExpireDate": "9999-12-31T23:59:59.000Z"},
        {"kktExpireDate": "0001-01-01T00:00:00.000Z"},
    ],
)
def test_odd_machines_break_no_page(page, reader, tell, odd):
    tell("machines", machine(**odd), machine(2, HOSTILE))
    assert page(MACHINES).shows(HOSTILE)
    page("/?module=dreamkas&showdetailedCM=70321")
    assert page("/?module=dreamkas&showdetailedCM=2").shows(HOSTILE)
    page("/?module=dreamkas&showdetailedCM=2", htmx=True)
    page("/?module=dreamkas&showdetailedCM=999", 404)


# --- cashiers ---


def test_cashiers_are_listed_in_the_order_of_their_numbers_without_secrets(page, reader, tell):
    secret = {"password": "5e884898da28047151d0e56f8dc62927", "card": "046563", "role": "Кассир"}
    tell(
        "cashiers",
        {"tabNumber": "10", "name": "Петрова", "inn": "770000000002", "deviceId": 123, **secret},
        {"tabNumber": "2", "name": "Анна", "inn": "770000000001"},
        {"name": HOSTILE, "inn": None, "deviceId": "x", "tabNumber": None},
    )
    shown = page(CASHIERS)
    assert cells(shown) == [
        "2",
        "Анна",
        "770000000001",
        "10",
        "Петрова",
        "770000000002",
        "123 Касса 1",
        HOSTILE,
        "x",
    ]
    text = shown.html + reader.get(f"{CASHIERS}&csv=true").text
    assert "5e884898" not in text and "046563" not in text


@pytest.mark.parametrize("address", [GOODS, MACHINES, CASHIERS])
def test_rights_and_the_switch(page, sign_in, books, address, make_app):
    sign_in("CASH", login="kassir")
    page(address, 403)
    off = make_app(DREAMKAS_ENABLED="0").test_client()
    sign_in("DREAMKAS", login="buh", browser=off)
    assert page(address, 403, browser=off).shows("This module is disabled")


def test_no_page_waits_for_dreamkas(page, manager, books):
    with books.app_context():
        assert clock()
    for address in (GOODS, MACHINES, CASHIERS):
        page(address)  # nobody listens at DREAMKAS_API_URL of this house, and nothing fails
