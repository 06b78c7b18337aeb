"""The key of RemoteAPI stands in addresses, and servers write addresses down: here it is blotted out on the way."""

import logging
import re

# Who writes whole addresses: gunicorn when its access log is on and when a request breaks, Flask's own server always.
WRITERS = ("gunicorn.access", "gunicorn.error", "werkzeug")
_KEY = re.compile(r"(?<=[?&]key=)[^&\s\"']+")


class Blot(logging.Filter):
    """Lets every line through, without its key."""

    def filter(self, record: logging.LogRecord) -> bool:
        """As logging wants it; the arguments are already inside the message afterwards."""
        said = record.getMessage()
        if "key=" in said:
            record.msg, record.args = _KEY.sub("•••", said), ()
        return True


_BLOT = Blot()  # one for all: a logger takes the same filter only once


def init_logs() -> None:
    """Keys stay out of the log lines of this process."""
    for name in WRITERS:
        logging.getLogger(name).addFilter(_BLOT)
