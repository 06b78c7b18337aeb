"""What went wrong on the way to Dreamkas, as the wire tells it in English -> a sentence in the reader's language."""

import re

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

# The first pattern that is found counts: names of errors of requests, urllib3 and sockets, and client.py's own words.
SENTENCES: tuple[tuple[str, LazyString], ...] = (
    ("NameResolutionError|gaierror", _l("the name in DREAMKAS_API_URL can not be found (DNS)")),
    ("SSLError|SSLCertVerification|CertificateError", _l("no secure connection (TLS) could be made")),
    ("NewConnectionError|ConnectionRefused", _l("no connection could be made")),
    ("ConnectTimeout", _l("no connection was made in time")),
    ("deadline passed|ReadTimeout|Read timed out|TimeoutError", _l("no whole answer came in time")),
    (
        "IncompleteRead|ChunkedEncoding|Connection(Reset|Aborted)|RemoteDisconnected|ProtocolError|ConnectionError",
        _l("the connection broke"),
    ),
    ("^HTTP 5", _l("Dreamkas has an error of its own")),
    ("^HTTP 3", _l("the answer leads to another address")),
    ("^HTTP 40[13]", _l("the token is not accepted")),
    ("^HTTP 429", _l("Dreamkas asks to wait")),
    ("not the JSON we know", _l("the answer is not Dreamkas'")),
    ("does not name our externalId", _l("the answer does not name our operation")),
    ("the token is empty", _l("DREAMKAS_AUTH_TOKEN is empty or has characters that no token has")),
    ("the address (is not like|can not be used)", _l("DREAMKAS_API_URL is no address")),
)


def plainly(said: str) -> str:
    """The sentence for what was said; what no pattern knows comes back as it is."""
    known = (str(sentence) for pattern, sentence in SENTENCES if re.search(pattern, said))
    return next(known, said)


def in_full(said: str) -> str:
    """The sentence, and what was said beside it for who can read it."""
    plain = plainly(said)
    return plain if plain == said else f"{plain} ({said})"
