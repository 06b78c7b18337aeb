from tests.books import books  # noqa: F401
