"""News for the screen: what happened, in the reader's words, kept until everybody allowed has seen it."""
