"""The demo: books, people and a mapped selling position, so that a newcomer's first receipt takes three minutes."""
