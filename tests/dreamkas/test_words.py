"""The words of the cash register room: reasons as sentences a cashier can read."""

import pytest

from modules.dreamkas.words import problem, reason


def test_what_a_person_or_dreamkas_said_follows_our_words():
    assert reason("cancelled", "typed twice") == "cancelled by a person: typed twice"
    assert reason("refused", "taxMode is wrong") == "Dreamkas refused the receipt: taxMode is wrong"
    assert reason("no_mobile") == "the subscriber has no usable mobile phone number"


@pytest.mark.parametrize("code", ["not_sent", "throttled", "token", "door", "unknown"])
def test_what_a_library_said_is_not_read_to_a_cashier(code):
    said = reason(code, "HTTP 429; ConnectionError: ('Connection aborted.', …)")
    assert said == reason(code)
    assert "HTTP" not in said and "Error" not in said


def test_a_word_of_tomorrow_is_shown_as_it_came():
    assert reason("moonlight") == "moonlight"
    assert reason("", "a word of theirs") == "a word of theirs"
    assert problem("strangers", "3 receipts").endswith("unknown here (3 receipts)")
