"""What the wire tells in English becomes a sentence of the reader's; what nobody knows stays as it is."""

import pytest

from modules.core.words import speaking
from modules.dreamkas.client import Answer, Client, DreamkasError, NotSent, TokenRefused, Unknown, WrongDoor
from modules.dreamkas.plainly import SENTENCES, in_full, plainly


@pytest.mark.parametrize(
    "said,sentence",
    [
        (
            "ReadTimeout: HTTPConnectionPool(host='a', port=1): Read timed out.",
            "no whole answer came in time",
        ),
        ("the total deadline passed; it may have arrived", "no whole answer came in time"),
        ("ConnectionError: ('Connection aborted.', RemoteDisconnected('…'))", "the connection broke"),
        (
            "SSLError: HTTPSConnectionPool(…): Max retries exceeded",
            "no secure connection (TLS) could be made",
        ),
        ("HTTP 503; it may have arrived, ask before another try", "Dreamkas has an error of its own"),
        ("HTTP 307; it may have arrived", "the answer leads to another address"),
        ("HTTP 401; AUTH: bad token", "the token is not accepted"),
        ("the answer is not the JSON we know: no id", "the answer is not Dreamkas'"),
        ("r1, r2", "r1, r2"),
        ("HTTP 400; NAME: too long", "HTTP 400; NAME: too long"),
        ("", ""),
    ],
)
def test_it_is_said_plainly(app, said, sentence):
    with app.app_context(), speaking("en"):
        assert plainly(said) == sentence


def test_a_refused_connection_is_said_in_the_reader_s_language(app):
    with pytest.raises(DreamkasError) as refused:
        Client("http://127.0.0.1:9/api", "token", connect_timeout=1).operation("1")
    with app.app_context(), speaking("ru"):
        assert plainly(str(refused.value)) == "соединиться не удалось"


@pytest.mark.parametrize(
    "error,words",
    [
        (
            TokenRefused("HTTP 401; EMU_UNAUTHORIZED: Invalid token", Answer()),
            "токен не принят (HTTP 401: «EMU_UNAUTHORIZED: Invalid token»)",
        ),
        (
            NotSent("the token is empty or has characters that no token has", Answer()),
            "DREAMKAS_AUTH_TOKEN пуст или содержит знаки, которых в токене не бывает",
        ),
        (Unknown("HTTP 503", Answer()), "ошибка на стороне Dreamkas (HTTP 503)"),
        (WrongDoor("HTTP 404; NO: no such page", Answer()), "HTTP 404: «NO: no such page»"),
        (Unknown("the answer is not the JSON we know: no id", Answer()), "это ответ не Dreamkas"),
        (
            Unknown("ReadTimeout: Read timed out.", Answer()),
            "полный ответ не пришёл вовремя («ReadTimeout: Read timed out.»)",
        ),
    ],
)
def test_in_full_only_what_others_said_is_not_in_the_reader_s_language(app, error, words):
    with app.app_context(), speaking("ru"):
        assert in_full(str(error)) == words


def test_what_no_pattern_knows_comes_without_advice_in_english(app):
    with app.app_context(), speaking("ru"):
        assert plainly(str(WrongDoor("HTTP 404", Answer()))) == "HTTP 404"


def test_no_sentence_is_said_twice():
    assert len({str(sentence) for _pattern, sentence in SENTENCES}) == len(SENTENCES)
