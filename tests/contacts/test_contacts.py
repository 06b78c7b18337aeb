"""Where a receipt goes: filled in beside the money, looked at while one types."""

import pytest

from modules.billing.service import INTERNET
from modules.cashdesk import contacts
from tests.books import fill

MOBILE = "/?module=mobileedit&username=petrova"
EMAIL = "/?module=emailedit&username=petrova"
CHECK_MOBILE = "/?module=mobileedit&check=true&username=petrova"
CHECK_EMAIL = "/?module=emailedit&check=true&username=petrova"
MONEY = "/?module=addcash&username=petrova"


@pytest.fixture
def cashier(books, sign_in):
    return sign_in("USERPROFILE", "CASH")


def known(app, login="petrova"):
    with app.app_context():
        return INTERNET.subscriber(login)


def test_a_number_is_kept_as_it_was_typed(books, cashier, page):
    answer = page(MOBILE).form("newmobile").submit(newmobile="8 (911) 000-00-02 муж", status=303)
    assert answer.follow().shows("Receipts go to +79110000002")
    assert known(books).mobile_text == "8 (911) 000-00-02 муж"


def test_a_useless_number_is_kept_with_a_word(books, cashier, page):
    answer = page(MOBILE).form("newmobile").submit(newmobile="8 812 333-44-55", status=303)
    assert answer.follow().shows("no usable mobile number")
    assert page(MOBILE).shows("this is not a mobile number")
    assert known(books).mobile_text == "8 812 333-44-55"


def test_a_number_too_long_for_its_column_is_refused_and_kept_on_the_page(books, cashier, page):
    again = page(MOBILE).form("newmobile").submit(newmobile="8" * 46, status=422)
    assert again.form("newmobile").values["newmobile"] == "8" * 46
    assert known(books).mobile_text == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("89110000002", "Receipts go to +79110000002"),
        ("8(812)3334455, 8 911 000 00 02", "Receipts go to +79110000002"),
        ("8(812)3334455", "this is not a mobile number"),
        ("9110", "too short"),
        ("позвонить соседу", "this is not a phone number"),
    ],
)
def test_the_verdict_comes_while_one_types(cashier, page, typed, said):
    assert page(MOBILE).post(CHECK_MOBILE, {"newmobile": typed}, 200).shows(said)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("anna@example.test", "anna@example.test"),
        ("anna", "An e-mail address has an @ in it."),
        ("анна@example.test", "This is not an e-mail address."),
    ],
)
def test_the_verdict_on_a_mail_too(cashier, page, typed, said):
    assert page(EMAIL).post(CHECK_EMAIL, {"newmail": typed}, 200).text == said


def test_an_empty_field_is_no_mistake(cashier, page):
    assert page(EMAIL).post(CHECK_EMAIL, {"newmail": ""}, 200).text == ""


def test_only_a_good_mail_is_kept(books, cashier, page):
    again = page(EMAIL).form("newmail").submit(newmail="anna at home", status=422)
    assert again.form("newmail").values["newmail"] == "anna at home"
    assert known(books).email == ""
    page(EMAIL).form("newmail").submit(newmail=" anna@example.test ", status=303)
    assert known(books).email == "anna@example.test"
    page(EMAIL).form("newmail").submit(newmail="", status=303)
    assert known(books).email == ""


def test_the_money_form_takes_the_number_in_place(books, cashier, page):
    money = page(MONEY)
    assert money.form("newmobile").tag.attrs["hx-target"] == "#contact"
    token = money.form("newmobile").values["csrf_token"]
    data = {"csrf_token": token, "newmobile": "89110000002"}
    part = cashier.post(MOBILE, data=data, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "The receipt goes to +79110000002" in part.text
    assert "<html" not in part.text
    assert not page(MONEY).shows("A receipt would be rejected")


def test_a_mail_alone_is_enough_where_the_option_says_so(make_app, sign_in, page):
    app = make_app(DREAMKAS_EMAIL_ONLY="1")
    with app.app_context():
        fill()
        contacts.set_email(INTERNET, "petrova", "anna@example.test")
    browser = sign_in("CASH", browser=app.test_client())
    assert page(MONEY, browser=browser).shows("The receipt goes to anna@example.test")


def test_a_mail_alone_is_not_enough_else(books, cashier, page):
    page(EMAIL).form("newmail").submit(newmail="anna@example.test", status=303)
    assert page(MONEY).shows("A receipt would be rejected")


def test_the_way_back_stays_within_the_house(cashier, page):
    form = page(MOBILE + "&back=" + "%2F%3Fmodule%3Duserprofile%26username%3Dpetrova").form("newmobile")
    assert form.submit(newmobile="", status=303).location == "/?module=userprofile&username=petrova"
    for outside in ("https://evil.example/", "//evil.example", "/?module=x\\evil"):
        assert form.submit(newmobile="", back=outside, status=303).location.startswith("/?module=addcash")


def test_hostile_text_is_shown_as_text(books, cashier, page):
    hostile = '"><script>alert(1)</script>'
    page(MOBILE).form("newmobile").submit(newmobile=hostile, status=303)
    assert page(MOBILE).form("newmobile").values["newmobile"] == hostile
    assert page(MONEY).shows(hostile)


def test_contacts_want_their_right_their_subscriber_and_a_post(books, sign_in, page):
    sign_in("USERPROFILE")
    page(MOBILE, 403)
    sign_in("CASH")
    page(MOBILE.replace("petrova", "nobody"), 404)
    page(CHECK_MOBILE, 405)
