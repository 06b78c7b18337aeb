"""Why a row could not be processed, in the reader's words. What is no code is shown as it was said."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

NO_SUBSCRIBER, FAILED, PRINTED = "no_subscriber", "failed", "printed"

TROUBLES: dict[str, LazyString] = {
    NO_SUBSCRIBER: _l("there is no such subscriber any more"),
    PRINTED: _l("its receipt may be printed already, see beside it. Nothing was credited"),
    FAILED: _l("it could not be written into the books; the log says why. Nothing was credited"),
}


def trouble_words(trouble: str) -> str:
    """The sentence for what stands in a row's `trouble`; "" for none."""
    return str(TROUBLES.get(trouble, trouble))
