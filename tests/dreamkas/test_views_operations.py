"""The tab "Fiscal operations": the list, the story of one operation, what a person decides about it."""

from datetime import timedelta

import pytest

from modules.core.db import clock, db, transact
from modules.core.journal import Weblog
from modules.core.times import local_now, utc_now
from modules.dreamkas import life, service
from modules.dreamkas.models import Attempt, CatalogRow, CatalogState, Operation
from modules.dreamkas.operations import body_text
from modules.dreamkas.views_operation import to_second
from tests.dreamkas.desk import change, now_is

LIST = "/?module=dreamkas&getoperations=true"
DAYS = "&fopsdatefrom=&fopsdateto="
HOSTILE = "<script>alert(1)</script>"
BUYER = service.Buyer("+79110000001", None, "100001")
WISH = service.Wish(123, "SIMPLE", "CASH", "inet")


@pytest.fixture
def manager(sign_in):
    """Somebody who may read and decide, and see the payments."""
    return sign_in("DREAMKAS", "DREAMKASMANAGE", "CASH", "UKV", login="buh")


def make(
    number=17, state="queued", *, subscriber="ivanov", kopecks=75000, kind="payment", days=0, **values
) -> int:
    """An operation of that state, asked for so many days ago; its id."""

    def work(session) -> int:
        pk = service.fiscalize(
            service.Source(kind, number),
            wish=WISH,
            kopecks=kopecks,
            buyer=BUYER,
            service_kind="ukv" if kind == "ukv_payment" else "internet",
            subscriber=subscriber,
            paid_at=local_now(),
            admin="kassir",
        )
        if state == "rejected":
            life.reject(session, life.fresh(session, pk), ("queued",), "their_error", "Cash is offline")
        return pk

    pk = transact(work)
    changes = {
        "date_create": local_now() - timedelta(days=days),
        "created_utc": clock() - timedelta(days=days),
    }
    if state not in ("queued", "rejected"):
        changes["state"] = state
    change(pk, **{**changes, **values})
    return pk


@pytest.fixture
def house(books):
    """make() inside the house's context, for tests that also open pages."""

    def made(*args, **values) -> int:
        with books.app_context():
            return make(*args, **values)

    return made


@pytest.fixture
def inside_house(books):
    """row(pk) -> the operation as the database has it."""

    def row(pk: int) -> Operation:
        with books.app_context():
            return now_is(pk)

    return row


def details(pk: int) -> str:
    return f"/?module=dreamkas&showdetailedFiscOp={pk}"


def rows(page) -> list[str]:
    """The texts of the list's rows."""
    return [tag.text for tag in page.all("tr") if any(outer.name == "tbody" for outer in tag.inside)]


def journal_lines(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(db.select(Weblog.event).order_by(Weblog.id)))


# --- the list ---


def test_an_empty_list_says_how_it_fills(page, manager, books):
    shown = page(LIST)
    assert shown.h1 == "Fiscal operations"
    assert shown.shows("No fiscal operations")
    assert shown.shows("An operation appears here when a payment is taken")


def test_yesterday_and_today_are_shown_at_first_and_all_days_on_demand(page, manager, books, house):
    today, yesterday, old = house(1), house(2, days=1), house(3, days=2)
    assert [details(pk) in page(LIST).links for pk in (today, yesterday, old)] == [True, True, False]
    assert details(old) in page(LIST + DAYS).links
    with books.app_context():
        two_days_ago = str((local_now() - timedelta(days=2)).date())
    only_old = page(f"{LIST}&fopsdatefrom={two_days_ago}&fopsdateto={two_days_ago}")
    assert [details(pk) in only_old.links for pk in (today, yesterday, old)] == [False, False, True]


@pytest.mark.parametrize("state", ["queued", "sending", "accepted", "fiscalized", "rejected", "unsure"])
def test_every_state_has_its_filter(page, manager, house, state):
    for number, each in enumerate(("queued", "sending", "accepted", "fiscalized", "rejected", "unsure")):
        house(number + 1, each)
    assert len(rows(page(f"{LIST}&fopsstate={state}"))) == 1


