"""All pages of the statements room: importing this hangs up their routes, and the way back on other pages."""

from modules.banksta2 import (
    origins,
    views_lastcheck,
    views_list,
    views_mapping,
    views_presets,
    views_row,
    views_statement,
    views_upload,
)
from modules.banksta2.views import CARD, bp

__all__ = ["CARD", "bp", "origins", "views_lastcheck", "views_list", "views_mapping", "views_presets"]
__all__ += ["views_row", "views_statement", "views_upload"]
