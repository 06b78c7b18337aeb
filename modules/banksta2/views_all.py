"""All pages of the statements room: importing this hangs their routes on the one blueprint."""

from modules.banksta2 import views_list, views_presets
from modules.banksta2.views import CARD, bp

__all__ = ["CARD", "bp", "views_list", "views_presets"]
