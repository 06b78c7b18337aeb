"""A row in the hands of a person: whose payment it is, its receipt, whether it is one; and the trace behind it."""

import pytest
from sqlalchemy import select

from modules.banksta2 import process
from modules.core.db import db
from modules.core.journal import Weblog
from modules.dreamkas.models import Operation
from tests.banksta2.processing import change, imported, rows_of

ROW = "/?module=banksta2&{flag}={row}"


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch):
    """No worker hears a nudge."""
    monkeypatch.setattr("modules.dreamkas.outbox.nudge", lambda: None)
    monkeypatch.setattr("modules.dreamkas.duties.enqueue", lambda _task, name: None)


@pytest.fixture
def statement(books, sign_in) -> int:
    """Three rows; an accountant is signed in."""
    sign_in("BANKSTA2", "USERPROFILE", "DREAMKAS", login="buh")
    return imported(books, 3)


def first(app, statement: int):
    return rows_of(app, statement)[0]


def test_the_subscriber_is_found_in_the_row_and_takes_the_payment(books, page, statement):
    row = first(books, statement)
    change(books, row.id, subscriber="", contract="unknown_1", service_type="")
    part = page(ROW.format(flag="bankstaeditrowid", row=row.id), htmx=True)
    assert not part.is_whole and part.by_id(f"payers-{row.id}")
    found = page("/?module=banksta2&findpayer=true&q=сидоров", htmx=True)
    (button,) = found.all("button", name="payer")
    form = page(ROW.format(flag="bankstaeditrowid", row=row.id)).form("bankstaeditrowid")
    assert form.page.post(form.action, {"payer": button.attrs["value"]}, 303).location.endswith(
        f"#row-{row.id}"
    )
    now = first(books, statement)
    assert (now.service_type, now.subscriber, now.contract) == ("Internet", "sidorov", "100003")
    with books.app_context():
        said = f"BANKSTA2 CHANGE Internet `100003` (sidorov) [{row.id}]"
        assert said in db.session.scalars(select(Weblog.event)).all()


def test_a_typed_contract_finds_its_subscriber_and_an_unknown_one_is_marked(books, page, statement):
    row = first(books, statement)
    form = page(ROW.format(flag="bankstaeditrowid", row=row.id)).form("newbankstacontract")
    form.submit(303, newbankstacontract="200001", newbankstarvtype="")
    now = first(books, statement)
    assert (now.service_type, now.subscriber) == ("UKV", "1")
    form.submit(303, newbankstacontract="999", newbankstarvtype="Internet")
    assert first(books, statement).subscriber == ""
    assert page(ROW.format(flag="row", row=row.id)).shows("nobody has this contract")


def test_nobody_is_invented(books, page, statement):
    row = first(books, statement)
    form = page(ROW.format(flag="bankstaeditrowid", row=row.id)).form("bankstaeditrowid")
    form.page.post(form.action, {"payer": "internet:nobody", "newbankstacontract": row.contract}, 303)
    assert first(books, statement).subscriber == "ivanov"
    form.page.post(form.action, {"payer": "root:ivanov", "newbankstacontract": "5"}, 303)
    assert first(books, statement).subscriber == ""


def test_a_row_is_canceled_and_recalled(books, page, statement):
    row = first(books, statement)
    seen = page(ROW.format(flag="row", row=row.id))
    after = seen.form("cancelrowprocessing").submit(303)
    assert first(books, statement).canceled == 1 and after.follow().shows("Canceled by a person.")
    page(ROW.format(flag="row", row=row.id)).form("recallrowprocessing").submit(303)
    now = first(books, statement)
    assert (now.canceled, now.canceled_why) == (0, "")


def test_a_wanted_or_credited_row_is_changed_no_more(books, page, statement):
    row = first(books, statement)
    seen = page(ROW.format(flag="row", row=row.id))
    cancel, form = seen.form("cancelrowprocessing"), page(ROW.format(flag="bankstaeditrowid", row=row.id))
    with books.app_context():
        process.press(statement, "buh")
    assert cancel.submit(303).follow().shows("it can not be canceled")
    form.form("newbankstacontract").submit(303, newbankstacontract="100003")
    with books.app_context():
        process.work_through()
    cancel.submit(303)
    form.form("newbankstacontract").submit(303, newbankstacontract="100003")
    now = first(books, statement)
    assert (now.processed, now.canceled, now.subscriber, now.contract) == (1, 0, "ivanov", "100001")


def test_a_suspected_duplicate_waits_for_a_person(books, page, statement):
    one, two, three = rows_of(books, statement)
    for row in (two, three):
        change(books, row.id, verdict="suspected", twin_id=one.id, identity_key=None, identity="same")
    seen = page(ROW.format(flag="row", row=two.id))
    assert seen.shows("The earlier one:") and seen.shows("may.csv")
    seen.page_forms = [form for form in seen.forms if "decidetwin" in form.action]
    another, same = seen.page_forms
    assert another.fields["verdict"].attrs["value"] == "another"
    another.submit(303)
    seen.post(ROW.format(flag="decidetwin", row=three.id), {"verdict": "same"}, 303)
    _one, two, three = rows_of(books, statement)
    assert (two.verdict, two.identity_key is None, three.verdict, three.identity_key) == (
        "another",
        False,
        "same",
        None,
    )
    with books.app_context():
        assert process.press(statement, "buh") == 2
    assert "was decided already" in same.submit(303).follow().text


