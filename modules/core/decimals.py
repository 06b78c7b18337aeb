"""Whole kopecks -> what Ubilling's tables keep. It needs nothing of the panel: whoever reads files starts quickly."""


def decimal_text(kopecks: int) -> str:
    """Kopecks -> "1234.50", as Ubilling's varchar sums are written."""
    whole, cents = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{whole}.{cents:02d}"