def test_the_groups_of_the_health_strip_are_filters_too(page, manager, house):
    house(1, "sending")
    house(2, "accepted", reason="late")
    house(3, "unsure", reason="needs_person")
    house(4, "fiscalized", alarm="two_receipts", receipt_id="r1")
    house(5, "rejected")
    found = {
        group: len(rows(page(f"{LIST}&fopsstate={group}")))
        for group in ("waiting", "late", "undecided", "rejected_today")
    }
    assert found == {"waiting": 1, "late": 1, "undecided": 2, "rejected_today": 1}
    assert len(rows(page(f"{LIST}&fopsstate=nonsense"))) == 5


def test_it_is_narrowed_by_subscriber_sum_and_text(page, manager, house):
    house(1, subscriber="ivanov", kopecks=75000)
    house(2, subscriber="petrova", kopecks=12345)
    house(3, "rejected", subscriber="sidorov", error_message="Cash is offline")
    found = page(f"{LIST}&fopssubscriber=PETR")
    assert len(rows(found)) == 1
    assert found.by_id("fopssubscriber").attrs["placeholder"] == "login or contract", (
        "a name finds nothing here"
    )
    assert len(rows(page(f"{LIST}&fopssum=123,45"))) == 1
    assert len(rows(page(f"{LIST}&q=OFFLINE+sidor"))) == 1
    nothing = page(f"{LIST}&q=nothing+of+this")
    assert nothing.shows("Nothing found")


def test_a_sum_that_is_no_sum_is_said_and_does_not_empty_the_list(page, manager, house):
    house(1)
    shown = page(f"{LIST}&fopssum=much")
    assert shown.shows("This is not a sum of money")
    assert len(rows(shown)) == 1


@pytest.mark.parametrize("day", ["2026-13-45", "yesterday", "' or 1=1", "%00"])
def test_a_date_that_is_no_date_breaks_nothing(page, manager, house, day):
    house(1)
    assert len(rows(page(f"{LIST}&fopsdatefrom={day}&fopsdateto={day}"))) == 1


def test_the_columns_an_admin_knows_are_there(page, manager, house):
    house(1)
    heads = [tag.text for tag in page(LIST).all("th")]
    looked_at = ["Operation ID", "Creation date", "Subscriber", "Sum"]
    looked_at += ["Error message", "Completion date", "Check ID"]
    assert heads[2:9] == looked_at, "without scrolling at 1366 px"
    known = {
        "Error code",
        "Status",
        "Repeated operation ID",
        "Repeated tries count",
        "Actions",
    }
    assert known | {"State"} <= set(heads)


def test_htmx_gets_the_list_alone(page, manager, house):
    house(1)
    part = page(LIST, htmx=True)
    assert not part.is_whole
    assert part.by_id("operations").name == "div"
    assert not part.all("nav", class_="tabs")


def test_fifty_stand_on_a_page_and_the_address_leads_on(page, manager, house):
    for number in range(1, 53):
        house(number)
    first = page(LIST + "&fopsstate=queued")
    assert len(rows(first)) == 50
    assert first.shows("1–50 of 52")
    following = next(tag for tag in first.all("a", rel="next"))
    assert following.attrs["href"] == following.attrs["hx-get"]
    second = page(following.attrs["href"])
    assert len(rows(second)) == 2
    assert "fopsstate=queued" in second.all("a", rel="prev")[0].attrs["href"]


def test_hostile_words_are_shown_as_words(page, manager, house):
    pk = house(1, "rejected", subscriber=HOSTILE, error_message=HOSTILE, error_code=HOSTILE, status=HOSTILE)
    assert page(LIST).shows(HOSTILE)
    assert page(details(pk)).shows(HOSTILE)


def test_the_list_as_a_file_has_sums_as_numbers_and_no_formulas(manager, house):
    house(1, kopecks=123450, error_message="=HYPERLINK(1)")
    lines = manager.get(LIST + "&csv=true").get_data(as_text=True).splitlines()
    assert lines[0].startswith("\ufeffState;Operation ID;Creation date")
    assert ";1234.5;" in lines[1]
    assert ";'=HYPERLINK(1);" in lines[1]
    assert len(lines) == 2


# --- the story of one ---