def test_a_twin_that_is_not_there_is_no_dead_link_and_a_person_may_still_say(books, page, statement):
    row = first(books, statement)
    gone = ROW.format(flag="showdetailed", row=999)
    change(books, row.id, verdict="same", twin_id=999, identity_key=None, identity="same")
    assert gone not in page(ROW.format(flag="showdetailed", row=row.id)).links
    seen = page(ROW.format(flag="row", row=row.id))
    next(form for form in seen.forms if "decidetwin" in form.action).submit(303)
    assert first(books, statement).verdict == "another"


def test_the_tick_and_the_choices_of_a_row(books, page, client, statement):
    row = first(books, statement)
    seen = page(ROW.format(flag="choosefiscal", row=row.id))
    form = seen.form(f"drscashmachines_{row.id}")
    assert [f"{name}_{row.id}" in form.fields for name in ("drstaxtypes", "drspaymtypes", "drssellpos")] == [
        True
    ] * 3
    form.submit(303, **{f"drspaymtypes_{row.id}": "PREPAID", f"drscashmachines_{row.id}": "123"})
    now = first(books, statement)
    assert (now.payment_type, now.machine_id, now.position_id, now.tick) == ("PREPAID", "123", "", True)
    form.submit(422, **{f"drssellpos_{row.id}": "forged"})
    form.submit(422, **{f"drssellpos_{row.id}": "old"})
    assert first(books, statement).position_id == ""
    answer = seen.post(ROW.format(flag="tickrow", row=row.id), {}, 303)
    assert answer.status == 303 and first(books, statement).tick is False
    token = seen.all("meta", name="csrf-token")[0].attrs["content"]
    data = {f"fiscalizepayment_{row.id}": "1"}
    part = client.post(
        ROW.format(flag="tickrow", row=row.id),
        data=data,
        headers={"HX-Request": "true", "X-CSRFToken": token},
    )
    assert part.headers["HX-Trigger"] == "rows-changed" and f'id="row-{row.id}"' in part.text
    assert first(books, statement).tick is True


def test_several_payments_of_one_subscriber_are_seen(books, page, statement):
    change(books, rows_of(books, statement)[1].id, subscriber="ivanov", contract="100001")
    seen = page(ROW.format(flag="row", row=first(books, statement).id))
    assert [mark.text for mark in seen.all("mark")] == ["2 payments in this statement"]
    change(books, rows_of(books, statement)[1].id, error="no_date")
    seen = page(ROW.format(flag="row", row=first(books, statement).id))
    assert not seen.all("mark"), "a row that is no payment is not counted"


def test_the_trace_leads_from_the_receipt_to_the_file(books, page, statement):
    with books.app_context():
        process.press(statement, "buh")
        process.work_through()
    row = first(books, statement)
    seen = page(ROW.format(flag="showdetailed", row=row.id))
    for words in (
        "may.csv",
        f"BANKSTA2: [{row.id}] ASCONTRACT 100001",
        "Queued",
        "100001",
        "Доступ в Интернет",
    ):
        assert seen.shows(words)
    assert any("showdetailedFiscOp" in link for link in seen.links)
    assert (
        page(ROW.format(flag="showdetailed", row=row.id), htmx=True).by_id("modal-title").text
        == f"Row {row.id}"
    )


def test_a_payment_and_its_receipt_lead_back_to_the_row(books, page, sign_in, statement):
    with books.app_context():
        process.press(statement, "buh")
        process.work_through()
        operation = db.session.scalar(select(Operation.id).where(Operation.source_kind == "payment"))
    address = ROW.format(flag="showdetailed", row=first(books, statement).id)
    money, receipt = "/?module=addcash&username=ivanov", f"/?module=dreamkas&showdetailedFiscOp={operation}"
    assert address in page(receipt).links
    sign_in("CASH", "BANKSTA2", login="both")
    assert address in page(money).links
    sign_in("CASH", "DREAMKAS", login="kassir")
    for elsewhere in (money, receipt):
        assert address not in page(elsewhere).links


def test_what_the_bank_wrote_is_text(books, page, statement):
    change(
        books,
        first(books, statement).id,
        realname="<script>x</script>",
        notes='"><img src=x>',
        address="{{ 7*7 }}",
    )
    seen = page(ROW.format(flag="row", row=first(books, statement).id))
    assert seen.shows("<script>x</script>") and seen.shows("{{ 7*7 }}") and not seen.all("img", src="x")


@pytest.mark.parametrize("flag", ["row", "showdetailed", "choosefiscal", "bankstaeditrowid"])
@pytest.mark.parametrize("row", ["0", "999999", "abc", "²", "1" * 40])
def test_rows_that_are_not_there(page, statement, flag, row):
    page(ROW.format(flag=flag, row=row), 404)


def test_changes_want_a_post_a_token_and_the_right(books, client, page, sign_in, statement):
    row = first(books, statement)
    flags = ("tickrow", "cancelrowprocessing", "recallrowprocessing", "decidetwin")
    assert [client.get(ROW.format(flag=flag, row=row.id)).status_code for flag in flags] == [405] * 4
    assert [client.post(ROW.format(flag=flag, row=row.id)).status_code for flag in flags] == [400] * 4
    sign_in("CASH")
    assert client.get(ROW.format(flag="showdetailed", row=row.id)).status_code == 403
