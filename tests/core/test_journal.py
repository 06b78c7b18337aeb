"""The journal and the serial: two of Ubilling's own tables."""

import re

import pytest
from sqlalchemy import select

from modules.core.db import db, transact
from modules.core.journal import Weblog, write
from modules.core.serial import UbStat, make_serial, serial


def lines():
    return db.session.scalars(select(Weblog).order_by(Weblog.id)).all()


def test_a_line_says_who_from_where_and_what(app, sign_in):
    sign_in("CASH", login="vera")
    client = sign_in("CASH", login="vera")

    @app.get("/act")
    def act():
        transact(lambda session: write("PAYMENT (ivanov) ON 100.00"))
        return "done"

    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    client.get("/act")
    with app.app_context():
        (line,) = lines()
        assert (line.admin, line.ip, line.event) == ("vera", "192.0.2.7", "PAYMENT (ivanov) ON 100.00")
        assert line.date.microsecond == 0


def test_outside_of_a_request_the_system_acts(inside):
    transact(lambda session: write("SWEEP"))
    assert [(line.admin, line.ip) for line in lines()] == [("system", "")]


def test_a_line_goes_with_the_act_that_it_tells_of(inside):
    def work(session):
        write("PAYMENT")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transact(work)
    assert lines() == []


def test_nobody_forges_a_line(inside):
    write("SEARCH a\r\n2026-01-01 admin PAYMENT\x00\x1b[2J\u202e\u2028b", admin="ve\nra")
    write("x" * 5000, admin="y" * 500)
    db.session.commit()
    first, second = lines()
    assert (first.event, first.admin) == ("SEARCH a 2026-01-01 admin PAYMENT [2J b", "ve ra")
    assert (len(second.event), len(second.admin)) == (255, 45)


@pytest.mark.parametrize(
    ("proxies", "address"), [("0", "127.0.0.1"), ("1", "203.0.113.9"), ("2", "198.51.100.1")]
)
def test_the_address_is_the_one_that_trusted_proxies_tell(make_app, proxies, address):
    app = make_app(TRUSTED_PROXIES=proxies)

    @app.get("/act")
    def act():
        transact(lambda session: write("ACT"))
        return "done"

    app.test_client().get("/act", headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.1, 203.0.113.9"})
    with app.app_context():
        assert [line.ip for line in lines()] == [address]


# --- the serial ---


def test_a_serial_looks_like_ubillings():
    assert re.fullmatch(r"UB[0-9a-f]{32}", make_serial())
    assert make_serial() != make_serial()


def test_the_serial_is_the_oldest_ubid_and_the_command_shows_it(app):
    with app.app_context():
        first = serial()
        assert re.fullmatch(r"UB[0-9a-f]{32}", first)
        transact(lambda session: session.add(UbStat(key="ubid", value="another")))
        assert serial() == first
    assert app.test_cli_runner().invoke(args=["serial"]).output.strip() == first


def test_a_database_without_a_serial_says_what_to_do(app):
    with app.app_context():
        transact(lambda session: session.execute(db.delete(UbStat)))
        assert serial() == ""
    said = app.test_cli_runner().invoke(args=["serial"])
    assert said.exit_code == 1
    assert "db upgrade" in said.output
