"""Each line of the list that this house is held to, and the test that proves it: a line without one turns red here."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

# What (ASVS 5.0 items that apply; then what went wrong in Ubilling and its like) -> file, test ("": the whole file).
LINES = {
    "1.2.1 encoding of what is shown": (
        "security/test_hostile.py",
        "test_hostile_words_in_the_books_are_shown_as_words_on_every_page",
    ),
    "1.2.4 SQL": ("security/test_hostile.py", "test_no_value_of_an_address_breaks_a_page_or_the_books"),
    "1.2.4 SQL, in fields": (
        "security/test_hostile.py",
        "test_no_word_in_any_field_of_any_form_breaks_anything",
    ),
    "1.2.10 formulas in exports": ("security/test_hostile.py", "test_no_file_begins_a_cell_with_a_formula"),
    "1.5.2 unsafe deserialization": ("security/test_lines.py", "test_nothing_is_unpickled_or_evaluated"),
    "2.2.2 validation on the server": (
        "security/test_tampered.py",
        "test_no_tampered_field_of_the_money_form_takes_anything",
    ),
    "2.3.3 transactions": (
        "cashdesk/test_taking.py",
        "test_payment_balance_receipt_and_journal_stand_together",
    ),
    "2.3.4 locking": ("dreamkas/test_at_once.py", ""),
    "2.4.1 guessing at once": (
        "login/test_guessing_at_once.py",
        "test_guesses_made_at_once_are_counted_like_guesses_in_a_row",
    ),
    "3.3.1 3.3.2 3.3.4 cookies": (
        "security/test_csrf.py",
        "test_the_cookie_is_not_sent_by_other_sites_nor_read_by_scripts",
    ),
    "3.4.1 HSTS": ("security/test_every_page.py", "test_behind_https_every_answer_says_so_for_a_year"),
    "3.4.3 3.4.4 3.4.6 policy, nosniff, frames": (
        "security/test_every_page.py",
        "test_every_answer_carries_the_headers",
    ),
    "3.4.3 no code inside pages": (
        "security/test_every_page.py",
        "test_no_page_holds_code_or_a_form_without_its_key",
    ),
    "3.5.1 CSRF": ("security/test_csrf.py", "test_no_post_without_its_key_does_anything"),
    "3.5.1 a key of another session": (
        "security/test_csrf.py",
        "test_a_key_that_is_not_this_sessions_is_none",
    ),
    "3.5.3 no change by GET": ("security/test_csrf.py", "test_no_get_changes_anything"),
    "5.2.1 size": ("security/test_hostile.py", "test_a_body_that_is_too_large_is_refused_everywhere"),
    "5.2.2 type by content": ("banksta2/test_import.py", "test_what_is_no_statement_leaves_nothing_behind"),
    "5.2.3 archive bombs": ("banksta2/test_reader_sheets.py", ""),
    "5.3.2 own file names": (
        "banksta2/test_import.py",
        "test_a_file_lies_under_our_own_name_and_is_nobody_elses_to_read",
    ),
    "6.3.1 brute force": (
        "login/test_signing_in.py",
        "test_the_sixth_guess_is_not_looked_at_though_it_be_right",
    ),
    "6.3.1 by address too": (
        "login/test_signing_in.py",
        "test_an_address_that_tries_many_accounts_is_stopped_and_others_are_not",
    ),
    "7.2.3 128 bits": (
        "security/test_lines.py",
        "test_a_session_is_named_by_256_random_bits_and_kept_as_a_hash",
    ),
    "7.2.4 a new session at sign-in (fixation)": (
        "login/test_signing_in.py",
        "test_signing_in_changes_the_session_and_its_csrf_key",
    ),
    "7.3.1 idle": ("core/test_admins.py", "test_an_idle_session_ends_after_twelve_hours"),
    "7.3.2 absolute": ("core/test_admins.py", "test_no_session_outlives_a_week_however_busy"),
    "7.4.1 signing out": ("login/test_signing_in.py", "test_signing_out_ends_the_session_on_the_server_too"),
    "7.4.2 a new password": (
        "login/test_signing_in.py",
        "test_a_new_password_holds_and_ends_all_other_sessions",
    ),
    "8.2.1 each route, each role": (
        "security/test_rights.py",
        "test_each_role_is_refused_where_it_lacks_a_right",
    ),
    "8.2.2 another's object": ("security/test_rights.py", "test_another_admins_draft_is_not_there"),
    "11.2.4 constant time": ("security/test_lines.py", "test_keys_are_compared_in_constant_time"),
    "11.4.2 passwords": ("security/test_lines.py", "test_passwords_are_kept_by_argon2id"),
    "12.3.2 certificates": ("dreamkas/test_client_sockets.py", ""),
    "13.3.1 secrets": ("security/test_every_page.py", "test_no_answer_tells_a_secret"),
    "13.4.2 no debugging": ("security/test_every_page.py", "test_debugging_is_off"),
    "14.2.1 no secret in addresses": (
        "security/test_every_page.py",
        "test_no_address_names_a_phone_or_a_secret",
    ),
    "14.3.2 no-store": ("security/test_every_page.py", "test_every_answer_carries_the_headers"),
    "15.4.1 15.4.2 look and act at once": ("dreamkas/test_once.py", ""),
    "16.2.5 no secret in logs": (
        "security/test_every_page.py",
        "test_no_log_line_of_any_page_names_a_phone_or_a_secret",
    ),
    "16.2.5 nor on the way to Dreamkas": ("dreamkas/test_outbox.py", "test_no_secret_and_no_phone_is_logged"),
    "16.3.2 refusals are journalled": (
        "remoteapi/test_door.py",
        "test_wrong_keys_are_in_the_journal_but_do_not_fill_it",
    ),
    "16.4.1 forged lines": ("core/test_journal.py", "test_nobody_forges_a_line"),
    "16.5.1 errors say nothing of the inside": (
        "security/test_every_page.py",
        "test_an_error_says_neither_sql_nor_path_nor_line",
    ),
    "16.5.3 fail closed": ("remoteapi/test_door.py", "test_a_database_without_a_serial_lets_nobody_in"),
    "Ubilling: acts by links": (
        "security/test_csrf.py",
        "test_the_values_of_a_post_do_nothing_in_an_address",
    ),
    "Ubilling: a hash of the password in the cookie": (
        "core/test_admins.py",
        "test_a_session_is_found_by_its_secret_which_no_table_holds",
    ),
    "Ubilling: client-set amounts of a statement": (
        "security/test_tampered.py",
        "test_a_statement_is_credited_by_the_books_and_not_by_the_form",
    ),
    "Ubilling: foreign ids in a bulk act": (
        "security/test_tampered.py",
        "test_ids_of_another_statement_are_not_touched",
    ),
    "Ubilling: a key that opens other actions": (
        "remoteapi/test_door.py",
        "test_everybody_else_is_told_why_not",
    ),
    "Ubilling: identify": ("remoteapi/test_door.py", "test_without_the_key_nothing_is_identified"),
    "ABillS: callbacks to a shell": ("security/test_lines.py", "test_nothing_is_unpickled_or_evaluated"),
    "lbpay, mygento: callbacks that set a state": (
        "dreamkas/test_settling.py",
        "test_a_forged_body_changes_nothing",
    ),
    "MikBill: timing of a signature": ("security/test_lines.py", "test_keys_are_compared_in_constant_time"),
    "BillQuick: SQL at the sign-in": ("security/test_tampered.py", "test_no_login_is_sql"),
    "HostBill, cPanel: CRLF into a session": (
        "security/test_tampered.py",
        "test_no_line_break_gets_into_a_header",
    ),
    "a HEAD that acts": ("security/test_csrf.py", "test_no_get_changes_anything"),
}


@pytest.mark.parametrize("line", LINES)
def test_each_line_has_its_test(line):
    file, name = LINES[line]
    text = (TESTS / file).read_text("utf-8")
    assert re.search(rf"^def {name}\(" if name else r"^def test_", text, re.M), LINES[line]


def sources():
    places = [
        TESTS.parent / "app.py",
        *(TESTS.parent / "modules").rglob("*.py"),
        *(TESTS.parent / "remoteapi").glob("*.py"),
    ]
    return [(place, place.read_text("utf-8")) for place in places]


def test_nothing_is_unpickled_or_evaluated():
    """Neither what a person sent nor what a webhook brought is ever code. Huey's own queue is signed: core/queue.py."""
    wild = re.compile(
        r"\b(pickle|marshal|shelve|dill)\.loads?\(|(?<![.\w])(eval|exec)\(|os\.(system|popen)|shell=True|yaml\.load\("
    )
    assert [f"{place}: {found[0]}" for place, text in sources() if (found := wild.search(text))] == []


def test_keys_are_compared_in_constant_time():
    [door] = [
        text for place, text in sources() if place.name == "views.py" and place.parent.name == "remoteapi"
    ]
    assert "compare_digest" in door and not re.search(r"serial\(\)\s*[!=]=", door)


def test_passwords_are_kept_by_argon2id(inside):
    from modules.core.admins import new_admin

    assert new_admin("vera", "a long password", ["CASH"]).password_hash.startswith("$argon2id$")


def test_a_session_is_named_by_256_random_bits_and_kept_as_a_hash():
    [text] = [
        text for place, text in sources() if place.name == "sessions.py" and place.parent.name == "core"
    ]
    assert "token_urlsafe(32)" in text and "sha256" in text