def test_the_story_tells_who_what_and_where(page, manager, house):
    pk = house(17, subscriber="ivanov", kopecks=75000)
    shown = page(details(pk))
    for words in (
        "Queued",
        "ivanov",
        "₽750.00",
        "Payment 17",
        "100001",
        "+79110000001",
        "Касса 1",
        "Доступ в Интернет",
    ):
        assert shown.shows(words), words
    assert shown.shows("Simplified income")
    assert "/?module=addcash&username=ivanov" in shown.links


def test_a_ukv_payment_leads_to_the_ukv_page(page, manager, house):
    pk = house(5, kind="ukv_payment", subscriber="1")
    assert "/?module=ukv&users=true&showuser=1" in page(details(pk)).links


def test_who_may_not_see_the_payment_gets_no_link_to_it(page, sign_in, house):
    pk = house(17)
    sign_in("DREAMKAS")
    shown = page(details(pk))
    assert shown.shows("Payment 17")
    assert not [link for link in shown.links if "addcash" in link]


def test_the_list_leads_to_each_subscriber_whom_the_admin_may_see(page, sign_in, house):
    house()
    house(18, subscriber="42", kind="ukv_payment")
    house(19, subscriber="")
    sign_in("DREAMKAS", "USERPROFILE", login="looks")
    assert "/?module=userprofile&username=ivanov" in page(LIST).links
    assert not [link for link in page(LIST).links if "showuser" in link]
    sign_in("DREAMKAS", login="reads")
    assert not [link for link in page(LIST).links if "username=" in link]


def test_who_may_see_the_profile_only_is_led_from_the_subscriber_to_it(page, sign_in, house):
    pk, ukv = house(17), house(5, kind="ukv_payment", subscriber="1")
    sign_in("DREAMKAS", "USERPROFILE")
    shown = page(details(pk))
    assert "/?module=userprofile&username=ivanov" in shown.links
    assert not [link for link in shown.links if "addcash" in link]
    assert not [link for link in page(details(ukv)).links if "showuser" in link or "username" in link]


def test_the_exact_body_can_be_read(page, manager, house, inside_house):
    pk = house(17, kopecks=75000)
    shown = page(details(pk))
    assert f'"externalId": "{inside_house(pk).external_id}"' in shown.text
    assert '"priceSum": 75000' in shown.text


@pytest.mark.parametrize("body", ["", "no base64 at all!", "eyJicm9rZW4i", "/////w=="])
def test_a_body_that_is_no_json_is_shown_as_it_is(page, manager, house, body):
    pk = house(17, operation_body=body)
    assert page(details(pk)).status == 200


def test_it_is_found_by_any_of_its_names(page, manager, house, inside_house):
    pk = house(17, operation_id="5f3a1b2c3d4e5f6071829300")
    for name in (str(pk), "5f3a1b2c3d4e5f6071829300", inside_house(pk).external_id):
        assert page(f"/?module=dreamkas&showdetailedFiscOp={name}").shows("Payment 17")
    for name in ("9999", "nobody", "", "%00", "9" * 400):
        page(f"/?module=dreamkas&showdetailedFiscOp={name}", status=404)


def test_every_attempt_says_when_how_and_what_was_answered(page, manager, books, house):
    pk = house(17, "unsure", attempt=2)
    with books.app_context():
        started = clock()

        def work(session) -> None:
            common = {"operation_pk": pk, "door": "d", "started_utc": started, "lease_until_utc": started}
            session.add(Attempt(number=1, outcome="not_sent", said="connection refused", **common))
            looked = {
                "looked_utc": started,
                "looked_code": "strangers",
                "looked_detail": "r1, r2",
                "proofs": 1,
            }
            session.add(Attempt(number=2, outcome="unknown", said="read timeout", **common, **looked))

        transact(work)
        moment = to_second(started).replace("\u00a0", " ")
    shown = page(details(pk))
    for words in ("not sent", "connection refused", "answer unknown", "read timeout", moment, "1 of 2"):
        assert shown.shows(words), words
    assert shown.shows(
        "there are receipts of that cash machine and sum whose operation is unknown here (r1, r2)"
    )
    assert shown.shows("Receipts of that cash machine and sum whose operation is unknown here: r1 , r2")


