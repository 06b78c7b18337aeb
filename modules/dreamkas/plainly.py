"""What went wrong on the way to Dreamkas, as the wire tells it in English -> a sentence in the reader's language."""

import re

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.dreamkas.refusals import DreamkasError

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

# What client.py adds for who handles the error, and what it says in words of its own: a sentence above says it all.
ADVICE = re.compile(
    "; (?:" + "|".join(re.escape(one.advice) for one in DreamkasError.__subclasses__()) + ")$"
)
OURS = re.compile(
    "the token is empty|the address |the answer (is not the JSON we know|does not name our)|the total deadline passed"
)
ANSWER = re.compile("(HTTP [0-9]{3})(?:; (.+))?", re.DOTALL)


def plainly(said: str) -> str:
    """The sentence for what was said; what no pattern knows comes back as it is, without our advice."""
    return _sentence(said) or ADVICE.sub("", said)


def _sentence(said: str) -> str:
    return next((str(sentence) for pattern, sentence in SENTENCES if re.search(pattern, said)), "")


def evidence(said: str) -> str:
    """What others said, quoted as it came: Dreamkas, beside the number of its answer, or the wire; "" for our words."""
    theirs = ADVICE.sub("", said)
    if not theirs or OURS.match(theirs):
        return ""
    answer = ANSWER.fullmatch(theirs)
    status, words = answer.groups() if answer else ("", theirs)
    quoted = _("“%(words)s”", words=words) if words else ""
    return ": ".join(filter(None, (status, quoted)))


def in_full(said: str) -> str:
    """The sentence, and beside it what others said, for who can read it."""
    ours, theirs = _sentence(said), evidence(said)
    return f"{ours} ({theirs})" if ours and theirs else ours or theirs
