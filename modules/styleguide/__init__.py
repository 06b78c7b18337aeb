"""The style guide: every macro in every state, for whoever builds a page."""