def test_a_state_that_moves_is_asked_for_again_and_a_final_one_is_not(page, manager, house):
    moving, final = page(details(house(1))), page(details(house(2, "fiscalized")))
    assert moving.by_id("operation-now").attrs["hx-trigger"] == "every 3s"
    assert "hx-trigger" not in final.by_id("operation-now").attrs
    part = page(moving.by_id("operation-now").attrs["hx-get"], htmx=True)
    assert part.by_id("operation-now").attrs["hx-trigger"] == "every 3s"


def test_a_state_that_has_moved_brings_the_whole_story(page, manager, books, house):
    """Else the button that cancels would stand on beside a receipt that is printed."""
    pk = house(1)
    asks = page(details(pk)).by_id("operation-now").attrs["hx-get"]
    same = manager.get(asks, headers={"HX-Request": "true"})
    assert "HX-Retarget" not in same.headers and "cancelreason" not in same.text
    with books.app_context():
        change(pk, state="fiscalized", receipt_id="r1")
    moved = manager.get(asks, headers={"HX-Request": "true"})
    assert (moved.headers["HX-Retarget"], moved.headers["HX-Reswap"]) == ("#story", "outerHTML")
    shown = page(asks, htmx=True)
    assert shown.by_id("story") and shown.by_id("operation-body")
    assert not [form for form in shown.forms if "cancel" in form.action]
    assert "hx-trigger" not in shown.by_id("operation-now").attrs


def test_what_ubilling_left_without_our_columns_is_shown(page, manager, books):
    with books.app_context():
        bare = {
            "operation_id": "5f3a1b2c3d4e5f6071829300",
            "state": "accepted",
            "status": "WHATEVER",
            "created_utc": clock(),
        }
        pk = transact(
            lambda session: session.execute(db.insert(Operation).values(**bare)).inserted_primary_key[0]
        )
    assert page(LIST + DAYS).shows("WHATEVER")
    assert page(details(pk)).shows("It never had a body")


def test_the_chain_of_repeats_is_told_both_ways(page, manager, books, house):
    with books.app_context():
        first = make(17, "rejected")
        second = service.repeat(first, admin="buh").id
        change(second, state="rejected", source_key=None)
        third = service.repeat(second, admin="buh").id
    chain = {first, second, third}
    for pk in sorted(chain):
        links = page(details(pk)).links
        assert {other for other in chain if details(other) in links} == chain - {pk}


# --- decisions ---


def test_a_queued_one_is_cancelled_with_a_reason(page, manager, books, house, inside_house):
    pk = house(17)
    done = page(details(pk)).form("cancelreason").submit(cancelreason="wrong sum", status=303).follow()
    assert done.shows("The operation is cancelled.")
    assert (inside_house(pk).state, inside_house(pk).reason_text) == ("rejected", "wrong sum")
    assert any(
        line.startswith(f"DREAMKAS CANCEL [{pk}]") and "wrong sum" in line for line in journal_lines(books)
    )


def test_without_a_reason_nothing_is_decided(page, manager, house, inside_house):
    pk = house(17)
    again = page(details(pk)).form("cancelreason").submit(cancelreason="  ", status=422)
    assert again.shows("Say why: it stands in the journal.")
    assert inside_house(pk).state == "queued"


def test_who_comes_too_late_is_told_so(page, manager, books, house, inside_house):
    pk = house(17)
    form = page(details(pk)).form("cancelreason")
    with books.app_context():
        change(pk, state="accepted")
    assert form.submit(cancelreason="late", status=303).follow().shows("Its state has changed meanwhile")
    assert inside_house(pk).state == "accepted"


def test_an_unsure_one_is_sent_again_after_one_more_look(page, manager, books, house, inside_house):
    pk = house(17, "unsure", reason="needs_person", looked_utc=None)
    before = inside_house(pk)
    page(details(pk)).form("againreason").submit(againreason="the machine was off", status=303)
    now = inside_house(pk)
    assert (now.state, now.look_first) == ("queued", True)
    assert (now.external_id, now.operation_body) == (before.external_id, before.operation_body)
    assert any(line == f"DREAMKAS AGAIN [{pk}]: the machine was off" for line in journal_lines(books))


@pytest.mark.parametrize(
    "state, reason", [("unsure", "unknown"), ("accepted", "late"), ("accepted", "needs_person")]
)
def test_its_receipt_is_adopted(page, manager, house, inside_house, state, reason):
    pk = house(17, state, reason=reason)
    page(details(pk)).form("adoptreceipt").submit(
        adoptreceipt="r-77", adoptreason="seen on paper", status=303
    )
    assert (inside_house(pk).state, inside_house(pk).receipt_id) == ("fiscalized", "r-77")


