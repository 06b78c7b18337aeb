"""All pages of the statements room: importing this hangs their routes on the one blueprint."""

from modules.banksta2 import (
    views_lastcheck,
    views_list,
    views_mapping,
    views_presets,
    views_row,
    views_statement,
    views_upload,
)
from modules.banksta2.views import CARD, bp

__all__ = ["CARD", "bp", "views_lastcheck", "views_list", "views_mapping", "views_presets"]
__all__ += ["views_row", "views_statement", "views_upload"]
