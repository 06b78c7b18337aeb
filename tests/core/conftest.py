from tests.books import any_books, books  # noqa: F401