def test_the_only_receipt_that_it_can_be_is_filled_in(page, manager, books, house):
    pk = house(17, "unsure", attempt=1)
    with books.app_context():
        now = clock()
        one = {"looked_utc": now, "looked_code": "strangers", "looked_detail": "r-9"}
        common = {"operation_pk": pk, "number": 1, "door": "d", "started_utc": now, "lease_until_utc": now}
        transact(lambda session: session.add(Attempt(outcome="unknown", **common, **one)))
    assert page(details(pk)).form("adoptreceipt").values["adoptreceipt"] == "r-9"


def test_what_was_accepted_and_never_came_is_closed_by_a_person(page, manager, books, house, inside_house):
    """As Ubilling's own operations that Dreamkas has forgotten, say."""
    pk = house(17, "accepted", reason="needs_person", accepted_utc=utc_now())
    seen = page(details(pk))
    assert seen.shows("It is asked every hour") and not seen.shows("it is sent again by itself")
    assert not seen.shows("Proofs of absence"), "no proof sends it again"
    assert {
        captions.text: value.text for captions, value in zip(seen.all("dt"), seen.all("dd"), strict=True)
    }["What it showed"] == "—"
    seen.form("closereason").submit(closereason="nothing on the tape", status=303)
    now = inside_house(pk)
    assert (now.state, now.reason, now.reason_text) == ("rejected", "closed", "nothing on the tape")
    assert now.source_key is None and now.watch_until_utc, "free for a Repeat, and watched all the same"
    assert any(line == f"DREAMKAS CLOSE [{pk}] (ivanov) nothing on the tape" for line in journal_lines(books))
    with books.app_context():
        made = service.repeat(pk, admin="anna")
        assert made.look_first, "Dreamkas is looked through before it is sent"
        transact(lambda session: life.fiscalize(session, pk, "late-1"))
    assert inside_house(pk).state == "fiscalized"
    assert (inside_house(made.id).state, inside_house(made.id).reason) == ("rejected", "withdrawn")


def test_one_of_ubillings_days_that_is_closed_is_not_waited_for(page, manager, house, inside_house):
    long_ago = utc_now() - timedelta(days=400)
    pk = house(17, "accepted", reason="needs_person", accepted_utc=long_ago, source_id=None, days=400)
    seen = page(details(pk))
    assert seen.shows("Look at the tape") and not seen.shows("can be asked for anew afterwards")
    seen.form("closereason").submit(closereason="of the old billing", status=303)
    assert (inside_house(pk).state, inside_house(pk).watch_until_utc) == ("rejected", None)


def test_after_one_that_was_accepted_dreamkas_is_looked_through_whoever_asks_anew(house, inside_house):
    pk = house(17, "rejected", reason="closed", source_key=None, accepted_utc=utc_now())
    assert inside_house(pk).attempt == 0, "as Ubilling's own operations are"
    assert inside_house(house(17)).look_first


@pytest.mark.parametrize(
    "state, reason", [("accepted", "late"), ("accepted", ""), ("unsure", "needs_person")]
)
def test_what_may_yet_be_printed_is_not_closed(page, manager, house, inside_house, state, reason):
    pk = house(17, state, reason=reason)
    assert not [form for form in page(details(pk)).forms if "closeFiscOp" in form.action]
    page(details(pk)).post(f"/?module=dreamkas&closeFiscOp={pk}", {"closereason": "x"}, status=303)
    assert (inside_house(pk).state, inside_house(pk).reason) == (state, reason)


def test_an_alarm_is_put_away_once_it_was_dealt_with(page, manager, books, house, inside_house):
    pk = house(17, "fiscalized", receipt_id="r1", alarm="two_receipts", watch_until_utc=None)
    assert page(details(pk)).shows("Two receipts exist for one payment: refund one")
    page(details(pk)).form("settlereason").submit(settlereason="refunded", status=303)
    assert (inside_house(pk).alarm, inside_house(pk).state) == ("", "fiscalized")
    assert any(line == f"DREAMKAS SETTLE [{pk}] two_receipts: refunded" for line in journal_lines(books))
    page(details(pk)).post(f"/?module=dreamkas&settleFiscOp={pk}", {"settlereason": "twice"}, status=303)
    assert sum("SETTLE" in line for line in journal_lines(books)) == 1


