"""A database goes away under processes that run: none is restarted, no receipt is lost or printed twice."""

import pytest

from tests.line import SERVERS, line_to
from tests.story.street import Cashier, Street, wait_for

pytestmark = pytest.mark.story


@pytest.fixture(params=SERVERS)
def line(request):
    with line_to(request.param) as line:
        yield line


def printed(street: Street) -> list[int]:
    return sorted(slip["amount"] for slip in street.printed())


def log_of(street: Street, name: str) -> list[str]:
    text = (street.folder / f"{name}.log").read_text("utf-8")
    assert "Traceback" not in text
    return text.splitlines()


def test_it_goes_in_the_middle_of_a_receipt_and_comes_back(line, make_street, request):
    street = make_street(DATABASE_URL=line.url, LOCALE="en", DREAMKAS_DEADLINE="4", DREAMKAS_UNSURE_GRACE="3")
    request.addfinalizer(street.close)  # before its database is dropped
    cashier = Cashier(street)
    form = cashier.page("ivanov")
    street.faults(latency={"next": 1, "seconds": 3, "paths": ["post_receipts"]})
    assert cashier.pay("ivanov", "100").status_code == 303
    wait_for("the POST under way", lambda: cashier.badges("ivanov") == ["sending"], 20)
    line.cut()
    told = cashier.pay("ivanov", "200", page=form)
    assert told.status_code == 503 and "The database does not answer" in told.text
    wait_for("the answer that nobody can write down", lambda: printed(street) == [10_000], 20)
    street.kill("worker")
    street.start("worker")  # as after a power cut: it is here before its database
    wait_for("its word", lambda: "can not be used" in "".join(log_of(street, "worker")), 20)
    line.mend()
    assert cashier.pay("ivanov", "200", page=form).status_code == 303
    wait_for("both receipts", lambda: cashier.badges("ivanov") == ["fiscalized"] * 2, 90)
    assert printed(street) == [10_000, 20_000]
    assert sum("the database can not be used" in said for said in log_of(street, "worker")) <= 2
    assert len(log_of(street, "web")) < 20 and len(log_of(street, "worker")) < 40
