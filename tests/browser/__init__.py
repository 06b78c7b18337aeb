"""Real Chromium clicks through the house."""