DECISIONS = ("cancelFiscOp", "againFiscOp", "closeFiscOp", "adoptFiscOp", "settleFiscOp", "repeatFiscOp")
TYPED = {
    "cancelreason": "x",
    "againreason": "x",
    "closereason": "x",
    "adoptreason": "x",
    "adoptreceipt": "r",
    "settlereason": "x",
}


@pytest.mark.parametrize("address", DECISIONS)
@pytest.mark.parametrize("rights", [("DREAMKAS",), ("DREAMKASMANAGE",), ("CASH",)])
def test_deciding_needs_both_rights(page, sign_in, house, inside_house, address, rights):
    pk = house(17, "rejected" if address == "repeatFiscOp" else "queued")
    before = inside_house(pk).state
    sign_in(*rights)
    page(f"/?module=dreamkas&{address}={pk}", status=403).post(
        f"/?module=dreamkas&{address}={pk}", TYPED, status=403
    )
    assert inside_house(pk).state == before


def test_who_may_only_read_is_shown_no_button(page, sign_in, house):
    pks = [house(1), house(2, "rejected"), house(3, "unsure"), house(4, "fiscalized", alarm="two_receipts")]
    sign_in("DREAMKAS")
    assert [form.action for form in page(LIST).forms if "repeat" in form.action] == []
    for pk in pks:
        shown = page(details(pk))
        assert not [form for form in shown.forms if form.method == "POST" and "FiscOp=" in form.action]
        assert not [link for link in shown.links if "repeatFiscOp" in link]


@pytest.mark.parametrize("address", DECISIONS)
def test_opening_the_address_of_a_decision_decides_nothing(page, manager, house, inside_house, address):
    for number, state in enumerate(("queued", "rejected", "unsure", "fiscalized")):
        pk = house(number + 1, state, alarm="two_receipts")
        page(f"/?module=dreamkas&{address}={pk}")
        assert (inside_house(pk).state, inside_house(pk).alarm) == (state, "two_receipts")


def test_a_form_from_elsewhere_decides_nothing(manager, house, inside_house):
    pk = house(17)
    answer = manager.post(f"/?module=dreamkas&cancelFiscOp={pk}", data={"cancelreason": "x"})
    assert answer.status_code == 400
    assert inside_house(pk).state == "queued"


# --- repeating ---


def test_a_rejected_one_is_repeated_with_another_position_and_contact(page, manager, books, house):
    pk = house(17, "rejected")
    form = page(f"/?module=dreamkas&repeatFiscOp={pk}").form("repeatFiscOp")
    assert form.values["mobile"] == "+79110000001"
    assert form.values["drscashmachines"] == "123"
    done = form.submit(drssellpos="bad", mobile="8 (911) 000-00-03", email="", status=303).follow()
    assert done.shows("The operation is queued again.")
    with books.app_context():
        made = db.session.scalars(db.select(Operation).where(Operation.repeats_id == pk)).one()
        assert (made.state, made.goods_id, made.contact) == ("queued", "bad", "+79110000003")
        assert (made.repeat_count, made.admin) == (1, "buh")


def test_a_rejected_one_is_repeated_by_another_machine(page, manager, books, house):
    with books.app_context():
        body = '{"id": 124, "name": "Касса 2", "isOnline": true, "modelName": "Касса Ф"}'
        second = CatalogRow(kind="machines", their_id="124", place=9, body=body)

        def work(session) -> None:
            session.add(second)
            session.get(CatalogState, "machines").version += 1

        transact(work)
    pk = house(17, "rejected")
    form = page(f"/?module=dreamkas&repeatFiscOp={pk}").form("repeatFiscOp")
    form.submit(drscashmachines="124", status=303)
    with books.app_context():
        made = db.session.scalars(db.select(Operation).where(Operation.repeats_id == pk)).one()
        assert (made.state, made.device_id, now_is(pk).device_id) == ("queued", "124", "123")
        assert '"deviceId": 124' in body_text(made)


