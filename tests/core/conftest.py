from tests.books import any_books  # noqa: F401
