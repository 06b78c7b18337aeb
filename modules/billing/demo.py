"""Demo books: the known subscribers of design section 5, and as many made-up ones as wanted. Always the same."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from modules.billing.models import (
    Address,
    Apt,
    Build,
    CashType,
    City,
    Contract,
    Email,
    Phone,
    RealName,
    Street,
    Tariff,
    UkvTariff,
    UkvUser,
    User,
)
from modules.core.bulk import batches
from modules.core.db import Base, db
from modules.core.times import local_now

CHUNK = 5000
FLATS_A_HOUSE = 60
CITY = "Приозёрск"
STREETS = ("Ленина", "Садовая", "Мира", "Береговая", "Заводская", "Первомайская", "Школьная", "Ёлочная")
TARIFFS = {"Домашний 100": 450.0, "Домашний 300": 650.0, "Гигабит": 990.0}
UKV_TARIFFS = {1: ("Базовый пакет", 230.0), 2: ("Расширенный пакет", 390.0)}
# BANKSTA2_PAYMENTID_INET and _UKV are 24 and 25 unless alter.ini says otherwise.
CASH_TYPES = {
    1: "Наличные",
    2: "Банковская карта",
    3: "Платёжный терминал",
    24: "Банк (Интернет)",
    25: "Банк (УКВ)",
}
SURNAMES = (
    "Алексеев",
    "Борисов",
    "Васильев",
    "Григорьев",
    "Дмитриев",
    "Егоров",
    "Королёв",
    "Смирнов",
    "Семёнов",
)
NAMES = ("Алексей", "Виктор", "Глеб", "Денис", "Игорь", "Максим", "Пётр", "Фёдор")
FATHERS = ("Алексеевич", "Борисович", "Ильич", "Игоревич", "Петрович", "Сергеевич")

# login, contract, name, mobile, e-mail, tariff, balance in roubles, home
KNOWN = (
    (
        "ivanov",
        "100001",
        "Иванов Иван Иванович",
        "+79110000001",
        "ivanov@example.test",
        "Домашний 100",
        120.5,
        1,
    ),
    ("petrova", "100002", "Петрова Анна Сергеевна", "", "", "Домашний 300", -650.0, 2),
    ("sidorov", "100003", "Сидоров Пётр Петрович", "+79110000003", "", "Гигабит", 0.0, 3),
)
# number, contract, name, mobile, tariff, balance in roubles, home
KNOWN_UKV = (
    (1, "200001", "Кузнецова Ольга Ивановна", "+79110000011", 1, -230.0, 4),
    (2, "200002", "Михайлов Сергей Львович", "", 2, 0.0, 5),
)
FIRST_HOME = 100  # of the made-up ones


def fill_books(subscribers: int) -> None:
    """Writes the demo's subscribers, tariffs, addresses and cash types, and `subscribers` made-up ones in each book.

    Inside the caller's transaction, into tables that hold no subscriber yet; nothing is committed here.
    """
    numbers = range(1, subscribers + 1)
    _write(CashType, ({"id": number, "cashtype": name} for number, name in CASH_TYPES.items()))
    _write(Tariff, ({"name": name, "fee": fee} for name, fee in TARIFFS.items()))
    _write(UkvTariff, ({"id": i, "tariffname": name, "price": fee} for i, (name, fee) in UKV_TARIFFS.items()))
    _fill_homes(FIRST_HOME + subscribers)
    _fill_internet([*KNOWN, *map(_made_up, numbers)])
    _fill_cable([*KNOWN_UKV, *map(_made_up_ukv, numbers)])


def _write(table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    for some in batches(rows, CHUNK):
        db.session.execute(insert(table), some)


def _home(number: int) -> tuple[int, int, str, str]:
    """A home's place: (street's number from 0, house's number from 0, house, flat)."""
    house, flat = divmod(number, FLATS_A_HOUSE)
    return house % len(STREETS), house, str(house // len(STREETS) * 2 + 1), str(flat + 1)


def _fill_homes(count: int) -> None:
    houses = range(count // FLATS_A_HOUSE + 1)
    streets = enumerate(STREETS, 1)
    _write(City, [{"id": 1, "cityname": CITY, "cityalias": ""}])
    _write(Street, ({"id": i, "cityid": 1, "streetname": name, "streetalias": ""} for i, name in streets))
    corners = [_home(house * FLATS_A_HOUSE) for house in houses]
    _write(Build, ({"id": i + 1, "streetid": street + 1, "buildnum": no} for street, i, no, _flat in corners))
    _write(Apt, map(_flat_row, range(1, count + 1)))


def _flat_row(number: int) -> dict[str, Any]:
    _street, house, _number, flat = _home(number)
    return {"id": number, "buildid": house + 1, "entrance": "1", "floor": "", "apt": flat}


def _made_up(number: int) -> tuple[Any, ...]:
    tariff = list(TARIFFS)[number % len(TARIFFS)]
    balance = float(number * 37 % 1500 - 500)
    email = f"u{number:05d}@example.test" if number % 3 else ""
    return (
        f"u{number:05d}",
        str(110000 + number),
        _name(number),
        _mobile(number),
        email,
        tariff,
        balance,
        _at(number),
    )


def _made_up_ukv(number: int) -> tuple[Any, ...]:
    balance = float(number * 53 % 900 - 300)
    contract, tariff = str(210000 + number), number % len(UKV_TARIFFS) + 1
    return 100 + number, contract, _name(number + 7), _mobile(number + 50000), tariff, balance, _at(number)


def _name(number: int) -> str:
    first, father = number // len(SURNAMES), number // len(SURNAMES) // len(NAMES)
    return f"{SURNAMES[number % len(SURNAMES)]} {NAMES[first % len(NAMES)]} {FATHERS[father % len(FATHERS)]}"


def _mobile(number: int) -> str:
    return (
        f"8 (921) {number // 10000:03d}-{number // 100 % 100:02d}-{number % 100:02d}" if number % 20 else ""
    )


def _at(number: int) -> int:
    return FIRST_HOME + number


def _fill_internet(people: Sequence[tuple[Any, ...]]) -> None:
    _write(User, (_user_row(*person) for person in people))
    _write(Contract, ({"login": person[0], "contract": person[1]} for person in people))
    _write(RealName, ({"login": person[0], "realname": person[2]} for person in people))
    _write(Phone, ({"login": person[0], "phone": "", "mobile": person[3]} for person in people))
    _write(Email, ({"login": person[0], "email": person[4]} for person in people))
    _write(Address, ({"login": person[0], "aptid": person[7]} for person in people))


def _user_row(login: str, *person: Any) -> dict[str, Any]:
    return {
        "login": login,
        "password": "",
        "passive": 0,
        "down": 0,
        "tariff": person[4],
        "credit": 0.0,
        "ip": "*",
        "cash": person[5],
    }


def _fill_cable(people: Sequence[tuple[Any, ...]]) -> None:
    now = local_now().replace(microsecond=0)
    _write(UkvUser, (_cable_row(now, *person) for person in people))


def _cable_row(now: datetime, number: int, *person: Any) -> dict[str, Any]:
    contract, name, mobile, tariff, cash, home = person
    street, _house, house, flat = _home(home)
    return {
        "id": number,
        "contract": contract,
        "tariffid": tariff,
        "cash": cash,
        "active": 1,
        "realname": name,
        "phone": "",
        "mobile": mobile,
        "regdate": now,
        "city": CITY,
        "street": STREETS[street],
        "build": house,
        "apt": flat,
        "inetlogin": "",
        "notes": "",
    }