def test_the_contact_of_today_is_offered_not_that_of_then(page, manager, house):
    pk = house(17, "rejected", subscriber="sidorov", contact="+79119999999")
    assert page(f"/?module=dreamkas&repeatFiscOp={pk}").form("mobile").values["mobile"] == "+79110000003"


def test_the_contact_of_then_is_offered_where_the_books_know_none(page, manager, house):
    pk = house(17, "rejected", subscriber="petrova", contact="+79119999999, a@example.test")
    values = page(f"/?module=dreamkas&repeatFiscOp={pk}").form("mobile").values
    assert (values["mobile"], values["email"]) == ("+79119999999", "a@example.test")


@pytest.mark.parametrize(
    "typed, words",
    [
        ({"mobile": "123"}, "the number is too short"),
        ({"mobile": "", "email": ""}, "A receipt needs somewhere to go"),
        ({"email": "nobody"}, "An e-mail address has an @ in it."),
        ({"drscashmachines": "999"}, "Dreamkas has no such cash machine."),
        ({"drssellpos": ""}, "Choose a selling position."),
        ({"drssellpos": "old"}, "is a rate of an earlier year"),
    ],
)
def test_a_repeat_that_could_only_fail_is_not_made(page, manager, books, house, typed, words):
    pk = house(17, "rejected")
    again = page(f"/?module=dreamkas&repeatFiscOp={pk}").form("repeatFiscOp").submit(**typed, status=422)
    assert again.shows(words)
    with books.app_context():
        assert db.session.scalars(db.select(Operation)).one().id == pk


def test_only_one_repeat_lives_at_a_time(page, manager, books, house):
    pk = house(17, "rejected")
    form = page(f"/?module=dreamkas&repeatFiscOp={pk}").form("repeatFiscOp")
    form.submit(status=303)
    assert form.submit(status=422).shows("this payment has another operation already")
    assert page(details(pk)).shows("It was repeated already")


def test_what_was_not_rejected_can_not_be_repeated(page, manager, house):
    pk = house(17, "fiscalized")
    assert page(f"/?module=dreamkas&repeatFiscOp={pk}").shows("Only a rejected operation can be repeated.")
    page(details(pk)).post("/?module=dreamkas&repeatFiscOps=true", {"repeatFiscOp": str(pk)}, status=200)
    assert not page(details(pk)).shows("Chain of repeats")


def test_selected_ones_are_repeated_and_each_says_how_it_went(page, manager, books, house, inside_house):
    good, mended, gone = (
        house(1, "rejected"),
        house(2, "rejected", subscriber="sidorov"),
        house(3, "rejected", goods_id="x"),
    )
    late, printed = house(4, "rejected"), house(5, "fiscalized")
    listed = page(LIST)
    boxes = {tag.attrs["value"] for tag in listed.all("input", name="repeatFiscOp")}
    assert boxes == {str(pk) for pk in (good, mended, gone, late)}
    with books.app_context():
        service.repeat(late, admin="kassir")
    token = listed.all("meta", name="csrf-token")[0].attrs["content"]
    data = {"csrf_token": token, "repeatFiscOp": [str(pk) for pk in (good, mended, gone, late, printed)]}
    answer = manager.post("/?module=dreamkas&repeatFiscOps=true", data=data).get_data(as_text=True)
    assert answer.count("Queued again") == 2
    for words in (
        "the selling position is not known to Dreamkas any more",
        "this payment has another operation already",
    ):
        assert words in answer
    assert "only a rejected operation can be repeated" in answer
    with books.app_context():
        contacts = dict(db.session.execute(db.select(Operation.repeats_id, Operation.contact)).all())
        assert contacts[mended] == "+79110000003"
        assert printed not in contacts


def test_nothing_selected_says_so(page, manager, house):
    house(1, "rejected")
    assert (
        page(LIST).post("/?module=dreamkas&repeatFiscOps=true", {}, status=200).shows("Nothing was selected")
    )


def test_what_was_repeated_already_is_not_offered_again(page, manager, books, house):
    pk = house(1, "rejected")
    with books.app_context():
        second = service.repeat(pk, admin="buh").id
        change(second, state="rejected", source_key=None)
    boxes = [tag.attrs["value"] for tag in page(LIST).all("input", name="repeatFiscOp")]
    assert boxes == [str(second)]
