"""Signing in and out, as a person does it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from modules.core.admins import Admin, LoginFailure, PanelSession, find_admin, new_admin
from modules.core.db import db, transact
from modules.core.journal import Weblog
from modules.core.times import utc_now
from modules.login.doorman import TooManyWrong, check
from tests.page import open_page

PASSWORD = "correct horse"


@pytest.fixture
def vera(app):
    with app.app_context():
        transact(lambda session: session.add(new_admin("vera", PASSWORD, ["TASKBAR"], name="Vera")))
    return "vera"


def rows(app, model):
    with app.app_context():
        return db.session.scalars(select(model)).all()


def attempt(page, password, login="vera", status=None):
    return page("/?module=login").form("password").submit(status, login=login, password=password)


def test_the_right_password_leads_to_the_taskbar(page, vera):
    arrived = attempt(page, PASSWORD, status=303).follow()
    assert arrived.h1 == "Taskbar"
    assert arrived.shows("Vera")


def test_a_login_is_taken_in_any_case_with_spaces_round_it(page, vera):
    assert attempt(page, PASSWORD, login=" Vera ").location == "/?module=taskbar"


def test_one_gets_back_to_where_one_wanted_to_go(page, vera):
    sent = page("/?module=login&password=true", status=303)
    assert sent.location == "/?module=login"  # the sign-in itself is no place to come back to
    sent = page("/?module=taskbar&search=true&q=Иванов", status=303)
    arrived = sent.follow().form("password").submit(login="vera", password=PASSWORD)
    assert arrived.location == "/?module=taskbar&search=true&q=%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/?module=x",
        "//evil.example",
        "/\\evil.example",
        "/?module=x\\..",
        "javascript:alert(1)",
        "/?module=a\r\nX: y",
    ],
)
def test_nobody_is_led_to_another_site(client, page, vera, elsewhere):
    form = page("/?module=login").form("password")
    assert form.submit(303, login="vera", password=PASSWORD, next=elsewhere).location == "/?module=taskbar"


@pytest.mark.parametrize(
    ("login", "password"), [("vera", "wrong"), ("nobody", PASSWORD), ("vera", PASSWORD.upper())]
)
def test_a_wrong_pair_gets_one_answer_and_the_login_stays_typed(page, vera, login, password):
    refused = attempt(page, password, login=login, status=422)
    assert refused.shows("Wrong login or password.")
    assert refused.form("password").values["login"] == login
    assert refused.form("password").values["password"] == ""
    page("/", status=303)


def test_empty_fields_are_named_and_do_not_count(app, page, vera):
    refused = attempt(page, "", login="", status=422)
    assert refused.shows("Type your login.")
    assert refused.shows("Type your password.")
    assert rows(app, LoginFailure) == []


def test_a_form_without_its_key_keeps_what_was_typed_and_signs_nobody_in(client, page, vera):
    form = page("/?module=login").form("password")
    refused = form.submit(422, without=("csrf_token",), login="vera", password=PASSWORD)
    assert refused.shows("This page has grown old.")
    assert refused.form("password").values["login"] == "vera"
    page("/", status=303)


def test_a_disabled_admin_is_a_stranger(app, page, vera):
    with app.app_context():
        transact(lambda session: session.execute(update(Admin).values(disabled=True)))
    assert attempt(page, PASSWORD, status=422).shows("Wrong login or password.")


def test_the_journal_tells_who_came_and_who_failed_and_no_word_that_may_be_a_password(app, page, vera):
    attempt(page, "wrong")
    attempt(page, "oops", login="hunter2hunter2")
    attempt(page, PASSWORD, status=303).follow().form("signout").submit(303)
    lines = [(line.admin, line.event) for line in rows(app, Weblog)]
    assert lines == [
        ("vera", "LOGIN wrong password"),
        ("-", "LOGIN wrong password"),
        ("vera", "LOGIN"),
        ("vera", "LOGOUT"),
    ]


def test_a_signed_in_admin_does_not_see_the_form_again(page, sign_in):
    sign_in("TASKBAR")
    assert page("/?module=login", status=303).location == "/?module=taskbar"


# --- sessions ---


def test_signing_in_changes_the_session_and_its_csrf_key(client, page, vera):
    page("/?module=login")
    with client.session_transaction() as cookie:
        before, cookie["planted"] = cookie["csrf_token"], "by somebody else"
    attempt(page, PASSWORD, status=303)
    page("/")
    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] != before
        assert "planted" not in cookie


def test_two_sign_ins_never_share_a_session(app, page, vera):
    attempt(page, PASSWORD, status=303).follow().form("signout").submit(303)
    attempt(page, PASSWORD, status=303)
    first, second = sorted(rows(app, PanelSession), key=lambda row: row.created_utc)
    assert first.closed_utc and not second.closed_utc


def test_signing_in_anew_ends_the_session_before(app, page, vera):
    form = page("/?module=login").form("password")
    form.submit(303, login="vera", password=PASSWORD)
    token = page("/").form("signout").values["csrf_token"]
    form.fields["csrf_token"].attrs["value"] = token  # the sign-in page of another window, reloaded
    form.submit(303, login="vera", password=PASSWORD)
    assert [row.closed_utc is None for row in rows(app, PanelSession)].count(True) == 1


def test_signing_out_ends_the_session_on_the_server_too(app, client, page, sign_in):
    sign_in("TASKBAR")
    stolen = client.get_cookie("session").value
    page("/").form("signout").submit(303)
    thief = app.test_client()
    thief.set_cookie("session", stolen)
    assert open_page(thief, "/").location.startswith("/?module=login")


def test_signing_out_takes_a_post_with_its_key(client, page, sign_in):
    sign_in("TASKBAR")
    page("/?module=login&signout=true", status=405)
    assert client.post("/?module=login&signout=true").status_code == 400
    assert page("/").h1 == "Taskbar"


# --- one's own password ---


def change(page, current=PASSWORD, new="a new secret", again=None):
    form = page("/?module=login&password=true").form("current")
    return form.submit(current=current, new=new, again=new if again is None else again)


def test_a_new_password_holds_and_ends_all_other_sessions(app, page, vera):
    other = app.test_client()
    open_page(other, "/?module=login").form("password").submit(303, login="vera", password=PASSWORD)
    attempt(page, PASSWORD, status=303)
    assert change(page).follow().shows("The password is changed.")
    assert open_page(other, "/").location.startswith("/?module=login")
    assert page("/").h1 == "Taskbar"
    with app.app_context():
        assert check("vera", PASSWORD, "") is None
        assert check("vera", "a new secret", "").login == "vera"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"current": "wrong"}, "Wrong login or password."),
        ({"new": "short"}, "From 8 to 200 characters."),
        ({"new": "long enough", "again": "long enougH"}, "The two are not the same."),
    ],
)
def test_a_password_that_can_not_be_changed_says_why_and_stays(app, page, vera, typed, sentence):
    attempt(page, PASSWORD, status=303)
    refused = change(page, **typed)
    assert refused.status == 422
    assert refused.shows(sentence)
    with app.app_context():
        assert check("vera", PASSWORD, "")


# --- guessing ---


def test_the_sixth_guess_is_not_looked_at_though_it_be_right(page, vera):
    for _ in range(5):
        attempt(page, "wrong", status=422)
    refused = attempt(page, PASSWORD, status=422)
    assert refused.shows("Too many wrong passwords. Try again in 15 minutes.")


def test_an_account_that_does_not_exist_is_refused_just_so(page, vera):
    answers = []
    for login in ("vera", "nobody"):
        said = [attempt(page, "wrong", login=login).text for _ in range(6)]
        answers.append([text.replace(login, "…") for text in said])
    assert answers[0] == answers[1]


def test_the_wait_ends_after_a_quarter_of_an_hour(app, vera):
    with app.app_context():
        for minutes in (5, 0, 0, 0, 4):
            check("vera", "wrong", "")
            age(minutes=minutes)
        with pytest.raises(TooManyWrong) as refusal:
            check("vera", PASSWORD, "")
        assert refusal.value.minutes == 6
        age(minutes=7)
        assert check("vera", PASSWORD, "")


def test_the_right_password_forgives_the_wrong_ones_before_it(app, vera):
    with app.app_context():
        for _ in range(3):
            for _ in range(4):
                check("vera", "wrong", "198.51.100.7")
            assert check("vera", PASSWORD, "198.51.100.7")


def test_an_address_that_tries_many_accounts_is_stopped_and_others_are_not(app, vera):
    with app.app_context():
        for number in range(20):
            check(f"guess{number}", "wrong", "198.51.100.7")
        with pytest.raises(TooManyWrong):
            check("vera", PASSWORD, "198.51.100.7")
        assert check("vera", PASSWORD, "198.51.100.8")


def test_an_attempt_whose_process_died_does_not_hold_its_place_for_ever(app, vera):
    with app.app_context():
        dead = [LoginFailure(login="vera", ip="", at_utc=utc_now(), checking=True) for _ in range(5)]
        transact(lambda session: session.add_all(dead))
        age(minutes=1)
        assert check("vera", PASSWORD, "")


def age(**how):
    """Lets time pass for the attempts."""

    def work(session):
        for row in session.scalars(select(LoginFailure)):
            row.at_utc -= timedelta(**how)

    transact(work)


# --- the demonstration's admins ---


@pytest.fixture
def demo(app):
    with app.app_context():
        admin = new_admin("admin", "demo", ["ROOT"], loopback_only=True)
        transact(lambda session: session.add(admin))


@pytest.mark.parametrize(
    ("address", "comes_in"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.5", False), ("", False)],
)
def test_the_demonstrations_admins_come_from_the_server_itself_only(client, page, demo, address, comes_in):
    client.environ_base["REMOTE_ADDR"] = address
    answer = attempt(page, "demo", login="admin")
    assert (answer.status == 303) == comes_in
    if not comes_in:
        assert answer.shows("The admins of the demonstration sign in from the server itself only.")


@pytest.mark.parametrize("sign", ["X_FORWARDED_FOR", "FORWARDED", "X_REAL_IP", "VIA"])
def test_a_proxy_that_nobody_trusts_does_not_make_the_world_local(client, page, demo, sign):
    client.environ_base[f"HTTP_{sign}"] = "127.0.0.1"
    assert attempt(page, "demo", login="admin").status == 422


@pytest.mark.parametrize(
    ("named", "comes_in"), [("127.0.0.1", True), ("192.0.2.5", False), ("", False), (None, False)]
)
def test_a_proxy_that_we_trust_says_whom_it_speaks_for(make_app, named, comes_in):
    app = make_app(TRUSTED_PROXIES="1")
    with app.app_context():
        transact(lambda session: session.add(new_admin("admin", "demo", ["ROOT"], loopback_only=True)))
    client = app.test_client()
    client.environ_base["HTTP_VIA"] = "1.1 proxy"
    if named is not None:
        client.environ_base["HTTP_X_FORWARDED_FOR"] = named
    form = open_page(client, "/?module=login").form("password")
    assert (form.submit(login="admin", password="demo").status == 303) == comes_in


def test_their_session_carried_elsewhere_is_worth_nothing(client, page, demo):
    attempt(page, "demo", login="admin", status=303)
    client.environ_base["REMOTE_ADDR"] = "192.0.2.5"
    assert page("/", status=303).location == "/?module=login"


def test_the_admin_found_is_the_one_kept(app, vera):
    with app.app_context():
        assert find_admin("vera").password_hash.startswith("$argon2id$")


# --- the language ---


def speaks(page, words, language):
    """The page is in that language, and says so."""
    assert page.all("html")[0].attrs["lang"] == language
    assert page.shows(words)
    return page


def test_an_admin_chooses_a_language_and_stays_on_the_page(app, page, sign_in):
    sign_in("TASKBAR")
    asked = page("/?module=login&password=true")
    back = asked.client.post(
        "/?module=login&language=true",
        data={**asked.form("locale").values, "locale": "uk"},
        headers={"Referer": "http://localhost/?module=taskbar&search=true&q=Ivan"},
    )
    assert (back.status_code, back.location) == (303, "/?module=taskbar&search=true&q=Ivan")
    shown = speaks(page("/?module=taskbar"), "Панель задач", "uk")
    assert [tag.text for tag in shown.all("button", name="locale", aria_current="true")] == ["Українська"]
    assert rows(app, Admin)[0].locale == "uk"
    stranger = app.test_client()
    speaks(page("/?module=login", browser=stranger), "Sign in", "en")


def test_a_choice_is_remembered_by_the_next_sign_in(app, page, vera):
    page("/?module=login").form("locale").submit(303, locale="ru")
    speaks(page("/?module=login"), "Вход", "ru")
    speaks(attempt(page, PASSWORD, status=303).follow(), "Панель задач", "ru")
    elsewhere = app.test_client()
    there = page("/?module=login", browser=elsewhere).form("password").submit(login="vera", password=PASSWORD)
    speaks(there.follow(), "Панель задач", "ru")


def test_a_choice_before_the_sign_in_forgets_neither_the_way_nor_the_earlier_language(app, page, vera):
    asked = page("/?module=login&next=/?module%3Dtaskbar%26search%3Dtrue")
    there = asked.form("locale").submit(303, locale="uk").follow()
    assert there.form("password").values["next"] == "/?module=taskbar&search=true"
    assert rows(app, Admin)[0].locale is None
    asked.form("locale").submit(303, locale="en")
    speaks(attempt(page, PASSWORD, status=303).follow(), "Taskbar", "en")
    assert rows(app, Admin)[0].locale == "en"


@pytest.mark.parametrize("wrong", ["fr", "", "../uk"])
def test_there_are_three_languages_and_no_other(app, page, sign_in, wrong):
    sign_in("TASKBAR")
    page("/?module=taskbar").post("/?module=login&language=true", {"locale": wrong}, status=400)
    assert rows(app, Admin)[0].locale is None


def test_a_language_leads_to_no_foreign_page(page):
    asked = page("/?module=login")
    sent = asked.post("/?module=login&language=true", {"locale": "uk", "next": "https://evil.example/"}, 303)
    assert sent.location == "/?module=login"
